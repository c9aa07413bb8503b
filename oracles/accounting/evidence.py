"""Whether a measurement may be used: laboratories (H-06), qualified tests (D-03), meter certificates (D-16)."""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from oracles.accounting.model import Key, Lab, LabItem, Meter, Name, Period, Strict
from oracles.accounting.numbers import Exact
from registry_sdk import parameters
from registry_sdk.calc.result import Text


class RegisteredLab(Strict):
    """An entry of the authority's list of laboratories."""

    id: Name
    mark: str
    items: Annotated[tuple[LabItem, ...], Field(strict=False)]
    validity: Period


LabRegister = Mapping[str, RegisteredLab]


class RegisteredMeter(Strict):
    """An entry of the register of meters (D-16): kind, accuracy class in percent, periods of its certificates."""

    id: Name
    kind: Key
    accuracy: Exact | None = None
    certificates: Annotated[tuple[Period, ...], Field(strict=False)] = ()


MeterRegister = Mapping[str, RegisteredMeter]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason`` is None for usable evidence; ``remark`` is something a reader should know although it is usable."""

    rule: str
    reason: Text | None = None
    remark: Text | None = None

    @property
    def usable(self) -> bool:
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Evidence:
    """How strictly evidence is read.

    A caller sets ``required``, ``labs`` and ``meters``; the periods come from the law of the year.

    Args:
        required: figures without a lab report or meter are not usable (official reports); otherwise only remarked.
        labs: the authority's list. None: the mark on the report itself is believed, which is remarked.
        meters: the register of meters. None: the certificates in the report itself are believed, which is remarked.
        calibration_months: longest time a certificate counts (D-16); None: as long as it says.
        test_days_after: a test may be this many days after its period (D-06); None: any day after it started.
        contested: source id and figure (``amount``, ``heat_value`` ...) to why verification does not accept it (D-08).
    """

    required: bool = False
    labs: LabRegister | None = None
    meters: MeterRegister | None = None
    calibration_months: int | None = None
    test_days_after: int | None = None
    contested: Mapping[tuple[str, str], Text] = field(default_factory=dict)

    def rejected(self, source: str, figure: str) -> Verdict | None:
        """The verdict of verification on a figure, None where it did not contest it."""
        reason = self.contested.get((source, figure))
        return None if reason is None else Verdict("D-08", reason)

    def laboratory(self, lab: Lab | None, item: LabItem, span: tuple[date, date]) -> Verdict:
        """Whether a test of ``item`` for the days ``span`` is usable."""
        if lab is None:
            missing = Text("没有检测报告", "no test report is given")
            return Verdict("D-03", missing) if self.required else Verdict("D-03", remark=missing)
        if self.labs is None:
            listed: RegisteredLab | Lab = lab
            remark = Text(f"机构 {lab.id} 未与名录核对", f"laboratory {lab.id} was not checked against the list")
        else:
            found = self.labs.get(lab.id)
            if found is None:
                return Verdict("H-06", Text(f"机构 {lab.id} 不在名录", f"laboratory {lab.id} is not on the list"))
            listed, remark = found, None
        for rule, fails, reason in _LAB_CHECKS:
            if fails(self, lab, listed, item, span):
                return Verdict(rule, reason)
        return Verdict("H-06", remark=remark)

    def meter(self, meter: Meter | None, span: tuple[date, date]) -> Verdict:
        """Whether the certificates of ``meter`` cover every day of ``span``."""
        if meter is None:
            missing = Text("没有计量器具信息", "no meter is named")
            return Verdict("D-16", missing) if self.required else Verdict("D-16", remark=missing)
        listed: RegisteredMeter | Meter = meter
        remark = None
        if self.meters is None:
            remark = Text("所用计量器具未与登记簿核对", "the meter was not checked against the register")
        else:
            found = self.meters.get(meter.id)
            if found is None:
                return Verdict("D-16", Text(f"计量器具 {meter.id} 未登记", f"meter {meter.id} is not in the register"))
            coarse = too_coarse(found)
            if coarse is not None:
                return Verdict("D-16", coarse)
            listed = found
        gap = first_uncovered(listed, span, self.calibration_months)
        if gap is None:
            return Verdict("D-16", remark=remark)
        return Verdict(
            "D-16",
            Text(f"计量器具 {meter.id} 自 {gap} 起证书无效", f"meter {meter.id} has no valid certificate on {gap}"),
        )

    def meter_kind(self, meter: Meter | None) -> str:
        """Kind of a meter by the register where it lists the meter, else as the report says."""
        found = None if meter is None or self.meters is None else self.meters.get(meter.id)
        return found.kind if found is not None else "other" if meter is None else meter.kind


def too_coarse(meter: RegisteredMeter) -> Text | None:
    """Why the accuracy class of a registered meter does not do (D-16), or None."""
    row = parameters.table("meter_max_error").find(meter=meter.kind)
    if meter.accuracy is None or row is None or meter.accuracy <= 100 * row["ratio"]:
        return None
    given, most = f"{meter.accuracy:f}", f"{(100 * row['ratio']).normalize():f}"
    return Text(
        f"计量器具 {meter.id} 准确度等级 {given}，须不低于 {most}",
        f"meter {meter.id} is of accuracy class {given}, class {most} or better is needed",
    )


_Check = Callable[[Evidence, Lab, "RegisteredLab | Lab", LabItem, tuple[date, date]], bool]

_LAB_CHECKS: tuple[tuple[str, _Check, Text], ...] = (
    (
        "D-03",
        lambda _e, lab, _l, _i, _s: not lab.qualified,
        Text("检测不合格", "the test was declared not qualified"),
    ),
    (
        "H-06",
        lambda _e, _r, listed, _i, _s: listed.mark not in ("CMA", "CNAS"),
        Text("机构没有 CMA 或 CNAS 标志", "the laboratory has neither the CMA nor the CNAS mark"),
    ),
    (
        "H-06",
        lambda _e, _r, listed, item, _s: item not in listed.items,
        Text("检测项目不在机构资质范围", "the tested item is outside the laboratory's scope"),
    ),
    (
        "H-06",
        lambda _e, lab, listed, _i, _s: not listed.validity.first <= lab.tested_on <= listed.validity.last,
        Text("检测日不在资质有效期内", "the test day is outside the laboratory's validity"),
    ),
    (
        "D-03",
        lambda evidence, lab, _l, _i, span: (
            lab.tested_on < span[0]
            or (evidence.test_days_after is not None and (lab.tested_on - span[1]).days > evidence.test_days_after)
        ),
        Text("检测日不属于本期", "the test does not belong to this period"),
    ),
)


def span_of(year: int, month: int | None) -> tuple[date, date]:
    """First and last day of the month, or of the year."""
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def months_later(day: date, months: int) -> date:
    """The day before the same day ``months`` later: the last day a certificate of that length covers."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])) - timedelta(days=1)


def first_uncovered(
    meter: Meter | RegisteredMeter, span: tuple[date, date], calibration_months: int | None
) -> date | None:
    """The first day of ``span`` without a valid certificate, or None."""
    needed = span[0]
    for period in sorted(meter.certificates, key=lambda each: (each.first, each.last)):
        last = period.last
        if calibration_months is not None:
            last = min(last, months_later(period.first, calibration_months))
        if period.first <= needed <= last:
            needed = last + timedelta(days=1)
    return needed if needed <= span[1] else None


def certified_until(meter: Meter | RegisteredMeter, day: date, calibration_months: int | None = None) -> date | None:
    """Last day up to which certificates cover every day from ``day`` on, or None where they do not cover ``day``."""
    gap = first_uncovered(meter, (day, date.max - timedelta(days=1)), calibration_months)
    return None if gap is None or gap <= day else gap - timedelta(days=1)
