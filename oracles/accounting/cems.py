"""Automatic monitoring: daily mass = concentration x flow / 100 (D-15)."""

from fractions import Fraction

from oracles.accounting import units
from oracles.accounting.evidence import Evidence
from oracles.accounting.factors import Factors
from oracles.accounting.flows import ENTERPRISE
from oracles.accounting.model import CemsDay, CemsReport, Measured
from oracles.accounting.refusal import Refusal, RefusedError, refuse
from oracles.accounting.result import Accounted, DefaultUse, Line
from oracles.accounting.rounding import Rounding, policy
from registry_sdk.calc.exact import show
from registry_sdk.calc.result import Text
from registry_sdk.parameters import ParameterSet

RULE = "D-15"
GRAMS_TIMES_10K_M3_PER_TONNE = 100
"""g/m3 x 10^4 m3 / 10^6 g per t."""


def daily_mass(concentration: Fraction, flow: Fraction) -> Fraction:
    """t CO2 per day from g/m3 (dry standard) and 10^4 Nm3/day (dry standard), exact."""
    return concentration * flow / GRAMS_TIMES_10K_M3_PER_TONNE


def calculate_cems(
    report: CemsReport, evidence: Evidence | None = None, numbers: ParameterSet | None = None
) -> Accounted:
    """Mass of every day and their sum. During trial operation the calculated value stays official (D-15).

    Raises RefusedError for wrong units, days outside the year or days given twice for a stack.
    """
    factors = Factors(report.year, numbers)
    rounding = policy("exact-once", "power", factors)
    mistakes: list[Refusal] = []
    lines: list[Line] = []
    defaults: list[DefaultUse] = []
    seen: set[tuple[str, str]] = set()
    for index, day in enumerate(report.days):
        where = f"days[{index}]"
        place = day.stack, day.day.isoformat()
        if day.day.year != report.year or place in seen:
            mistakes.append(
                Refusal(
                    f"{where}.day",
                    RULE,
                    Text(
                        f"{day.day} 重复或不属于 {report.year} 年",
                        f"{day.day} is given twice or is not in {report.year}",
                    ),
                    Text("每个烟道每日一行，均在报告年度内", "one row per stack and day, all inside the year"),
                )
            )
        seen.add(place)
        try:
            lines.append(_line(day, where, rounding))
        except RefusedError as error:
            mistakes += error.refusals
        defaults += _meters(day, where, evidence or Evidence())
    if mistakes:
        raise RefusedError(mistakes)
    total = sum((line.exact for line in lines), Fraction(0))
    value = rounding.figure("cems_mass", total)
    stacks = dict.fromkeys(line.subunit for line in lines)
    return Accounted(
        calculator="cems-1",
        version="1",
        title=Text("自动监测", "automatic monitoring"),
        formula=Text("质量 = 浓度 × 流量 / 100", "mass = concentration × flow / 100"),
        entity=report.entity,
        year=report.year,
        sector="cems",
        unit="tCO2",
        value=value,
        whole=int(rounding.figure("entity", total)),
        exact=total,
        lines=tuple(lines),
        groups={"cems": value},
        scopes={ENTERPRISE: value},
        subunits={
            stack: rounding.figure(
                "cems_mass", sum((line.exact for line in lines if line.subunit == stack), Fraction(0))
            )
            for stack in stacks
        },
        intensities={},
        gases={"CO2": {"tonnes": value, "tCO2e": value}},
        metrics={"days": rounding.figure("entity", Fraction(len(lines)))},
        defaults=tuple(defaults),
        notes=(
            Text(
                "[D-15] 试运行期间以核算值为准，自动监测值用于比对",
                "[D-15] during trial operation the calculated value stays official; CEMS is for comparison",
            ),
        ),
        rules=(RULE, "D-17"),
        parameters=factors.used,
        policy=rounding.to_json(),
        rounding=(rounding.taken("cems_mass", total),),
        inputs=report.model_dump(mode="json", exclude_none=True),
    )


def _line(day: CemsDay, where: str, rounding: Rounding) -> Line:
    concentration = _in_unit(day.concentration, units.CONCENTRATION, f"{where}.concentration")
    flow = _in_unit(day.flow, units.FLOW, f"{where}.flow")
    exact = daily_mass(concentration, flow)
    return Line(
        source=f"{day.stack}:{day.day}",
        subunit=day.stack,
        scope=ENTERPRISE,
        flow="cems_day",
        group="cems",
        key="cems_day",
        item=Text("日质量", "mass of the day"),
        amount=flow,
        exact=exact,
        value=rounding.figure("cems_mass", exact),
        formula=f"{show(concentration)} g/m3 × {show(flow)} × 10^4 Nm3/d / 10^6",
        rules=(RULE,),
        gas_tonnes=exact,
        month=day.day.month,
    )


def _in_unit(measured: Measured, unit: str, where: str) -> Fraction:
    if measured.unit != unit:
        raise refuse(
            f"{where}.unit", RULE, Text(f"单位是 {measured.unit}", f"given in {measured.unit}"), Text(unit, unit)
        )
    return Fraction(measured.value)


def _meters(day: CemsDay, where: str, evidence: Evidence) -> list[DefaultUse]:
    """Days of an instrument without a valid certificate are named: they cannot stand for the calculated value."""
    found = []
    for name, measured in (("concentration", day.concentration), ("flow", day.flow)):
        verdict = evidence.meter(measured.meter, (day.day, day.day))
        if verdict.reason is not None:
            value = Fraction(measured.value)
            found.append(
                DefaultUse(
                    where=f"{where}.{name}",
                    source=f"{day.stack}:{day.day}",
                    figure=Text("自动监测读数", f"CEMS {name}"),
                    used=value,
                    default=None,
                    rejected=value,
                    unit=measured.unit,
                    rule="D-16",
                    reason=verdict.reason,
                    decision=Text("只用于比对，核算值为准", "for comparison only, the calculated value stays official"),
                )
            )
    return found
