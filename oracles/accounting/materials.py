"""Rows that are amount x factor: carbonates, inputs, products, clinker, substitutes, electricity (D-05, D-10, D-13)."""

from fractions import Fraction

from oracles.accounting import units
from oracles.accounting.flows import CLINKER, SUBSTITUTE, Flow
from oracles.accounting.model import Source
from oracles.accounting.result import Line
from oracles.accounting.work import Work
from registry_sdk.calc.exact import show
from registry_sdk.calc.result import Text

TABLES = {
    CLINKER: "cement_clinker_factors_tCO2_per_t",
    SUBSTITUTE: "cement_substitute_deductions_tCO2_per_t",
}
STEEL_TABLE = "steel_factors_tCO2_per_t"
ETS_SERIES = "ETS"


def factor_line(work: Work, flow: Flow, source: Source, where: str) -> Line:
    """One material row: amount in t times the published factor, with the sign of its flow."""
    name = work.factors.item_name(source.item, flow.key, where)
    amount = work.amount(source.amount, units.TONNE, where, source, flow.sign, flow.rule)
    factor = work.factors.factor(TABLES.get(flow.method, STEEL_TABLE), source.item, f"{where}.item")
    exact = flow.sign * amount * factor
    written = f"{show(amount)} t × {show(factor)} tCO2/t"
    return Line(
        source=source.id,
        subunit=source.subunit,
        scope=flow.scope,
        flow=flow.key,
        group=flow.group,
        key=source.item,
        amount=amount,
        item=Text(f"{flow.label.zh}：{name.zh}", f"{flow.label.en}: {name.en}"),
        exact=exact,
        value=work.rounding.figure("source", exact),
        formula=f"-({written})" if flow.sign < 0 else written,
        rules=(flow.rule, "D-10a") if flow.sector == "steel" else (flow.rule,),
        gas_tonnes=exact,
        month=source.month,
    )


def electricity_line(work: Work, flow: Flow, source: Source, where: str) -> Line:
    """Purchased electricity: counts up to compliance year 2022, is 0 in the obligation from 2023 (D-05)."""
    name = work.factors.item_name(source.item, flow.key, where)
    amount = work.amount(source.amount, units.POWER, where, source, flow.sign, flow.rule)
    counted = bool(work.factors.value("electricity_in_obligation", where))
    factor = Fraction(0)
    if counted:
        row = work.factors.row("grid_factors_national_tCO2_per_MWh", where, series=ETS_SERIES, year=work.year)
        factor = Fraction(row["value"])
    else:
        work.note(
            "[D-05] 2023 年度起购入电力不计入履约义务，按 0 计",
            "[D-05] purchased electricity counts 0 in the obligation from compliance year 2023",
        )
    exact = amount * factor
    return Line(
        source=source.id,
        subunit=source.subunit,
        scope=flow.scope,
        flow=flow.key,
        group=flow.group,
        key=source.item,
        amount=amount,
        item=Text(name.zh, name.en),
        exact=exact,
        value=work.rounding.figure("source", exact),
        formula=f"{show(amount)} MWh × {show(factor)} tCO2/MWh" + ("" if counted else " (D-05)"),
        rules=("D-05", "D-05a") if counted else ("D-05",),
        gas_tonnes=exact,
        month=source.month,
    )
