"""Fuel: E = FC x NCV x CC (x OF) x 44/12 (D-02, D-10, D-11, D-12, D-13)."""

from collections.abc import Callable
from fractions import Fraction

from oracles.accounting import units
from oracles.accounting.factors import Fuel
from oracles.accounting.flows import OXIDISED, Flow
from oracles.accounting.model import Source
from oracles.accounting.refusal import refuse
from oracles.accounting.result import DefaultUse, Line
from oracles.accounting.work import Figure, Work, decide
from registry_sdk.calc.exact import show
from registry_sdk.calc.result import Text

UNCONVENTIONAL = "unconventional_coal"


def fuel_line(work: Work, flow: Flow, source: Source, where: str) -> Line:
    """The line of one fuel row. Raises RefusedError for a wrong fuel, unit or contradictory properties."""
    fuel = work.factors.fuel(source.item, f"{where}.item")
    if source.carbon_content is not None and source.carbon_per_heat is not None:
        raise refuse(
            f"{where}.carbon_per_heat",
            "D-02",
            Text("同时给出元素碳含量和单位热值含碳量", "both carbon content and carbon per heat are given"),
            Text("只填其中一项", "give only one of them"),
        )
    amount = work.amount(source.amount, fuel.unit, where, source, flow.sign, flow.rule)
    carbon, steps = _carbon(work, flow, source, fuel, where)
    parts = [f"{show(amount)} {fuel.unit}", *steps]
    exact = amount * carbon
    rules = [flow.rule]
    if flow.method == OXIDISED:
        oxidation = _oxidation(work, flow, fuel, where)
        exact *= oxidation
        parts.append(show(oxidation))
        rules.append("D-03a" if flow.sector == "power" else "D-04")
    exact *= flow.sign * work.factors.number("molar_ratio_co2_c", where)
    formula = ("-(" if flow.sign < 0 else "") + " × ".join([*parts, "44/12"]) + (")" if flow.sign < 0 else "")
    return Line(
        source=source.id,
        subunit=source.subunit,
        scope=flow.scope,
        flow=flow.key,
        group=flow.group,
        key=source.item,
        amount=amount,
        item=Text(f"{flow.label.zh}：{fuel.name.zh}", f"{flow.label.en}: {fuel.name.en}"),
        exact=exact,
        value=work.rounding.figure("source", exact),
        formula=formula,
        rules=tuple(rules),
        gas_tonnes=exact,
        month=source.month,
        process=source.process,
    )


def _carbon(work: Work, flow: Flow, source: Source, fuel: Fuel, where: str) -> tuple[Fraction, list[str]]:
    """Carbon per unit of fuel (tC), and how it is written in the formula."""
    content = Figure(
        "carbon_content",
        Text("元素碳含量", "carbon content"),
        f"tC/{fuel.unit}",
        "D-02",
        "carbon_content",
        "carbon_content",
    )
    rejected: tuple[Fraction, Text, str] | None = None
    if source.carbon_content is not None:
        path = f"{where}.carbon_content"
        value = work.measured(source.carbon_content, content, path)
        _check_carbon(fuel, value, path)
        verdict = work.judge(source.carbon_content, content, source)
        if verdict.reason is None:
            used = work.rounding.step("carbon_content", value)
            return used, [f"{show(used)} {content.unit}"]
        rejected = value, verdict.reason, verdict.rule
    heat_default, carbon_default, rule = _defaults(work, flow, source, fuel, where)
    heat_unit = units.heat_value_unit(fuel.unit)
    heat = work.figure(
        source.heat_value,
        Figure("heat_value", Text("低位发热量", "heat value"), heat_unit, rule, "heat_value", "heat_value"),
        heat_default,
        where,
        source,
        flow.sign,
    )
    per_heat = work.figure(
        source.carbon_per_heat,
        Figure(
            "carbon_per_heat",
            Text("单位热值含碳量", "carbon per heat"),
            units.CARBON_PER_HEAT,
            rule,
            "carbon_per_heat",
            "carbon_per_heat",
        ),
        carbon_default,
        where,
        source,
        flow.sign,
    )
    if source.carbon_per_heat is not None:
        _check_carbon(fuel, Fraction(source.carbon_per_heat.value), f"{where}.carbon_per_heat")
    product = work.rounding.step("carbon_content", heat * per_heat)
    if rejected is not None:
        value, reason, broken = rejected
        path = f"{where}.carbon_content"
        used, decision = decide(product, value, flow.sign, path, content)
        work.defaults.append(
            DefaultUse(path, source.id, content.label, used, product, value, content.unit, broken, reason, decision)
        )
        return used, [f"{show(used)} {content.unit}"]
    if "carbon_content" in work.rounding.steps:
        return product, [f"{show(product)} {content.unit} (= {show(heat)} × {show(per_heat)})"]
    return product, [f"{show(heat)} {heat_unit}", f"{show(per_heat)} {units.CARBON_PER_HEAT}"]


def _check_carbon(fuel: Fuel, content: Fraction, path: str) -> None:
    """A tonne holds at most a tonne of carbon, a GJ far less: more is a percentage, or kilograms."""
    if fuel.unit == units.TONNE and content > 1:
        raise refuse(
            path,
            "D-02",
            Text(f"含碳量 {show(content)} 不可能", f"a carbon content of {show(content)} cannot be"),
            Text(
                "元素碳不大于 1 tC/t，如 0.5480；单位热值含碳量如 0.03085 tC/GJ",
                "at most 1 tC/t, such as 0.5480; carbon per heat such as 0.03085 tC/GJ",
            ),
        )


Default = Callable[[], Fraction | None]


def _defaults(work: Work, flow: Flow, source: Source, fuel: Fuel, where: str) -> tuple[Default, Default, str]:
    """Where the default heat value and carbon per heat come from, looked up only when they are needed."""
    if flow.sector != "power" or fuel.power_default == "D-04":
        return (lambda: fuel.heat), (lambda: fuel.carbon), "D-04"
    unconventional = source.unit_class == UNCONVENTIONAL
    carbon_key = f"{'unconventional_' if unconventional else ''}coal_default_carbon_tC_per_GJ"
    return (
        lambda: work.factors.number("coal_default_ncv_GJ_per_t", f"{where}.heat_value"),
        lambda: work.factors.number(carbon_key, f"{where}.carbon_per_heat"),
        "D-03",
    )


def _oxidation(work: Work, flow: Flow, fuel: Fuel, where: str) -> Fraction:
    """Power: the dated value of the fuel's group. Other sectors: column of the default table, else its group's."""
    if flow.sector != "power" and fuel.oxidation is not None:
        return fuel.oxidation
    return work.factors.number(f"oxidation_{fuel.group}", f"{where}.item")
