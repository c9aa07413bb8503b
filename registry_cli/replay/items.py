"""What a plan consists of: acts, table chunks, reports, orders, each known before anything is sent.

``gas`` and ``size`` are upper estimates made without the call data, so that the grouping into transactions is the same
in every run, also when half of it is on the chain already and is not built again.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from registry_sdk.documents import OrderKindName
from registry_sdk.tables import AllocationTable

ACT_GAS, ACT_SIZE = 400_000, 2_600
ORDER_GAS, ORDER_SIZE = 160_000, 900
REPORT_GAS, REPORT_SIZE = 220_000, 1_200
ROW_GAS, ROW_SIZE = 65_000, 32
OPENING_GAS, OPENING_SIZE = 110_000, 1_000
FREEZE_GAS, FREEZE_YEAR_GAS, FREEZE_SIZE = 45_000, 5_000, 32
FREEZE_GAS_LIMIT: Final = 14_000_000


@dataclass(frozen=True)
class Act:
    """An officers' act: ``contract.function(*args)``; ``salt`` is its number in the plan."""

    salt: int
    contract: str
    function: str
    args: tuple[Any, ...]
    gas: int = ACT_GAS
    size: int = ACT_SIZE


@dataclass(frozen=True)
class Chunk:
    """Issue of one chunk of an approved table."""

    table: AllocationTable
    number: int

    @property
    def gas(self) -> int:
        return ORDER_GAS + ROW_GAS * len(self.table.chunks[self.number])

    @property
    def size(self) -> int:
        return ORDER_SIZE + ROW_SIZE * len(self.table.chunks[self.number])


@dataclass(frozen=True)
class Report:
    """Verified emissions by k of n; ``previous`` is the report it corrects."""

    province: int
    account: int
    year: int
    version: int
    tonnes: int
    paper: bytes
    previous: "Report | None" = field(repr=False)
    gas: int = REPORT_GAS
    size: int = REPORT_SIZE


@dataclass(frozen=True)
class Order:
    """An order of an account, without its number: that comes from the chain when it is signed."""

    kind: OrderKindName
    account: int
    fields: dict[str, int]
    gas: int = ORDER_GAS
    size: int = ORDER_SIZE


@dataclass(frozen=True)
class Freeze:
    """Freezing of statuses after a year was closed; ``years_summed`` is how far back the contract looks."""

    year: int
    accounts: tuple[int, ...]
    years_summed: int

    @staticmethod
    def most(years_summed: int) -> int:
        """Accounts that one call has gas for."""
        return FREEZE_GAS_LIMIT // (FREEZE_GAS + FREEZE_YEAR_GAS * years_summed)

    @property
    def gas(self) -> int:
        return ORDER_GAS + (FREEZE_GAS + FREEZE_YEAR_GAS * self.years_summed) * len(self.accounts)

    @property
    def size(self) -> int:
        return ORDER_SIZE + FREEZE_SIZE * len(self.accounts)


Item = Act | Chunk | Report | Order | Freeze


@dataclass(frozen=True)
class Stage:
    """Items that happen at one time, in their order.

    Attributes:
        time: Unix seconds of its blocks.
        title: for the progress display, zh and en.
    """

    time: int
    title: str
    items: tuple[Item, ...]
