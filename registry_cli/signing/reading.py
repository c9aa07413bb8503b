"""Read what people give: hashes of papers, moments, JSON and CSV files. Errors name the file and the row."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from eth_utils.crypto import keccak

from registry_cli.signing.mistakes import Mistake

HASH: Final = re.compile(r"0x[0-9a-fA-F]{64}")
BEIJING: Final = timezone(timedelta(hours=8))
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_UNIX: Final = 2**40


def read_bytes(path: Path) -> bytes:
    """A whole file. Raises Mistake."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Mistake(f"{path.name}: 文件过大 the file is larger than {MAX_BYTES // 2**20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise Mistake(f"{path.name}: 无法读取 cannot be read ({error.strerror})") from None


def paper_hash(text: str) -> str:
    """A hash as it is, or keccak256 over the bytes of a file."""
    if HASH.fullmatch(text):
        return text.lower()
    if text.startswith("0x") and not Path(text).exists():
        raise Mistake(f"{text}: 哈希须为 0x 加 64 位十六进制 a hash is 0x and 64 hex digits; or give a file")
    return "0x" + keccak(read_bytes(Path(text))).hex()


def moment(text: str | int) -> int:
    """Unix seconds of a moment.

    A plain number is Unix seconds, ``2026-12-31`` the last second of that day in Beijing, ``2026-12-31T12:00`` Beijing
    time unless it names its zone.
    """
    if isinstance(text, int) or (text.isascii() and text.isdigit()):
        found = int(text)
    else:
        try:
            parsed = datetime.fromisoformat(text)
        except ValueError:
            raise Mistake(
                f"{text}: 时间写作 write a time as 2026-12-31, 2026-12-31T12:00+08:00 or 1798732799"
            ) from None
        if len(text) <= len("2026-12-31"):
            parsed = datetime.combine(parsed.date(), time(23, 59, 59))
        found = int((parsed if parsed.tzinfo else parsed.replace(tzinfo=BEIJING)).timestamp())
    if not 0 <= found < MAX_UNIX:
        raise Mistake(f"{text}: 时间超出范围 the time is out of range")
    return found


def parse_json(text: str | bytes, name: str) -> Any:
    """JSON without repeated names. Raises Mistake with line and column."""
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        where = f"第 {error.lineno} 行第 {error.colno} 列 line {error.lineno} column {error.colno}"
        raise Mistake(f"{name}: 不是 JSON not JSON: {where}: {error.msg}") from None
    except UnicodeDecodeError:
        raise Mistake(f"{name}: 须为 UTF-8 编码 must be encoded in UTF-8") from None
    except _RepeatedNameError as error:
        raise Mistake(f"{name}: 名称重复 the name {error} stands twice in one object") from None


def read_json(path: Path) -> Any:
    """A JSON file. Raises Mistake."""
    return parse_json(read_bytes(path), path.name)


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows of a JSON list or of a CSV file with a head, each with its number in the file.

    Args:
        columns: head of the CSV file.

    Raises:
        Mistake: not such a file, a foreign head, a row with too few or too many cells.
    """
    if path.suffix.lower() == ".csv":
        yield from _csv_rows(path, columns)
        return
    rows = read_json(path)
    if not isinstance(rows, list) or not rows:
        raise Mistake(f"{path.name}: 须为非空 JSON 数组 must be a JSON list with at least one row")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise Mistake(f"{path.name} 第 {number} 行 row {number}: 须为对象 must be an object")
        yield number, row


def _csv_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Mistake(f"{path.name}: 须为 UTF-8 编码 must be encoded in UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    head: list[str] | None = None
    try:
        for row in reader:
            if head is None:
                head = [cell.strip() for cell in row]
                if sorted(head) != sorted(columns):
                    raise Mistake(f"{path.name}: 表头须为 the head must be: {','.join(columns)}")
            elif any(cell.strip() for cell in row):
                if len(row) != len(head):
                    where = f"{path.name} 第 {reader.line_num} 行 line {reader.line_num}"
                    raise Mistake(f"{where}: 须有 {len(head)} 格 needs {len(head)} cells, has {len(row)}")
                yield reader.line_num, dict(zip(head, (cell.strip() for cell in row), strict=True))
    except csv.Error as error:
        raise Mistake(f"{path.name} 第 {reader.line_num} 行 line {reader.line_num}: {error}") from None
    if head is None:
        raise Mistake(f"{path.name}: 空文件 the file is empty")


class _RepeatedNameError(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedNameError(next(name for name in names if names.count(name) > 1))
    return result
