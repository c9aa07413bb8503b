"""Ratios beside the total: intensities, substitution, anode and PFC factors (B-10b, B-11a, D-14, D-17)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from oracles.accounting.flows import ENTERPRISE
from oracles.accounting.model import Output, Report
from oracles.accounting.refusal import Refusal
from oracles.accounting.result import Line
from oracles.accounting.work import Work
from registry_sdk.calc.result import Text
from registry_sdk.parameters import ParameterError

Metrics = dict[str, Decimal | bool]

OUTPUT_UNITS: Mapping[str, Mapping[str, str]] = {
    "power": {"generation": "MWh", "supplied": "MWh", "heat": "GJ"},
    "steel": {"crude_steel": "t", "hot_metal": "t", "sinter": "t"},
    "cement": {"clinker": "t"},
    "aluminium": {"primary_aluminium": "t"},
}
"""Products that may be stated per sector, with their units."""

IRON_PROCESSES = ("ironmaking", "sintering")

_MAIN: Mapping[str, tuple[str, str, str]] = {
    "power": ("generation", "t_per_MWh", ""),
    "steel": ("crude_steel", "t_per_t_crude_steel", "deduction"),
    "cement": ("clinker", "t_per_t_clinker", "clinker"),
    "aluminium": ("primary_aluminium", "t_per_t_aluminium", "anode"),
}
"""Sector -> product of the intensity, its name, and the group of source lines that also state the production."""


def check_outputs(report: Report) -> list[Refusal]:
    """Refusals for outputs that the sector does not know or that come in another unit."""
    known = OUTPUT_UNITS[report.sector]
    valid = ", ".join(f"{product} ({unit})" for product, unit in known.items())
    return [
        Refusal(
            f"outputs[{index}]",
            "D-17",
            Text(
                f"产品 {output.product} 或单位 {output.unit} 不适用",
                f"{output.product} in {output.unit} is not an output here",
            ),
            Text(valid, valid),
        )
        for index, output in enumerate(report.outputs)
        if known.get(output.product) != output.unit
    ]


def metrics(work: Work, report: Report, lines: tuple[Line, ...], total: Fraction) -> Metrics:
    """Every ratio of the sector; outputs that are stated come before production read from the source lines."""
    found: Metrics = {}
    product, name, group = _MAIN[report.sector]
    produced = _stated(report.outputs, product) or _produced(lines, product, group)
    if produced:
        found[name] = work.rounding.figure("intensity", total / produced)
    if report.sector == "steel":
        found |= _hot_metal(work, report, lines)
    if report.sector == "cement":
        found |= _carbide(work, lines)
    if report.sector == "aluminium":
        found |= _aluminium(work, lines)
    return found


def intensities(work: Work, report: Report, lines: tuple[Line, ...]) -> dict[str, Decimal]:
    """tCO2e per unit of the sector's main product, for every sub-unit that states or shows production (B-10b)."""
    product, _, group = _MAIN[report.sector]
    found = {}
    for subunit in dict.fromkeys(line.subunit for line in lines if line.scope == ENTERPRISE):
        rows = tuple(line for line in lines if line.subunit == subunit and line.scope == ENTERPRISE)
        stated = _stated((output for output in report.outputs if output.subunit == subunit), product)
        produced = stated or _produced(rows, product, group)
        if produced:
            found[subunit] = work.rounding.figure(
                "intensity", work.rounding.total(row.exact for row in rows) / produced
            )
    return found


def _hot_metal(work: Work, report: Report, lines: Iterable[Line]) -> Metrics:
    """Steel for allocation (B-10b): ironmaking plus sintering emissions over hot-metal output."""
    hot_metal = _stated(report.outputs, "hot_metal")
    rows = [line.exact for line in lines if line.process in IRON_PROCESSES]
    if not hot_metal or not rows:
        return {}
    return {"t_per_t_hot_metal": work.rounding.figure("intensity", work.rounding.total(rows) / hot_metal)}


def _stated(outputs: Iterable[Output], product: str) -> Fraction:
    return sum((Fraction(output.amount) for output in outputs if output.product == product), Fraction(0))


def _produced(lines: Iterable[Line], product: str, group: str) -> Fraction:
    rows = (line for line in lines if line.group == group or line.flow == group)
    return sum((line.amount for line in rows if group == "clinker" or line.key == product), Fraction(0))


def _carbide(work: Work, lines: Iterable[Line]) -> Metrics:
    """Carbide-slag replacement (B-11a), the highest of the clinker lines; special case (B-11) where a limit exists."""
    clinker: dict[str, Fraction] = {}
    slag: dict[str, Fraction] = {}
    for line in lines:
        if line.flow == "clinker":
            clinker[line.subunit] = clinker.get(line.subunit, Fraction(0)) + line.exact
        elif line.key == "carbide_slag":
            slag[line.subunit] = slag.get(line.subunit, Fraction(0)) - line.exact
    shares = [part / clinker[subunit] for subunit, part in slag.items() if clinker.get(subunit)]
    if not shares:
        return {}
    share = max(shares)
    found: Metrics = {"carbide_substitution_pct": work.rounding.figure("percent", share * 100)}
    try:
        limit = work.factors.numbers.for_year("special_case_carbide_slag_replacement_gt", work.year)
    except ParameterError:
        return found
    return found | {"special_case": share > Fraction(limit.value)}


def _aluminium(work: Work, lines: tuple[Line, ...]) -> Metrics:
    """Weighted factors over all production rows: tCO2/t, tCO2e/t, kg/t."""
    produced = sum((line.amount for line in lines if line.group == "anode"), Fraction(0))
    if not produced:
        return {}

    def per_tonne(group: str) -> Fraction:
        return sum((line.exact for line in lines if line.group == group), Fraction(0)) / produced

    def mass(gas: str) -> Fraction:
        return sum((line.gas_tonnes for line in lines if line.gas == gas), Fraction(0)) * 1000 / produced

    return {
        "anode_factor": work.rounding.figure("anode_factor", per_tonne("anode")),
        "pfc_factor": work.rounding.figure("pfc_factor", per_tonne("pfc")),
        "cf4_kg_per_t": work.rounding.figure("gas_per_tonne", mass("CF4")),
        "c2f6_kg_per_t": work.rounding.figure("gas_per_tonne", mass("C2F6")),
    }
