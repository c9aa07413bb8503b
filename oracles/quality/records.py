"""What the checks read: monthly items and test reports. Plain immutable records, any iterable of them."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class LabReport:
    """A test report behind one item: who tested, what was found, until when the laboratory is accredited."""

    report: str
    laboratory: str
    value: Fraction
    mark: str
    listed: bool
    valid_until: date
    tested_on: date


@dataclass(frozen=True, slots=True)
class MonthlyItem:
    """One figure of one month of one sub-unit (D-06).

    Attributes:
        written: the figure as typed, for the digit tests.
        is_sealed: out of sealed evidence: the test report is on file by its hash, whatever ``lab`` says of it.
    """

    entity: str
    sector: str
    year: int
    month: int
    item: str
    value: Fraction
    unit: str
    written: str = ""
    subunit: str = "1"
    document: str = ""
    submitted: date | None = None
    meter: str = ""
    calibrated_until: date | None = None
    lab: LabReport | None = None
    is_sealed: bool = False

    @property
    def series(self) -> tuple[str, str, str]:
        """Which time series the figure belongs to."""
        return self.entity, self.subunit, self.item

    @property
    def last_day(self) -> date:
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def subject(self) -> dict[str, object]:
        return {"entity": self.entity, "subunit": self.subunit, "year": self.year, "month": self.month}


@dataclass(slots=True)
class Month:
    """Every item of one sub-unit and month, by name; the first one filed counts."""

    first: MonthlyItem
    items: dict[str, MonthlyItem] = field(default_factory=dict)

    def value(self, item: str) -> Fraction | None:
        found = self.items.get(item)
        return None if found is None else found.value
