"""What the registry's state consists of, one row class a kind. Tonnes, Unix seconds; addresses, hashes as 0x text."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final, Generic, TypeVar

Row = dict[str, Any]
Key = tuple[Any, ...]
T = TypeVar("T")
NOBODY: Final = "0x" + "0" * 40


@dataclass(slots=True)
class Account:
    """Key: account."""

    status: int = 0
    kind: int = 0
    sector: int = 0
    province: int = 0
    approvals: int = 0
    seats: int = 0
    epoch: int = 0
    nonce: int = 0


@dataclass(slots=True)
class Representative:
    """Key: account, address the signer is filed under."""

    signer: str = "0x"
    rights: int = 0


@dataclass(slots=True)
class Restriction:
    """Sectors restricted in a province, bit per sector. Key: province (0: all)."""

    sectors: int = 0


@dataclass(slots=True)
class Control:
    """Emergency stop and clearance epoch. Key: contract that keeps a copy (accounts, allowances, credits)."""

    is_stopped: bool = False
    epoch: int = 0


@dataclass(slots=True)
class Module:
    """Key: address."""

    is_module: bool = False


@dataclass(slots=True)
class ModuleRights:
    """Key: asset, address."""

    rights: int = 0


@dataclass(slots=True)
class Holding:
    """Key: asset, account, unit."""

    registry: int = 0
    trading: int = 0
    locked: int = 0
    epoch: int = 0


@dataclass(slots=True)
class Totals:
    """Key: asset, unit."""

    issued: int = 0
    surrendered: int = 0
    cancelled: int = 0


@dataclass(slots=True)
class Changes:
    """Why units of a vintage or batch left for good, and what conversions brought in. Key: asset, unit.

    cancelled = voluntary + compulsory + reclaimed + converted_out, as the ledger counts it.
    """

    voluntary: int = 0
    compulsory: int = 0
    reclaimed: int = 0
    converted_out: int = 0
    converted_in: int = 0

    @property
    def cancelled(self) -> int:
        """Everything that the ledger counts as cancelled."""
        return self.voluntary + self.compulsory + self.reclaimed + self.converted_out


@dataclass(slots=True)
class Lock:
    """Key: asset, number of the lock."""

    account: int = 0
    quantity: int = 0
    queued: int = 0
    beneficiary: int = 0
    unit: int = 0
    kind: int = 0
    compartment: int = 0
    expiry: int = 0


@dataclass(slots=True)
class Unit:
    """A vintage or credit batch that was opened. Key: asset, unit. ``position``: 0 for the oldest."""

    position: int = 0


@dataclass(slots=True)
class Batch:
    """Key: unit."""

    project: int = 0
    size: int = 0
    first_serial: int = 0
    credit_class: int = 0
    is_inside_ets: bool = False


@dataclass(slots=True)
class YearRules:
    """Key: year."""

    deadline: int = 0
    vintage_min: int = 0
    vintage_max: int = 0
    offset_cap_bps: int = 0
    credit_classes: int = 0
    old_credit_until: int = 0
    running_from: int = 0
    is_reviewed: bool = False
    reversible_until: int = 0
    arrears_min: int = 0
    arrears_max: int = 0
    is_closed: bool = False


@dataclass(slots=True)
class Position:
    """Key: account, year. ``paid_otherwise``: by other accounts or with other vintages."""

    obligation: int = 0
    surrendered: int = 0
    offset: int = 0
    pending: int = 0
    is_reported: bool = False
    is_frozen: bool = False
    frozen: int = 0
    paid_otherwise: int = 0


@dataclass(slots=True)
class Request:
    """A surrender that waits for the province; quantity 0 once decided. Key: number of the lock."""

    beneficiary: int = 0
    year: int = 0
    quantity: int = 0


@dataclass(slots=True)
class Payment:
    """What one account surrendered of a vintage for an obligation, reversals taken off.

    Key: beneficiary, year, account, vintage.
    """

    ordered: int = 0
    entrusted: int = 0


@dataclass(slots=True)
class Certificate:
    """The certificate of compliance that stands; number 0 once voided. Key: account, year."""

    number: int = 0
    issued_at: int = 0
    digest: str = ""


@dataclass(slots=True)
class Permission:
    """Key: address, selector."""

    maker: int = 0
    checker: int = 0
    delay: int = 0
    scope_word: int = 0


@dataclass(slots=True)
class Role:
    """Key: role number, address. ``delay`` packed as AccessManager keeps it: effect, value before, value after."""

    is_member: bool = False
    since: int = 0
    delay: int = 0


@dataclass(slots=True)
class FunctionRole:
    """Role a restricted function is open to. Key: address, selector."""

    role: int = 0


@dataclass(slots=True)
class Act:
    """Key: identifier. ``state`` as in ``IDualControl.ActState``; ``checker`` only where the act waits for a delay."""

    state: int = 0
    maker: str = NOBODY
    executable_at: int = 0
    checker: str = NOBODY
    target: str = ""
    selector: str = ""


class Rows(dict[Key, T], Generic[T]):
    """Rows of one kind by key; remembers which were changed since ``touched`` was last emptied."""

    def __init__(self, make: Callable[[], T]) -> None:
        super().__init__()
        self._make = make
        self.touched: set[Key] = set()

    def edit(self, *key: Any) -> T:
        """The row to change, made where it is missing."""
        self.touched.add(key)
        row = self.get(key)
        if row is None:
            row = self[key] = self._make()
        return row

    def see(self, *key: Any) -> T:
        """The row to look at; a fresh one, not kept, where it is missing."""
        row = self.get(key)
        return self._make() if row is None else row

    def as_dicts(self) -> dict[Key, Row]:
        """All rows as dicts by field name."""
        names = [each.name for each in fields(self._make())]  # type: ignore[arg-type]
        return {key: {name: getattr(row, name) for name in names} for key, row in self.items()}
