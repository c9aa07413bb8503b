"""How each row of a report counts: one line per sector and flow."""

from dataclasses import dataclass

from registry_sdk.calc.result import Text

ENTERPRISE = "enterprise"
PROCESS = "process"
POWER_UNIT = "power_unit"

OXIDISED = "oxidised"
CARBON = "carbon"
FACTOR = "factor"
CLINKER = "clinker"
SUBSTITUTE = "substitute"
ELECTRICITY = "electricity"
ALUMINIUM = "aluminium"

FUEL_PROPERTIES = ("heat_value", "carbon_per_heat", "carbon_content", "unit_class")
ANODE_PROPERTIES = ("anode_net_carbon", "anode_sulfur", "anode_ash", "anode_effect")


@dataclass(frozen=True, slots=True)
class Flow:
    """``sign`` is +1 where the row adds emissions, -1 where it takes them off. ``method`` picks the formula."""

    sector: str
    key: str
    method: str
    sign: int
    group: str
    scope: str
    rule: str
    label: Text
    properties: tuple[str, ...] = ()


FLOWS: tuple[Flow, ...] = (
    Flow(
        "power", "fuel", OXIDISED, 1, "combustion", ENTERPRISE, "D-02", Text("燃料燃烧", "fuel burnt"), FUEL_PROPERTIES
    ),
    Flow(
        "power",
        "electricity",
        ELECTRICITY,
        1,
        "electricity",
        ENTERPRISE,
        "D-05",
        Text("购入使用电力", "electricity bought"),
    ),
    Flow(
        "steel",
        "fuel",
        CARBON,
        1,
        "fossil",
        ENTERPRISE,
        "D-10",
        Text("化石燃料购入", "fuel bought"),
        FUEL_PROPERTIES[:3],
    ),
    Flow(
        "steel",
        "fuel_sold",
        CARBON,
        -1,
        "fossil",
        ENTERPRISE,
        "D-10",
        Text("焦炭、煤气外销", "coke or gas sold"),
        FUEL_PROPERTIES[:3],
    ),
    Flow(
        "steel",
        "fuel_power_ets",
        CARBON,
        -1,
        "fossil",
        ENTERPRISE,
        "D-10",
        Text("已纳入发电行业机组用燃料", "fuel of units in the power sector"),
        FUEL_PROPERTIES[:3],
    ),
    Flow("steel", "carbonate", FACTOR, 1, "process", ENTERPRISE, "D-10", Text("碳酸盐", "carbonate")),
    Flow("steel", "electrode", FACTOR, 1, "process", ENTERPRISE, "D-10", Text("电极", "electrode")),
    Flow("steel", "carbon_input", FACTOR, 1, "process", ENTERPRISE, "D-10", Text("含碳原料", "carbon-bearing input")),
    Flow(
        "steel",
        "carbon_product",
        FACTOR,
        -1,
        "deduction",
        ENTERPRISE,
        "D-10",
        Text("固碳产品", "product that keeps carbon"),
    ),
    Flow(
        "steel",
        "process_fuel_in",
        CARBON,
        1,
        "process_units",
        PROCESS,
        "D-11",
        Text("工序燃料输入", "fuel into a process"),
        FUEL_PROPERTIES[:3],
    ),
    Flow(
        "steel",
        "process_fuel_out",
        CARBON,
        -1,
        "process_units",
        PROCESS,
        "D-11",
        Text("工序燃料输出", "fuel out of a process"),
        FUEL_PROPERTIES[:3],
    ),
    Flow(
        "steel",
        "power_unit_fuel",
        OXIDISED,
        1,
        "power_units",
        POWER_UNIT,
        "D-12",
        Text("自备机组燃料", "fuel of an on-site power unit"),
        FUEL_PROPERTIES[:3],
    ),
    Flow(
        "cement", "fuel", OXIDISED, 1, "fuel", ENTERPRISE, "D-13", Text("燃料燃烧", "fuel burnt"), FUEL_PROPERTIES[:3]
    ),
    Flow("cement", "clinker", CLINKER, 1, "process", ENTERPRISE, "D-13", Text("熟料", "clinker")),
    Flow(
        "cement",
        "substitute",
        SUBSTITUTE,
        -1,
        "process",
        ENTERPRISE,
        "D-13",
        Text("非碳酸盐替代原料", "non-carbonate substitute"),
    ),
    Flow(
        "aluminium",
        "aluminium",
        ALUMINIUM,
        1,
        "anode",
        ENTERPRISE,
        "D-14",
        Text("电解铝", "electrolytic aluminium"),
        ANODE_PROPERTIES,
    ),
)

PROCESSES = ("coking", "sintering", "pelletising", "ironmaking", "converter", "electric_furnace", "other")

BY_SECTOR: dict[str, dict[str, Flow]] = {}
for _flow in FLOWS:
    BY_SECTOR.setdefault(_flow.sector, {})[_flow.key] = _flow
