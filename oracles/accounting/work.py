"""The state of one calculation: numbers of the law, rounding, evidence, and the choices made on the way.

The conservative rule (D-03, D-16), decided figure by figure:
- a usable measurement is used as it is;
- without one, the published default is used;
- with a measurement that may not be used, the default is used only if it does not help the firm: of the default and
  the rejected measurement the one that gives more emissions is taken (the larger where the figure adds emissions,
  the smaller where it takes them off). So bad evidence can never lower a result;
- a figure that verification contests and the firm did not mend counts as one that may not be used (D-08);
- a quantity from a meter without a valid certificate has no default: it is moved against the firm by the largest
  error such a meter may have.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from oracles.accounting.evidence import Evidence, Verdict, span_of
from oracles.accounting.factors import Factors
from oracles.accounting.model import Amount, LabItem, Measured, Source
from oracles.accounting.refusal import refuse
from oracles.accounting.result import DefaultUse
from oracles.accounting.rounding import Rounding
from registry_sdk.calc.exact import show
from registry_sdk.calc.result import Text


@dataclass(frozen=True, slots=True)
class Figure:
    """A property of a source as the calculators ask for it.

    ``sign`` is +1 where a larger figure gives more emissions; ``lab_item`` None means that a meter is the evidence.
    """

    name: str
    label: Text
    unit: str
    rule: str
    lab_item: LabItem | None
    step: str
    at_most: int | None = None


@dataclass(slots=True)
class Work:
    """Passed through one calculation; collects defaults and notes."""

    factors: Factors
    rounding: Rounding
    evidence: Evidence
    year: int
    defaults: list[DefaultUse] = field(default_factory=list)
    notes: dict[str, Text] = field(default_factory=dict)

    def note(self, zh: str, en: str) -> None:
        self.notes.setdefault(en, Text(zh, en))

    def amount(self, amount: Amount, unit: str, where: str, source: Source, sign: int, rule: str) -> Fraction:
        """The metered quantity in ``unit``, moved against the firm when the meter is not valid."""
        if amount.unit != unit:
            raise refuse(
                f"{where}.amount.unit",
                rule,
                Text(f"{source.item} 的单位是 {amount.unit}", f"{source.item} is given in {amount.unit}"),
                Text(unit, unit),
            )
        value = Fraction(amount.value)
        verdict = self.evidence.rejected(source.id, "amount") or self.evidence.meter(
            amount.meter, span_of(self.year, source.month)
        )
        if verdict.reason is None:
            self.remark(verdict)
            return self.rounding.step("amount", value)
        kind = self.evidence.meter_kind(amount.meter)
        known = {row["meter"] for row in self.factors.rows("meter_max_error")}
        row = self.factors.row("meter_max_error", where, meter=kind if kind in known else "other")
        error = Fraction(row["ratio"])
        used = value * (1 + sign * error)
        self.defaults.append(
            DefaultUse(
                where=f"{where}.amount",
                source=source.id,
                figure=Text("数量", "amount"),
                used=used,
                default=None,
                rejected=value,
                unit=unit,
                rule=verdict.rule,
                reason=verdict.reason,
                decision=Text(
                    f"保守处理：计量值 {show(value)} 按最大允许误差 {show(error)} {'调增' if sign > 0 else '调减'}",
                    f"conservative: the metered {show(value)} is {'raised' if sign > 0 else 'lowered'} by the largest "
                    f"permitted error {show(error)}",
                ),
            )
        )
        return self.rounding.step("amount", used)

    def figure(
        self,
        measured: Measured | None,
        figure: Figure,
        published: Callable[[], Fraction | None],
        where: str,
        source: Source,
        sign: int,
    ) -> Fraction:
        """The value of ``figure``: the measurement if usable, else by the conservative rule above.

        ``published`` looks the default up; it is asked only when it is needed, for it may not exist for the year.
        """
        path = f"{where}.{figure.name}"
        rejected: Fraction | None = None
        verdict = Verdict(figure.rule, Text("没有实测值", "there is no measurement"))
        if measured is not None:
            value = self.measured(measured, figure, path)
            verdict = self.judge(measured, figure, source)
            if verdict.reason is None:
                self.remark(verdict)
                return self.rounding.step(figure.step, value)
            rejected = value
        reason = verdict.reason or Text("没有实测值", "there is no measurement")
        default = published()
        used, decision = decide(default, rejected, sign, path, figure)
        self.defaults.append(
            DefaultUse(
                path,
                source.id,
                figure.label,
                used,
                default,
                rejected,
                figure.unit,
                figure.rule if rejected is None else verdict.rule,
                reason,
                decision,
            )
        )
        return self.rounding.step(figure.step, used)

    def measured(self, measured: Measured, figure: Figure, path: str) -> Fraction:
        """The number as given, once its unit and upper bound are checked."""
        if measured.unit != figure.unit:
            raise refuse(
                f"{path}.unit",
                figure.rule,
                Text(f"{figure.label.zh}的单位是 {measured.unit}", f"{figure.label.en} is given in {measured.unit}"),
                Text(figure.unit, figure.unit),
            )
        value = Fraction(measured.value)
        if figure.at_most is not None and value > figure.at_most:
            raise refuse(
                f"{path}.value",
                figure.rule,
                Text(
                    f"{figure.label.zh} {show(value)} 大于 {figure.at_most}",
                    f"{figure.label.en} {show(value)} is above {figure.at_most}",
                ),
                Text(
                    f"0 至 {figure.at_most} 之间的比例，如 0.02",
                    f"a ratio between 0 and {figure.at_most}, such as 0.02",
                ),
            )
        return value

    def judge(self, measured: Measured, figure: Figure, source: Source) -> Verdict:
        """Laboratory first, then the meter or analyser where one is named."""
        span = span_of(self.year, source.month)
        if contested := self.evidence.rejected(source.id, figure.name):
            return contested
        if figure.lab_item is None:
            return self.evidence.meter(measured.meter, span)
        verdict = self.evidence.laboratory(measured.lab, figure.lab_item, span)
        if verdict.reason is None and measured.meter is not None:
            metered = self.evidence.meter(measured.meter, span)
            return metered if metered.reason is not None else verdict
        return verdict

    def remark(self, verdict: Verdict) -> None:
        """Keep what a reader should know about usable evidence, once."""
        if verdict.remark is not None:
            remark = verdict.remark
            self.note(f"[{verdict.rule}] 部分数据{remark.zh}", f"[{verdict.rule}] for some figures, {remark.en}")


def decide(
    default: Fraction | None, rejected: Fraction | None, sign: int, path: str, figure: Figure
) -> tuple[Fraction, Text]:
    """Of the default and the rejected measurement the one that gives more emissions, and the sentence that says so."""
    if default is None:
        raise refuse(
            path,
            figure.rule,
            Text(
                f"{figure.label.zh}没有可用实测值，也没有缺省值",
                f"no usable measurement and no published default of {figure.label.en}",
            ),
            Text(
                f"有 CMA/CNAS 机构合格报告的实测值（{figure.unit}）",
                f"a measurement in {figure.unit} with a qualified report of a CMA or CNAS laboratory",
            ),
        )
    if rejected is None:
        return default, Text("采用公布的缺省值", "the published default is used")
    helps = (default - rejected) * sign < 0
    used = rejected if helps else default
    shown_default, shown_rejected = show(default), show(rejected)
    if helps:
        return used, Text(
            f"缺省值 {shown_default} 会减少排放，故保守采用被否决的实测值 {shown_rejected}",
            f"the default {shown_default} would lower emissions, so the rejected measurement {shown_rejected} is kept",
        )
    return used, Text(
        f"缺省值 {shown_default} 不低估排放（被否决的实测值 {shown_rejected}），保守采用缺省值",
        f"the default {shown_default} is the conservative choice against the rejected measurement {shown_rejected}",
    )
