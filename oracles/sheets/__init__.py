"""Files of tables that people hand in: one reader for XLSX and CSV, streamed, bounded, and never guessing."""

from oracles.sheets.book import CSV_SHEET, Book, open_book, require_sheets
from oracles.sheets.cells import Cell, Row
from oracles.sheets.columns import Column
from oracles.sheets.limits import REPORT, SERIES, Limits, Mistakes
from oracles.sheets.records import Places, Record, fields, records

__all__ = [
    "CSV_SHEET",
    "REPORT",
    "SERIES",
    "Book",
    "Cell",
    "Column",
    "Limits",
    "Mistakes",
    "Places",
    "Record",
    "Row",
    "fields",
    "open_book",
    "records",
    "require_sheets",
]
