"""Checks of one figure by itself: known item, unit, range, late filing, meter, test report (D-03, D-06, D-16, H-06)."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from oracles.quality.completeness import late
from oracles.quality.findings import Finding, finding, threshold
from oracles.quality.records import LabReport, MonthlyItem
from registry_sdk import parameters
from registry_sdk.calc.result import Text

TESTED = ("heat_value", "gas_heat_value", "carbon_content", "carbon_per_heat", "anode_net_carbon")
_MARKS = ("CMA", "CNAS")


def single(items: Iterable[MonthlyItem]) -> Iterator[Finding]:
    """Findings of each figure, in the order of the stream; nothing is kept."""
    for item in items:
        yield from check(item)


def check(item: MonthlyItem) -> Iterator[Finding]:
    """Findings of one figure."""
    row = parameters.table("quality_items").find(item=item.item)
    if row is None:
        yield finding("Q-ITEM", item.subject, item=item.item)
        return
    if item.unit != row["unit"]:
        hint = parameters.table("quality_unit_hints").find(given=item.unit, expected=row["unit"])
        converted = "-" if hint is None else Fraction(hint["factor"]) * item.value
        yield finding(
            "Q-UNIT",
            item.subject,
            row["rule"],
            item=item.item,
            given=item.unit,
            expected=row["unit"],
            converted=converted,
        )
    elif not row["low"] <= item.value <= row["high"]:
        yield finding(
            "Q-RANGE",
            item.subject,
            row["rule"],
            item=item.item,
            value=item.value,
            unit=item.unit,
            low=row["low"],
            high=row["high"],
        )
    tardy = late(item)
    if tardy is not None:
        yield tardy
    if item.calibrated_until is not None and item.calibrated_until < item.last_day:
        yield finding(
            "Q-METER",
            item.subject,
            item=item.item,
            value=item.value,
            meter=item.meter or "-",
            until=item.calibrated_until,
            needed=item.last_day,
        )
    if item.item in TESTED:
        yield from _laboratory(item)


_REASONS: tuple[tuple[Callable[[LabReport, MonthlyItem], bool], Text], ...] = (
    (lambda lab, _item: not lab.listed, Text("机构不在名录", "the laboratory is not listed")),
    (lambda lab, _item: lab.mark not in _MARKS, Text("没有 CMA 或 CNAS 标志", "neither the CMA nor the CNAS mark")),
    (lambda lab, _item: lab.tested_on > lab.valid_until, Text("资质已过期", "the accreditation had ended")),
    (
        lambda lab, item: lab.tested_on < item.last_day.replace(day=1),
        Text("检测早于当月", "tested before the month began"),
    ),
)


def _laboratory(item: MonthlyItem) -> Iterator[Finding]:
    lab = item.lab
    if lab is None:
        if not item.is_sealed:
            yield finding("Q-LAB-MISSING", item.subject, item=item.item, value=item.value)
        return
    for fails, reason in _REASONS:
        if fails(lab, item):
            yield finding("Q-LAB-INVALID", item.subject, report=lab.report, reason=str(reason))
            break
    limit = threshold("quality_lab_deviation_ratio", item.last_day)
    deviation = abs(item.value - lab.value) / lab.value if lab.value else Fraction(int(item.value != 0))
    if deviation > limit:
        yield finding(
            "Q-LAB-DIFFERS",
            item.subject,
            item=item.item,
            value=item.value,
            report=lab.report,
            tested=lab.value,
            deviation=deviation,
        )
