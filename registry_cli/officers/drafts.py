"""A table that is to be handed in, and where each of its rows stands in the file it came from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from registry_sdk import rules
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.tables.sheet import RowError
from registry_sdk.tables import AllocationTable


@dataclass(frozen=True)
class Draft:
    """A table that is to be handed in.

    Attributes:
        sheet: where its rows stand in the file.
        columns: what the file calls account, tonnes and province.
        lines: number of each row in the file.
    """

    table: AllocationTable
    sheet: str
    columns: tuple[str, str, str]
    lines: Sequence[int]

    def with_previous(self, previous: int) -> "Draft":
        """The same with the sum that the accounts had determined before, tonnes."""
        return replace(self, table=replace(self.table, previous=previous))

    def fails(self, at: int, column: int, number: str, **args: Any) -> RowError:
        """The refusal of a row by a rule of the catalogue; ``column`` is a position in ``columns``."""
        found = rules.refuse(number, **args)
        texts = (found.zh, found.en, found.remedy_zh, found.remedy_en)
        return RowError(self.sheet, self.lines[at], CalculationError(number, self.columns[column], *texts))
