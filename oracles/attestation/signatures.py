"""Whether a signature is the signer's over the digest, by the contract's own measure (`Signers.requireSigned`)."""

from dataclasses import dataclass
from typing import Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from oracles.store.records import Outcome
from registry_sdk.deployment import Deployment
from registry_sdk.documents import ApprovalDoc, to_bytes
from registry_sdk.rpc import RpcClient, RpcError
from registry_sdk.signers import recovers

#: ``verify(bytes key, bytes32 hash, bytes signature)`` of ERC-7913 answers with its own selector.
VERIFY: Final = keccak(text="verify(bytes,bytes32,bytes)")[:4]


@dataclass(frozen=True)
class SignatureChecker:
    """Ethereum keys are recovered here; keys with a verifier contract are checked by that contract in a read."""

    rpc: RpcClient
    deployment: Deployment

    def judge(self, approval: ApprovalDoc, digest: bytes) -> Outcome | None:
        """InvalidSignature, or None. Raises RpcTransportError where a verifier contract cannot be asked."""
        signer, signature = to_bytes(approval.signer), to_bytes(approval.signature)
        is_valid = (
            recovers(signer, signature, digest) if len(signer) == 20 else self._verifies(signer, signature, digest)
        )
        return None if is_valid else Outcome("InvalidSignature", {"signer": approval.signer})

    def _verifies(self, signer: bytes, signature: bytes, digest: bytes) -> bool:
        verifier = "0x" + signer[:20].hex()
        data = VERIFY + encode(["bytes", "bytes32", "bytes"], [signer[20:], digest, signature])
        try:
            answer = self.rpc.call("eth_call", {"to": verifier, "data": "0x" + data.hex()}, "latest")
        except RpcError:
            return False
        return to_bytes(answer) == VERIFY.ljust(32, b"\0")
