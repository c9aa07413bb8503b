"""Electrolytic aluminium: anode use and anode effect (D-14)."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from oracles.accounting import units
from oracles.accounting.flows import Flow
from oracles.accounting.model import Source
from oracles.accounting.refusal import refuse
from oracles.accounting.result import DefaultUse, Line
from oracles.accounting.work import Figure, Work, decide
from registry_sdk.calc.exact import show
from registry_sdk.calc.result import Text
from registry_sdk.calc.rounding import scale

RULE = "D-14"
NET_CARBON = Figure(
    "anode_net_carbon",
    Text("阳极净耗含碳量", "net anode carbon"),
    units.ANODE_CARBON,
    RULE,
    "anode",
    "anode_net_carbon",
)
SULFUR = Figure("anode_sulfur", Text("阳极含硫量", "sulphur in the anode"), units.RATIO, RULE, "anode", "ratio", 1)
ASH = Figure("anode_ash", Text("阳极灰分", "ash in the anode"), units.RATIO, RULE, "anode", "ratio", 1)
EFFECT = Figure(
    "anode_effect", Text("阳极效应持续时间", "anode-effect minutes"), units.ANODE_EFFECT, RULE, None, "anode_effect"
)


def aluminium_lines(work: Work, flow: Flow, source: Source, where: str) -> list[Line]:
    """Three lines of one production row: anode CO2, CF4, C2F6."""
    name = work.factors.item_name(source.item, flow.key, where)
    amount = work.amount(source.amount, units.TONNE, where, source, flow.sign, RULE)
    factor, written = anode_factor(work, source, where)
    cf4, c2f6, pfc_written = gas_per_tonne(work, source, where)
    lines = [
        _line(
            work,
            flow,
            source,
            "anode",
            "CO2",
            Text(f"{name.zh}：阳极消耗", f"{name.en}: anode use"),
            amount,
            amount * factor,
            amount * factor,
            f"{show(amount)} t × {written}",
        )
    ]
    for gas, mass, key in (("CF4", cf4, "gwp_cf4"), ("C2F6", c2f6, "gwp_c2f6")):
        gwp = work.factors.number(key, where)
        tonnes = amount * mass / 1000
        text = f"{show(amount)} t × {pfc_written[gas]} × {show(gwp)} / 1000"
        item = Text(f"{name.zh}：阳极效应 {gas}", f"{name.en}: anode effect, {gas}")
        lines.append(_line(work, flow, source, "pfc", gas, item, amount, tonnes * gwp, tonnes, text))
    return lines


def anode_factor(work: Work, source: Source, where: str) -> tuple[Fraction, str]:
    """tCO2 per t aluminium: NC x (1 - S - A) x 44/12, rounded only if a policy says so."""

    def published(key: str) -> Callable[[], Fraction]:
        return lambda: work.factors.number(key, where)

    carbon = work.figure(source.anode_net_carbon, NET_CARBON, published("anode_net_carbon_tC_per_t"), where, source, 1)
    sulfur = work.figure(source.anode_sulfur, SULFUR, published("anode_sulfur"), where, source, -1)
    ash = work.figure(source.anode_ash, ASH, published("anode_ash"), where, source, -1)
    if sulfur + ash > 1:
        raise refuse(
            f"{where}.anode_ash",
            RULE,
            Text("硫分与灰分之和大于 1", "sulphur and ash together are above 1"),
            Text("两者之和不大于 1 的比例", "ratios that add up to at most 1"),
        )
    factor = carbon * (1 - sulfur - ash) * work.factors.number("molar_ratio_co2_c", where)
    decimals = work.factors.value("anode_factor_rounding", where)
    if "anode_factor" in work.rounding.steps:
        factor = work.rounding.step("anode_factor", factor)
    elif decimals != "EXACT":
        factor = Fraction(Decimal(scale(factor, int(decimals), "half_up")))
    return factor, f"({show(carbon)} × (1 - {show(sulfur)} - {show(ash)}) × 44/12 = {show(factor)}) tCO2/t"


def gas_per_tonne(work: Work, source: Source, where: str) -> tuple[Fraction, Fraction, dict[str, str]]:
    """kg CF4 and kg C2F6 per t aluminium, and how each is written: from measured minutes, else the defaults."""
    cf4_default = work.factors.number("cf4_default_kg_per_t", where)
    c2f6_default = work.factors.number("c2f6_default_kg_per_t", where)
    slope = work.factors.number("cf4_slope_per_anode_effect_minute", where)
    ratio = work.factors.number("c2f6_to_cf4_ratio", where)
    default_text = {"CF4": f"{show(cf4_default)} kg/t", "C2F6": f"{show(c2f6_default)} kg/t"}
    path = f"{where}.anode_effect"
    if source.anode_effect is None:
        for gas, value in (("CF4", cf4_default), ("C2F6", c2f6_default)):
            _remember(
                work, source, path, gas, value, None, Text("没有阳极效应实测值", "there are no anode-effect minutes")
            )
        return cf4_default, c2f6_default, default_text
    minutes = work.measured(source.anode_effect, EFFECT, path)
    cf4 = slope * minutes
    c2f6 = ratio * cf4
    written = {
        "CF4": f"({show(slope)} × {show(minutes)} = {show(cf4)}) kg/t",
        "C2F6": f"({show(ratio)} × {show(cf4)} = {show(c2f6)}) kg/t",
    }
    verdict = work.judge(source.anode_effect, EFFECT, source)
    if verdict.reason is None:
        work.remark(verdict)
        return cf4, c2f6, written
    used = {}
    for gas, default, value in (("CF4", cf4_default, cf4), ("C2F6", c2f6_default, c2f6)):
        used[gas] = _remember(work, source, path, gas, default, value, verdict.reason)
    return used["CF4"], used["C2F6"], {gas: f"{show(value)} kg/t" for gas, value in used.items()}


def _remember(
    work: Work, source: Source, path: str, gas: str, default: Fraction, rejected: Fraction | None, reason: Text
) -> Fraction:
    label = Text(f"吨铝 {gas}", f"{gas} per tonne")
    used, decision = decide(default, rejected, 1, path, EFFECT)
    rule = RULE if rejected is None else "D-16"
    work.defaults.append(DefaultUse(path, source.id, label, used, default, rejected, "kg/t", rule, reason, decision))
    return used


def _line(
    work: Work,
    flow: Flow,
    source: Source,
    group: str,
    gas: str,
    item: Text,
    amount: Fraction,
    exact: Fraction,
    tonnes: Fraction,
    formula: str,
) -> Line:
    return Line(
        source=source.id,
        subunit=source.subunit,
        scope=flow.scope,
        flow=flow.key,
        group=group,
        key=source.item,
        amount=amount,
        item=item,
        exact=exact,
        value=work.rounding.figure("source", exact),
        formula=formula,
        rules=(RULE,),
        gas=gas,
        gas_tonnes=tonnes,
        month=source.month,
    )
