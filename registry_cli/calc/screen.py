"""What people see of a report: tables of figures, refusals row by row, explanations."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Plain

from registry_sdk.calc.result import Result
from registry_sdk.calc.tables.sheet import RowError

SHOWN_ROWS = 40
SHOWN_EXPLANATIONS = 50

TITLES: Mapping[str, str] = {
    "units": "机组与成员 / units and members",
    "entities": "主体 / entities",
    "sectors": "行业 / sectors",
    "plans": "总量方案 / plans",
    "obligations": "履约 / compliance",
    "carryover": "结转 / carry-over",
    "cases": "单项计算 / single questions",
}


def sections(
    found: Mapping[str, Sequence[Mapping[str, Any]]], results: Sequence[tuple[str, Result]], explain: bool
) -> Group:
    parts: list[RenderableType] = []
    by_name = {"cases": _questions}
    for name, rows in found.items():
        parts.append(by_name.get(name, _table)(name, rows[:SHOWN_ROWS]))
        if len(rows) > SHOWN_ROWS:
            parts.append(
                Plain(f"共 {len(rows)} 行，全部见 --json 或 --out / {len(rows)} rows, all of them with --json or --out")
            )
    if explain:
        parts += [Plain(result.explain(nested=False)) for _, result in results[:SHOWN_EXPLANATIONS]]
        if len(results) > SHOWN_EXPLANATIONS:
            parts.append(
                Plain(
                    f"其余 {len(results) - SHOWN_EXPLANATIONS} 项见 --json --explain / the rest with --json --explain"
                )
            )
    return Group(*parts)


COLUMNS: Mapping[str, tuple[str, ...]] = {
    "units": (
        "row", "entity_id", "unit_id", "sector", "year", "treatment", "peak_factor", "alpha", "final", "pre_allocation",
    ),
    "entities": (
        "entity_id", "sector", "year", "allocation", "obligation", "gap_rate_pct", "final_issued", "claw_back",
        "remaining_deduction_next",
    ),
    "sectors": ("sector", "year", "balance_value", "sum_allocations", "sum_verified", "clipped_upper", "clipped_lower"),
    "plans": ("sector", "year", "cap_mode", "factor", "sum_free", "auction", "reserve"),
    "obligations": (
        "entity_id", "year", "status", "obligation", "allowances", "offset_accepted", "missing", "min_yuan",
        "max_yuan", "deduction_t", "level", "coverage",
    ),
    "carryover": ("entity_id", "eligible", "net_sold", "formula_cap", "holding", "max_carry", "not_carried"),
}  # fmt: skip
"""Columns that fit a screen; --json and --out carry all of them."""


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title=Plain(TITLES[name]))
    columns = [key for key in COLUMNS[name] if any(row.get(key) is not None for row in rows)]
    for column in columns:
        numeric = all(isinstance(row.get(column), int | None) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
    for row in rows:
        table.add_row(*(Plain(_cell(column, row.get(column))) for column in columns))
    return table


def _questions(name: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title=Plain(TITLES[name]), show_lines=True)
    for head in ("编号 / id", "规则 / rule", "结果 / figures", ""):
        table.add_column(head, overflow="fold")
    for row in rows:
        wanted = row.get("expected", row["figures"])
        figures = "\n".join(f"{key} = {row['figures'].get(key)}" for key in wanted)
        mark = {True: "✓", False: "✗ " + str(row.get("expected")), None: ""}[row.get("equal")]
        table.add_row(*(Plain(cell) for cell in (row["id"], row["rule"], figures, mark)))
    return table


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and column not in ("row", "year"):
        return f"{value:,}"
    return str(value)


def refusals(errors: Sequence[RowError]) -> Table:
    table = Table(title=Plain("输入被拒绝 / input refused"), show_lines=True)
    for head in ("表 / sheet", "行 / row", "列 / column", "规则 / rule", "问题 / problem", "正确填法 / valid"):
        table.add_column(head, overflow="fold")
    for each in errors[:SHOWN_ROWS]:
        error = each.error
        valid = error.valid_zh if error.valid_zh == error.valid_en else f"{error.valid_zh}\n{error.valid_en}"
        cells = (each.sheet, str(each.row), error.field, error.rule, f"{error.zh}\n{error.en}", valid)
        table.add_row(*(Plain(cell) for cell in cells))
    if len(errors) > SHOWN_ROWS:
        table.caption = f"共 {len(errors)} 处 / {len(errors)} in all"
    return table
