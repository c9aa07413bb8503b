"""What the picture shows, taken from monthly items and findings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from oracles.quality import MonthlyItem
from oracles.quality.cases import FiledFinding
from oracles.quality.findings import Finding
from registry_sdk import parameters
from registry_sdk.calc.result import Text

MONTHS = range(1, 13)
EMISSIONS, MONITORED = "emissions", "cems_mass"


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding of a month; month None for one about the year. ``is_settled`` where it was answered and accepted."""

    month: int | None
    severity: str
    code: str
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class EntityYear:
    """Figures by month; a month that a mapping lacks was not filed.

    Attributes:
        emissions, monitored: tonnes of CO2, calculated and by automatic monitoring.
        intensity: tonnes per unit of the main product.
    """

    entity: str
    sector: Text
    year: int
    emissions: Mapping[int, Fraction]
    monitored: Mapping[int, Fraction]
    intensity: Mapping[int, Fraction]
    intensity_name: Text
    intensity_unit: str
    marks: tuple[Mark, ...]

    @property
    def total(self) -> Fraction:
        return sum(self.emissions.values(), Fraction(0))


def entity_year(
    items: Iterable[MonthlyItem],
    year: int,
    findings: Iterable[Finding] = (),
    filed: Iterable[FiledFinding] = (),
) -> EntityYear:
    """The picture's figures out of one entity's items; sub-units are added up, the first item of a month counts.

    Args:
        findings: found just now and not on file.
        filed: findings on file.

    Raises:
        ValueError: no item of the year.
    """
    current = sorted(
        (item for item in items if item.year == year), key=lambda item: (item.entity, item.subunit, item.month)
    )
    if not current:
        raise ValueError(f"no item of {year}")
    first = current[0]
    ratio = _ratio(first.sector)
    by_month = _totals(current)
    output = by_month.get(ratio["denominator"], {})
    emissions = by_month.get(EMISSIONS, {})
    marks = [Mark(_month(each.subject), each.severity, each.code) for each in findings]
    marks += [_mark(each) for each in filed if each.year in (year, None)]
    return EntityYear(
        entity=first.entity,
        sector=_sector(first.sector),
        year=year,
        emissions=emissions,
        monitored=by_month.get(MONITORED, {}),
        intensity={month: emissions[month] / output[month] for month in emissions if output.get(month)},
        intensity_name=Text(ratio["name_zh"], ratio["name_en"]),
        intensity_unit=ratio["unit"],
        marks=tuple(sorted(marks, key=lambda mark: (mark.month or 0, mark.severity, mark.code))),
    )


def _totals(items: Iterable[MonthlyItem]) -> dict[str, dict[int, Fraction]]:
    seen: set[tuple[tuple[str, str, str], int]] = set()
    found: dict[str, dict[int, Fraction]] = {}
    for item in items:
        if (item.series, item.month) in seen:
            continue
        seen.add((item.series, item.month))
        row = found.setdefault(item.item, {})
        row[item.month] = row.get(item.month, Fraction(0)) + item.value
    return found


def _ratio(sector: str) -> Mapping[str, str]:
    """The row of the sector's emission intensity."""
    rows = parameters.table("quality_ratios")
    found: Mapping[str, str] = next(
        row for row in rows if row["sector"] == sector and row["numerators"] == (EMISSIONS,)
    )
    return found


def _sector(sector: str) -> Text:
    row = parameters.table("sectors").row(sector=sector)
    return Text(row["name_zh"], row["name_en"])


def _month(subject: Mapping[str, str]) -> int | None:
    return int(subject["month"]) if "month" in subject else None


def _mark(filed: FiledFinding) -> Mark:
    finding = filed.finding
    return Mark(_month(finding["subject"]), finding["severity"], finding["code"], filed.state == "accepted")
