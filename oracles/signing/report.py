"""A verified report as a signer opens it: the figure, the documents behind it, and the hash that is signed.

The report file is JSON::

    {"account": 1001, "year": 2025, "tonnes": 2387088, "unit": 1, "units": 2,
     "entity": "plant-1", "document": "report.pdf", "activity": "activity.xlsx", "evidence": "evidence.json"}

``document`` is the verified report; left out, it is the report file itself. ``activity`` holds the activity data in
the form ``registry calc emissions`` takes: a JSON, XLSX or CSV file, or the JSON object itself; left out, the figure is
only declared. ``entity`` is the name under which the activity data stands, the account number when left out.
``unit`` of ``units`` says which sub-unit the report is of; left out, it is of the whole entity, unit 1 of 1.
``evidence`` names the months that the activity data was built from, see :mod:`oracles.signing.months`.

The hash binds everything the figure comes from: SHA-256 of the document; where activity data or evidence lie in other
files (inside the report file counts as that), SHA-256 over the SHA-256s in the order document, activity, evidence.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from oracles.accounting import RefusedError, read_json
from oracles.refusals import OracleError, refuse
from oracles.signing.months import Months, read_months
from registry_sdk.documents import Uint16, Uint64

MAX_REPORT_BYTES: Final = 20_000_000
MAX_DOCUMENT_BYTES: Final = 512 * 1024 * 1024
MAX_EVIDENCE_BYTES: Final = 64 * 1024 * 1024
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
    evidence: Name | None = None
    unit: Annotated[int, Field(ge=1, lt=2**16)] = 1
    units: Annotated[int, Field(ge=1, lt=2**16)] = 1

    @model_validator(mode="after")
    def _unit_among_units(self) -> Self:
        if self.unit > self.units:
            raise ValueError(f"unit {self.unit} is none of {self.units}")
        return self


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
    unit: int
    units: int
    months: Months | None

    @property
    def subunit(self) -> str | None:
        """Name of the sub-unit in activity data and plan; None where the report is of the whole entity."""
        return str(self.unit) if self.units > 1 else None


def open_report(path: Path) -> OpenedReport:
    """Read a report file and the files it names.

    Raises:
        OracleError: ReportUnreadable, with what is wrong.
    """
    own = _read(path, MAX_REPORT_BYTES)
    file = _parse(own)
    document = own if file.document is None else _beside(path, file.document, MAX_DOCUMENT_BYTES)
    activity, activity_bytes = _activity(path, file, own)
    evidence = None if file.evidence is None else _beside(path, file.evidence, MAX_EVIDENCE_BYTES)
    parts = [document, None if activity_bytes == document else activity_bytes, evidence]
    return OpenedReport(
        account=file.account,
        year=file.year,
        tonnes=file.tonnes,
        entity=file.entity or str(file.account),
        document=file.document or path.name,
        report_hash="0x" + _bind([part for part in parts if part is not None]),
        activity=activity,
        unit=file.unit,
        units=file.units,
        months=None if evidence is None else read_months(evidence),
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
