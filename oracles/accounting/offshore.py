"""Offshore wind credits: ER = (export - import) x (OM x wOM + BM x wBM), project emission 0 (E-10)."""

from fractions import Fraction

from oracles.accounting import units
from oracles.accounting.factors import Factors
from oracles.accounting.flows import ENTERPRISE
from oracles.accounting.model import Electricity, OffshoreWindReport
from oracles.accounting.refusal import refuse
from oracles.accounting.result import Accounted, DefaultUse, Line
from oracles.accounting.rounding import policy
from registry_sdk.calc.exact import show
from registry_sdk.calc.result import Text
from registry_sdk.parameters import ParameterSet

RULE = "E-10"


def calculate_offshore(report: OffshoreWindReport, numbers: ParameterSet | None = None) -> Accounted:
    """Emission reduction in whole credits, rounded down. Project emission is 0 and leakage is ignored.

    An uncalibrated meter is read against the project: export x (1 - max error), import x (1 + max error).
    Raises RefusedError for wrong units, weights that do not add up to 1, a missing error, or a negative reduction.
    """
    factors = Factors(report.year, numbers)
    rounding = policy("exact-once", "power", factors)
    defaults: list[DefaultUse] = []
    exported = _electricity(report.exported, "exported", -1, defaults)
    imported = _electricity(report.imported, "imported", 1, defaults)
    weights = Fraction(report.weight_operating) + Fraction(report.weight_build)
    if weights != 1:
        raise refuse(
            "weight_operating",
            RULE,
            Text(f"权重之和为 {show(weights)}", f"the weights add up to {show(weights)}"),
            Text("wOM + wBM = 1", "wOM + wBM = 1"),
        )
    if imported > exported:
        raise refuse(
            "imported",
            RULE,
            Text("下网电量大于上网电量，减排量为负", "import exceeds export: the reduction would be negative"),
            Text("下网电量不大于上网电量", "import not above export"),
        )
    operating, build = Fraction(report.operating_margin), Fraction(report.build_margin)
    weight_operating, weight_build = Fraction(report.weight_operating), Fraction(report.weight_build)
    combined = operating * weight_operating + build * weight_build
    exact = (exported - imported) * combined
    value = rounding.figure("reduction", exact)
    line = Line(
        source="ER",
        subunit="1",
        scope=ENTERPRISE,
        flow="offshore_wind",
        group="reduction",
        key="electricity",
        item=Text("减排量", "emission reduction"),
        amount=exported - imported,
        exact=exact,
        value=rounding.figure("source", exact),
        formula=f"({show(exported)} - {show(imported)}) MWh × ({show(operating)} × {show(weight_operating)} + "
        f"{show(build)} × {show(weight_build)} = {show(combined)}) tCO2/MWh",
        rules=(RULE,),
        gas_tonnes=exact,
    )
    return Accounted(
        calculator="offshore-wind-1",
        version="CCER-01-002-V01",
        title=Text("并网海上风电减排量", "grid-connected offshore wind, emission reduction"),
        formula=Text("ER = (上网 - 下网) × (OM × wOM + BM × wBM)", "ER = (export - import) × (OM × wOM + BM × wBM)"),
        entity=report.entity,
        year=report.year,
        sector="offshore_wind",
        unit="tCO2e",
        value=value,
        whole=int(value),
        exact=exact,
        lines=(line,),
        groups={"baseline": rounding.figure("total", exact), "project": rounding.figure("total", Fraction(0))},
        scopes={ENTERPRISE: rounding.figure("total", exact)},
        subunits={},
        intensities={},
        gases={},
        metrics={"combined_margin": rounding.figure("gas_per_tonne", combined)},
        defaults=tuple(defaults),
        notes=(Text("减排量向下取整到整吨", "the reduction is rounded down to whole tonnes"),),
        rules=(RULE, "D-17"),
        parameters=factors.used,
        policy=rounding.to_json(),
        rounding=(rounding.taken("reduction", exact),),
        inputs=report.model_dump(mode="json", exclude_none=True),
    )


def _electricity(metered: Electricity, name: str, sign: int, defaults: list[DefaultUse]) -> Fraction:
    value = Fraction(metered.value)
    if metered.unit != units.POWER:
        raise refuse(
            f"{name}.unit",
            RULE,
            Text(f"单位是 {metered.unit}", f"given in {metered.unit}"),
            Text(units.POWER, units.POWER),
        )
    if metered.calibrated:
        return value
    if metered.max_error is None or metered.max_error > 1:
        raise refuse(
            f"{name}.max_error",
            RULE,
            Text("未校准电能表缺最大允许误差", "an uncalibrated meter needs its largest permitted error"),
            Text("0 至 1 的比例，如 0.005", "a ratio from 0 to 1, such as 0.005"),
        )
    error = Fraction(metered.max_error)
    used = value * (1 + sign * error)
    defaults.append(
        DefaultUse(
            where=name,
            source="ER",
            figure=Text("上网电量" if sign < 0 else "下网电量", f"{name} electricity"),
            used=used,
            default=None,
            rejected=value,
            unit=units.POWER,
            rule=RULE,
            reason=Text("电能表未校准", "the meter is not calibrated"),
            decision=Text(
                f"保守处理：{'调减' if sign < 0 else '调增'} {show(error)}",
                f"conservative: {'lowered' if sign < 0 else 'raised'} by {show(error)}",
            ),
        )
    )
    return used
