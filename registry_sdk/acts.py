"""Officers' acts: built from a contract and function name, signed by a maker, decided by a checker."""

import secrets
from dataclasses import dataclass
from typing import Any

from registry_sdk.deployment import Deployment
from registry_sdk.documents import (
    ActMessage,
    ApprovalDoc,
    Domain,
    Ground,
    SignedAct,
    SignedDecision,
    decision_digest,
    message_digest,
    to_bytes,
)
from registry_sdk.permissions import Permission, permission
from registry_sdk.signers import Signer


@dataclass(frozen=True)
class ActBuilder:
    """Builds acts for one deployment."""

    deployment: Deployment

    @property
    def domain(self) -> Domain:
        return Domain(chain_id=self.deployment.chain_id, contract=self.deployment.address("control").lower())

    def build(self, contract: str, function: str, args: list[Any], ground: Ground, expiry: int) -> ActMessage:
        """An unsigned act.

        Functions that work against a holder take the ground as their last argument; it is put there when left out.

        Args:
            contract, function: a row of the permission table.
            args: arguments of the function, structs as tuples.
            ground: reason code and paper hash.
            expiry: last second of validity, Unix time.

        Raises:
            KeyError: the table does not open this function.
        """
        permission(contract, function)
        abi = self.deployment.contract(contract).functions[function]
        if len(args) == len(abi.input_types) - 1 and abi.input_types[-1] == "(uint16,bytes32)":
            args = [*args, (ground.reason, to_bytes(ground.paper))]
        return ActMessage(
            chainId=self.deployment.chain_id,
            target=self.deployment.address(contract).lower(),
            data="0x" + abi.encode(*args).hex(),
            ground=ground,
            salt=secrets.randbits(63),
            expiry=expiry,
        )

    def propose(self, act: ActMessage, maker: Signer) -> SignedAct:
        """The maker's signature."""
        digest = message_digest("Act", act, self.domain)
        approval = ApprovalDoc(signer="0x" + maker.signer.hex(), signature="0x" + maker.sign(digest).hex())
        return SignedAct(domain=self.domain, message=act, maker=approval)

    def decide(self, act: ActMessage, approve: bool, checker: Signer) -> SignedDecision:
        """The checker's signature under approval or rejection."""
        digest = decision_digest(message_digest("Act", act, self.domain), approve, self.domain)
        approval = ApprovalDoc(signer="0x" + checker.signer.hex(), signature="0x" + checker.sign(digest).hex())
        return SignedDecision(domain=self.domain, act=act, approve=approve, checker=approval)

    def describe(self, act: ActMessage) -> tuple[Permission, dict[str, Any]]:
        """The row of the permission table and the arguments by name: what an officer reads before signing.

        Raises:
            KeyError: the act calls something that the table does not open.
        """
        name = self.deployment.name_of(act.target)
        if name is None:
            raise KeyError(f"{act.target} is not a contract of this registry")
        function = self.deployment.contract(name).by_selector.get(to_bytes(act.data)[:4])
        if function is None:
            raise KeyError(f"{name} has no function with this selector")
        return permission(name, function.name), function.decode_input(to_bytes(act.data))
