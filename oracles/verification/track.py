"""The simplified track (D-09): who may have it, told criterion by criterion; a breach ends it at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final

from oracles.quality.cases import FiledFinding
from oracles.verification.jobs import DONE, Job
from registry_sdk import parameters
from registry_sdk.calc.exact import show
from registry_sdk.calc.result import Text

#: Facts about an entity that are put on file; the rest follows from jobs and findings.
LATE_MONTH: Final = "late_month"
ENTITY_FACTS: Final = ("penalty", LATE_MONTH, "invalid_meter")
LATE_CODES: Final = ("Q-LATE", "Q-MISSING")
METER_CODES: Final = ("Q-METER",)


@dataclass(frozen=True, slots=True)
class YearRecord:
    """One compliance year of an entity as far as the criteria ask.

    Attributes:
        jobs: concluded jobs of the year.
        findings: data-quality findings of the year, whatever their state.
        facts: kind of fact to how many are on file.
    """

    year: int
    jobs: Sequence[Job]
    findings: Sequence[FiledFinding]
    facts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion in one year."""

    code: str
    year: int
    is_met: bool
    text: Text
    figure: str

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "year": self.year,
            "met": self.is_met,
            "text": self.text.to_json(),
            "figure": self.figure,
        }


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whether an entity may have the simplified track in a year, with every criterion."""

    year: int
    criteria: tuple[Criterion, ...]

    @property
    def is_eligible(self) -> bool:
        return all(each.is_met for each in self.criteria)

    @property
    def breaches(self) -> tuple[Criterion, ...]:
        return tuple(each for each in self.criteria if not each.is_met)

    def to_json(self) -> dict[str, Any]:
        criteria = [each.to_json() for each in self.criteria]
        return {"year": self.year, "eligible": self.is_eligible, "criteria": criteria}


def years_asked(year: int, on: date) -> range:
    """The years before ``year`` that count."""
    return range(year - int(parameters.get("simplified_verification_years", on).value), year)


def eligibility(year: int, on: date, records: Iterable[YearRecord]) -> Eligibility:
    """Judge the years before ``year``, and ``year`` itself as far as it has gone.

    Args:
        on: day whose criteria are in force.
        records: one per year; a year without record has met nothing that needs one.
    """
    known = {record.year: record for record in records}
    found = []
    for asked in (*years_asked(year, on), year):
        record = known.get(asked) or YearRecord(asked, (), ())
        for row in parameters.table("simplified_criteria"):
            if row["current" if asked == year else "previous"]:
                is_met, figure = MEASURES[row["code"]](record, on)
                found.append(Criterion(row["code"], asked, is_met, Text(row["zh"], row["en"]), figure))
    return Eligibility(year, tuple(found))


Measured = tuple[bool, str]


def _verified(record: YearRecord, on: date) -> Measured:
    return bool(record.jobs) and all(job.state in DONE for job in record.jobs), str(len(record.jobs))


def _correction(record: YearRecord, on: date) -> Measured:
    limit = Fraction(parameters.get("simplified_verification_max_correction_ratio", on).value)
    ratios = [
        Fraction(job.correction, job.tonnes) if job.tonnes else Fraction(int(bool(job.correction)))
        for job in record.jobs
        if job.correction is not None
    ]
    worst = max(ratios, default=Fraction(0))
    return worst <= limit, f"{show(worst)} ≤ {show(limit)}" if worst <= limit else f"{show(worst)} > {show(limit)}"


def _none(fact: str, codes: Sequence[str]) -> Callable[[YearRecord, date], Measured]:
    def measure(record: YearRecord, on: date) -> Measured:
        count = record.facts.get(fact, 0)
        count += sum(1 for each in record.findings if each.finding["code"] in codes and each.state != "accepted")
        return count == 0, str(count)

    return measure


def _anomaly(record: YearRecord, on: date) -> Measured:
    count = sum(1 for each in record.findings if each.blocks)
    return count == 0, str(count)


MEASURES: Final[Mapping[str, Callable[[YearRecord, date], Measured]]] = {
    "VERIFIED": _verified,
    "CORRECTION": _correction,
    "LATE": _none(LATE_MONTH, LATE_CODES),
    "PENALTY": _none("penalty", ()),
    "METER": _none("invalid_meter", METER_CODES),
    "ANOMALY": _anomaly,
}
