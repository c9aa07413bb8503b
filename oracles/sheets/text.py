"""CSV files as spreadsheets write them: UTF-8 (with or without mark), GBK or UTF-16; comma, semicolon or tab."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

from oracles.sheets.cells import Cell, Row
from oracles.sheets.limits import MAX_CELL, MAX_COLUMNS, Limits, refused

MARKS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
SEPARATORS: Final = ",;\t"
SNIFFED: Final = 65_536
csv.field_size_limit(131_072)


def is_text(path: Path) -> bool:
    """Whether the file looks like text: no zero bytes, unless a mark says UTF-16."""
    with path.open("rb") as file:
        start = file.read(SNIFFED)
    return bool(start) and (start[:2] in MARKS or b"\0" not in start)


def rows(path: Path, limits: Limits) -> Iterator[Row]:
    """Rows with at least one filled cell. A quoted cell may hold line breaks; places count records, not lines.

    Raises RefusedError for a file in another encoding or that is no table.
    """
    encoding = _encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            separator = _separator(file.read(SNIFFED))
            file.seek(0)
            for number, fields in enumerate(csv.reader(file, delimiter=separator, strict=True), start=1):
                while fields and not fields[-1].strip():
                    fields.pop()
                if not fields:
                    continue
                if number > limits.rows:
                    raise refused(
                        f"数据超过第 {limits.rows} 行", f"there are rows past row {limits.rows}",
                        f"≤ {limits.rows - 1} 行 / rows", f"A{number}",
                    )  # fmt: skip
                if len(fields) > MAX_COLUMNS:
                    raise refused(
                        f"第 {number} 行有 {len(fields)} 列", f"row {number} has {len(fields)} columns",
                        f"≤ {MAX_COLUMNS}", f"A{number}",
                    )  # fmt: skip
                yield Row(number, tuple(_cell(number, place, text) for place, text in enumerate(fields, start=1)))
    except UnicodeError:
        raise refused("文字编码不一致", "the text is not in one encoding", "UTF-8 或 GBK / UTF-8 or GBK") from None
    except csv.Error as error:
        raise refused(
            f"不是有效的 CSV：{error}", f"not valid CSV: {error}", "CSV，引号成对 / CSV with paired quotes"
        ) from None


def _cell(number: int, place: int, text: str) -> Cell:
    value = text.strip()[: MAX_CELL + 1]
    return Cell(f"{get_column_letter(place)}{number}", value or None, loose=True)


def _encoding(path: Path) -> str:
    """By the mark at the start, else UTF-8 if the whole file is, else GBK (GB 18030). Memory: one block."""
    with path.open("rb") as file:
        start = file.read(3)
    for mark, encoding in MARKS.items():
        if start.startswith(mark):
            return encoding
    try:
        with path.open(encoding="utf-8", newline="") as text:
            while text.read(SNIFFED):
                pass
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _separator(start: str) -> str:
    """The sign that stands most often in the first record, outside quotes; a comma where there is none."""
    counts = dict.fromkeys(SEPARATORS, 0)
    quoted = False
    for sign in io.StringIO(start).read():
        if sign == '"':
            quoted = not quoted
        elif sign in "\r\n" and not quoted and any(counts.values()):
            break
        elif not quoted and sign in counts:
            counts[sign] += 1
    return max(SEPARATORS, key=lambda each: counts[each])
