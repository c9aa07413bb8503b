"""Typed reads of the registry's state, through any JSON-RPC endpoint. One request for many reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from registry_sdk.deployment import Deployment
from registry_sdk.rpc import RpcClient

Read = tuple[str, str, Sequence[Any]]


class AccountStatus(IntEnum):
    """Rule A-09."""

    NONE = 0
    ACTIVE = 1
    RESTRICTED = 2
    FROZEN_IN = 3
    FROZEN_OUT = 4
    FROZEN_ALL = 5
    CLOSING = 6
    CLOSED = 7


class AccountKind(IntEnum):
    """Rules A-01, A-02."""

    NONE = 0
    KEY_EMITTER = 1
    PROVINCE = 2
    FINANCIAL = 3
    OTHER_INSTITUTION = 4
    NATURAL_PERSON = 5
    PROJECT_OWNER = 6
    MARKET = 7
    RESERVE = 8


class Right(IntEnum):
    """Bits of a representative's rights."""

    INITIATE = 1
    APPROVE = 2
    SURRENDER_ONLY = 4


class SignerClass(IntEnum):
    """Classes of statement signers (rule D-20)."""

    NONE = 0
    VERIFIER = 1
    PROVINCE = 2
    CENTRE = 3


class BodyStatus(IntEnum):
    """Standing of a verification body (rules H-01, H-05)."""

    NONE = 0
    ACTIVE = 1
    SUSPENDED = 2
    WITHDRAWN = 3
    EXITED = 4


class ComplianceStatus(IntEnum):
    """Where an entity stands in a year."""

    NOT_REPORTED = 0
    OPEN = 1
    COMPLETE = 2
    SHORT = 3


@dataclass(frozen=True)
class Account:
    """One account. ``nonce`` is the number of the next order."""

    number: int
    status: AccountStatus
    kind: AccountKind
    sector: int
    province: int
    approvals: int
    seats: int
    nonce: int


@dataclass(frozen=True)
class Holding:
    """What an account holds of a unit, tonnes."""

    registry: int
    trading: int
    locked: int

    @property
    def held(self) -> int:
        return self.registry + self.trading + self.locked


@dataclass(frozen=True)
class Position:
    """An entity in a compliance year, tonnes."""

    obligation: int
    surrendered: int
    offset: int
    pending: int
    is_reported: bool
    is_frozen: bool
    frozen: ComplianceStatus


@dataclass(frozen=True)
class Figure:
    """Verified emissions of a sub-unit in force; version 0 where there are none."""

    tonnes: int
    version: int
    recorded_at: int
    digest: bytes


@dataclass(frozen=True)
class Summary:
    """An entity's year over its sub-units; the total is an obligation once all have reported."""

    total: int
    units: int
    reported: int

    @property
    def is_complete(self) -> bool:
        return 0 < self.units == self.reported


@dataclass(frozen=True)
class Body:
    """A verification body; status NONE where the number is unknown. Times in Unix seconds, both ends included."""

    number: int
    status: BodyStatus
    valid_from: int
    valid_until: int
    scopes: int

    def may_verify(self, sector: int, timestamp: int) -> bool:
        """Whether its signature counts for a sector at a time."""
        is_valid = self.status == BodyStatus.ACTIVE and self.valid_from <= timestamp <= self.valid_until
        return is_valid and bool(self.scopes >> sector & 1)


def as_body(number: int, raw: dict[str, int]) -> Body:
    """A body from what ``bodyOf`` answers."""
    return Body(number, BodyStatus(raw["status"]), raw["validFrom"], raw["validUntil"], raw["scopes"])


@dataclass(frozen=True)
class EvidenceMonth:
    """Where a month's evidence stands; version 0 where nothing was anchored.

    Attributes:
        is_late: the first version came after the deadline.
        is_newest_late: the newest version came after the deadline.
    """

    month: int
    version: int
    is_late: bool
    is_newest_late: bool


@dataclass(frozen=True)
class EvidenceYear:
    """An account's evidence of a year: twelve months, and the head that commits to all roots."""

    months: tuple[EvidenceMonth, ...]
    head: bytes


@dataclass(frozen=True)
class Totals:
    """Totals of one unit, tonnes."""

    issued: int
    surrendered: int
    cancelled: int


