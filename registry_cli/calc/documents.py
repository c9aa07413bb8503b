"""Files of tables: JSON objects of rows, or workbooks, told apart by what the file is called."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from oracles.accounting.refusal import RefusedError
from registry_cli.calc.sheets import read_workbook
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.tables.sheet import RawRow, RowError, SheetSpec

MAX_JSON_BYTES = 60_000_000
#: A national table with every explanation.
MAX_RESULT_BYTES = 500_000_000
FILE_RULE = "D-07"
"""Rule under which a file as a whole is refused: a report must be readable."""
#: Sheets of a written result that say how its figures came about.
RESULT_SHEETS = ("units", "sectors", "explanations")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".csv")


class UnreadableError(Exception):
    """The file gives no rows at all; ``errors`` say why."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = list(errors)


class NotAResultError(UnreadableError):
    """The file holds something else than what a calculator wrote."""


@dataclass(frozen=True, slots=True)
class Document:
    """Rows by sheet, and single questions by rule number ("cases" or "worked_examples")."""

    sheets: Mapping[str, list[RawRow]]
    cases: Sequence[Any] = field(default_factory=tuple)


def read_document(path: Path, specs: Sequence[SheetSpec]) -> Document:
    """The rows in ``path`` for the sheets of ``specs``. Raises UnreadableError."""
    _require_file(path)
    return _from_workbook(path, specs) if path.suffix.lower() in WORKBOOKS else _from_json(_parse(path), specs)


def read_result(path: Path, specs: Sequence[SheetSpec]) -> Mapping[str, list[RawRow]]:
    """Sections of a result that a calculator wrote with ``--out``, those of ``specs`` alone.

    Raises:
        NotAResultError: another file. UnreadableError: its sections cannot be read.
    """
    _require_file(path)
    names = [spec.name for spec in specs]
    if path.suffix.lower() in WORKBOOKS:
        sheets = _from_workbook(path, specs, is_result=True).sheets
    else:
        content = _parse(path, MAX_RESULT_BYTES)
        valid = ("registry calc allocation FILE --out 写出的文件", "a file of registry calc allocation FILE --out")
        if not isinstance(content, dict) or names[0] not in content:
            raise NotAResultError(unreadable("不是计算结果", "not the result of a calculation", *valid).errors)
        if content.get("ok") is not True:
            raise unreadable("计算未完成或与期望值不符", "the calculation was refused or differs", *valid, "ok")
        sheets = _from_json({name: content[name] for name in names if name in content}, specs).sheets
    return sheets


def unreadable(zh: str, en: str, valid_zh: str, valid_en: str, where: str = "file") -> UnreadableError:
    return UnreadableError([RowError("file", 0, CalculationError(FILE_RULE, where, zh, en, valid_zh, valid_en))])


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise unreadable(
            "文件不存在或无法读取", "the file does not exist or cannot be read", "现有的文件", "an existing file"
        )


def _from_workbook(path: Path, specs: Sequence[SheetSpec], is_result: bool = False) -> Document:
    try:
        return Document(read_workbook(path, specs, RESULT_SHEETS if is_result else ()))
    except RefusedError as error:
        raise UnreadableError([
            RowError(each.where, 0, CalculationError(
                each.rule, each.where, each.problem.zh, each.problem.en, each.valid.zh, each.valid.en
            ))
            for each in error.refusals
        ]) from None  # fmt: skip


def _parse(path: Path, most: int = MAX_JSON_BYTES) -> Any:
    def refuse_constant(text: str) -> Any:
        raise ValueError(f"{text} is not a number")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a name is given twice in one object")
        return found

    try:
        if path.stat().st_size > most:
            raise ValueError(f"more than {most} bytes")
        return json.loads(
            path.read_text(encoding="utf-8-sig"),
            parse_float=Decimal,
            parse_constant=refuse_constant,
            object_pairs_hook=unique,
        )
    except (OSError, ValueError, RecursionError, ArithmeticError) as error:
        text = str(error)[:200]
        raise unreadable(
            f"无法作为 JSON 读取：{text}", f"cannot be read as JSON: {text}", "UTF-8 的 JSON", "JSON in UTF-8"
        ) from None


def _from_json(content: Any, specs: Sequence[SheetSpec]) -> Document:
    if isinstance(content, list):
        content = {specs[0].name: content}
    names = [spec.name for spec in specs]
    valid = ", ".join([*names, "cases"])
    if not isinstance(content, dict):
        raise unreadable("内容不是对象或列表", "neither an object nor a list", valid, valid)
    cases = content.get("cases", content.get("worked_examples"))
    if cases is not None:
        if not isinstance(cases, list):
            raise unreadable("cases 须为列表", "cases must be a list", "[{rule, inputs}]", "[{rule, inputs}]", "cases")
        return Document({}, cases)
    unknown = [name for name in content if name not in names]
    if unknown:
        raise unreadable(f"没有表 {unknown[0]!r}", f"unknown table {unknown[0]!r}", valid, valid, str(unknown[0])[:60])
    sheets: dict[str, list[RawRow]] = {}
    for name, rows in content.items():
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise unreadable(
                f"{name} 须为对象的列表", f"{name} must be a list of objects", "[{列: 值}]", "[{column: value}]", name
            )
        sheets[name] = list(enumerate(rows, start=1))
    return Document(sheets)
