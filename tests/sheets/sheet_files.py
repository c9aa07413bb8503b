"""Builds workbooks part by part, the way no spreadsheet program would."""

import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from openpyxl import Workbook

from oracles.sheets import Mistakes, open_book, records
from oracles.sheets.columns import DATE, INTEGER, NUMBER, TEXT, TIME, Column

COLUMNS = (
    Column("id", "编号", TEXT, ("id",), "D-07", True),
    Column("amount", "数量", NUMBER, ("amount", "value"), "D-02", True, "t"),
    Column("month", "月份", INTEGER, ("month",), "D-06"),
    Column("day", "日期", DATE, ("day",), "D-16"),
    Column("at", "时刻", TIME, ("at",), "D-15"),
)
HEADS = [column.header for column in COLUMNS]


def book(path: Path, *rows: list[object], edit: Callable[[Workbook], None] | None = None) -> Path:
    made = Workbook()
    for row in (HEADS, *rows):
        made.active.append(row)
    if edit is not None:
        edit(made)
    made.save(path)
    return path


def rewrite(path: Path, changes: Mapping[str, Callable[[bytes], bytes]], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    for name, change in changes.items():
        parts[name] = change(parts.get(name, b""))
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def lying(path: Path, name: str, size: int) -> Path:
    """The archive with another size of one part in its central directory and local header."""
    content = bytearray(path.read_bytes())
    encoded = name.encode()
    for mark, size_at, name_at in ((b"PK\x01\x02", 24, 46), (b"PK\x03\x04", 22, 30)):
        start = 0
        while (start := content.find(mark, start)) >= 0:
            if content[start + name_at : start + name_at + len(encoded)] == encoded:
                struct.pack_into("<I", content, start + size_at, size)
            start += 4
    path.write_bytes(bytes(content))
    return path


def read(path: Path) -> list[dict[str, object]]:
    """Records of the first sheet. Raises RefusedError."""
    opened, mistakes = open_book(path), Mistakes()
    sheet = opened.sheets[0]
    found = [each.values for each in records(opened.rows(sheet, mistakes), sheet, COLUMNS, mistakes)]
    mistakes.raise_any()
    return found
