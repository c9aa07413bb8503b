"""The archive of an .xlsx file: checked against bombs and active content before a part of it is unpacked."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from oracles.accounting.refusal import RefusedError
from oracles.sheets.limits import MAX_PARTS, MAX_RATIO, RATIO_FROM, Limits, damaged, refused

CHUNK: Final = 1 << 16
ZIP: Final = b"PK\x03\x04"
OLD_FORMAT: Final = b"\xd0\xcf\x11\xe0"
METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

ACTIVE: Final = {
    "vbaproject": ("宏", "macros"),
    "macrosheets/": ("宏表", "macro sheets"),
    "externallinks/": ("外部链接", "links to other files"),
    "connections.xml": ("数据连接", "data connections"),
    "querytables/": ("外部查询", "external queries"),
    "embeddings/": ("嵌入文件", "embedded files"),
    "activex/": ("ActiveX 控件", "ActiveX controls"),
    "customui/": ("自定义界面", "a custom interface"),
}
"""Parts of an archive, by a piece of their lower-case name, that a sheet of plain values has no use for."""
NESTED: Final = (".zip", ".gz", ".7z", ".rar", ".xlsx", ".xlsm", ".xls", ".docx", ".exe", ".dll", ".js", ".vbs")

READ_ERRORS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    OSError,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
)
"""What the archive and XML readers raise on damaged input."""


def check(path: Path, limits: Limits) -> None:
    """Whether ``path`` is an archive that may be opened. Raises RefusedError."""
    with path.open("rb") as file:
        start = file.read(4)
    if start == OLD_FORMAT:
        raise refused(
            "旧格式（.xls）或加密的工作簿", "an old .xls or an encrypted workbook", ".xlsx，不加密 / not encrypted"
        )
    if start != ZIP or not zipfile.is_zipfile(path):
        raise refused("不是 xlsx 文件", "not an xlsx file", ".xlsx")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_parts(archive.infolist(), limits)
    except READ_ERRORS as error:
        raise damaged(error) from None


def _check_parts(parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(parts) > MAX_PARTS or len({part.filename.lower() for part in parts}) != len(parts):
        raise refused(
            f"压缩包内 {len(parts)} 个文件，过多或重名",
            f"{len(parts)} parts in the archive, too many or with the same name",
            f"≤ {MAX_PARTS}",
        )
    unpacked = sum(part.file_size for part in parts)
    if unpacked > limits.unpacked:
        raise refused(
            f"解压后 {unpacked} 字节，疑似压缩炸弹",
            f"{unpacked} bytes once unpacked: looks like a zip bomb",
            f"≤ {limits.unpacked} 字节 / bytes",
        )
    for part in parts:
        _check_part(part)


def _check_part(part: zipfile.ZipInfo) -> None:
    name = part.filename
    if part.flag_bits & 1:
        raise refused("工作簿加密", "the workbook is encrypted", "不加密 / not encrypted")
    if part.compress_type not in METHODS:
        raise refused(f"{name} 的压缩方法少见", f"{name} is packed with an unusual method", "deflate")
    if part.file_size > RATIO_FROM and part.file_size > MAX_RATIO * max(1, part.compress_size):
        raise refused(
            f"{name} 压缩比过高，疑似压缩炸弹",
            f"{name} is packed too tightly: looks like a zip bomb",
            f"≤ {MAX_RATIO} : 1",
        )
    for mark, (zh, en) in ACTIVE.items():
        if mark in name.lower():
            raise refused(f"含{zh}（{name}）", f"it has {en} ({name})", "仅有值的工作表 / sheets of plain values")
    if name.lower().endswith(NESTED):
        raise refused(f"内含文件 {name}", f"another file is inside: {name}", "仅有工作表 / sheets only")


def feed(archive: zipfile.ZipFile, name: str, parser: expat.XMLParserType) -> Iterator[None]:
    """Feed a part to ``parser`` piece by piece, resting after each, so that rows can be taken away.

    A document type or entity declaration ends the reading: spreadsheets have none. Raises RefusedError, READ_ERRORS.
    """

    def forbidden(*_: Any) -> None:
        raise refused(
            f"{name} 含 DOCTYPE 或 ENTITY 声明",
            f"{name} declares a DOCTYPE or an entity",
            "由表格软件保存 / as spreadsheets save it",
        )

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = forbidden
    parser.buffer_text = True
    with archive.open(name) as part:
        while piece := part.read(CHUNK):
            parser.Parse(piece, False)
            yield
    parser.Parse(b"", True)
    yield


def consume(archive: zipfile.ZipFile, name: str, parser: expat.XMLParserType | None = None) -> None:
    """Feed a whole part; without a parser of its own only its form is checked."""
    for _ in feed(archive, name, parser or expat.ParserCreate()):
        pass


def local(tag: str) -> str:
    """Name without namespace: transitional and strict files differ in nothing else."""
    return tag.rpartition(" ")[2]


__all__ = ["READ_ERRORS", "RefusedError", "check", "consume", "feed", "local"]
