"""A verified report as a signer opens it: the figure, the documents behind it, and the hash that is signed.

The report file is JSON::

    {"account": 1001, "year": 2025, "tonnes": 2387088,
     "entity": "plant-1", "document": "report.pdf", "activity": "activity.xlsx"}

``document`` is the verified report; left out, it is the report file itself. ``activity`` holds the activity data in
the form ``registry calc emissions`` takes: a JSON, XLSX or CSV file, or the JSON object itself; left out, the figure is
only declared. ``entity`` is the name under which the activity data stands, the account number when left out.

The hash binds everything the figure comes from: SHA-256 of the document; where the activity data lies in another
file (inside the report file counts as that), SHA-256 over the two SHA-256s, document first.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from oracles.accounting import RefusedError, read_json
from oracles.refusals import OracleError, refuse
from registry_sdk.documents import Uint16, Uint64

MAX_REPORT_BYTES: Final = 20_000_000
MAX_DOCUMENT_BYTES: Final = 512 * 1024 * 1024
WORKBOOKS: Final = (".xlsx", ".csv")

Name = Annotated[str, Field(min_length=1, max_length=255)]


class ReportFile(BaseModel):
    """Fields of the report file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    account: Uint64
    year: Uint16
    tonnes: Uint64
    entity: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    document: Name | None = None
    activity: Name | dict[str, Any] | None = None


@dataclass(frozen=True)
class Activity:
    """Activity data: bytes of a file, or a JSON object from inside the report."""

    content: bytes | dict[str, Any]
    is_workbook: bool


@dataclass(frozen=True)
class OpenedReport:
    """A report with everything it names, read once: what is hashed is what is calculated.

    Attributes:
        report_hash: 0x text, see the module.
        document: name of the hashed document.
    """

    account: int
    year: int
    tonnes: int
    entity: str
    document: str
    report_hash: str
    activity: Activity | None


def open_report(path: Path) -> OpenedReport:
    """Read a report file and the files it names.

    Raises:
        OracleError: ReportUnreadable, with what is wrong.
    """
    own = _read(path, MAX_REPORT_BYTES)
    file = _parse(own)
    document = own if file.document is None else _beside(path, file.document, MAX_DOCUMENT_BYTES)
    activity, activity_bytes = _activity(path, file, own)
    parts = [document] if activity_bytes in (None, document) else [document, activity_bytes]
    return OpenedReport(
        account=file.account,
        year=file.year,
        tonnes=file.tonnes,
        entity=file.entity or str(file.account),
        document=file.document or path.name,
        report_hash="0x" + _bind([part for part in parts if part is not None]),
        activity=activity,
    )


def _activity(path: Path, file: ReportFile, own: bytes) -> tuple[Activity | None, bytes | None]:
    if file.activity is None:
        return None, None
    if isinstance(file.activity, dict):
        return Activity(file.activity, False), own
    content = _beside(path, file.activity, MAX_REPORT_BYTES)
    return Activity(content, Path(file.activity).suffix.lower() in WORKBOOKS), content


def _bind(parts: list[bytes]) -> str:
    digests = [hashlib.sha256(part) for part in parts]
    if len(digests) == 1:
        return digests[0].hexdigest()
    return hashlib.sha256(b"".join(each.digest() for each in digests)).hexdigest()


def _parse(content: bytes) -> ReportFile:
    try:
        return ReportFile.model_validate(read_json(content))
    except RefusedError as error:
        first = error.refusals[0]
        raise _unreadable(first.problem.zh, first.problem.en) from None
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_input=False, include_context=False)
        text = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'report'}: {each['msg']}" for each in mistakes[:5])
        raise _unreadable(text, text) from None


def _beside(report: Path, name: str, limit: int) -> bytes:
    """A file in the folder of the report; a name that leads elsewhere would not mean the same to another signer."""
    if Path(name).name != name:
        raise _unreadable(f"{name} 不在报告同一文件夹", f"{name} is not beside the report")
    return _read(report.parent / name, limit)


def _read(path: Path, limit: int) -> bytes:
    try:
        if not path.is_file():
            raise _unreadable(f"没有文件 {path.name}", f"there is no file {path.name}")
        with path.open("rb") as opened:
            content = opened.read(limit + 1)
    except OSError as error:
        raise _unreadable(f"{path.name}：{error.strerror}", f"{path.name}: {error.strerror}") from None
    if len(content) > limit:
        raise _unreadable(f"{path.name} 超过 {limit} 字节", f"{path.name} has more than {limit} bytes")
    return content


def _unreadable(zh: str, en: str) -> OracleError:
    return refuse("ReportUnreadable", detail_zh=zh, detail=en)
