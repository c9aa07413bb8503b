"""Columns of an allocation file: one row per power unit or industry member, and the plans."""

from registry_sdk.calc.tables.columns import Column
from registry_sdk.calc.tables.sheet import SheetSpec

SECTORS = ("power", "steel", "cement", "aluminium")
FLAGS = (
    "NEW", "CLOSED", "HEAT_ONLY", "SPECIAL_FUEL_ONLY", "CONVERTED_BOILER", "OIL", "IGCC", "ENGINE",
    "EMERGENCY_RESERVE", "HYDROGEN_OXYGEN_FURNACE", "WHITE_CLINKER", "GYPSUM_ACID_CLINKER",
)  # fmt: skip

UNITS = SheetSpec(
    "units",
    "机组与成员",
    "units and members",
    "B-01",
    (
        Column("entity_id", "主体编号", "entity", "A-06", "text", required=True),
        Column("province", "省份", "province", "A-17", "text"),
        Column("sector", "行业", "sector", "A-05a", "choice", required=True, choices=SECTORS),
        Column("year", "履约年度", "compliance year", "C-01", "year", required=True),
        Column("unit_id", "机组或生产线编号", "unit or line", "B-01", "text", required=True),
        Column("unit_class", "机组类别", "unit class", "2.1", "choice", choices=("I", "II", "III", "IV")),
        Column("generation_MWh", "发电量", "generated electricity", "B-03", unit="MWh"),
        Column("supplied_MWh", "供电量", "supplied electricity", "B-01", unit="MWh"),
        Column("heat_GJ", "供热量", "heat supplied", "B-01", unit="GJ"),
        Column("load_factor_pct", "负荷(出力)系数", "load factor", "B-03", unit="%", maximum=100),
        Column("heat_ratio", "供热比", "heat ratio", "B-02", unit="0-1", maximum=1),
        Column("cooling", "冷却方式", "cooling", "B-02", "choice", choices=("WATER", "AIR", "BACK_PRESSURE")),
        Column("condensing", "纯凝机组", "condensing unit", "B-02", "boolean"),
        Column("verified_t", "核查排放量", "verified emissions", "C-02", unit="t"),
        Column("intensity", "排放强度", "intensity", "B-10b", unit="tCO2e/t"),
        Column("intensity_emissions_t", "强度分子排放量", "emissions of the intensity", "B-10b", unit="t"),
        Column("product_t", "产品产量", "product output", "B-10b", unit="t"),
        Column("flags", "特殊情形", "special cases", "B-11", "flags", choices=FLAGS),
        Column("biomass_heat_share", "生物质热量占比", "biomass heat share", "B-11", unit="0-1", maximum=1),
        Column(
            "own_secondary_energy_share",
            "自产二次能源占比",
            "own secondary energy share",
            "B-11",
            unit="0-1",
            maximum=1,
        ),
        Column("green_hydrogen_share", "绿氢绿氨占比", "green hydrogen share", "B-11", unit="0-1", maximum=1),
        Column("carbide_slag_replacement", "电石渣替代率", "carbide slag replacement", "B-11a", unit="0-1", maximum=1),
        Column("previous_verified_t", "预分配基数", "base of pre-allocation", "B-06", unit="t"),
        Column("preallocation_rate", "预分配比例", "pre-allocation rate", "B-06", unit="0-1", maximum=1),
        Column("pre_allocated_t", "已预分配", "already pre-allocated", "B-06", "tonnes", unit="t"),
        Column("deduction_due_t", "应核减量", "deduction due", "B-08", "tonnes", unit="t"),
        Column("differentiated", "差异化发放", "differentiated issue", "B-09", "boolean"),
    ),
    required=True,
)

PLANS = SheetSpec(
    "plans",
    "总量方案",
    "plans",
    "B-13",
    (
        Column("sector", "行业", "sector", "B-13", "choice", required=True, choices=SECTORS),
        Column("year", "履约年度", "compliance year", "B-13", "year", required=True),
        Column("cap_mode", "总量模式", "cap mode", "B-13", "choice", choices=("INTENSITY", "ABSOLUTE")),
        Column("cap_t", "总量", "cap", "B-13", "tonnes", unit="t"),
        Column("free_share", "免费比例", "free share", "B-13", unit="0-1", maximum=1),
        Column("auction_share", "有偿比例", "auction share", "B-14", unit="0-1", maximum=1),
        Column("reserve_share", "储备比例", "reserve share", "B-15", unit="0-1", maximum=1),
        Column("balance_value", "已公布平衡值", "published balance value", "B-10b", unit="tCO2e/t"),
    ),
)

ALLOCATION = (UNITS, PLANS)
