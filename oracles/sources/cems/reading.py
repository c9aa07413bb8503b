"""From a CEMS file, hourly or daily, XLSX or CSV, to its totals; row by row, with every mistake told by its cell."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from oracles.accounting.refusal import Refusal, refuse
from oracles.quality.findings import Finding, finding, threshold
from oracles.sheets import CSV_SHEET, SERIES, Mistakes, Places, Record, fields, open_book, records, require_sheets
from oracles.sources.cems.columns import FIELDS, REPORT_SHEET, SHEET, Resolution, columns
from oracles.sources.cems.totals import CemsTotals
from registry_sdk import parameters
from registry_sdk.calc.result import Text

RULE = "D-15"
MAX_FINDINGS = 200
MAX_STACKS = 40


def read_cems(path: Path, resolution: Resolution, entity: str | None = None, year: int | None = None) -> CemsTotals:
    """The totals of a file.

    Args:
        entity, year: of a CSV file, which has no place for them; for a workbook they must agree with its report sheet.

    Raises:
        RefusedError: with every cell that is wrong, hours outside the year and hours given twice.
    """
    book, mistakes = open_book(path, SERIES), Mistakes()
    if book.is_csv:
        if entity is None or year is None:
            raise refuse(
                "file", "D-07", Text("CSV 文件不含单位与年度", "a CSV file does not name entity and year"),
                Text("另给单位编号与年度", "give both beside it"),
            )  # fmt: skip
        sheet, totals = CSV_SHEET, CemsTotals(entity, year, resolution)
    else:
        require_sheets(book, {REPORT_SHEET: True, SHEET: True})
        places = Places()
        head = fields(book.rows(REPORT_SHEET, mistakes), REPORT_SHEET, FIELDS, places, mistakes)
        for key, given in (("entity", entity), ("year", year)):
            if given is not None and key in head and head[key] != given:
                problem = Text(f"{head[key]} 与所给 {given} 不符", f"{head[key]} differs from the given {given}")
                mistakes.append(Refusal(places[key], "D-07", problem, Text(str(given), str(given))))
        mistakes.raise_any()
        sheet, totals = SHEET, CemsTotals(head["entity"], head["year"], resolution)
    _rows(totals, sheet, book.rows(sheet, mistakes), mistakes)
    mistakes.raise_any()
    if not totals.days:
        raise refuse(sheet, RULE, Text("没有数据行", "there are no rows"), Text("至少一行", "at least one row"))
    totals.findings += totals.gaps()
    return totals


def _rows(totals: CemsTotals, sheet: str, rows: Any, mistakes: Mistakes) -> None:
    ranges = {
        row["quantity"]: (row["low"], row["high"], row[f"{totals.resolution}_unit"])
        for row in parameters.table("cems_quantities")
    }
    stacks: set[str] = set()
    for record in records(rows, sheet, columns(totals.resolution), mistakes):
        if not record.is_whole:
            continue
        stack, when = record.values.get("stack", "1"), _moment(record, totals, mistakes)
        stacks.add(stack)
        if len(stacks) > MAX_STACKS:
            raise refuse(
                record.cells[("stack",)],
                RULE,
                Text("烟道过多", "too many stacks"),
                Text(f"≤ {MAX_STACKS}", f"≤ {MAX_STACKS}"),
            )
        if when is None:
            continue
        day, hour = when
        if totals.has(stack, day, hour):
            name = f"{day} {hour:02}:00" if totals.per_day > 1 else f"{day}"
            problem = Text(f"烟道 {stack} 的 {name} 重复", f"{name} of stack {stack} is given twice")
            valid = Text("每个烟道每个时段一行", "one row per stack and period")
            mistakes.append(Refusal(record.cells[("at",)], RULE, problem, valid))
            continue
        _value(totals, record, stack, day, hour, ranges)


def _moment(record: Record, totals: CemsTotals, mistakes: Mistakes) -> tuple[date, int] | None:
    """Day and hour of Beijing time; nothing is shifted, for there is no summer time."""
    raw = record.values["at"]
    moment = datetime.fromisoformat(raw)
    if moment.year != totals.year:
        problem = Text(f"{moment.date()} 不属于 {totals.year} 年", f"{moment.date()} is not in {totals.year}")
        valid = Text(f"{totals.year} 年内", f"inside {totals.year}")
    elif moment.minute or moment.second:
        problem = Text(f"{moment:%H:%M:%S} 不是整点", f"{moment:%H:%M:%S} is not a full hour")
        valid = Text("整点，如 08:00", "a full hour, such as 08:00")
    else:
        return moment.date(), moment.hour
    mistakes.append(Refusal(record.cells[("at",)], RULE, problem, valid))
    return None


def _value(
    totals: CemsTotals,
    record: Record,
    stack: str,
    day: date,
    hour: int,
    ranges: dict[str, tuple[Decimal, Decimal, str]],
) -> None:
    """Take a row whose values an instrument can show; name what it cannot, and a stated mass that does not follow."""
    numbers = {key: Fraction(text) for key, text in record.values.items() if key in ranges}
    subject = {"entity": totals.entity, "subunit": stack, "year": totals.year, "month": day.month}
    when = f"{day} {hour:02}:00" if totals.per_day > 1 else f"{day}"
    wrong = [key for key, number in numbers.items() if not ranges[key][0] <= number <= ranges[key][1]]
    for key in wrong:
        low, high, unit = ranges[key]
        figures = {"quantity": key, "value": numbers[key], "unit": unit, "low": low, "high": high}
        _note(totals, finding("Q-CEMS-RANGE", subject, when=when, stack=stack, **figures))
    if wrong:
        totals.leave_out(stack, day, hour)
        return
    mass = totals.add(stack, day, hour, numbers["concentration"], numbers["flow"])
    stated = numbers.get("mass")
    if stated is None:
        return
    if abs(stated - mass) > threshold("cems_mass_tolerance_ratio", day) * mass:
        place = record.cells[("at",)]
        _note(totals, finding("Q-CEMS-MASS", subject, when=when, stack=stack, stated=stated, mass=mass, places=place))


def _note(totals: CemsTotals, found: Finding) -> None:
    if len(totals.findings) < MAX_FINDINGS:
        totals.findings.append(found)
