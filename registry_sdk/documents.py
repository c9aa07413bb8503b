"""Signed documents: what clients sign and the service carries to the chain.

An *order* moves units of an account, an *act* is an officer's, a *decision* is the checker's word on an act and
a *statement* is k-of-n verified emissions. Each is plain JSON with its EIP-712 domain, to be stored, shown and
checked anywhere. The models refuse unknown fields, text for numbers and numbers out of range.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from registry_sdk.signers import Signer
from registry_sdk.typed import digest, typed_data

Uint8 = Annotated[StrictInt, Field(ge=0, lt=2**8)]
Uint16 = Annotated[StrictInt, Field(ge=0, lt=2**16)]
Uint32 = Annotated[StrictInt, Field(ge=0, lt=2**32)]
Uint64 = Annotated[StrictInt, Field(ge=0, lt=2**64)]


HEX_DIGITS: Final = re.compile("[0-9a-fA-F]*")


def _hex(length: int | None) -> Any:
    def check(text: str) -> str:
        body = text[2:]
        if not text.startswith("0x") or len(body) % 2 or (length is not None and len(body) != 2 * length):
            raise ValueError(
                f"must be 0x followed by {'an even number of' if length is None else 2 * length} hex digits"
            )
        if not HEX_DIGITS.fullmatch(body):
            raise ValueError("must be 0x followed by hex digits only")
        return text.lower()

    return AfterValidator(check)


Address = Annotated[str, _hex(20)]
Hash = Annotated[str, _hex(32)]
HexBytes = Annotated[str, Field(max_length=262_144), _hex(None)]


def to_bytes(text: str) -> bytes:
    """Bytes of 0x text."""
    return bytes.fromhex(text[2:])


class Document(BaseModel):
    """Base: frozen, strict, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Domain(Document):
    """EIP-712 domain: the chain and the contract the signers meant."""

    chain_id: Annotated[StrictInt, Field(ge=1, lt=2**63)]
    contract: Address


class ApprovalDoc(Document):
    """One signature and the ERC-7913 name of its key."""

    # Their lengths travel in two bytes.
    signer: Annotated[HexBytes, Field(min_length=42, max_length=131_072)]
    signature: Annotated[HexBytes, Field(max_length=131_072)]

    def pack(self) -> bytes:
        """As the contracts read it: length and signer, length and signature."""
        return b"".join(len(part).to_bytes(2) + part for part in (to_bytes(self.signer), to_bytes(self.signature)))


class TransferOrder(Document):
    """Move units to another account."""

    chainId: Uint64  # noqa: N815 (the field's name in the signed struct)
    account: Uint64
    to: Uint64
    unit: Uint64
    quantity: Uint64
    nonce: Uint64
    expiry: Uint64


class RelocateOrder(Document):
    """Move units between the compartments of one account; ``to``: 0 registry, 1 trading."""

    chainId: Uint64  # noqa: N815
    account: Uint64
    unit: Uint64
    quantity: Uint64
    to: Annotated[StrictInt, Field(ge=0, le=1)]
    nonce: Uint64
    expiry: Uint64


class CancelOrder(Document):
    """Cancel units for good."""

    chainId: Uint64  # noqa: N815
    account: Uint64
    unit: Uint64
    quantity: Uint64
    reason: Uint16
    statement: Hash
    nonce: Uint64
    expiry: Uint64


class SurrenderOrder(Document):
    """Surrender allowances for a compliance year."""

    chainId: Uint64  # noqa: N815
    account: Uint64
    beneficiary: Uint64
    year: Uint16
    vintage: Uint64
    quantity: Uint64
    nonce: Uint64
    expiry: Uint64


class OffsetOrder(Document):
    """Use credits for a compliance year."""

    chainId: Uint64  # noqa: N815
    account: Uint64
    year: Uint16
    unit: Uint64
    quantity: Uint64
    nonce: Uint64
    expiry: Uint64


class CarryOrder(Document):
    """Carry allowances of the registry compartment over into the vintage of a round."""

    chainId: Uint64  # noqa: N815
    account: Uint64
    round: Uint16
    vintage: Uint64
    quantity: Uint64
    nonce: Uint64
    expiry: Uint64


OrderMessage = TransferOrder | RelocateOrder | CancelOrder | SurrenderOrder | OffsetOrder | CarryOrder
Asset = Literal["allowances", "credits"]


@dataclass(frozen=True)
class OrderKind:
    """How one kind of order reaches the chain."""

    model: type[OrderMessage]
    function: str
    contracts: tuple[str, ...]
    zh: str


#: Kinds of orders; the first contract is the default one.
ORDER_KINDS: Final[dict[str, OrderKind]] = {
    "transfer": OrderKind(TransferOrder, "transfer", ("allowances", "credits"), "转让"),
    "relocate": OrderKind(RelocateOrder, "relocate", ("allowances", "credits"), "划转"),
    "cancel": OrderKind(CancelOrder, "cancel", ("allowances", "credits"), "注销"),
    "surrender": OrderKind(SurrenderOrder, "surrender", ("compliance",), "清缴"),
    "offset": OrderKind(OffsetOrder, "offset", ("compliance",), "抵销"),
    "carry-over": OrderKind(CarryOrder, "carryOver", ("carryover",), "结转"),
}
OrderKindName = Literal["transfer", "relocate", "cancel", "surrender", "offset", "carry-over"]


class Ground(Document):
    """Reason code and paper hash of a privileged act."""

    reason: Annotated[StrictInt, Field(ge=1, lt=2**16)]
    paper: Hash


class ActMessage(Document):
    """An officer's act: one call of one function."""

    chainId: Uint64  # noqa: N815
    target: Address
    data: HexBytes
    ground: Ground
    salt: Uint64
    expiry: Uint64


