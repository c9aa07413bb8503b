"""Columns of hourly and daily CEMS files: everything a plant reports by D-15, with the unit in the header."""

from typing import Final, Literal

from oracles.sheets.columns import DATE, INTEGER, NUMBER, TEXT, TIME, Column
from registry_sdk import parameters
from registry_sdk.calc.result import Text

Resolution = Literal["hourly", "daily"]
SHEET: Final = "监测 CEMS"
REPORT_SHEET: Final = "报告 Report"
NEEDED: Final = ("concentration", "flow")
STACK: Final = Column("stack", "烟道", TEXT, ("stack",), "D-15", note=Text("缺省为 1", "1 when left out"))
HOUR: Final = Column(
    "hour",
    "时段起",
    TIME,
    ("at",),
    "D-15",
    True,
    note=Text("北京时间整点，时段开始", "full hour of Beijing time, its start"),
)
DAY: Final = Column("day", "日期", DATE, ("at",), "D-15", True, note=Text("北京时间", "Beijing time"))

FIELDS: Final[tuple[Column, ...]] = (
    Column("entity", "单位编号", TEXT, ("entity",), "D-07", True),
    Column("year", "年度", INTEGER, ("year",), "D-07", True),
)


def columns(resolution: Resolution) -> tuple[Column, ...]:
    """The columns of a file, in the order of the template."""
    rows = parameters.table("cems_quantities")
    unit = f"{resolution}_unit"
    quantities = (
        Column(
            row["quantity"],
            row["name_zh"],
            NUMBER,
            (row["quantity"],),
            "D-15",
            row["quantity"] in NEEDED,
            row[unit],
            note=Text(f"{row['low']} 至 {row['high']}", f"{row['low']} to {row['high']}"),
        )
        for row in rows
    )
    return (STACK, HOUR if resolution == "hourly" else DAY, *quantities)
