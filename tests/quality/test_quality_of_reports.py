"""An emission report feeds the same checks: monthly figures, calculated months, monitoring against calculation."""

from fractions import Fraction

from oracles.accounting import Report, account, validate
from oracles.quality import cems_deviation, own_history, single
from oracles.quality.from_report import monthly_items


def cement(heat_of_september: str = "23.1") -> Report:
    rows = []
    for month in range(1, 13):
        heat = heat_of_september if month == 9 else f"23.{month:02}"
        rows += [
            {
                "id": f"f{month}",
                "flow": "fuel",
                "item": "bituminous",
                "month": month,
                "amount": {"value": "18000", "unit": "t"},
                "heat_value": {"value": heat, "unit": "GJ/t"},
            },
            {
                "id": f"k{month}",
                "flow": "clinker",
                "item": "portland",
                "month": month,
                "amount": {"value": "130000", "unit": "t"},
            },
        ]
    report = validate({"entity": "E-1", "sector": "cement", "year": 2025, "sources": rows})
    assert isinstance(report, Report)
    return report


def test_monthly_items__cement_year__figures_and_calculated_months() -> None:
    report = cement()
    result = account(report)
    items = list(monthly_items(report, result))
    assert len(items) == 12 * 4
    assert sum((each.value for each in items if each.item == "emissions"), Fraction(0)) == result.exact
    assert {each.code for each in single(items)} == {"Q-LAB-MISSING"}


def test_monthly_items__one_strange_month__jump_and_cems_alarm() -> None:
    report = cement("30.5")
    result = account(report)
    found = list(own_history(monthly_items(report)))
    assert [(each.code, each.subject["month"]) for each in found] == [("Q-JUMP-OWN", "9")]
    usual = {month: account(cement()).by_month()[month] for month in range(1, 13)}
    alarms = list(cems_deviation("E-1", 2025, usual, result.by_month()))
    assert [each.figures["month"] for each in alarms] == ["9"]