class ReportMessage(Document):
    """Verified emissions of one sub-unit of an entity and year; an entity that reports as a whole is unit 1 of 1."""

    chainId: Uint64  # noqa: N815
    oracle: Address
    epoch: Uint32
    account: Uint64
    year: Uint16
    unit: Uint16 = 1
    units: Uint16 = 1
    version: Uint16
    tonnes: Uint64
    reportHash: Hash  # noqa: N815
    previous: Hash


class EvidenceMessage(Document):
    """Evidence of one month of a key emitter: what is under the root, and the root before it."""

    chainId: Uint64  # noqa: N815
    anchors: Address
    account: Uint64
    year: Uint16
    month: Annotated[StrictInt, Field(ge=1, le=12)]
    version: Annotated[StrictInt, Field(ge=1, le=63)]
    items: Annotated[StrictInt, Field(ge=1, lt=2**32)]
    root: Hash
    previous: Hash


def _as_its_kind(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    """The kind says what a message is: some kinds have the same fields, and would be taken for one another."""
    kind = ORDER_KINDS.get(info.data.get("kind", ""))
    return kind.model.model_validate(value) if kind and isinstance(value, dict) else handler(value)


class SignedOrder(Document):
    """An order with the signatures of the account's representatives."""

    kind: OrderKindName
    domain: Domain
    message: Annotated[OrderMessage, WrapValidator(_as_its_kind)]
    approvals: Annotated[list[ApprovalDoc], Field(max_length=4)] = []

    @model_validator(mode="after")
    def _message_fits_kind(self) -> "SignedOrder":
        model = ORDER_KINDS[self.kind].model
        if not isinstance(self.message, model):
            raise ValueError(f"the message of a {self.kind} has the fields {', '.join(model.model_fields)}")
        return self

    @property
    def struct(self) -> str:
        return ORDER_KINDS[self.kind].model.__name__

    def approve(self, signer: Signer) -> "SignedOrder":
        """This order with one more signature."""
        return self.model_copy(update={"approvals": [*self.approvals, _approval(self.digest(), signer)]})

    def digest(self) -> bytes:
        """The 32 bytes that were signed; identifies the order."""
        return message_digest(self.struct, self.message, self.domain)


class SignedAct(Document):
    """An act as its maker signed it."""

    domain: Domain
    message: ActMessage
    maker: ApprovalDoc

    def digest(self) -> bytes:
        """Identifier of the act."""
        return message_digest("Act", self.message, self.domain)


class SignedDecision(Document):
    """A checker's word on an act. Approve runs it (where there is no delay), reject ends it."""

    domain: Domain
    act: ActMessage
    approve: StrictBool
    checker: ApprovalDoc


class SignedStatement(Document):
    """Verified emissions with the signatures collected so far."""

    domain: Domain
    message: ReportMessage
    approvals: Annotated[list[ApprovalDoc], Field(max_length=16)] = []

    def digest(self) -> bytes:
        """The 32 bytes that each signer signs."""
        return _digest_once("EmissionsReport", self.message, self.domain)

    def approve(self, signer: Signer) -> "SignedStatement":
        """This statement with one more signature."""
        return self.model_copy(update={"approvals": [*self.approvals, _approval(self.digest(), signer)]})


class Objection(Document):
    """A firm's objection (B-17); ``subject``: 1 allocation, 2 verification; ``target``: what it is against, or 0."""

    chainId: Uint64  # noqa: N815
    account: Uint64
    year: Uint16
    subject: Annotated[StrictInt, Field(ge=1, le=2)]
    target: Hash
    statement: Hash


class SignedObjection(Document):
    """An objection as one representative signed it."""

    domain: Domain
    message: Objection
    approval: ApprovalDoc

    @classmethod
    def sign(cls, domain: Domain, message: Objection, signer: Signer) -> "SignedObjection":
        """The objection with the representative's signature."""
        digest_ = message_digest("Objection", message, domain)
        return cls(domain=domain, message=message, approval=_approval(digest_, signer))

    def digest(self) -> bytes:
        """The 32 bytes that were signed; identifies the case."""
        return message_digest("Objection", self.message, self.domain)


class SignedEvidence(Document):
    """A month's evidence as one representative signed it."""

    domain: Domain
    message: EvidenceMessage
    approval: ApprovalDoc

    @classmethod
    def sign(cls, message: EvidenceMessage, signer: Signer) -> "SignedEvidence":
        """The message with a representative's signature, under the domain that it names."""
        domain = Domain(chain_id=message.chainId, contract=message.anchors)
        digest_ = message_digest("EvidenceStatement", message, domain)
        return cls(domain=domain, message=message, approval=_approval(digest_, signer))

    def digest(self) -> bytes:
        """The 32 bytes that were signed; identifies the statement."""
        return _digest_once("EvidenceStatement", self.message, self.domain)


def message_digest(struct: str, message: BaseModel, domain: Domain) -> bytes:
    """EIP-712 digest of a message under a domain."""
    return digest(typed_data(struct, message.model_dump(), domain.chain_id, domain.contract))


@lru_cache(maxsize=1_024)
def _digest_once(struct: str, message: BaseModel, domain: Domain) -> bytes:
    """For small messages that are asked for their digest at every step; they are frozen."""
    return message_digest(struct, message, domain)


def decision_digest(act_id: bytes, approve: bool, domain: Domain) -> bytes:
    """EIP-712 digest of a decision on an act."""
    message = {"act": act_id, "approve": approve}
    return digest(typed_data("Decision", message, domain.chain_id, domain.contract))


def _approval(digest_: bytes, signer: Signer) -> ApprovalDoc:
    return ApprovalDoc(signer="0x" + signer.signer.hex(), signature="0x" + signer.sign(digest_).hex())
