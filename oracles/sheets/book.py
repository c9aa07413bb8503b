"""A file of tables, XLSX or CSV, told apart by what it holds and not by what it is called."""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from oracles.accounting.refusal import Refusal, RefusedError
from oracles.sheets import package, text
from oracles.sheets.cells import Row
from oracles.sheets.limits import REPORT, RULE, Limits, Mistakes, damaged, refused
from oracles.sheets.stream import SheetStream
from oracles.sheets.workbook import Parts, read_parts
from registry_sdk.calc.result import Text

CSV_SHEET: Final = "CSV"
"""Name under which the only table of a CSV file goes."""


@dataclass(frozen=True, slots=True)
class Book:
    """An opened file: names of its sheets, and the rows of each as a stream."""

    path: Path
    limits: Limits
    sheets: tuple[str, ...]
    parts: Parts | None = None

    @property
    def is_csv(self) -> bool:
        return self.parts is None

    def rows(self, sheet: str, mistakes: Mistakes) -> Iterator[Row]:
        """Rows that hold something. What is wrong with the sheet's shape is added to ``mistakes``.

        Raises RefusedError for a file that breaks while it is read.
        """
        if self.parts is None:
            yield from text.rows(self.path, self.limits)
            return
        stream = SheetStream(sheet, self.parts.sheets[sheet], self.parts, self.limits)
        try:
            with zipfile.ZipFile(self.path) as archive:
                yield from stream.rows(archive)
        except RefusedError:
            raise
        except package.READ_ERRORS as error:
            raise damaged(error) from None
        for each in stream.mistakes:
            mistakes.append(each)


def open_book(path: Path, limits: Limits = REPORT) -> Book:
    """Open ``path``. Raises RefusedError before anything large is unpacked."""
    if not path.is_file():
        raise refused("不是文件", "not a file", ".xlsx, .csv")
    size = path.stat().st_size
    if size > limits.size:
        raise refused(
            f"文件 {size} 字节，过大", f"the file has {size} bytes, too many", f"≤ {limits.size} 字节 / bytes"
        )
    try:
        if (
            path.suffix.lower() not in (".xlsx", ".xlsm", ".xls")
            and not zipfile.is_zipfile(path)
            and text.is_text(path)
        ):
            return Book(path, limits, (CSV_SHEET,))
        package.check(path, limits)
        with zipfile.ZipFile(path) as archive:
            parts = read_parts(archive)
    except RefusedError:
        raise
    except package.READ_ERRORS as error:
        raise damaged(error) from None
    mistakes = Mistakes()
    for name in sorted(parts.hidden):
        mistakes.append(
            Refusal(name, RULE, Text("隐藏的工作表", "a hidden sheet"), Text("取消隐藏或删除", "unhide or remove it"))
        )
    mistakes.raise_any()
    return Book(path, limits, tuple(parts.sheets), parts)


def require_sheets(book: Book, needed: Mapping[str, bool]) -> None:
    """Raise RefusedError for sheets that are missing; the value says whether a sheet must be there."""
    names = "、".join(book.sheets) or "-"
    missing = [
        Refusal(
            sheet,
            RULE,
            Text(f"缺少工作表 {sheet}；现有：{names}", f"sheet {sheet} is missing; there are: {names}"),
            Text("用模板填报", "use the template"),
        )
        for sheet, is_needed in needed.items()
        if is_needed and sheet not in book.sheets
    ]
    if missing:
        raise RefusedError(missing)
