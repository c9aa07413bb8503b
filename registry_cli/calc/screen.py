"""What people see of a report: tables of figures, refusals row by row, explanations."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Plain

from registry_cli.calc.views import HEADS, VIEWS
from registry_sdk.calc.result import Result
from registry_sdk.calc.tables.sheet import RowError

SHOWN_ROWS = 40
SHOWN_EXPLANATIONS = 50


def sections(
    found: Mapping[str, Sequence[Mapping[str, Any]]], results: Sequence[tuple[str, Result]], explain: bool
) -> Group:
    parts: list[RenderableType] = []
    for name, rows in found.items():
        shown = rows[:SHOWN_ROWS]
        if name == "cases":
            parts.append(_questions(shown))
        else:
            parts += [_table(title, columns, shown) for title, columns in VIEWS[name] if _filled(columns, shown)]
        parts += [Plain(line) for row in shown for line in _not_counted(row)]
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


def _not_counted(row: Mapping[str, Any]) -> list[str]:
    """Surrenders and credits of a row that count nothing, each with its rule and what would be valid."""
    lines = []
    for refused in row.get("refused") or ():
        what = refused.get("surrender") or refused.get("credit")
        valid = refused["valid_zh"]
        if refused["valid_en"] != valid:
            valid = f"{valid} / {refused['valid_en']}"
        lines.append(
            f"• {row['entity_id']} {row['year']} 不计入 not counted: {what} [{refused['rule']}] "
            f"{refused['zh']} / {refused['en']} (有效 valid: {valid})"
        )
    return lines


def _filled(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether there is anything beside the two columns that say whose row it is."""
    return any(row.get(column) is not None for row in rows for column in columns[2:])


def _table(title: str, wanted: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title=Plain(title))
    columns = [key for key in wanted if any(row.get(key) is not None for row in rows)]
    for column in columns:
        numeric = all(isinstance(row.get(column), int | None) for row in rows)
        table.add_column(HEADS[column], justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
    for row in rows:
        table.add_row(*(Plain(_cell(column, row.get(column))) for column in columns))
    return table


def _questions(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title=Plain("单项计算 / single questions"), show_lines=True)
    for head in ("编号 / id", "规则 / rule", "结果 / figures", ""):
        table.add_column(head, overflow="fold")
    for row in rows:
        wanted = row.get("expected", row["figures"])
        figures = "\n".join(f"{key} = {row['figures'].get(key)}" for key in wanted)
        mark = {True: "✓", False: "✗ " + str(row.get("expected")), None: ""}[row.get("equal")]
        unread = f"未使用的输入 inputs not used: {', '.join(row['unread'])}" if row.get("unread") else ""
        notes = "\n".join(filter(None, (mark, unread)))
        table.add_row(*(Plain(cell) for cell in (row["id"], row["rule"], figures, notes)))
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
