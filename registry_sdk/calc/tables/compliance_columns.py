"""Columns of a compliance file: obligations, what was surrendered, credits used, carry-over, trades of the window."""

from registry_sdk.calc.tables.allocation_columns import SECTORS
from registry_sdk.calc.tables.columns import Column
from registry_sdk.calc.tables.sheet import SheetSpec

_ENTITY = Column("entity_id", "主体编号", "entity", "A-06", "text", required=True)
_YEAR = Column("year", "履约年度", "compliance year", "C-01", "year", required=True)
_DAY = Column("day", "日期", "day (Beijing)", "C-04", "date", required=True)

OBLIGATIONS = SheetSpec(
    "obligations",
    "履约义务",
    "obligations",
    "C-02",
    (
        _ENTITY,
        Column("sector", "行业", "sector", "A-05a", "choice", required=True, choices=SECTORS),
        _YEAR,
        Column("verified_t", "核查排放量", "verified emissions", "C-02", unit="t", required=True),
        Column("free_allocation_t", "免费配额", "free allocation", "B-05", "tonnes", unit="t"),
        Column("as_of", "状态日期", "status on", "C-13", "date", required=True),
        Column("mean_price_yuan", "清缴期限前均价", "mean price before the deadline", "C-08", unit="yuan/t"),
        Column("decided_on", "处罚决定日", "day of decision", "C-08", "date"),
        Column("usable_allowances_t", "可用配额", "usable allowances", "7.1", "tonnes", unit="t"),
        Column("eligible_credits_t", "可用减排量", "eligible credits", "7.1", "tonnes", unit="t"),
        Column("allowance_price_yuan", "配额价格", "allowance price", "7.1", unit="yuan/t"),
        Column("credit_price_yuan", "减排量价格", "credit price", "7.1", unit="yuan/t"),
    ),
)

SURRENDERS = SheetSpec(
    "surrenders",
    "清缴",
    "surrenders",
    "C-04",
    (
        _ENTITY,
        _YEAR,
        _DAY,
        Column("vintage", "配额年度", "vintage", "C-03", "year", required=True),
        Column("quantity_t", "数量", "quantity", "C-04", "tonnes", unit="t", required=True),
        Column("borrowed", "预支配额", "borrowed units", "B-12", "boolean"),
    ),
)

OFFSETS = SheetSpec(
    "offsets",
    "抵销",
    "offsets",
    "C-06",
    (
        _ENTITY,
        _YEAR,
        _DAY,
        Column("credit_id", "减排量编号", "credit", "C-06a", "text", required=True),
        Column("recorded_on", "登记日期", "recorded on", "C-06", "date", required=True),
        Column("quantity_t", "数量", "quantity", "C-05", "tonnes", unit="t", required=True),
        Column("in_ets", "项目在配额管理范围内", "project inside ETS coverage", "C-06", "boolean"),
        Column("used_for", "已用于年度", "already used for year", "C-06a", "year"),
    ),
)

CARRYOVER = SheetSpec(
    "carryover",
    "结转",
    "carry-over",
    "C-10",
    (
        _ENTITY,
        Column("sold_t", "卖出", "sold", "C-10", "tonnes", unit="t", required=True),
        Column("bought_t", "买入", "bought", "C-10", "tonnes", unit="t", required=True),
        Column("registry_available_t", "登记可用量", "registry available", "C-10", "tonnes", unit="t", required=True),
        Column("trading_available_t", "交易可用量", "trading available", "C-10", "tonnes", unit="t"),
        Column("judicially_frozen_t", "司法冻结量", "judicially frozen", "C-10", "tonnes", unit="t"),
        Column("pending_surrender_t", "清缴待审", "pending surrender", "C-10", "tonnes", unit="t"),
        Column("pending_cancellation_t", "注销待审", "pending cancellation", "C-10", "tonnes", unit="t"),
        Column("met_2023", "2023 年度按时履约", "2023 met in time", "C-10", "boolean", required=True),
        Column("met_2024", "2024 年度按时履约", "2024 met in time", "C-10", "boolean", required=True),
    ),
)

TRADES = SheetSpec(
    "trades",
    "成交",
    "trades",
    "C-08",
    (
        _DAY,
        Column("quantity_t", "数量", "quantity", "C-08", "tonnes", unit="t", required=True),
        Column("price_yuan", "价格", "price", "C-08", unit="yuan/t", required=True),
    ),
)

COMPLIANCE = (OBLIGATIONS, SURRENDERS, OFFSETS, CARRYOVER, TRADES)
