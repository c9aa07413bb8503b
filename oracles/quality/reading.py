"""A file of monthly figures (D-06), or an emission report, as the items that the checks read.

The file of monthly figures is JSON; numbers stand in quotes, as typed (the digit checks read them)::

    {"kind": "monthly", "entity": "1001", "sector": "power",
     "items": [{"year": 2025, "month": 1, "item": "heat_value", "value": "20.12", "unit": "GJ/t",
                "subunit": "1", "document": "<hash>", "submitted": "2025-02-20",
                "meter": "W-1", "calibrated_until": "2025-12-31",
                "lab": {"report": "R-1", "laboratory": "L", "value": "20.12", "mark": "CMA", "listed": true,
                        "valid_until": "2027-01-01", "tested_on": "2025-01-31"}}]}
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from oracles.accounting import Accounted, RefusedError, Report, account, read_json, validate
from oracles.accounting.model import Day, Key, Name, Sector, Strict, Unit
from oracles.accounting.numbers import Exact
from oracles.accounting.workbook import read_workbook
from oracles.quality.from_report import monthly_items
from oracles.quality.records import LabReport, MonthlyItem
from oracles.refusals import OracleError, refuse

MAX_ITEMS = 200_000
MAX_BYTES = 64_000_000
SHOWN = 5
WORKBOOKS = (".xlsx", ".csv")


class LabFields(Strict):
    """The test report behind a figure."""

    report: Name
    laboratory: Name
    value: Exact
    mark: Literal["CMA", "CNAS", "none"]
    listed: bool
    valid_until: Day
    tested_on: Day


class ItemFields(Strict):
    """One figure of one month."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    month: Annotated[int, Field(ge=1, le=12)]
    item: Key
    value: Exact
    unit: Unit
    subunit: Name = "1"
    document: Annotated[str, Field(max_length=120)] = ""
    submitted: Day | None = None
    meter: Annotated[str, Field(max_length=120)] = ""
    calibrated_until: Day | None = None
    lab: LabFields | None = None


class MonthlyFile(Strict):
    """Monthly figures of one entity; earlier years serve as history."""

    kind: Literal["monthly"]
    entity: Name
    sector: Sector
    items: Annotated[tuple[ItemFields, ...], Field(strict=False, min_length=1, max_length=MAX_ITEMS)]


@dataclass(frozen=True, slots=True)
class Filed:
    """What a file holds; ``is_monthly`` where it is what the sector files every month, whole."""

    items: tuple[MonthlyItem, ...]
    is_monthly: bool


def read_items(path: Path) -> Filed:
    """Every monthly figure of a file of monthly figures or of an emission report (JSON, XLSX, CSV).

    Raises:
        OracleError: InputInvalid, with the first mistakes.
        OSError: the file cannot be read.
    """
    try:
        if path.suffix.lower() in WORKBOOKS:
            report, _ = read_workbook(path)
            return _of_report(path, report)
        document: Any = read_json(_content(path))
        if isinstance(document, dict) and document.get("kind") == "monthly":
            return Filed(tuple(_of_file(MonthlyFile.model_validate(document))), True)
        return _of_report(path, validate(document))
    except RefusedError as error:
        text = "; ".join(map(str, error.refusals[:SHOWN]))
        raise invalid(path.name, text, text) from None
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_input=False, include_context=False)
        text = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in mistakes[:SHOWN])
        raise invalid(path.name, text, text) from None


def invalid(where: str, zh: str, en: str) -> OracleError:
    """The refusal of an input file."""
    return refuse(
        "InputInvalid",
        where=where,
        detail_zh=zh,
        detail=en,
        valid_zh="月度数据（kind 为 monthly）或排放报告，数值加引号。",
        valid="monthly figures (kind monthly) or an emission report, numbers in quotes.",
    )


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise invalid(path.name, f"超过 {MAX_BYTES} 字节", f"more than {MAX_BYTES} bytes")
    return content


def _of_report(path: Path, report: object) -> Filed:
    if not isinstance(report, Report):
        raise invalid(path.name, "不是排放报告", "not an emission report")
    result: Accounted = account(report)
    return Filed(tuple(monthly_items(report, result)), False)


def _of_file(file: MonthlyFile) -> Iterator[MonthlyItem]:
    for row in file.items:
        lab = row.lab
        yield MonthlyItem(
            entity=file.entity,
            sector=file.sector,
            year=row.year,
            month=row.month,
            item=row.item,
            value=Fraction(row.value),
            unit=row.unit,
            written=f"{row.value:f}",
            subunit=row.subunit,
            document=row.document,
            submitted=row.submitted,
            meter=row.meter,
            calibrated_until=row.calibrated_until,
            lab=None
            if lab is None
            else LabReport(
                lab.report, lab.laboratory, Fraction(lab.value), lab.mark, lab.listed, lab.valid_until, lab.tested_on
            ),
        )
