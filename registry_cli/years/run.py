"""What the steps of the two years share: actors, firms, the second book, and the law's moments."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from registry_cli.demo.actors import Actors
from registry_cli.demo.stage import Key
from registry_cli.years.book import Book
from registry_cli.years.country import PROVINCES, Firm, Part, cast
from registry_sdk import calc
from registry_sdk.reader import Reader

CREDIT_UNIT: Final = (9 << 16) | 1
CREDIT_OWNER: Final = 99_000_001
#: A province's own account (A-17).
PROVINCE_ACCOUNT: Final = {province: province * 1_000_000 + 999_999 for province in PROVINCES}
DAY: Final = 86_400
GROUP: Final = 15


@dataclass(kw_only=True)
class Run(Actors):
    """The two years under way.

    Attributes:
        provinces: keys under which the provinces sign statements.
        limits: most that each firm may carry over, tonnes; carried: what it applied for.
        entrusted: firms and years whose allowances are issued to the province's account (B-09).
        statuses: status of each firm at the end of a year.
        shown: what the run wants to tell at its end, by name.
    """

    firms: Sequence[Firm]
    book: Book = field(default_factory=Book)
    provinces: dict[int, Key] = field(default_factory=dict)
    entrusted: set[tuple[int, int]] = field(default_factory=set)
    limits: dict[int, int] = field(default_factory=dict)
    carried: Counter[int] = field(default_factory=Counter)
    statuses: dict[int, dict[int, str]] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        folder = self.stage.home / "demo-keys"
        self.provinces = {number: Key.create(folder, f"province-{number}") for number in PROVINCES}

    @cached_property
    def parts(self) -> dict[Part, Firm]:
        """Firms with a part to play."""
        return cast(self.firms)

    @cached_property
    def reader(self) -> Reader:
        """The chain itself, read through the service's gateway."""
        return Reader(self.client.rpc, self.deployment)

    def to(self, day: date, hours: int = 12) -> None:
        """Let the clock run to an hour of a day in Beijing; it never goes back."""
        end = int(calc.end_of_day(day).timestamp())
        moment = end - DAY + hours * 3_600
        if moment > self.client.now():
            self.client.advance_clock(moment)

    def folder(self, name: str) -> Path:
        """A folder of the run's home."""
        path = self.stage.home / name
        path.mkdir(exist_ok=True)
        return path


def law_day(year: int, step: str, sector: str = "power") -> date:
    """A day of the compliance calendar (C-01)."""
    day: date = calc.deadlines(year, sector)[step]
    return day


def groups(items: Sequence[Any], size: int = GROUP) -> Iterator[Sequence[Any]]:
    """Items in groups that fit into one act."""
    for at in range(0, len(items), size):
        yield items[at : at + size]


def numbers(firms: Iterable[Firm]) -> list[int]:
    """Account numbers."""
    return [firm.number for firm in firms]
