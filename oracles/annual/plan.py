"""The part of a data quality control plan (D-01) that says what the sources of a firm's evidence are.

An item of evidence names its source (``fuel_amount/coal-1``); the plan says that ``coal-1`` is bituminous coal burnt in
sub-unit 1. A source that the plan does not list is what its name says, in sub-unit 1 (``clinker/portland``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from oracles.accounting.model import Key, Name, Strict
from oracles.refusals import refuse
from registry_sdk.evidence import Item


class PlanSource(Strict):
    """What one source is. ``process``: process of a steel works that its fuel goes into or comes from."""

    item: Key
    subunit: Name = "1"
    process: Key | None = None
    unit_class: Literal["conventional_coal", "unconventional_coal"] | None = None


@dataclass(frozen=True)
class Counted:
    """How the amounts of an item's code count: ``flow`` of the accounting, ``item`` where the code itself says it."""

    flow: str
    item: str | None = None


#: Codes of amounts, by sector. Codes that are in no table here do not enter the figure.
AMOUNTS: Final[Mapping[str, Mapping[str, Counted]]] = {
    "power": {"fuel_amount": Counted("fuel"), "gas_amount": Counted("fuel")},
    "steel": {
        "fuel_amount": Counted("fuel"),
        "gas_amount": Counted("fuel"),
        "process_fuel_in": Counted("process_fuel_in"),
        "process_fuel_out": Counted("process_fuel_out"),
        "carbonate": Counted("carbonate"),
        "electrode": Counted("electrode", "electrode"),
        "carbon_input": Counted("carbon_input"),
        "pig_iron_sold": Counted("carbon_product", "pig_iron"),
        "benzol_sold": Counted("carbon_product", "crude_benzol"),
        "tar_sold": Counted("carbon_product", "tar"),
    },
    "cement": {
        "fuel_amount": Counted("fuel"),
        "gas_amount": Counted("fuel"),
        "clinker": Counted("clinker"),
        "substitute": Counted("substitute"),
    },
    "aluminium": {"aluminium": Counted("aluminium", "primary_aluminium")},
}

#: Codes of properties to the field of the accounting; they belong to the amount with the same source.
PROPERTIES: Final[Mapping[str, str]] = {
    "heat_value": "heat_value",
    "gas_heat_value": "heat_value",
    "carbon_content": "carbon_content",
    "carbon_per_heat": "carbon_per_heat",
    "anode_net_carbon": "anode_net_carbon",
    "anode_sulphur": "anode_sulfur",
    "anode_ash": "anode_ash",
    "anode_effect": "anode_effect",
}


@dataclass(frozen=True)
class Plan:
    """Sector and sources of a firm."""

    sector: str
    sources: Mapping[str, PlanSource] = field(default_factory=dict)

    def counted(self, item: Item) -> Counted | None:
        """How an item's amount counts; None where it is none."""
        return AMOUNTS[self.sector].get(item.code)

    def source(self, item: Item) -> PlanSource:
        """What an item's source is."""
        counted = self.counted(item)
        own = counted.item if counted else None
        return self.sources.get(item.source) or PlanSource(item=own or item.source.lower() or item.code)

    def to_json(self) -> dict[str, Any]:
        sources = {name: each.model_dump(exclude_none=True) for name, each in self.sources.items()}
        return {"sector": self.sector, "sources": sources}


_SOURCES: Final[TypeAdapter[dict[str, PlanSource]]] = TypeAdapter(dict[str, PlanSource])


def read_plan(raw: Any) -> Plan:
    """A plan from JSON. Raises OracleError ReportUnreadable."""
    try:
        if not isinstance(raw, dict) or set(raw) != {"sector", "sources"} or raw["sector"] not in AMOUNTS:
            raise ValueError(f"sector ({', '.join(AMOUNTS)}), sources")
        return Plan(raw["sector"], _SOURCES.validate_python(raw["sources"], strict=False))
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_input=False, include_context=False)
        text = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in mistakes[:5])
    except ValueError as error:
        text = str(error)
    raise refuse("ReportUnreadable", detail_zh=f"数据质量控制方案：{text}", detail=f"plan: {text}")
