"""CEMS files (D-15).

Masses are exact at every level: the sum of hours is the day, of days the month, of months the year, whatever the order
of the rows. Nothing is invented for an hour that is missing; it is counted as missing.
"""

import csv
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from typer.testing import CliRunner

from oracles.accounting import RefusedError
from oracles.sources.cems import CemsTotals, Resolution, read_cems
from oracles.sources.cems.columns import columns
from oracles.sources.templates import TEMPLATES
from registry_cli.oracle import app

Values = dict[str, str]


def heads(resolution: Resolution) -> dict[str, str]:
    return {column.key: column.header for column in columns(resolution)}


def write(path: Path, resolution: Resolution, rows: Sequence[Values]) -> Path:
    names = heads(resolution)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(names.values()))
        writer.writeheader()
        writer.writerows({names[key]: value for key, value in row.items()} for row in rows)
    return path


def hours(first: datetime, count: int, **values: str) -> list[Values]:
    fixed = {"stack": "1", "concentration": "220.5", "flow": "179.25"} | values
    return [{"hour": f"{first + timedelta(hours=n):%Y-%m-%d %H:%M}", **fixed} for n in range(count)]


def read(path: Path, resolution: Resolution = "hourly") -> CemsTotals:
    return read_cems(path, resolution, "plant-1", 2025)


def refused(path: Path, resolution: Resolution = "hourly") -> list[str]:
    with pytest.raises(RefusedError) as caught:
        read(path, resolution)
    assert all(each.rule and each.valid.zh and each.valid.en for each in caught.value.refusals)
    return [f"{each.where}: {each.problem.en}" for each in caught.value.refusals]


def test_daily__worked_example__to_the_last_digit(tmp_path: Path) -> None:
    """EX-CMS-1: 220.500 g/m3 x 4,300.250 x 10^4 m3 / 10^6 = 9482.051 t."""
    rows = [{"day": "2025-03-01", "concentration": "220.500", "flow": "4300.250"}]
    body = read(write(tmp_path / "d.csv", "daily", rows), "daily").to_json()
    assert body["days"][0]["tonnes"] == "9482.051"
    assert (body["tonnes"], body["exact"], body["whole_tonnes"]) == ("9482.051", "9482.05125", 9482)


def test_hourly__whole_month__exact_and_complete(tmp_path: Path) -> None:
    found = read(write(tmp_path / "h.csv", "hourly", hours(datetime(2025, 3, 1), 31 * 24)))
    (month,) = found.months()
    assert month.mass == Fraction("220.5") * Fraction("179.25") / 100 * 31 * 24
    assert (month.hours, month.of_hours, month.days, month.of_days) == (744, 744, 31, 31)
    assert found.findings == []
    (item,) = found.items(b"\1" * 32, "F-1", date(2025, 12, 31))
    assert (item["kind"], item["unit"], item["time"]) == ("cems_mass", "tCO2", "2025-03-31T16:00:00Z")
    assert Fraction(item["value"]) == month.mass


def test_hourly__hours_missing__counted_never_filled(tmp_path: Path) -> None:
    rows = hours(datetime(2025, 3, 1), 48)
    del rows[2:7]  # 19 hours left of the first day: fewer than the 20 that make a valid day
    found = read(write(tmp_path / "h.csv", "hourly", rows))
    (month,) = found.months()
    assert (month.hours, month.days) == (43, 1)
    assert month.mass == Fraction("220.5") * Fraction("179.25") / 100 * 43
    (gap,) = found.findings
    assert (gap.code, gap.figures["have"], gap.figures["needed"]) == ("Q-CEMS-HOURS", "43", "744")
    assert gap.figures["places"].startswith("1 2025-03-01: 5; 1 2025-03-03: 24")


def test_hourly__night_of_a_summer_time_change_elsewhere__twenty_four_hours(tmp_path: Path) -> None:
    rows = [*hours(datetime(2025, 3, 9), 24), *hours(datetime(2025, 11, 2), 24), *hours(datetime(2025, 3, 30), 24)]
    found = read(write(tmp_path / "h.csv", "hourly", rows))
    assert {each.valid.bit_count() for each in found.days.values()} == {24}


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai", "UTC"])
def test_hourly__local_zone_of_the_machine__changes_nothing(
    tmp_path: Path, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        found = read(write(tmp_path / "h.csv", "hourly", hours(datetime(2025, 3, 9), 24)))
        assert [day for _, day in found.days] == [date(2025, 3, 9)]
        assert found.items(b"\1" * 32)[0]["time"] == "2025-03-31T16:00:00Z"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_hourly__value_no_instrument_shows__left_out_and_named(tmp_path: Path) -> None:
    rows = hours(datetime(2025, 3, 1), 3)
    rows[1]["o2_percent"], rows[2]["flow"] = "26", "-1"
    found = read(write(tmp_path / "h.csv", "hourly", rows))
    assert [each.code for each in found.findings] == ["Q-CEMS-RANGE", "Q-CEMS-RANGE", "Q-CEMS-HOURS"]
    assert found.months()[0].hours == 1


def test_hourly__stated_mass__compared_with_concentration_times_flow(tmp_path: Path) -> None:
    rows = hours(datetime(2025, 3, 1), 2)
    rows[0]["mass"], rows[1]["mass"] = "395.2", "400"  # 395.24625
    found = read(write(tmp_path / "h.csv", "hourly", rows))
    (finding,) = (each for each in found.findings if each.code == "Q-CEMS-MASS")
    assert (finding.figures["stated"], finding.figures["mass"], finding.figures["places"]) == ("400", "395.24625", "B3")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"hour": "2025-03-01 00:00"}, "B3: 2025-03-01 00:00 of stack 1 is given twice"),
        ({"hour": "2024-12-31 23:00"}, "B3: 2024-12-31 is not in 2025"),
        ({"hour": "2025-03-01 01:30"}, "B3: 01:30:00 is not a full hour"),
        ({"hour": "2025-03-01 24:00"}, "B3: '2025-03-01 24:00' is not a time"),
        ({"hour": "2025-03-01 01:00+08:00"}, "B3: '2025-03-01 01:00+08:00' is not a time"),
        ({"concentration": ""}, "C3: the cell is empty"),
        ({"flow": "1,792.5"}, "D3: '1,792.5' is not a number (it has thousands separators)"),
        ({"flow": "NaN"}, "D3: 'NaN' is not a number"),
    ],
)
def test_hourly__bad_row__told_with_its_cell(tmp_path: Path, change: Values, expected: str) -> None:
    rows = hours(datetime(2025, 3, 1), 2)
    rows[1] |= change
    assert refused(write(tmp_path / "h.csv", "hourly", rows)) == [expected]


