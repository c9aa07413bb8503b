"""Sheets and columns of the report workbook: one table that both the template writer and the reader follow."""

from oracles.sheets.columns import DATE, INTEGER, LIST, NUMBER, TEXT, YES_NO, Column

REPORT_SHEET = "报告 Report"
SOURCES_SHEET = "排放源 Sources"
OUTPUTS_SHEET = "产量 Outputs"

REPORT_FIELDS: tuple[Column, ...] = (
    Column("entity", "单位编号", TEXT, ("entity",), "D-07", True),
    Column("sector", "行业", TEXT, ("sector",), "A-05a", True),
    Column("year", "年度", INTEGER, ("year",), "D-07", True),
    Column("rounding", "取整办法", TEXT, ("rounding",), "D-17"),
)

SOURCE_COLUMNS: tuple[Column, ...] = (
    Column("id", "编号", TEXT, ("id",), "D-07", True),
    Column("flow", "流向", TEXT, ("flow",), "D-02", True),
    Column("item", "燃料或物料", TEXT, ("item",), "D-04", True),
    Column("subunit", "机组、生产线", TEXT, ("subunit",)),
    Column("month", "月份", INTEGER, ("month",), "D-06"),
    Column("process", "工序", TEXT, ("process",), "D-11"),
    Column("unit_class", "机组类别", TEXT, ("unit_class",), "D-03"),
    Column("amount", "数量", NUMBER, ("amount", "value"), "D-02", True),
    Column("amount_unit", "数量单位", TEXT, ("amount", "unit"), "D-02", True),
    Column("heat_value", "低位发热量", NUMBER, ("heat_value", "value"), "D-02"),
    Column("heat_value_unit", "发热量单位", TEXT, ("heat_value", "unit"), "D-02"),
    Column("carbon_per_heat", "单位热值含碳量", NUMBER, ("carbon_per_heat", "value"), "D-03", unit="tC/GJ"),
    Column("carbon_content", "元素碳含量", NUMBER, ("carbon_content", "value"), "D-02"),
    Column("carbon_content_unit", "元素碳单位", TEXT, ("carbon_content", "unit"), "D-02"),
    Column("anode_net_carbon", "阳极净耗含碳量", NUMBER, ("anode_net_carbon", "value"), "D-14", unit="tC/t-Al"),
    Column("anode_sulfur", "阳极含硫量", NUMBER, ("anode_sulfur", "value"), "D-14", unit="1"),
    Column("anode_ash", "阳极灰分", NUMBER, ("anode_ash", "value"), "D-14", unit="1"),
    Column("anode_effect", "阳极效应", NUMBER, ("anode_effect", "value"), "D-14", unit="min/cell-day"),
    Column("meter_id", "计量器具编号", TEXT, ("meter", "id"), "D-16"),
    Column("meter_kind", "计量器具种类", TEXT, ("meter", "kind"), "D-16"),
    Column("certificate_first", "证书有效期起", DATE, ("meter", "first"), "D-16"),
    Column("certificate_last", "证书有效期止", DATE, ("meter", "last"), "D-16"),
    Column("lab_id", "检测机构", TEXT, ("lab", "id"), "H-06"),
    Column("lab_mark", "资质标志", TEXT, ("lab", "mark"), "H-06"),
    Column("lab_items", "资质项目", LIST, ("lab", "items"), "H-06"),
    Column("lab_valid_first", "资质有效期起", DATE, ("lab", "validity", "first"), "H-06"),
    Column("lab_valid_last", "资质有效期止", DATE, ("lab", "validity", "last"), "H-06"),
    Column("lab_report", "检测报告号", TEXT, ("lab", "report"), "H-06"),
    Column("lab_tested_on", "检测日期", DATE, ("lab", "tested_on"), "D-03"),
    Column("lab_qualified", "检测是否合格", YES_NO, ("lab", "qualified"), "D-03"),
)

OUTPUT_COLUMNS: tuple[Column, ...] = (
    Column("product", "产品", TEXT, ("product",), "D-17", True),
    Column("amount", "产量", NUMBER, ("amount",), "D-17", True),
    Column("unit", "单位", TEXT, ("unit",), "D-17", True),
    Column("subunit", "机组、生产线", TEXT, ("subunit",), "D-17"),
)

TESTED = ("heat_value", "carbon_per_heat", "carbon_content", "anode_net_carbon", "anode_sulfur", "anode_ash")
"""Properties that the laboratory columns of a row speak for; the meter columns speak for amount and anode effect."""

OUTPUT_FLOW = "output"
"""In a CSV file, which has one table only, a row of this flow is an output: its item is the product."""

CSV_COLUMNS: tuple[Column, ...] = (*REPORT_FIELDS, *SOURCE_COLUMNS)
