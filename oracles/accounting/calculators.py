"""How an emission report runs through the calculator of its sector and compliance year."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from oracles.accounting.aluminium import aluminium_lines
from oracles.accounting.cement import floor_lines
from oracles.accounting.combustion import fuel_line
from oracles.accounting.evidence import Evidence, span_of
from oracles.accounting.factors import Factors
from oracles.accounting.flows import (
    ALUMINIUM,
    BY_SECTOR,
    CARBON,
    CLINKER,
    ELECTRICITY,
    ENTERPRISE,
    FACTOR,
    OXIDISED,
    POWER_UNIT,
    PROCESS,
    PROCESSES,
    SUBSTITUTE,
    Flow,
)
from oracles.accounting.materials import electricity_line, factor_line
from oracles.accounting.metrics import check_outputs, intensities, metrics
from oracles.accounting.model import Report, Source
from oracles.accounting.refusal import Refusal, RefusedError, refuse
from oracles.accounting.result import Accounted, Line
from oracles.accounting.rounding import policy
from oracles.accounting.versions import Calculator, select
from oracles.accounting.work import Work
from registry_sdk.calc.result import Text
from registry_sdk.parameters import ParameterSet


def calculate(report: Report, evidence: Evidence | None = None, numbers: ParameterSet | None = None) -> Accounted:
    """Emissions of ``report``.

    Args:
        report: a validated input model.
        evidence: how laboratories and meters are read; default: figures are believed, lack of evidence is remarked.
        numbers: another set of dated parameters than the default one.

    Raises:
        RefusedError: with every row that cannot be calculated, each with its rule and what would be valid.
    """
    calculator = select(report.sector, report.year)
    factors = Factors(report.year, numbers)
    rounding = policy(report.rounding, report.sector, factors)
    work = Work(factors, rounding, _evidence(evidence or Evidence(), calculator, factors), report.year)
    mistakes = check_outputs(report)
    lines: list[Line] = []
    for index, source in enumerate(report.sources):
        where = f"sources[{index}]"
        try:
            flow = _flow(calculator, source, where)
            lines += _METHODS[flow.method](work, flow, source, where)
        except RefusedError as error:
            mistakes += error.refusals
    mistakes += _mixed_months(report)
    if mistakes:
        raise RefusedError(mistakes)
    if report.sector == "cement":
        lines += floor_lines(work, lines)
    return _accounted(report, calculator, work, tuple(lines))


def _evidence(evidence: Evidence, calculator: Calculator, factors: Factors) -> Evidence:
    """``evidence`` with the periods the law sets for the year: calibration (D-16) and late tests (D-06)."""
    first_day, last_day = span_of(factors.year, None)
    return replace(
        evidence,
        calibration_months=factors.days("meter_calibration_max_months", first_day)
        if calculator.yearly_calibration
        else None,
        test_days_after=factors.days("monthly_evidence_days", last_day),
    )


def _one(line: Callable[[Work, Flow, Source, str], Line]) -> Callable[[Work, Flow, Source, str], list[Line]]:
    return lambda work, flow, source, where: [line(work, flow, source, where)]


_METHODS: Mapping[str, Callable[[Work, Flow, Source, str], list[Line]]] = {
    OXIDISED: _one(fuel_line),
    CARBON: _one(fuel_line),
    FACTOR: _one(factor_line),
    CLINKER: _one(factor_line),
    SUBSTITUTE: _one(factor_line),
    ELECTRICITY: _one(electricity_line),
    ALUMINIUM: aluminium_lines,
}

_PROPERTIES = (
    "unit_class",
    "heat_value",
    "carbon_per_heat",
    "carbon_content",
    "anode_net_carbon",
    "anode_sulfur",
    "anode_ash",
    "anode_effect",
)


def _flow(calculator: Calculator, source: Source, where: str) -> Flow:
    """The flow of a row; refused when the sector or version has none, or the row carries what it has no use for."""
    flow = BY_SECTOR[calculator.sector].get(source.flow)
    if flow is None or flow.key not in calculator.flows:
        known = ", ".join(f"{key}（{BY_SECTOR[calculator.sector][key].label.zh}）" for key in calculator.flows)
        raise refuse(
            f"{where}.flow",
            "D-05" if source.flow == "electricity" else calculator.rules[0],
            Text(f"{calculator.id} 没有流向 {source.flow}", f"{calculator.id} has no flow {source.flow}"),
            Text(known, known),
        )
    unused = [name for name in _PROPERTIES if getattr(source, name) is not None and name not in flow.properties]
    if unused:
        allowed = ", ".join(flow.properties) or "-"
        raise refuse(
            f"{where}.{unused[0]}",
            flow.rule,
            Text(f"{flow.label.zh} 不用 {unused[0]}", f"{unused[0]} has no place in a row of {flow.label.en}"),
            Text(f"删除；可用：{allowed}", f"remove it; allowed: {allowed}"),
        )
    if (flow.scope == PROCESS) != (source.process is not None) or source.process not in (None, *PROCESSES):
        names = ", ".join(PROCESSES)
        raise refuse(
            f"{where}.process",
            "D-11",
            Text("工序缺失、多余或未知", "process missing, superfluous or unknown"),
            Text(f"仅工序流向填写：{names}", f"only for process flows, one of {names}"),
        )
    return flow


def _mixed_months(report: Report) -> list[Refusal]:
    """A clinker line is reported either by month or by year: a mix would make the monthly floor meaningless (D-13)."""
    if report.sector != "cement":
        return []
    monthly: dict[str, bool] = {}
    for index, source in enumerate(report.sources):
        if source.flow != "fuel" and monthly.setdefault(source.subunit, source.month is not None) != (
            source.month is not None
        ):
            return [
                Refusal(
                    f"sources[{index}].month",
                    "D-13",
                    Text("同一生产线混用按月与全年数据", "one clinker line mixes monthly and yearly rows"),
                    Text("全部填月份或全部不填", "a month in every row of the line, or in none"),
                )
            ]
    return []


def _accounted(report: Report, calculator: Calculator, work: Work, lines: tuple[Line, ...]) -> Accounted:
    scopes = {scope: _of(lines, "scope", scope) for scope in dict.fromkeys(line.scope for line in lines)}
    counted = scopes.get(ENTERPRISE, lines)
    if ENTERPRISE not in scopes:
        work.note(
            "没有企业层级的排放源：结果只是所列工序或机组之和",
            "no enterprise-level source: the figure is only the sum of the processes or units listed",
        )
    rounding = work.rounding
    total = rounding.total(line.exact for line in counted)

    def shown(rows: tuple[Line, ...]) -> Decimal:
        return rounding.figure("total", rounding.total(line.exact for line in rows))

    shown_scopes = {scope: shown(rows) for scope, rows in scopes.items()}
    if ENTERPRISE in scopes and len(scopes) > 1:
        inner = scopes.get(PROCESS, ()) + scopes.get(POWER_UNIT, ())
        rest = total - rounding.total(line.exact for line in inner)
        shown_scopes["other"] = rounding.figure("total", rest)
    gases = {gas: _of(counted, "gas", gas) for gas in dict.fromkeys(line.gas for line in counted)}
    return Accounted(
        calculator=calculator.id,
        version=calculator.version,
        title=calculator.title,
        formula=calculator.formula,
        entity=report.entity,
        year=report.year,
        sector=report.sector,
        unit="tCO2e" if report.sector == "aluminium" else "tCO2",
        value=rounding.figure("total", total),
        whole=int(rounding.figure("entity", total)),
        exact=total,
        lines=lines,
        groups={group: shown(_of(lines, "group", group)) for group in dict.fromkeys(line.group for line in lines)},
        scopes=shown_scopes,
        subunits={
            subunit: shown(_of(counted, "subunit", subunit))
            for subunit in dict.fromkeys(line.subunit for line in counted)
        },
        intensities=intensities(work, report, lines),
        gases={
            gas: {
                "tonnes": rounding.figure("gas_mass", sum((line.gas_tonnes for line in rows), Fraction(0))),
                "tCO2e": shown(rows),
            }
            for gas, rows in gases.items()
        },
        metrics=metrics(work, report, lines, total),
        defaults=tuple(work.defaults),
        notes=tuple(work.notes.values()),
        rules=tuple(dict.fromkeys([*calculator.rules, *(rule for line in lines for rule in line.rules), "D-17"])),
        parameters=work.factors.used,
        policy=rounding.to_json(),
        rounding=(rounding.taken("total", total), rounding.taken("entity", total)),
        inputs=report.model_dump(mode="json", exclude_none=True),
    )


def _of(lines: tuple[Line, ...], name: str, value: str) -> tuple[Line, ...]:
    return tuple(line for line in lines if getattr(line, name) == value)