@dataclass(frozen=True)
class Reader:
    """Reads through one endpoint.

    Args:
        block: block to read at: a number or ``latest``.
    """

    rpc: RpcClient
    deployment: Deployment
    block: int | str = "latest"

    def read(self, contract: str, function: str, *args: Any) -> Any:
        """Result of one view function."""
        return self.read_many([(contract, function, args)])[0]

    def read_many(self, reads: Iterable[Read]) -> list[Any]:
        """Results of many view functions, in one request."""
        block = hex(self.block) if isinstance(self.block, int) else self.block
        functions, calls = [], []
        for contract, name, args in reads:
            function = self.deployment.contract(contract).functions[name]
            functions.append(function)
            data = "0x" + function.encode(*args).hex()
            calls.append(("eth_call", [{"to": self.deployment.address(contract), "data": data}, block]))
        results = self.rpc.batch(calls)
        return [f.decode(bytes.fromhex(r[2:])) for f, r in zip(functions, results, strict=True)]

    def account(self, number: int) -> Account:
        """One account; status NONE where the number is unknown."""
        raw = self.read("accounts", "accountOf", number)
        return Account(
            number,
            AccountStatus(raw["status"]),
            AccountKind(raw["kind"]),
            raw["sector"],
            raw["province"],
            raw["approvals"],
            raw["seats"],
            raw["nonce"],
        )

    def rights(self, number: int, signer: bytes) -> int:
        """Rights of a signer in an account, as bits of :class:`Right`."""
        return int(self.read("accounts", "rightsOf", number, signer))

    def holding(self, asset: str, account: int, unit: int) -> Holding:
        """Holding of an account; ``asset`` is ``allowances`` or ``credits``."""
        raw = self.read(asset, "holdingOf", account, unit)
        return Holding(raw["registry"], raw["trading"], raw["locked"])

    def totals(self, asset: str, unit: int) -> Totals:
        """Totals of a unit."""
        return Totals(**self.read(asset, "totalsOf", unit))

    def position(self, account: int, year: int) -> Position:
        """Position of an entity in a year."""
        raw = self.read("compliance", "positionOf", account, year)
        return Position(
            raw["obligation"],
            raw["surrendered"],
            raw["offset"],
            raw["pending"],
            raw["isReported"],
            raw["isFrozen"],
            ComplianceStatus(raw["frozen"]),
        )

    def status(self, account: int, year: int) -> ComplianceStatus:
        """Live status of an entity in a year."""
        return ComplianceStatus(self.read("compliance", "statusOf", account, year))

    def figure(self, account: int, year: int, unit: int = 1) -> Figure:
        """Verified emissions of a sub-unit in force."""
        raw = self.read("emissions", "figureOf", account, year, unit)
        return Figure(raw["tonnes"], raw["version"], raw["recordedAt"], raw["digest"])

    def summary(self, account: int, year: int) -> Summary:
        """An entity's year over its sub-units."""
        return Summary(**self.read("emissions", "summaryOf", account, year))

    def body(self, number: int) -> Body:
        """A verification body."""
        return as_body(number, self.read("accreditation", "bodyOf", number))

    def body_of(self, signer: bytes) -> int:
        """Number of the body a verifier's key belongs to, 0 for none."""
        return int(self.read("accreditation", "signerBody", signer))

    def evidence(self, account: int, year: int) -> EvidenceYear:
        """Monthly evidence of an account and year."""
        reads: list[Read] = [("evidence", "monthOf", (account, year, month)) for month in range(1, 13)]
        *months, head = self.read_many([*reads, ("evidence", "headOf", (account, year))])
        rows = (
            EvidenceMonth(month, raw["version"], raw["isLate"], raw["isNewestLate"])
            for month, raw in enumerate(months, start=1)
        )
        return EvidenceYear(tuple(rows), head)

    def evidence_deadline(self, sector: int, year: int, month: int) -> int:
        """Last second at which a month's evidence is in time, Unix seconds; 0 where none is due."""
        return int(self.read("evidence", "deadlineOf", sector, year, month))

    def config(self) -> tuple[int, int, int]:
        """Threshold, required classes and epoch of the emissions oracle."""
        raw = self.read("emissions", "config")
        return raw["threshold"], raw["requiredClasses"], raw["epoch"]
