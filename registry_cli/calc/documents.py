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
FILE_RULE = "D-07"
"""Rule under which a file as a whole is refused: a report must be readable."""
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".csv")


class UnreadableError(Exception):
    """The file gives no rows at all; ``errors`` say why."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = list(errors)


@dataclass(frozen=True, slots=True)
class Document:
    """Rows by sheet, and single questions by rule number ("cases" or "worked_examples")."""

    sheets: Mapping[str, list[RawRow]]
    cases: Sequence[Any] = field(default_factory=tuple)


def read_document(path: Path, specs: Sequence[SheetSpec]) -> Document:
    """The rows in ``path`` for the sheets of ``specs``. Raises UnreadableError."""
    if not path.is_file():
        raise unreadable(
            "文件不存在或无法读取", "the file does not exist or cannot be read", "现有的文件", "an existing file"
        )
    if path.suffix.lower() in WORKBOOKS:
        try:
            return Document(read_workbook(path, specs))
        except RefusedError as error:
            raise UnreadableError([
                RowError(each.where, 0, CalculationError(
                    each.rule, each.where, each.problem.zh, each.problem.en, each.valid.zh, each.valid.en
                ))
                for each in error.refusals
            ]) from None  # fmt: skip
    return _from_json(_parse(path), specs)


def unreadable(zh: str, en: str, valid_zh: str, valid_en: str, where: str = "file") -> UnreadableError:
    return UnreadableError([RowError("file", 0, CalculationError(FILE_RULE, where, zh, en, valid_zh, valid_en))])


def _parse(path: Path) -> Any:
    def refuse_constant(text: str) -> Any:
        raise ValueError(f"{text} is not a number")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a name is given twice in one object")
        return found

    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise ValueError(f"more than {MAX_JSON_BYTES} bytes")
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
