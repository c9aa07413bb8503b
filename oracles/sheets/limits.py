"""What a file of tables may be. Everything is bounded before it is unpacked, and while it is."""

from dataclasses import dataclass
from typing import Final

from oracles.accounting.refusal import Refusal, RefusedError, refuse
from registry_sdk.calc.result import Text

RULE: Final = "D-07"
"""Rule under which a file as a whole is refused: a report must be readable."""
MAX_COLUMNS: Final = 64
MAX_CELL: Final = 500
"""Characters of one cell."""
MAX_REFUSALS: Final = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """``size``: bytes on disk; ``unpacked``: of all parts together; ``rows``: last row that may hold anything."""

    size: int
    unpacked: int
    rows: int


REPORT: Final = Limits(size=10_000_000, unpacked=60_000_000, rows=20_001)
SERIES: Final = Limits(size=30_000_000, unpacked=200_000_000, rows=150_001)
"""Hourly records: a year of fifteen stacks."""

MAX_PARTS: Final = 300
MAX_RATIO: Final = 150
RATIO_FROM: Final = 1_000_000
MAX_STRINGS: Final = 400_000
MAX_STRING_CHARACTERS: Final = 12_000_000
MAX_STYLES: Final = 65_000


def refused(zh: str, en: str, valid: str, where: str = "file") -> RefusedError:
    """A refusal of the file as a whole."""
    return refuse(where, RULE, Text(zh, en), Text(valid, valid))


def damaged(error: BaseException) -> RefusedError:
    """A refusal for a file that breaks while it is read."""
    kind = type(error).__name__
    return refused(f"文件损坏，无法读取（{kind}）", f"the file is damaged and cannot be read ({kind})", ".xlsx")


class Mistakes(list[Refusal]):
    """Every mistake of a file, up to a bound that keeps memory flat however bad the file is."""

    def append(self, refusal: Refusal) -> None:
        super().append(refusal)
        if len(self) >= MAX_REFUSALS:
            text = Text(f"错误很多，只列前 {MAX_REFUSALS} 处", f"many mistakes: the first {MAX_REFUSALS} are listed")
            valid = Text("改正后再读", "correct these and read the file again")
            raise RefusedError([*self, Refusal("file", RULE, text, valid)])

    def raise_any(self) -> None:
        """Raise RefusedError when there are any."""
        if self:
            raise RefusedError(self)
