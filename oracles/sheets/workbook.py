"""The small parts of a workbook: which sheets there are, shared strings, which styles are dates."""

import zipfile
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format  # type: ignore[import-untyped]

from oracles.sheets.limits import MAX_CELL, MAX_STRING_CHARACTERS, MAX_STRINGS, MAX_STYLES, refused
from oracles.sheets.package import consume, local

WORKBOOK: Final = "xl/workbook.xml"
STRINGS: Final = "xl/sharedStrings.xml"
STYLES: Final = "xl/styles.xml"
TYPES: Final = "[Content_Types].xml"
RELATIONS: Final = "xl/_rels/workbook.xml.rels"
EAST_ASIAN_DATES: Final = frozenset((*range(27, 37), *range(50, 59)))
"""Built-in formats that spreadsheets for Chinese, Japanese and Korean use for dates."""


@dataclass(slots=True)
class Parts:
    """What has to be known before a sheet is read. ``sheets``: name to part; ``hidden``: names people cannot see."""

    sheets: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    strings: list[str] = field(default_factory=list)
    date_styles: set[int] = field(default_factory=set)
    from_1904: bool = False


def read_parts(archive: zipfile.ZipFile) -> Parts:
    """Raises RefusedError and READ_ERRORS."""
    parts = Parts()
    names = set(archive.namelist())
    _check_types(archive)
    targets = _relations(archive)
    _sheets(archive, parts, targets)
    if STYLES in names:
        _styles(archive, parts)
    if STRINGS in names:
        _strings(archive, parts)
    for name in sorted(names - {TYPES, RELATIONS, WORKBOOK, STYLES, STRINGS} - set(parts.sheets.values())):
        if name.endswith((".xml", ".rels")):
            consume(archive, name)
    return parts


def _parser() -> expat.XMLParserType:
    return expat.ParserCreate(namespace_separator=" ")


def _check_types(archive: zipfile.ZipFile) -> None:
    types: list[str] = []
    parser = _parser()
    parser.StartElementHandler = lambda _tag, attributes: types.append(attributes.get("ContentType", ""))
    consume(archive, TYPES, parser)
    if any("macroEnabled" in each for each in types):
        raise refused("启用宏的工作簿（.xlsm）", "a workbook with macros (.xlsm)", "另存为 .xlsx / save it as .xlsx")
    if not any(each.endswith("spreadsheetml.sheet.main+xml") for each in types):
        raise refused("不是 xlsx 工作簿", "not an xlsx workbook", ".xlsx")


def _relations(archive: zipfile.ZipFile) -> dict[str, str]:
    found: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if local(tag) == "Relationship":
            target = attributes.get("Target", "")
            if attributes.get("TargetMode") == "External":
                raise refused("含外部链接", "it has links to other files", "仅有值的工作表 / sheets of plain values")
            found[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"

    parser = _parser()
    parser.StartElementHandler = start
    consume(archive, RELATIONS, parser)
    return found


def _sheets(archive: zipfile.ZipFile, parts: Parts, targets: dict[str, str]) -> None:
    def start(tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "workbookPr":
            parts.from_1904 = attributes.get("date1904", "0").lower() in ("1", "true")
        elif name == "sheet":
            title = attributes.get("name", "")
            relation = next((value for key, value in attributes.items() if local(key) == "id"), "")
            parts.sheets[title] = targets[relation]
            if attributes.get("state", "visible") != "visible":
                parts.hidden.add(title)

    parser = _parser()
    parser.StartElementHandler = start
    consume(archive, WORKBOOK, parser)
    missing = set(parts.sheets.values()) - set(archive.namelist())
    if missing or not parts.sheets:
        raise KeyError("a sheet of the workbook is not in the archive")


def _strings(archive: zipfile.ZipFile, parts: Parts) -> None:
    """Rich text is joined, phonetic hints are left out; a text past the limit of a cell is cut one sign behind it."""
    pieces: list[str] = []
    state: dict[str, Any] = {"collect": False, "phonetic": 0, "total": 0}

    def start(tag: str, _attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "si":
            pieces.clear()
        elif name == "rPh":
            state["phonetic"] += 1
        elif name == "t":
            state["collect"] = not state["phonetic"]

    def text(data: str) -> None:
        if state["collect"] and sum(map(len, pieces)) <= MAX_CELL:
            pieces.append(data[: MAX_CELL + 1])

    def end(tag: str) -> None:
        name = local(tag)
        if name == "t":
            state["collect"] = False
        elif name == "rPh":
            state["phonetic"] -= 1
        elif name == "si":
            parts.strings.append("".join(pieces))
            state["total"] += len(parts.strings[-1])
            if len(parts.strings) > MAX_STRINGS or state["total"] > MAX_STRING_CHARACTERS:
                raise refused("文字过多", "too much text", f"≤ {MAX_STRINGS} 段 / strings")

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    consume(archive, STRINGS, parser)


def _styles(archive: zipfile.ZipFile, parts: Parts) -> None:
    custom: dict[str, str] = {}
    state = {"inside": False, "index": 0}

    def start(tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "numFmt":
            custom[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            state["inside"] = True
        elif name == "xf" and state["inside"]:
            number = attributes.get("numFmtId", "0")
            code = custom.get(number) or BUILTIN_FORMATS.get(int(number), "General")
            if int(number) in EAST_ASIAN_DATES or is_date_format(code):
                parts.date_styles.add(state["index"])
            state["index"] += 1
        if max(len(custom), state["index"]) > MAX_STYLES:
            raise refused("单元格格式过多", "too many cell formats", f"≤ {MAX_STYLES}")

    def end(tag: str) -> None:
        if local(tag) == "cellXfs":
            state["inside"] = False

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    consume(archive, STYLES, parser)
