"""Worked examples of the domain file: {"id", "rule", "inputs", "expected"} turned into reports and compared.

The inputs of an example are short names such as ``diesel_t`` or ``blast_furnace_gas_1e4Nm3``; this module knows how
each rule spells them, so that any further example of the same form can be checked.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from oracles.accounting.calculators import calculate
from oracles.accounting.cems import calculate_cems
from oracles.accounting.flows import BY_SECTOR
from oracles.accounting.materials import ETS_SERIES
from oracles.accounting.offshore import calculate_offshore
from oracles.accounting.reading import validate
from oracles.accounting.refusal import refuse
from oracles.accounting.result import Accounted
from registry_sdk import parameters
from registry_sdk.calc.result import Text
from registry_sdk.parameters import ParameterError

Document = dict[str, Any]
_SUFFIXES = {"_t": "t", "_1e4Nm3": "1e4Nm3"}
_ALIASES = {"washed_coal": "washed_coking_coal", "coal_tar": "tar", "carbide": "carbide_slag"}
_LAW = frozenset({"oxidation", "cf4_kg_per_t", "c2f6_kg_per_t"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """One expected figure beside ours; ``ours`` None where the example asks for what no calculator states."""

    example: str
    figure: str
    expected: str
    ours: str | None

    @property
    def equal(self) -> bool:
        if self.ours is None:
            return False
        try:
            return Decimal(self.expected) == Decimal(self.ours)
        except InvalidOperation:
            return self.expected == self.ours


def _amount(key: str) -> tuple[str, str] | None:
    """("diesel", "t") for "diesel_t"."""
    for suffix, unit in _SUFFIXES.items():
        if key.endswith(suffix):
            return key.removesuffix(suffix), unit
    return None


def _text(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _row(number: int, flow: str, item: str, value: object, unit: str, **more: Any) -> Document:
    return {
        "id": f"{number}-{item}",
        "flow": flow,
        "item": item,
        "amount": {"value": _text(value), "unit": unit},
        **more,
    }


def _report(sector: str, year: int, rows: list[Document], rounding: str = "exact-once") -> Document:
    return {"entity": "example", "sector": sector, "year": year, "rounding": rounding, "sources": rows}


def power(inputs: Mapping[str, Any], year: int, fuel: str) -> Document:
    """D-02, D-03: ``fuel_t`` or fuels by name (``lignite_t``), and what was measured. Raises KeyError, ValueError."""
    more: Document = {}
    for key, name, written in (
        ("carbon_tC_per_t", "carbon_content", "tC/t"),
        ("carbon_tC_per_t_rounded", "carbon_content", "tC/t"),
        ("carbon_tC_per_1e4Nm3", "carbon_content", "tC/1e4Nm3"),
        ("ncv_GJ_per_t", "heat_value", "GJ/t"),
        ("ncv_GJ_per_1e4Nm3", "heat_value", "GJ/1e4Nm3"),
        ("carbon_tC_per_GJ", "carbon_per_heat", "tC/GJ"),
    ):
        if key in inputs:
            more[name] = {"value": _text(inputs[key]), "unit": written}
    known = {row["fuel"]: row["fuel"] for row in parameters.table("fuel_groups")} | {"fuel": fuel, "gas": "natural_gas"}
    burnt = [(named, value) for key, value in inputs.items() if (named := _amount(key)) and named[0] in known]
    if not burnt:
        raise KeyError("fuel_t")
    if len(burnt) > 1 and more:
        raise ValueError("measured figures beside several fuels: they could belong to any of them")
    rows = [
        _row(number, "fuel", known[name], value, unit, **more) for number, ((name, unit), value) in enumerate(burnt, 1)
    ]
    return _report("power", year, rows)


def _power_fuel(inputs: Mapping[str, Any]) -> str:
    """The fuel that an example means: the oxidation factor tells coal, oil and gas apart."""
    if "fuel_1e4Nm3" in inputs:
        return "natural_gas"
    return "diesel" if Decimal(_text(inputs.get("oxidation", "0.99"))) == Decimal("0.98") else "coal"


def electricity(inputs: Mapping[str, Any], year: int) -> Document:
    """D-05."""
    return _report("power", year, [_row(1, "electricity", "electricity", inputs["electricity_MWh"], "MWh")])


def _factor_year(inputs: Mapping[str, Any]) -> int:
    """The latest year whose ETS grid factor is the one the example states; 2022, the last that counts, without one."""
    stated = Decimal(_text(inputs.get("grid_factor", 0)))
    rows = parameters.table("grid_factors_national_tCO2_per_MWh")
    return max((row["year"] for row in rows if row["series"] == ETS_SERIES and row["value"] == stated), default=2022)


def steel(inputs: Mapping[str, Any], year: int, flow_of: Callable[[str], str]) -> Document:
    """D-10, D-12: every key is an amount of a fuel or a material."""
    rows = []
    for number, (key, value) in enumerate(inputs.items(), start=1):
        named = _amount(key)
        if named is not None:
            item = _ALIASES.get(named[0], named[0])
            rows.append(_row(number, flow_of(item), item, value, named[1]))
    return _report("steel", year, rows)


def steel_flow(item: str) -> str:
    """Fuels are bought, crude steel, tar and benzol leave; other items take the first flow they may have."""
    if item in {row["fuel"] for row in parameters.table("fuel_groups")}:
        return "fuel"
    if item in ("crude_steel", "tar", "crude_benzol"):
        return "carbon_product"
    flows = parameters.table("accounting_items").row(item=item)["flows"]
    return next(str(flow) for flow in flows if flow in BY_SECTOR["steel"])


def cement(inputs: Mapping[str, Any], year: int) -> Document:
    """D-13: fuels with their properties, the clinker, the substitutes."""
    kinds = {_text(row["value"]): row["item"] for row in parameters.table("cement_clinker_factors_tCO2_per_t")}
    fuels = {row["fuel"] for row in parameters.table("fuel_groups")}
    rows = []
    for number, (key, value) in enumerate(inputs.items(), start=1):
        named = _amount(key)
        if named is None or key in ("ncv_GJ_per_t", "carbon_tC_per_t"):
            continue
        item = _ALIASES.get(named[0], named[0])
        if item == "clinker":
            kind = str(inputs.get("clinker_type", kinds.get(_text(inputs.get("clinker_factor", "0.535")), "portland")))
            rows.append(_row(number, "clinker", kind, value, "t"))
        elif item in fuels:
            rows.append(_row(number, "fuel", item, value, named[1], **_properties(inputs, named[1])))
        else:
            rows.append(_row(number, "substitute", item, value, "t"))
    return _report("cement", year, rows)


def _properties(inputs: Mapping[str, Any], unit: str) -> Document:
    found: Document = {}
    for key, name, written in (
        (f"ncv_GJ_per_{unit}", "heat_value", f"GJ/{unit}"),
        ("carbon_tC_per_GJ", "carbon_per_heat", "tC/GJ"),
    ):
        if key in inputs:
            found[name] = {"value": _text(inputs[key]), "unit": written}
    return found


def aluminium(inputs: Mapping[str, Any], year: int, rounding: str = "exact-once") -> Document:
    """D-14."""
    more: Document = {}
    for key, name, unit in (
        ("anode_net_tC_per_t", "anode_net_carbon", "tC/t-Al"),
        ("sulfur", "anode_sulfur", "1"),
        ("ash", "anode_ash", "1"),
        ("anode_effect_min", "anode_effect", "min/cell-day"),
    ):
        if key in inputs:
            more[name] = {"value": _text(inputs[key]), "unit": unit}
    rows = [_row(1, "aluminium", "primary_aluminium", inputs["aluminium_t"], "t", **more)]
    return _report("aluminium", year, rows, rounding)


def cems(inputs: Mapping[str, Any], year: int) -> Document:
    """D-15."""
    day = {
        "day": f"{year}-01-01",
        "concentration": {"value": _text(inputs["co2_g_per_m3_dry_std"]), "unit": "g/m3"},
        "flow": {"value": _text(inputs["flow_1e4Nm3_per_day"]), "unit": "1e4Nm3/d"},
    }
    return {"kind": "cems", "entity": "example", "year": year, "days": [day]}


def offshore(inputs: Mapping[str, Any], year: int) -> Document:
    """E-10."""
    error = inputs.get("max_error")
    meter: Document = {} if error is None else {"calibrated": False, "max_error": _text(error)}
    return {
        "kind": "offshore_wind",
        "entity": "example",
        "year": year,
        "exported": {"value": _text(inputs["export_MWh"]), "unit": "MWh", **meter},
        "imported": {"value": _text(inputs["import_MWh"]), "unit": "MWh", **meter},
        "operating_margin": _text(inputs["OM"]),
        "build_margin": _text(inputs["BM"]),
        "weight_operating": _text(inputs["wOM"]),
        "weight_build": _text(inputs["wBM"]),
    }


def processes(inputs: Mapping[str, Any], year: int) -> Document:
    """D-11: keys such as ``coke_in_t`` and ``blast_furnace_gas_out_1e4Nm3``, all of one process. Raises ValueError."""
    rows = []
    for number, (key, value) in enumerate(inputs.items(), start=1):
        named = _amount(key)
        item, _, direction = ("", "", "") if named is None else named[0].rpartition("_")
        if named is not None and direction not in ("in", "out"):
            raise ValueError(f"{key}: neither ..._in_... nor ..._out_...")
        if named is not None:
            process = str(inputs.get("process", "other"))
            fuel = _ALIASES.get(item, item)
            rows.append(_row(number, f"process_fuel_{direction}", fuel, value, named[1], process=process))
    return _report("steel", year, rows)


_FORMS: Mapping[str, Callable[[Mapping[str, Any]], Document]] = {
    "D-02": lambda inputs: power(inputs, int(inputs.get("year", 2024)), str(inputs.get("fuel", _power_fuel(inputs)))),
    "D-03": lambda inputs: power(inputs, int(inputs.get("year", 2024)), str(inputs.get("fuel", _power_fuel(inputs)))),
    "D-05": lambda inputs: electricity(inputs, int(inputs.get("year", _factor_year(inputs)))),
    "D-10": lambda inputs: steel(inputs, int(inputs.get("year", 2024)), steel_flow),
    "D-11": lambda inputs: processes(inputs, int(inputs.get("year", 2024))),
    "D-12": lambda inputs: steel(inputs, int(inputs.get("year", 2024)), lambda item: "power_unit_fuel"),
    "D-13": lambda inputs: cement(inputs, int(inputs.get("year", 2025))),
    "D-14": lambda inputs: aluminium(inputs, int(inputs.get("year", 2024))),
    "D-15": lambda inputs: cems(inputs, int(inputs.get("year", 2024))),
    "E-10": lambda inputs: offshore(inputs, int(inputs.get("year", 2024))),
}


def covered(example: Mapping[str, Any]) -> bool:
    """Whether the example belongs to emissions, monitoring or the offshore wind formula."""
    return str(example.get("rule")) in _FORMS


def figures(result: Accounted) -> dict[str, str]:
    """Our figures under the names that examples use."""
    text = {key: value for key, value in result.to_json()["metrics"].items() if isinstance(value, str)}
    named = dict(text)
    named |= {key: str(value) for key, value in result.metrics.items() if isinstance(value, bool)}
    value = f"{result.value:f}"
    named |= {"emission_tCO2": value, "emission_integer_t": str(result.whole), "total_tCO2": value, "total": value}
    named |= {"total_integer_t": str(result.whole), "t_per_day": value, "ER": str(result.whole)}
    groups = {name: f"{each:f}" for name, each in result.groups.items()}
    named |= groups
    named |= {f"{name}_t": each for name, each in groups.items() if name in ("anode", "pfc")}
    if "deduction" in result.groups:
        named["embedded_deduction"] = f"{abs(result.groups['deduction']):f}"
    return named


def compare(example: Mapping[str, Any]) -> list[Comparison]:
    """Every expected figure of ``example`` beside ours. Raises RefusedError for a rule or inputs we cannot read."""
    rule, inputs = str(example.get("rule")), dict(example["inputs"])
    if rule not in _FORMS:
        raise refuse("rule", rule, Text("没有核算器", "no calculator"), Text(", ".join(_FORMS), ", ".join(_FORMS)))
    try:
        result = run(_FORMS[rule](inputs))
    except (KeyError, ValueError, ArithmeticError, TypeError, ParameterError) as error:
        problem = Text(f"算例输入无法读取：{error}", f"the inputs of the example cannot be read: {error}")
        names = "fuel_t, ncv_GJ_per_t, carbon_tC_per_GJ, clinker_t, aluminium_t, …"
        raise refuse(str(example["id"]), rule, problem, Text(names, names)) from None
    ours = figures(result)
    if rule == "D-14":
        two_decimals = figures(run(aluminium(inputs, 2024, "aluminium-anode-2")))
        ours["anode_t_if_factor_rounded_2dp"] = two_decimals["anode_t"]
    name = str(example["id"])
    found = [Comparison(name, key, _text(value), ours.get(key)) for key, value in example["expected"].items()]
    return found + _stated(name, inputs, result)


def _stated(name: str, inputs: Mapping[str, Any], result: Accounted) -> list[Comparison]:
    """Factors an example states beside its amounts must be those of the law; a difference is told, never followed."""
    used = {Decimal(each.value) for each in result.parameters if isinstance(each.value, Decimal | int)}
    found = []
    for key, value in inputs.items():
        if key.endswith("_factor") or key in _LAW:
            known = Decimal(_text(value)) in used
            found.append(Comparison(name, f"inputs.{key}", _text(value), _text(value) if known else None))
    return found


def run(document: Document) -> Accounted:
    """The calculator of the document's kind."""
    kind = document.get("kind", "emissions")
    calculators: Mapping[str, Callable[[Any], Accounted]] = {
        "emissions": calculate,
        "cems": calculate_cems,
        "offshore_wind": calculate_offshore,
    }
    return calculators[kind](validate(document))


def compare_all(examples: Iterable[Mapping[str, Any]]) -> list[Comparison]:
    """Comparisons of every covered example."""
    return [each for example in examples if covered(example) for each in compare(example)]
