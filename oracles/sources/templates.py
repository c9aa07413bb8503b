"""Every file a plant can be asked for, by one name each: ``registry oracle template KIND FILE``."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from oracles.accounting.flows import BY_SECTOR
from oracles.accounting.workbook import write_template
from oracles.sheets import REPORT, SERIES
from oracles.sheets.template import Sheet, write_csv, write_xlsx
from oracles.sources import evidence_sheet
from oracles.sources.cems import Resolution
from oracles.sources.cems import columns as cems
from registry_sdk import parameters

Writer = Callable[[Path, int, int | None], None]


def _activity(sector: str) -> Writer:
    return lambda path, year, _month: write_template(path, sector, year)


def _evidence(sector: str) -> Writer:
    def write(path: Path, year: int, month: int | None) -> None:
        rows = [row for row in parameters.table("evidence_items") if row["sector"] == sector]
        if _is_csv(path):
            write_csv(path, evidence_sheet.COLUMNS)
            return
        codes = [row["code"] for row in rows]
        units = list(dict.fromkeys(row["unit"] for row in rows))
        head = {"sector": sector, "year": year, "month": month}
        sheets = (
            Sheet(evidence_sheet.REPORT_SHEET, evidence_sheet.FIELDS, is_table=False, preset=head),
            Sheet(evidence_sheet.SHEET, evidence_sheet.COLUMNS, choices={"kind": codes, "unit": units}),
        )
        guide: list[list[Any]] = [
            ["数据项 / item", "名称", "name", "单位 / unit", "是否必报 / required", "规则 / rule"]
        ]
        guide += [[row[key] for key in ("code", "name_zh", "name_en", "unit", "level", "rule")] for row in rows]
        write_xlsx(path, sheets, guide, REPORT.rows)

    return write


def _cems(resolution: Resolution) -> Writer:
    def write(path: Path, year: int, _month: int | None) -> None:
        columns = cems.columns(resolution)
        if _is_csv(path):
            write_csv(path, columns)
            return
        sheets = (
            Sheet(cems.REPORT_SHEET, cems.FIELDS, is_table=False, preset={"year": year}),
            Sheet(cems.SHEET, columns),
        )
        guide: list[list[Any]] = [["数据项 / quantity", "名称", "name", "单位 / unit", "下限 / low", "上限 / high"]]
        for row in parameters.table("cems_quantities"):
            unit = row[f"{resolution}_unit"]
            guide.append([row["quantity"], row["name_zh"], row["name_en"], unit, row["low"], row["high"]])
        write_xlsx(path, sheets, guide, SERIES.rows)

    return write


def _is_csv(path: Path) -> bool:
    return path.suffix.lower() == ".csv"


TEMPLATES: Final[Mapping[str, Writer]] = {
    **{sector: _activity(sector) for sector in BY_SECTOR},
    **{f"evidence-{sector}": _evidence(sector) for sector in BY_SECTOR},
    "cems-hourly": _cems("hourly"),
    "cems-daily": _cems("daily"),
}
"""By kind: activity data of a sector's year, monthly evidence of a sector, CEMS records."""
