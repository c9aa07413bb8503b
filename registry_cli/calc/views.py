"""Which columns of a report people see on a screen, and what they are called."""

from collections.abc import Mapping

View = tuple[str, tuple[str, ...]]
"""Title of a table and its columns."""

VIEWS: Mapping[str, tuple[View, ...]] = {
    "units": (
        (
            "机组与成员 / units and members",
            (
                "entity_id",
                "unit_id",
                "year",
                "treatment",
                "peak_factor",
                "alpha",
                "final",
                "pre_allocation",
            ),
        ),
    ),
    "entities": (
        ("主体配额 / entities", ("entity_id", "sector", "year", "allocation", "obligation", "gap_rate_pct")),
        (
            "主体发放 / issue",
            ("entity_id", "year", "pre_issued", "final_issued", "total_issued", "remaining_deduction_next"),
        ),
    ),
    "sectors": (("行业 / sectors", ("sector", "year", "balance_value", "sum_allocations", "sum_verified")),),
    "plans": (
        (
            "总量方案 / plans",
            ("sector", "year", "members", "cap_mode", "factor", "sum_free", "auction", "reserve"),
        ),
    ),
    "obligations": (
        (
            "履约状态 / status",
            ("entity_id", "year", "status", "obligation", "allowances", "offset_accepted", "missing"),
        ),
        ("处罚 / sanctions", ("entity_id", "year", "law", "min_yuan", "max_yuan", "deduction_t")),
        (
            "预测 / forecast",
            ("entity_id", "level", "coverage", "credits_to_buy", "allowances_to_buy", "cash_cost_yuan"),
        ),
    ),
    "carryover": (
        ("结转 / carry-over", ("entity_id", "net_sold", "formula_cap", "holding", "max_carry", "not_carried")),
    ),
}
"""Columns that fit a screen; --json and --out carry all of them."""

HEADS: Mapping[str, str] = {
    "entity_id": "主体\nentity",
    "unit_id": "机组\nunit",
    "sector": "行业\nsector",
    "year": "年度\nyear",
    "members": "主体数\nfirms",
    "treatment": "方法\nmethod",
    "peak_factor": "调峰\npeak",
    "alpha": "α\nalpha",
    "final": "配额\nfinal",
    "pre_allocation": "预分配\npre",
    "allocation": "配额\nallocation",
    "obligation": "义务\nobligation",
    "gap_rate_pct": "缺口率%\ngap %",
    "pre_issued": "已预发\npre-issued",
    "final_issued": "核定发放\nfinal",
    "total_issued": "合计\ntotal",
    "remaining_deduction_next": "余扣\nremainder",
    "balance_value": "平衡值\nbalance",
    "sum_allocations": "配额合计\nallocated",
    "sum_verified": "核查合计\nverified",
    "cap_mode": "模式\nmode",
    "factor": "系数\nfactor",
    "sum_free": "免费\nfree",
    "auction": "有偿\nauction",
    "reserve": "储备\nreserve",
    "status": "状态\nstatus",
    "allowances": "已清缴\nallowances",
    "offset_accepted": "抵销\noffsets",
    "missing": "欠缴\nmissing",
    "law": "依据\nlaw",
    "min_yuan": "最低(元)\nmin yuan",
    "max_yuan": "最高(元)\nmax yuan",
    "deduction_t": "核减\ndeduction",
    "level": "等级\nlevel",
    "coverage": "覆盖率\ncoverage",
    "credits_to_buy": "购减排量\ncredits",
    "allowances_to_buy": "购配额\nallowances",
    "cash_cost_yuan": "费用(元)\ncash",
    "net_sold": "净卖出\nnet sold",
    "formula_cap": "公式上限\nformula",
    "holding": "持有\nholding",
    "forced_surrender": "强制清缴\nforced",
    "released": "释放\nreleased",
    "short": "尚缺\nshort",
    "max_carry": "可结转\ncarry",
    "not_carried": "不结转\nrest",
}
