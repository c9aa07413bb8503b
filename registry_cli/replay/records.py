"""One file of compliance records, read and checked: nothing reaches the chain that this module has not accepted.

Format: CSV in UTF-8 with one row per operator and year, plain or packed (``.csv``, ``.csv.gz``, ``.csv.xz``); columns
as in the European Union Transaction Log, see :data:`COLUMNS`. Quantities are whole tonnes.
"""

import csv
import gzip
import hashlib
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from itertools import pairwise
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 256 * 1024 * 1024
MAX_TONNES: Final = 10**12
#: Words that stand where there is no quantity.
WORDS: Final = frozenset({"", "NA", "Excluded", "Not Reported", "Not Calculated"})
OPERATOR: Final = re.compile(r"([A-Z]{2})-([1-9][0-9]{0,8})")
PHASE: Final = re.compile(r"([0-9]{4})-([0-9]{4})")
CODE: Final = re.compile(r"(?:[A-E-]\*?)?")
FIRST_YEAR, LAST_YEAR = 2005, 2099
#: Column to field; all must be there, others are left alone.
COLUMNS: Final = {
    "FreeAllocations": "free",
    "AllowanceInAllocation": "allocated",
    "VerifiedEmissions": "verified",
    "SurrenderedAllowances": "surrendered_allowances",
    "UnitsSurrendered": "surrendered_units",
    "CumulativeVerifiedEmissions": "running_verified",
    "CumulativeSurrenderedUnits": "running_surrendered",
}
REQUIRED: Final = ("id", "year", "ETSPhase", *COLUMNS, "ComplianceCode")


class RecordsError(Exception):
    """The file, or what was asked of it, is not usable. The text says in zh and en what would be."""


