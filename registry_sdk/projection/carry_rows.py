"""Rows of the carry-over: rounds, batches, tables of limits, limits and applications."""

from dataclasses import dataclass


@dataclass(slots=True)
class CarryRound:
    """Key: round. ``base``: tonnes; ``ratio_bps``: 1/10000; ``cut_off``: Unix seconds."""

    vintage_min: int = 0
    vintage_max: int = 0
    vintage: int = 0
    base: int = 0
    ratio_bps: int = 0
    cut_off: int = 0


@dataclass(slots=True)
class CarryBatch:
    """Key: round, batch. Unix seconds."""

    opens_at: int = 0
    closes_at: int = 0
    process_by: int = 0
    is_for_released: bool = False


@dataclass(slots=True)
class LimitTable:
    """The table of limits in force. Key: round."""

    version: int = 0
    rows: int = 0
    chunks: int = 0
    total: int = 0
    batches: int = 0
    root: str = ""


@dataclass(slots=True)
class CarryLimit:
    """Key: round, account. ``used``: waiting and carried, tonnes."""

    tonnes: int = 0
    used: int = 0
    version: int = 0
    is_released: bool = False


@dataclass(slots=True)
class CarryApplication:
    """An application that waits; quantity 0 once decided. Key: number of the lock."""

    round: int = 0
    batch: int = 0
    quantity: int = 0
