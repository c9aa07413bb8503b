"""Data quality of the year: the firms' months as the checks read them, findings put on file, answered and decided."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Final

from oracles.accounting import account
from oracles.accounting.model import Lab
from oracles.quality import LabReport, MonthlyItem, entity_findings, sector_findings
from oracles.quality.cases import FiledFinding, QualityCases
from oracles.quality.from_evidence import evidence_items
from oracles.quality.from_report import monthly_items
from registry_cli.sample.firm import Firm
from registry_cli.sample.plants import CAPACITY, YEAR
from registry_sdk.evidence import Item

CENTRE, OFFICER, CLERK = "Sun, national centre", "Wang, province", "Li, firm"
#: Codes of findings that are meant to arise, with what the firm says to them.
ANSWERS: Final[Mapping[str, str]] = {
    "Q-LATE": "月报经办人离职，九月十五日补报 the clerk had left; filed on 15 September",
    "Q-METER": "九月无检定机构到场，按规则集保守处理 no calibration in September; the amount is taken conservatively",
}


@dataclass(frozen=True)
class Checked:
    """What the checks found, and the findings as they stand after answers and decisions."""

    found: tuple[FiledFinding, ...]

    def of(self, code: str, entity: str) -> list[FiledFinding]:
        """Findings of one code and firm."""
        return [each for each in self.found if each.finding["code"] == code and each.entity == entity]


def check_year(firms: list[Firm], submitted: Mapping[tuple[int, int], date], cases: QualityCases) -> Checked:
    """Run every check, put findings on file, have those that were meant answered and accepted.

    Args:
        submitted: day on which each account's month came, by account and month.
    """
    items = [item for firm in firms for item in as_monthly(firm, submitted)]
    found = [
        finding
        for firm in firms
        for finding in entity_findings((item for item in items if item.entity == firm.entity), YEAR)
    ]
    found += sector_findings(items, YEAR)
    filed = cases.file(found, CENTRE)
    for each in filed:
        answer = ANSWERS.get(each.finding["code"])
        if answer and each.state == "open":
            cases.answer(each.case, CLERK, answer)
            cases.decide(each.case, OFFICER, "属实 confirmed", accepted=True)
    return Checked(tuple(cases.get(each.case) for each in filed))


def as_monthly(firm: Firm, submitted: Mapping[tuple[int, int], date]) -> Iterator[MonthlyItem]:
    """The firm's sealed items in the form the checks read, with the emissions they come to."""
    months, labs, number = firm.sealed(), dict(firm.labs()), firm.plant.number
    tests = {
        (YEAR, month, item.kind): _lab_report(labs[month, item.kind], item)
        for month, items in months.items()
        for item in items
        if (month, item.kind) in labs
    }
    for found in evidence_items(firm.months, number, firm.plant.plan, tests):
        yield replace(found, submitted=submitted[number, found.month])
    for unit in range(1, firm.plant.units + 1):
        if firm.plant.sector == "power":
            for month in months:
                yield _stated(firm, unit, month, "capacity", Fraction(CAPACITY), "MW")
        report = firm.report(months, str(unit))
        for monthly in monthly_items(report, account(report)):
            if monthly.item == "emissions":
                yield _stated(firm, unit, monthly.month, "emissions", monthly.value, "tCO2")


def _stated(firm: Firm, subunit: int, month: int, item: str, value: Fraction, unit: str) -> MonthlyItem:
    """A figure that no item of evidence holds: stated by the plan, or calculated."""
    return MonthlyItem(firm.entity, firm.plant.sector, YEAR, month, item, value, unit, subunit=str(subunit))


def _lab_report(lab: Lab, item: Item) -> LabReport:
    return LabReport(lab.report, lab.id, Fraction(item.value), lab.mark, True, lab.validity.last, lab.tested_on)
