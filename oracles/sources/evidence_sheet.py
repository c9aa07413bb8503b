"""A month's items of evidence as a sheet (D-06): the template's columns, and the reader that gives items."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from oracles.accounting.refusal import Refusal
from oracles.sheets import CSV_SHEET, Column, Mistakes, Places, Record, fields, open_book, records, require_sheets
from oracles.sheets.columns import DATE, INTEGER, NUMBER, TEXT, TIME
from registry_sdk import parameters
from registry_sdk.calc.compliance.calendar import BEIJING
from registry_sdk.calc.result import Text
from registry_sdk.evidence import EvidenceError, Item
from registry_sdk.evidence.items import decimal_text

REPORT_SHEET: Final = "报告 Report"
SHEET: Final = "存证 Evidence"
RULE: Final = "D-06"

FIELDS: Final[tuple[Column, ...]] = (
    Column("entity", "单位编号", TEXT, ("entity",), "D-07", True),
    Column("sector", "行业", TEXT, ("sector",), "A-05a", True),
    Column("year", "年度", INTEGER, ("year",), RULE, True),
    Column("month", "月份", INTEGER, ("month",), RULE, True),
)

_NOTES: Final = {
    "kind": Text("代码见说明表", "a code of the guide"),
    "source": Text("同项多个来源时填", "which of several, such as coal-1"),
    "unit": Text("见说明表，不换算", "as in the guide; nothing is converted"),
    "document": Text("同目录文件名，或 SHA-256", "a file beside, or SHA-256"),
    "calibrated_until": Text("有计量器具时必填", "where a meter is named"),
    "time": Text("北京时间，缺省为月末", "Beijing time; empty: end of month"),
}

COLUMNS: Final[tuple[Column, ...]] = tuple(
    Column(key, zh, kind, (key,), rule, required, note=_NOTES.get(key))
    for key, zh, kind, rule, required in (
        ("kind", "数据项", TEXT, RULE, True),
        ("source", "来源", TEXT, RULE, False),
        ("value", "数值", NUMBER, RULE, True),
        ("unit", "单位", TEXT, RULE, True),
        ("document", "证明文件", TEXT, RULE, True),
        ("meter", "计量器具编号", TEXT, "D-16", False),
        ("calibrated_until", "证书有效期止", DATE, "D-16", False),
        ("time", "计量时段止", TIME, RULE, False),
    )
)


@dataclass(frozen=True)
class EvidenceSheet:
    """A month as filed. ``files``: the documents that lie beside the sheet, by position of their item."""

    entity: str
    sector: str
    year: int
    month: int
    items: tuple[Item, ...]
    files: dict[int, str]

    def to_json(self) -> list[dict[str, Any]]:
        """The list that ``registry oracle evidence add`` takes; a document beside the sheet stands as its file."""
        rows = []
        for index, item in enumerate(self.items):
            row = item.to_json()
            if index in self.files:
                del row["document"]
                row["file"] = self.files[index]
            rows.append(row)
        return rows


def read_evidence(path: Path, given: dict[str, Any] | None = None) -> EvidenceSheet:
    """The items of a sheet.

    Args:
        given: entity, sector, year and month of a CSV file, which has no place for them.

    Raises:
        RefusedError: with every cell that is wrong: unknown codes, other units, missing documents, items given twice.
    """
    book, mistakes, places = open_book(path), Mistakes(), Places()
    if book.is_csv:
        sheet, head = CSV_SHEET, dict(given or {})
        for column in FIELDS:
            if column.key not in head:
                problem = Text(f"CSV 文件不含{column.zh}", f"a CSV file does not name the {column.key}")
                mistakes.append(Refusal("file", column.rule, problem, Text(f"另给{column.zh}", f"give {column.key}")))
    else:
        require_sheets(book, {REPORT_SHEET: True, SHEET: True})
        sheet = SHEET
        head = fields(book.rows(REPORT_SHEET, mistakes), REPORT_SHEET, FIELDS, places, mistakes)
    _check_head(head, places, mistakes)
    mistakes.raise_any()
    found: list[Item] = []
    files: dict[int, str] = {}
    reader = _Reader(head, path.parent, mistakes)
    for record in records(book.rows(sheet, mistakes), sheet, COLUMNS, mistakes):
        item, file = reader.item(record) if record.is_whole else (None, None)
        if item is not None:
            if file is not None:
                files[len(found)] = file
            found.append(item)
    if not found and not mistakes:
        mistakes.append(
            Refusal(sheet, RULE, Text("没有数据行", "there are no rows"), Text("至少一行", "at least one row"))
        )
    mistakes.raise_any()
    return EvidenceSheet(head["entity"], head["sector"], head["year"], head["month"], tuple(found), files)


def _check_head(head: dict[str, Any], places: Places, mistakes: Mistakes) -> None:
    sectors = [row["sector"] for row in parameters.table("sectors")]
    checks = (
        ("sector", lambda value: value in sectors, ", ".join(sectors)),
        ("year", lambda value: 2000 <= value <= 2100, "2000 – 2100"),
        ("month", lambda value: 1 <= value <= 12, "1 – 12"),
    )
    for key, is_valid, valid in checks:
        if key in head and not is_valid(head[key]):
            problem = Text(f"{key} 无效：{head[key]}", f"{key} is not valid: {head[key]}")
            mistakes.append(Refusal(places.get(key, "file"), RULE, problem, Text(valid, valid)))


class _Reader:
    """Turns records into items of one month."""

    def __init__(self, head: dict[str, Any], folder: Path, mistakes: Mistakes) -> None:
        self.rows = {row["code"]: row for row in parameters.table("evidence_items") if row["sector"] == head["sector"]}
        self.first = date(head["year"], head["month"], 1)
        self.last = self.first.replace(day=monthrange(self.first.year, self.first.month)[1])
        self.end = datetime(self.last.year, self.last.month, self.last.day, tzinfo=BEIJING) + timedelta(days=1)
        self.folder, self.mistakes = folder, mistakes
        self.seen: dict[str, int] = {}

    def item(self, record: Record) -> tuple[Item | None, str | None]:
        """The item of a row with the file beside the sheet, if it names one; None where something is wrong."""
        before, values = len(self.mistakes), record.values
        row = self.rows.get(values["kind"])
        if row is None:
            known = ", ".join(self.rows)
            self._wrong(record, "kind", f"没有数据项 {values['kind']}", f"unknown item {values['kind']}", known)
        elif values["unit"] != row["unit"]:
            self._wrong(record, "unit", f"单位是 {values['unit']}", f"given in {values['unit']}", row["unit"])
        kind = values["kind"] + (f"/{values['source']}" if "source" in values else "")
        if kind in self.seen:
            number = self.seen[kind]
            self._wrong(
                record, "kind", f"与第 {number} 行重复", f"the same as row {number}", "每项一行 / one row per item"
            )
        self.seen.setdefault(kind, record.number)
        document, file = self._document(record)
        time = self._time(record)
        if len(self.mistakes) > before or document is None or time is None:
            return None, None
        until = values.get("calibrated_until")
        try:
            made = Item(
                kind=kind,
                value=decimal_text(values["value"]),
                unit=values["unit"],
                document=document,
                meter=values.get("meter", ""),
                calibrated_until=None if until is None else date.fromisoformat(until),
                time=time,
            )
        except EvidenceError as error:
            field = error.field if any(column.key == error.field for column in COLUMNS) else "kind"
            self._wrong(record, field, error.zh, error.en, f"{error.valid_zh} / {error.valid_en}")
            return None, None
        return made, file

    def _document(self, record: Record) -> tuple[bytes | None, str | None]:
        text = record.values["document"]
        plain = text.removeprefix("0x")
        if len(plain) == 64 and all(sign in "0123456789abcdef" for sign in plain):
            return bytes.fromhex(plain), None
        path = self.folder / text
        if not path.resolve().is_relative_to(self.folder.resolve()) or not path.is_file():
            valid = "同目录文件名，或 64 位十六进制 SHA-256 / a file beside the sheet, or its SHA-256"
            self._wrong(record, "document", f"没有文件 {text[:60]}", f"there is no file {text[:60]}", valid)
            return None, None
        with path.open("rb") as file:
            return file_digest(file, "sha256").digest(), text

    def _time(self, record: Record) -> int | None:
        text = record.values.get("time")
        moment = self.end if text is None else datetime.fromisoformat(text).replace(tzinfo=BEIJING)
        start = datetime(self.first.year, self.first.month, 1, tzinfo=BEIJING)
        if not start < moment <= self.end:
            valid = f"{self.first} – {self.last}"
            self._wrong(record, "time", f"{text} 不在当月", f"{text} is not in the month", valid)
            return None
        return int(moment.timestamp())

    def _wrong(self, record: Record, key: str, zh: str, en: str, valid: str) -> None:
        column = next(each for each in COLUMNS if each.key == key)
        place = record.cells.get(column.path, f"row {record.number}")
        self.mistakes.append(Refusal(place, column.rule, Text(zh, en), Text(valid, valid)))
