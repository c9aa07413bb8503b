"""What a workbook may be before it is opened: size, archive, merged cells, entities, macros, links."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from oracles.accounting.refusal import Refusal, RefusedError, refuse
from registry_sdk.calc.result import Text

RULE = "D-07"
MAX_BYTES = 10_000_000
MAX_PARTS = 300
MAX_UNPACKED_BYTES = 60_000_000
MAX_RATIO = 150
RATIO_FROM_BYTES = 1_000_000
MAX_ROWS = 20_001
MAX_COLUMNS = 64
_CHUNK = 1 << 20
_OVERLAP = 512
_OLD_FORMAT = b"\xd0\xcf\x11\xe0"
_FORBIDDEN = tuple(
    text.encode(encoding) for text in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]{0,200}?ref="([A-Z0-9:$]{1,40})"')
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]{0,400}?\sr="(\d{1,9})"')
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"

READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    EOFError,
    RuntimeError,
    OverflowError,
)
"""What the archive, XML and workbook readers raise on damaged input."""


@dataclass(slots=True)
class SheetFacts:
    """What the raw XML of a sheet shows that a streaming reader hides."""

    merged: list[str] = field(default_factory=list)
    last_row: int = 0


def check(path: Path) -> dict[str, SheetFacts]:
    """Sheet name -> facts. Raises RefusedError before anything large is unpacked."""
    if not path.is_file():
        raise _refused("不是文件", "not a file", ".xlsx")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise _refused(f"文件 {size} 字节，过大", f"the file has {size} bytes, too many", f"≤ {MAX_BYTES} 字节 / bytes")
    with path.open("rb") as file:
        start = file.read(4)
    if start == _OLD_FORMAT:
        raise _refused("旧格式或加密的工作簿", "an old .xls or an encrypted workbook", ".xlsx，不加密 / not encrypted")
    if start != b"PK\x03\x04" or not zipfile.is_zipfile(path):
        raise _refused("不是 xlsx 文件", "not an xlsx file", ".xlsx")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_archive(archive)
            return _scan(archive)
    except READ_ERRORS as error:
        raise damaged(error) from None


def damaged(error: BaseException) -> RefusedError:
    """A refusal for a file that breaks while it is read."""
    kind = type(error).__name__
    return _refused(f"文件损坏，无法读取（{kind}）", f"the file is damaged and cannot be read ({kind})", ".xlsx")


def _refused(zh: str, en: str, valid: str) -> RefusedError:
    return refuse("file", RULE, Text(zh, en), Text(valid, valid))


def _check_archive(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or len({part.filename for part in parts}) != len(parts):
        raise _refused(
            f"压缩包内 {len(parts)} 个文件，过多或重名",
            f"{len(parts)} parts in the archive, too many or with the same name",
            f"≤ {MAX_PARTS}",
        )
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED_BYTES:
        raise _refused(
            f"解压后 {unpacked} 字节，疑似压缩炸弹",
            f"{unpacked} bytes once unpacked: looks like a zip bomb",
            f"≤ {MAX_UNPACKED_BYTES} 字节 / bytes",
        )
    for part in parts:
        if part.flag_bits & 1:
            raise _refused("工作簿加密", "the workbook is encrypted", "不加密 / not encrypted")
        if part.file_size > RATIO_FROM_BYTES and part.file_size > MAX_RATIO * max(1, part.compress_size):
            raise _refused(
                f"{part.filename} 压缩比过高，疑似压缩炸弹",
                f"{part.filename} is packed too tightly: looks like a zip bomb",
                f"≤ {MAX_RATIO} : 1",
            )
        if part.filename.endswith("vbaProject.bin") or "externalLinks/" in part.filename:
            raise _refused(
                "含宏或外部链接", "it has macros or links to other files", "仅有值的工作表 / sheets of plain values"
            )


def _scan(archive: zipfile.ZipFile) -> dict[str, SheetFacts]:
    facts: dict[str, SheetFacts] = {}
    for part in archive.infolist():
        if part.filename.endswith((".xml", ".rels")):
            facts[part.filename] = _scan_part(archive, part.filename)
    names = _sheet_parts(archive)
    return {name: facts.get(part, SheetFacts()) for name, part in names.items()}


def _scan_part(archive: zipfile.ZipFile, name: str) -> SheetFacts:
    facts = SheetFacts()
    merged: dict[str, None] = {}
    for window in _windows(archive, name):
        if any(mark in window for mark in _FORBIDDEN):
            raise _refused(
                f"{name} 含 DOCTYPE 或 ENTITY 声明",
                f"{name} declares a DOCTYPE or an entity",
                "由表格软件保存 / as spreadsheets save it",
            )
        for found in _MERGED.finditer(window):
            if len(merged) < 50:
                merged[found[1].decode()] = None
        for found in _ROW.finditer(window):
            facts.last_row = max(facts.last_row, int(found[1]))
    facts.merged = list(merged)
    return facts


def _windows(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The part in pieces that overlap, so that nothing is missed at a border."""
    tail = b""
    with archive.open(name) as part:
        while piece := part.read(_CHUNK):
            yield tail + piece
            tail = (tail + piece)[-_OVERLAP:]


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name -> part of the archive, from workbook.xml and its relations (already free of entities)."""
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - entities are refused above
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {each.get("Id"): each.get("Target", "") for each in relations.iter(f"{_PACKAGE}Relationship")}
    found = {}
    for sheet in workbook.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        found[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return found


def shape_refusals(sheet: str, facts: SheetFacts) -> list[Refusal]:
    """Refusals for merged cells and for rows past the limit."""
    found = [
        Refusal(
            f"{sheet}!{area}",
            RULE,
            Text("合并单元格", "merged cells"),
            Text("取消合并，每格一值", "unmerge: one value per cell"),
        )
        for area in facts.merged
    ]
    if facts.last_row > MAX_ROWS:
        found.append(
            Refusal(
                f"{sheet}!A{facts.last_row}",
                RULE,
                Text(f"数据超过第 {MAX_ROWS} 行", f"there are rows past row {MAX_ROWS}"),
                Text(f"至多 {MAX_ROWS - 1} 行数据", f"at most {MAX_ROWS - 1} rows of data"),
            )
        )
    return found
