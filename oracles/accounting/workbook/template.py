"""The empty report of a sector: which columns it has a use for, the codes that may stand in them, a guide."""

from pathlib import Path
from typing import Any

from oracles.accounting.flows import BY_SECTOR, PROCESSES
from oracles.accounting.metrics import OUTPUT_UNITS
from oracles.accounting.workbook.columns import (
    OUTPUT_COLUMNS,
    OUTPUTS_SHEET,
    REPORT_FIELDS,
    REPORT_SHEET,
    SOURCE_COLUMNS,
    SOURCES_SHEET,
)
from oracles.sheets import REPORT, Column
from oracles.sheets.template import Sheet, write_csv, write_xlsx
from registry_sdk import parameters


def write_template(path: Path, sector: str, year: int) -> None:
    """An empty XLSX or, by the name's ending, CSV file for ``sector``. Raises KeyError for an unknown sector."""
    flows = BY_SECTOR[sector]
    columns = _columns_for({name for flow in flows.values() for name in flow.properties}, sector)
    if path.suffix.lower() == ".csv":
        write_csv(path, (*REPORT_FIELDS, *columns))
        return
    preset = {"sector": sector, "year": year, "rounding": "exact-once"}
    sheets = (
        Sheet(REPORT_SHEET, REPORT_FIELDS, is_table=False, preset=preset, choices={"sector": list(BY_SECTOR)}),
        Sheet(SOURCES_SHEET, columns, choices=_choices(sector)),
        Sheet(OUTPUTS_SHEET, OUTPUT_COLUMNS, choices={"product": list(OUTPUT_UNITS[sector])}),
    )
    write_xlsx(path, sheets, _guide(sector), REPORT.rows)


def _choices(sector: str) -> dict[str, list[str]]:
    return {
        "flow": list(BY_SECTOR[sector]),
        "process": list(PROCESSES),
        "unit_class": ["conventional_coal", "unconventional_coal"],
        "lab_mark": ["CMA", "CNAS", "none"],
        "meter_kind": [row["meter"] for row in parameters.table("meter_max_error")],
    }


def _columns_for(used: set[str], sector: str) -> tuple[Column, ...]:
    """The columns a sector has a use for."""
    optional = {"heat_value", "carbon_per_heat", "carbon_content", "unit_class", "anode_net_carbon", "anode_sulfur",
                "anode_ash", "anode_effect"} - used  # fmt: skip
    if sector != "steel":
        optional.add("process")
    return tuple(column for column in SOURCE_COLUMNS if column.path[0] not in optional)


def _guide(sector: str) -> list[list[Any]]:
    """What may stand in flow and item, with units."""
    rows = [["流向 / flow", "说明", "meaning", "规则 / rule", "代码 / item", "名称", "name", "单位 / unit"]]
    units = {row["fuel"]: row["fuel_unit"] for row in parameters.table("fuel_defaults")}
    for flow in BY_SECTOR[sector].values():
        head = [flow.key, flow.label.zh, flow.label.en, flow.rule]
        if flow.properties and flow.method != "aluminium":
            for row in parameters.table("fuel_groups"):
                rows.append([*head, row["fuel"], row["name_zh"], row["name_en"], units.get(row["fuel"], "t")])
        else:
            unit = "MWh" if flow.key == "electricity" else "t"
            for row in parameters.table("accounting_items"):
                if flow.key in row["flows"]:
                    rows.append([*head, row["item"], row["name_zh"], row["name_en"], unit])
    return rows