@dataclass(frozen=True, order=True)
class Phase:
    """Years over which running totals are kept."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True)
class Record:
    """One operator and year. None stands where the file has a word or nothing.

    Attributes:
        operator: registry code and number, ``EE-1``.
        allocated: allowances in allocation, or the free allocation where only that is given.
        line: number of the line in the file.
        fingerprint: SHA-256 of the row.
    """

    operator: str
    year: int
    phase: Phase
    allocated: int | None
    verified: int | None
    surrendered_allowances: int | None
    surrendered_units: int | None
    running_verified: int | None
    running_surrendered: int | None
    code: str
    line: int
    fingerprint: bytes

    @property
    def registry(self) -> str:
        return self.operator[:2]

    @property
    def number(self) -> int:
        return int(self.operator[3:])


@dataclass(frozen=True)
class Records:
    """The accepted file; ``digest`` is the SHA-256 of its unpacked text."""

    name: str
    digest: str
    rows: tuple[Record, ...]

    @property
    def registries(self) -> tuple[str, ...]:
        return tuple(sorted({row.registry for row in self.rows}))

    @property
    def years(self) -> tuple[int, int]:
        years = {row.year for row in self.rows}
        return min(years), max(years)


def _plain(data: bytes) -> bytes:
    return data


def _gzip(data: bytes) -> bytes:
    with gzip.GzipFile(fileobj=BytesIO(data)) as source:
        return source.read(MAX_BYTES + 1)


def _xz(data: bytes) -> bytes:
    with lzma.LZMAFile(BytesIO(data)) as source:
        return source.read(MAX_BYTES + 1)


UNPACK: Final[dict[str, Callable[[bytes], bytes]]] = {
    ".csv": _plain,
    ".csv.gz": _gzip,
    ".csv.xz": _xz,
}


def read_records(path: Path) -> Records:
    """Read and check a whole file.

    Raises:
        RecordsError: what is wrong, in which line, and what would be valid.
    """
    data = _load(path)
    try:
        rows = tuple(_rows(data))
    except UnicodeDecodeError:
        raise RecordsError(f"{path.name}: 须为 UTF-8 文本 must be text in UTF-8") from None
    except csv.Error as error:
        raise RecordsError(f"{path.name}: 不是规范的 CSV not well-formed CSV: {error}") from None
    if not rows:
        raise RecordsError(f"{path.name}: 没有数据行 no rows below the header")
    _require_consistent(rows)
    return Records(path.name, hashlib.sha256(data).hexdigest(), rows)


def _load(path: Path) -> bytes:
    ending = next((known for known in UNPACK if path.name.lower().endswith(known)), None)
    if ending is None:
        raise RecordsError(f"{path.name}: 文件须为 must end in {', '.join(UNPACK)}")
    try:
        packed = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError as error:
        raise RecordsError(f"{path}: 无法读取 cannot be read: {error.strerror}") from None
    if packed is None:
        raise RecordsError(f"{path.name}: 超过 more than {MAX_BYTES // 2**20} MiB")
    try:
        data = UNPACK[ending](packed)
    except (OSError, EOFError, lzma.LZMAError, zlib.error):
        raise RecordsError(f"{path.name}: 压缩文件损坏 the packed file is damaged") from None
    if len(data) > MAX_BYTES:
        raise RecordsError(f"{path.name}: 解压后超过 more than {MAX_BYTES // 2**20} MiB unpacked")
    return data


def _rows(data: bytes) -> Iterator[Record]:
    reader = csv.reader(TextIOWrapper(BytesIO(data), encoding="utf-8-sig", newline=""), strict=True)
    header = next(reader, [])
    missing = [name for name in REQUIRED if header.count(name) != 1]
    if missing:
        raise RecordsError(f"缺少列（或列重复） columns missing or doubled: {', '.join(missing)}")
    for fields in reader:
        if len(fields) != len(header):
            raise _wrong(reader.line_num, f"应有 {len(header)} 列 {len(header)} fields expected, found {len(fields)}")
        yield _record(dict(zip(header, fields, strict=True)), reader.line_num)


def _record(row: dict[str, str], line: int) -> Record:
    if not OPERATOR.fullmatch(row["id"]):
        raise _wrong(line, f"id 须如 must look like EE-1: {row['id']!r}")
    match = PHASE.fullmatch(row["ETSPhase"])
    phase = Phase(int(match[1]), int(match[2])) if match else Phase(0, 0)
    if not FIRST_YEAR <= phase.first <= phase.last <= LAST_YEAR:
        raise _wrong(line, f"ETSPhase 须如 must look like 2013-2020: {row['ETSPhase']!r}")
    year = int(row["year"]) if re.fullmatch("[0-9]{4}", row["year"]) else 0
    if not phase.first <= year <= phase.last:
        raise _wrong(line, f"year 须在阶段内 must lie in the phase {phase}: {row['year']!r}")
    if not CODE.fullmatch(row["ComplianceCode"]):
        raise _wrong(line, f"ComplianceCode 须为 must be A to E or -, with or without *: {row['ComplianceCode']!r}")
    figures = {field: _figure(row[column], column, line) for column, field in COLUMNS.items()}
    free = figures.pop("free")
    allocated = figures.pop("allocated")
    text = "\x1f".join(row[name] for name in REQUIRED)
    return Record(
        operator=row["id"],
        year=year,
        phase=phase,
        allocated=free if allocated is None else allocated,
        code=row["ComplianceCode"],
        line=line,
        fingerprint=hashlib.sha256(text.encode()).digest(),
        **figures,
    )


def _figure(text: str, column: str, line: int) -> int | None:
    if text in WORDS:
        return None
    if not re.fullmatch("[0-9]{1,13}", text) or int(text) > MAX_TONNES:
        known = ", ".join(sorted(WORDS - {""}))
        raise _wrong(line, f"{column} 须为整数吨或 must be whole tonnes up to {MAX_TONNES} or {known}: {text[:40]!r}")
    return int(text)


def _require_consistent(rows: tuple[Record, ...]) -> None:
    seen: dict[tuple[str, int], int] = {}
    phases = sorted({row.phase for row in rows})
    for row in rows:
        key = (row.operator, row.year)
        if key in seen:
            raise _wrong(row.line, f"{row.operator} {row.year} 重复 stands in line {seen[key]} already")
        seen[key] = row.line
    for before, after in pairwise(phases):
        if after.first <= before.last:
            raise RecordsError(f"阶段重叠 phases overlap: {before}, {after}")


def _wrong(line: int, text: str) -> RecordsError:
    return RecordsError(f"第 {line} 行 line {line}: {text}")