def test_hourly__other_unit_in_the_header__refused(tmp_path: Path) -> None:
    path = write(tmp_path / "h.csv", "hourly", hours(datetime(2025, 3, 1), 1))
    path.write_text(path.read_text("utf-8-sig").replace("[g/m3]", "[mg/m3]"), encoding="utf-8")
    assert "C1: another unit: “质量浓度（标干） / concentration [mg/m3]”" in refused(path)


def test_file__daily_read_as_hourly__refused(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "daily", [{"day": "2025-03-01", "concentration": "1", "flow": "1"}])
    assert refused(path)


@settings(max_examples=25, deadline=None)
@given(
    values=st.dictionaries(
        st.tuples(st.sampled_from(["A", "B"]), st.integers(0, 24 * 90 - 1)),
        st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
        min_size=1,
        max_size=60,
    ),
    data=st.data(),
)
def test_hourly__any_rows_in_any_order__levels_add_up_exactly(
    tmp_path_factory: pytest.TempPathFactory,
    values: dict[tuple[str, int], tuple[int, int]],
    data: st.DataObject,
) -> None:
    first = datetime(2025, 1, 1)
    rows = [
        {"stack": stack, "hour": f"{first + timedelta(hours=hour):%Y-%m-%d %H:%M}"}
        | {"concentration": f"{Decimal(gas).scaleb(-3):f}", "flow": f"{Decimal(flow).scaleb(-3):f}"}
        for (stack, hour), (gas, flow) in values.items()
    ]
    path = tmp_path_factory.mktemp("cems") / "h.csv"
    found = read(write(path, "hourly", data.draw(st.permutations(rows))))
    expected = sum((Fraction(gas, 1000) * Fraction(flow, 1000) / 100 for gas, flow in values.values()), Fraction(0))
    assert found.mass == sum((each.mass for each in found.months()), Fraction(0)) == expected
    assert sum(each.hours for each in found.months()) == len(values)


def invoke(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout


def test_command__workbook_and_report__deviation_found_and_calculation_official(tmp_path: Path) -> None:
    path = tmp_path / "h.xlsx"
    TEMPLATES["cems-hourly"](path, 2025, None)
    book = load_workbook(path)
    book.worksheets[0]["B1"] = "plant-1"
    places = {str(cell.value): cell.column for cell in book.worksheets[1][1]}
    names = heads("hourly")
    for n in range(31 * 24):
        row = {"hour": datetime(2025, 3, 1) + timedelta(hours=n), "concentration": 220.5, "flow": 179.25}
        for key, value in row.items():
            book.worksheets[1].cell(n + 2, places[names[key]], value)
    book.save(path)
    report = tmp_path / "r.json"
    source = {"id": "c", "flow": "fuel", "item": "coal", "month": 3, "amount": {"value": "170000", "unit": "t"}}
    source["carbon_content"] = {"value": "0.5", "unit": "tC/t"}
    report.write_text(json.dumps({"entity": "plant-1", "sector": "power", "year": 2025, "sources": [source]}))
    code, out = invoke("source", "cems", path, "--report", report, "--json")
    body = json.loads(out)
    assert body["months"][0]["tonnes"] == "294063.210"
    assert body["official"]["tonnes"] == "308550.00"
    assert (code, [each["code"] for each in body["findings"]]) == (0, [])
    source["amount"]["value"] = "190000"
    report.write_text(json.dumps({"entity": "plant-1", "sector": "power", "year": 2025, "sources": [source]}))
    code, out = invoke("source", "cems", path, "--report", report, "--json")
    assert (code, [each["code"] for each in json.loads(out)["findings"]]) == (1, ["Q-CEMS"])


def test_command__csv_without_entity__exit_2(tmp_path: Path) -> None:
    path = write(tmp_path / "h.csv", "hourly", hours(datetime(2025, 3, 1), 1))
    assert invoke("source", "cems", path)[0] == 2
    assert invoke("source", "cems", path, "--entity", "p", "--year", "2025")[0] == 0
    assert invoke("source", "cems", tmp_path / "absent.csv")[0] == 2
