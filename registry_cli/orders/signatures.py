"""Check the signatures under an order without the registry, before one's own is put beside them."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from eth_account import Account
from eth_keys.exceptions import BadSignature
from eth_typing import Hash32
from eth_utils.exceptions import ValidationError

from registry_cli.signing.mistakes import Mistake
from registry_sdk.deployment import Deployment
from registry_sdk.documents import ApprovalDoc, SignedOrder, to_bytes


def check_signatures(order: SignedOrder, deployment: Deployment) -> None:
    """Refuse a repeated signer (O-09) or a signature that does not verify (O-06).

    Keys under another verifier contract than P-256 are left to the contract.
    """
    digest = order.digest()
    seen: set[str] = set()
    for approval in order.approvals:
        if approval.signer in seen:
            raise Mistake.of("O-09", signer=approval.signer)
        seen.add(approval.signer)
        if not _is_valid(approval, digest, bytes.fromhex(deployment.address("p256")[2:])):
            raise Mistake.of("O-06", signer=approval.signer)


def _is_valid(approval: ApprovalDoc, digest: bytes, verifier: bytes) -> bool:
    signer, signature = to_bytes(approval.signer), to_bytes(approval.signature)
    if len(signer) == 20:
        return _is_ethereum(signer, signature, digest)
    if signer[:20] == verifier and len(signer) == 84:
        return len(signature) == 64 and _is_p256(signer[20:], signature, digest)
    return True


def _is_ethereum(signer: bytes, signature: bytes, digest: bytes) -> bool:
    try:
        found = Account._recover_hash(Hash32(digest), signature=signature)
    except (ValueError, ValidationError, BadSignature):
        return False
    return bytes.fromhex(found[2:]) == signer


def _is_p256(point: bytes, signature: bytes, digest: bytes) -> bool:
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + point)
        pair = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
        key.verify(pair, digest, ec.ECDSA(Prehashed(SHA256())))
    except (ValueError, InvalidSignature):
        return False
    return True
