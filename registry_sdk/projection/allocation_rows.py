"""Rows of allocation: plans, tables and their rows, entitlements, debts, entrusted units, cases."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Plan:
    """Key: year, sector. Shares in 1/10000 of the cap."""

    cap: int = 0
    approved: int = 0
    determined: int = 0
    issued: int = 0
    auctioned: int = 0
    reserved: int = 0
    mode: int = 0
    free_share: int = 0
    auction_share: int = 0
    reserve_share: int = 0


@dataclass(slots=True)
class Table:
    """Key: identifier. ``root`` is what two officers approved; rows is 0 once withdrawn."""

    total: int = 0
    applied: int = 0
    rows: int = 0
    delivered_rows: int = 0
    chunks: int = 0
    year: int = 0
    sector: int = 0
    province: int = 0
    kind: int = 0
    previous: int = 0
    replaced: int = 0
    held: int = 0
    held_replaced: int = 0
    number: int = 0
    held_rows: int = 0
    root: str = ""


@dataclass(slots=True)
class OpenTable:
    """Table that is not delivered yet. Key: year, sector, province."""

    table_id: str = ""


@dataclass(slots=True)
class HeldRow:
    """A row that waits until its account can receive. Key: identifier of the table, account."""

    tonnes: int = 0
    replaced: int = 0
    is_held: bool = False


@dataclass(slots=True)
class Entitlement:
    """Key: account, year. issued = determined - deducted; ``shortfall``: what could not be taken back, in all."""

    determined: int = 0
    deducted: int = 0
    issued: int = 0
    table: int = 0
    stage: int = 0
    is_differentiated: bool = False
    shortfall: int = 0


@dataclass(slots=True)
class Debt:
    """Key: account. tonnes + deducted = recorded + what could not be taken back - cancelled."""

    tonnes: int = 0
    recorded: int = 0
    cancelled: int = 0


@dataclass(slots=True)
class DebtWindow:
    """When debts of a cause may be recorded. Key: cause."""

    opens_at: int = 0
    closes_at: int = 0


@dataclass(slots=True)
class Entrusted:
    """Locks that hold a differentiated firm's allowances in its province's account. Key: account, year."""

    lock_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Case:
    """An objection or recalculation. Key: identifier."""

    account: int = 0
    opened_at: int = 0
    decided_at: int = 0
    year: int = 0
    subject: int = 0
    state: int = 0


@dataclass(slots=True)
class ProvinceAccount:
    """Key: province."""

    account: int = 0


@dataclass(slots=True)
class Chunk:
    """Key: identifier of the table, number of the chunk."""

    is_issued: bool = False
