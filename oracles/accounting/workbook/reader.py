"""From a report workbook or CSV file to the input model; mistakes are told with sheet and cell."""

from pathlib import Path
from typing import Any

from oracles.accounting.model import Report
from oracles.accounting.reading import validate
from oracles.accounting.refusal import Refusal, RefusedError
from oracles.accounting.workbook.columns import (
    CSV_COLUMNS,
    OUTPUT_COLUMNS,
    OUTPUT_FLOW,
    OUTPUTS_SHEET,
    REPORT_FIELDS,
    REPORT_SHEET,
    SOURCE_COLUMNS,
    SOURCES_SHEET,
    TESTED,
)
from oracles.sheets import CSV_SHEET, Book, Column, Mistakes, Places, fields, open_book, records, require_sheets
from registry_sdk.calc.result import Text


def read_workbook(path: Path) -> tuple[Report, Places]:
    """The report in ``path`` and where each field stands. Raises RefusedError with sheet, cell and rule."""
    book = open_book(path)
    places, mistakes = Places(), Mistakes()
    document = (_from_csv if book.is_csv else _from_sheets)(book, places, mistakes)
    mistakes.raise_any()
    for source in document["sources"]:
        _spread(source)
    report = locate(places, lambda: validate(document))
    if not isinstance(report, Report):
        raise TypeError("a workbook holds an emission report")
    return report, places


def locate(places: Places, act: Any) -> Any:
    """``act()``, with the refusals it raises moved from field paths to cells."""
    try:
        return act()
    except RefusedError as error:
        raise RefusedError(
            Refusal(places.of(each.where), each.rule, each.problem, each.valid) for each in error.refusals
        ) from None


def _from_sheets(book: Book, places: Places, mistakes: Mistakes) -> dict[str, Any]:
    require_sheets(book, {REPORT_SHEET: True, SOURCES_SHEET: True})
    document = fields(book.rows(REPORT_SHEET, mistakes), REPORT_SHEET, REPORT_FIELDS, places, mistakes)
    document["sources"] = _table(book, SOURCES_SHEET, SOURCE_COLUMNS, "sources", places, mistakes)
    if OUTPUTS_SHEET in book.sheets:
        outputs = _table(book, OUTPUTS_SHEET, OUTPUT_COLUMNS, "outputs", places, mistakes)
        document |= {"outputs": outputs} if outputs else {}
    return document


def _from_csv(book: Book, places: Places, mistakes: Mistakes) -> dict[str, Any]:
    """One table: entity, sector and year repeat in every row, and a row of flow ``output`` states a product."""
    document: dict[str, Any] = {"sources": [], "outputs": []}
    for record in records(book.rows(CSV_SHEET, mistakes), CSV_SHEET, CSV_COLUMNS, mistakes):
        row = record.values
        for field in REPORT_FIELDS:
            if field.key in row:
                cell, value = record.cells[field.path], row.pop(field.key)
                if document.setdefault(field.key, value) != value:
                    mistakes.append(_differs(cell, field, document[field.key]))
                places.setdefault(field.key, cell)
        is_output = row.get("flow") == OUTPUT_FLOW
        name = "outputs" if is_output else "sources"
        prefix = f"{name}[{len(document[name])}]"
        for path, cell in record.cells.items():
            places[".".join((prefix, *path))] = cell
        if is_output:
            row = _as_output(row)
            places[f"{prefix}.product"] = record.cells[("item",)]
        document[name].append(row)
    if not document["outputs"]:
        del document["outputs"]
    return document


def _as_output(row: dict[str, Any]) -> dict[str, Any]:
    amount = row.get("amount", {})
    found = {"product": row.get("item"), "amount": amount.get("value"), "unit": amount.get("unit")}
    return found | ({"subunit": row["subunit"]} if "subunit" in row else {})


def _differs(cell: str, field: Column, first: Any) -> Refusal:
    return Refusal(
        cell,
        field.rule,
        Text(f"{field.zh}与首行不同", f"{field.key} differs from the first row"),
        Text(f"全表同为 {first}", f"{first} in every row"),
    )


def _table(
    book: Book, sheet: str, columns: tuple[Column, ...], name: str, places: Places, mistakes: Mistakes
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for record in records(book.rows(sheet, mistakes), sheet, columns, mistakes):
        for path, cell in record.cells.items():
            places[".".join((f"{name}[{len(found)}]", *path))] = cell
        found.append(record.values)
    return found


def _spread(source: dict[str, Any]) -> None:
    """Laboratory and meter columns belong to the figures of their row."""
    lab, meter = source.pop("lab", None), source.pop("meter", None)
    if meter is not None:
        first, last = meter.pop("first", None), meter.pop("last", None)
        if first is not None or last is not None:
            meter["certificates"] = [
                {key: value for key, value in (("first", first), ("last", last)) if value is not None}
            ]
        for name in ("amount", "anode_effect"):
            if name in source:
                source[name]["meter"] = meter
    if lab is not None:
        for name in TESTED:
            if name in source:
                source[name]["lab"] = lab
