"""Allocation tables from a calculation's result, as `registry calc allocation --out` writes it: JSON or XLSX."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from registry_cli.calc.documents import UnreadableError, read_result
from registry_cli.calc.issue import Kind, TablePlace, issue_rows
from registry_cli.officers.drafts import Draft
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.issue.plan import ABSOLUTE
from registry_sdk.calc.tables.allocation_columns import SECTORS
from registry_sdk.calc.tables.columns import Column
from registry_sdk.calc.tables.sheet import RawRow, Row, RowError, SheetSpec, read_sheet
from registry_sdk.tables import DEFAULT_CHUNK, AllocationTable, TableKind
from registry_sdk.tables import Row as TableRow

_PLACE = (
    Column("sector", "行业", "sector", "A-05a", "choice", required=True, choices=SECTORS),
    Column("year", "履约年度", "compliance year", "C-01", "year", required=True),
)
ENTITIES: Final = SheetSpec(
    "entities",
    "主体",
    "entities",
    "B-05",
    (
        Column("entity_id", "主体编号", "entity", "A-06", "text", required=True),
        Column("province", "省份", "province", "A-17", "text"),
        *_PLACE,
        Column("allocation", "核定配额", "allocation", "B-05", "tonnes", unit="t", required=True),
        Column("pre_allocation", "预分配", "pre-allocation", "B-06", "tonnes", unit="t"),
        Column("differentiated", "差异化发放", "differentiated issue", "B-09", "boolean"),
    ),
    required=True,
)
PLANS: Final = SheetSpec(
    "plans",
    "总量方案",
    "plans",
    "B-13",
    (
        *_PLACE,
        Column("cap_mode", "总量方式", "cap mode", "B-13", "choice", choices=("INTENSITY", ABSOLUTE)),
        Column("free_cap", "免费总量", "free cap", "B-13", "tonnes", unit="t", required=True),
        Column("sum_free", "免费合计", "sum of free allocation", "B-13", "tonnes", unit="t", required=True),
    ),
)


def read_drafts(path: Path, kind: Kind, chunk_size: int | None = None, edition: int = 0) -> list[Draft]:
    """The tables of a calculation's result, by year, sector and province.

    Raises:
        UnreadableError: every row at fault, with column, rule and what would be valid.
    """
    sheets = read_result(path, (ENTITIES, PLANS))
    entities, errors = read_sheet(ENTITIES, _declared(ENTITIES, sheets.get("entities", ())))
    plans, plan_errors = read_sheet(PLANS, _declared(PLANS, sheets.get("plans", ())))
    groups, row_errors = issue_rows([(row.number, row.values) for row in entities], kind)
    found = [*errors, *plan_errors, *row_errors]
    # Sums say nothing while rows are missing from them.
    found += _plan_errors(entities, plans) if not (errors or plan_errors) else _overlaps(plans)
    if found:
        raise UnreadableError(sorted(found, key=lambda each: (each.sheet, each.row)))
    return [_draft(place, rows, kind, chunk_size or DEFAULT_CHUNK, edition) for place, rows in groups.items()]


def _draft(place: TablePlace, rows: Sequence[Any], kind: Kind, chunk_size: int, edition: int) -> Draft:
    pairs = tuple(TableRow(row.account, row.tonnes) for row in rows)
    table = AllocationTable(*place, int(TableKind[kind]), pairs, chunk_size, 0, edition)
    return Draft(table, "entities", ("entity_id", "allocation", "province"), tuple(row.line for row in rows))


def _declared(spec: SheetSpec, rows: Sequence[RawRow]) -> list[RawRow]:
    """A result tells more than a table needs: its other columns are left aside."""
    wanted = {name for column in spec.columns for name in (column.key, column.title)}
    return [(number, {name: cell for name, cell in cells.items() if name in wanted}) for number, cells in rows]


def _plan_errors(entities: Sequence[Row], plans: Sequence[Row]) -> list[RowError]:
    sums: Mapping[tuple[str, int], dict[str, int]] = defaultdict(lambda: {"allocation": 0, "pre_allocation": 0})
    for row in entities:
        for name in ("allocation", "pre_allocation"):
            sums[row["sector"], row["year"]][name] += row[name] or 0
    found = _overlaps(plans)
    for plan in plans:
        place = f"{plan['sector']} {plan['year']}"
        known = sums[plan["sector"], plan["year"]]
        free, total, pre = plan["free_cap"], known["allocation"], known["pre_allocation"]
        if plan["cap_mode"] == ABSOLUTE and pre > free:
            found.append(plan.fails(CalculationError(
                "B-13", "free_cap", f"{place} 免费总量 {free} 低于已预分配 {pre}",
                f"{place}: the free cap {free} is below the pre-allocation {pre}",
                f"免费总量不小于 {pre}", f"a free cap of at least {pre}",
            )))  # fmt: skip
        if total > free:
            found.append(plan.fails(CalculationError(
                "B-13", "free_cap", f"{place} 各主体合计 {total} 超过免费总量 {free}",
                f"{place}: the entities come to {total}, above the free cap {free}",
                f"合计不超过 {free}", f"at most {free} together",
            )))  # fmt: skip
        if total != plan["sum_free"]:
            found.append(plan.fails(CalculationError(
                "L-06", "sum_free", f"{place} 各主体合计 {total}，计算结果为 {plan['sum_free']}",
                f"{place}: the entities come to {total}, the calculation to {plan['sum_free']}",
                "未经改动的计算结果，或重新计算", "the result as calculated; calculate again after a change",
            )))  # fmt: skip
    return found


def _overlaps(plans: Sequence[Row]) -> list[RowError]:
    first: dict[tuple[str, int], int] = {}
    return [
        plan.fails(CalculationError(
            "B-13", "plan", f"{plan['sector']} {plan['year']} 年已有第 {at} 行的方案",
            f"{plan['sector']} {plan['year']} has the plan of row {at} already",
            "每行业每年一个方案", "one plan per sector and year",
        ))
        for plan in plans
        if (at := first.setdefault((plan["sector"], plan["year"]), plan.number)) != plan.number
    ]  # fmt: skip
