"""`registry calc`: files in, figures out, every bad file refused with code 2 and never a traceback."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from registry_cli.calc import app

UNIT: dict[str, Any] = {
    "entity_id": "A", "sector": "power", "year": 2024, "unit_id": "1", "unit_class": "III", "generation_MWh": 1000000,
    "verified_t": 820000,
}  # fmt: skip


def call(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def as_json(*arguments: object) -> tuple[int, Any]:
    code, text = call(*arguments, "--json")
    return code, json.loads(text)


def save(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def book(path: Path, rows: list[list[Any]], sheet: str = "units") -> Path:
    made = Workbook()
    page = made.active
    page.title = sheet
    for row in rows:
        page.append(row)
    made.save(path)
    return path


def test_allocation__json_file__figures_and_explanation(tmp_path: Path) -> None:
    file = save(tmp_path / "units.json", {"units": [UNIT]})
    code, body = as_json("allocation", file, "--explain")
    assert code == 0
    assert body["entities"][0]["allocation"] == 824400
    assert body["explanations"][0]["rules"] == ["B-03"]
    code, text = call("allocation", file, "--explain")
    assert code == 0
    assert "公式 formula" in text


def test_allocation__bare_list__is_the_table_of_units(tmp_path: Path) -> None:
    assert as_json("allocation", save(tmp_path / "u.json", [UNIT]))[1]["ok"] is True


def test_allocation__filled_template__round_trip_with_text_and_number_cells(tmp_path: Path) -> None:
    file, out = tmp_path / "t.xlsx", tmp_path / "out.xlsx"
    assert call("template", "allocation", file)[0] == 0
    filled = load_workbook(file)
    keys = [cell.value for cell in filled["units"][2]]
    filled["units"].append([UNIT.get(key) for key in keys])
    filled["units"].append([({**UNIT, "unit_id": 2, "verified_t": "820000.25"}).get(key) for key in keys])
    filled.save(file)
    code, body = as_json("allocation", file, "--out", out)
    assert code == 0
    assert [row["row"] for row in body["units"]] == [3, 4]
    assert load_workbook(out)["entities"]["D2"].value == 2 * 824400


def test_compliance__filled_template__round_trip(tmp_path: Path) -> None:
    file = tmp_path / "c.xlsx"
    assert call("template", "compliance", file)[0] == 0
    filled = load_workbook(file)
    assert filled.sheetnames == ["obligations", "surrenders", "offsets", "carryover", "trades", "readme"]
    row = {"entity_id": "A", "sector": "power", "year": 2024, "verified_t": 10, "as_of": "2025-12-31"}
    filled["obligations"].append([row.get(cell.value) for cell in filled["obligations"][2]])
    filled.save(file)
    code, body = as_json("compliance", file)
    assert (code, body["obligations"][0]["status"]) == (0, "OPEN")


def test_allocation__chinese_titles_and_unnamed_sheet__are_understood(tmp_path: Path) -> None:
    head = ["主体编号", "行业 / sector", "履约年度", "unit_id", "机组类别", "发电量 (MWh)", "核查排放量"]
    file = book(tmp_path / "zh.xlsx", [head, list(UNIT.values())], "Sheet1")
    assert as_json("allocation", file)[1]["entities"][0]["allocation"] == 824400


KEYS = list(UNIT)


@pytest.mark.parametrize(
    ("rows", "row", "column"),
    [
        ([KEYS, [*list(UNIT.values())[:-1], "=1+"]], 2, "verified_t"),
        ([KEYS, [*list(UNIT.values())[:-1], "=B1/0"]], 2, "verified_t"),
        ([KEYS, [*list(UNIT.values())[:-1], True]], 2, "verified_t"),
        ([KEYS, [], [*list(UNIT.values())[:-1], -1]], 3, "verified_t"),
        ([[*KEYS[:-2], "generation_kWh", "verified_t"], list(UNIT.values())], 2, "generation_kWh"),
    ],
)
def test_allocation__wrong_cell_in_a_workbook__row_and_column(
    tmp_path: Path, rows: list[list[Any]], row: int, column: str
) -> None:
    code, body = as_json("allocation", book(tmp_path / "w.xlsx", rows))
    assert code == 2
    assert (row, column) in [(error["row"], error["column"]) for error in body["errors"]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1]",
        "3",
        '"x"',
        "null",
        '{"units": {}}',
        '{"rows": []}',
        '{"units": [{"entity_id": "A", "entity_id": "B"}]}',
        '{"units": [{"verified_t": NaN}]}',
        '{"units": [{"verified_t": Infinity}]}',
        '{"units": [{"verified_t": 1e999999}]}',
        '{"units": [{"verified_t": ' + "9" * 5000 + "}]}",
        "[" * 100_000,
        '{"cases": {}}',
        '{"cases": [1]}',
        '{"cases": [{"rule": "Z-1", "inputs": {}}]}',
        '{"cases": [{"rule": "B-03", "inputs": {}}]}',
        '{"cases": [{"rule": "B-10b", "inputs": {"entities": [[1]]}}]}',
        '{"cases": [{"rule": "C-08", "inputs": {"short_t": 1, "deadline": 5}}]}',
    ],
)
def test_allocation__bad_json__refused_with_code_two(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(text)
    code, body = as_json("allocation", file)
    assert code == 2
    assert all(error["rule"] and error["valid_zh"] and error["valid_en"] for error in body["errors"])
    assert call("allocation", file)[0] == 2


def test_allocation__file_that_is_no_workbook__refused_with_code_two(tmp_path: Path) -> None:
    text, cut, bomb = tmp_path / "text.xlsx", tmp_path / "cut.xlsx", tmp_path / "bomb.xlsx"
    text.write_text("not a workbook")
    whole = book(tmp_path / "whole.xlsx", [KEYS, list(UNIT.values())]).read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 80_000_000)
    for file in (text, cut, bomb, tmp_path / "absent.xlsx", tmp_path / "absent.json", tmp_path):
        for command in ("allocation", "compliance"):
            assert as_json(command, file)[0] == 2


def test_allocation__unknown_or_doubled_sheet_or_column__refused(tmp_path: Path) -> None:
    file = book(tmp_path / "two.xlsx", [KEYS, list(UNIT.values())])
    more = load_workbook(file)
    more.create_sheet("secrets")
    more.save(file)
    assert as_json("allocation", file)[0] == 2
    twice = book(tmp_path / "twice.xlsx", [[*KEYS, "year"], [*UNIT.values(), 2023]])
    assert as_json("allocation", twice)[0] == 2


def test_allocation__cases__expected_figures_decide_the_exit_code(tmp_path: Path) -> None:
    case = {"id": "x", "rule": "C-05", "inputs": {"obligation_t": 99, "ccer_offered_t": 9}, "expected": {"cap": 4}}
    file = save(tmp_path / "cases.json", {"cases": [case]})
    assert as_json("compliance", file)[1]["cases"][0]["equal"] is True
    assert call("compliance", file)[0] == 0
    wrong = save(tmp_path / "wrong.json", {"worked_examples": [case | {"expected": {"cap": 5}}]})
    assert as_json("compliance", wrong)[0] == 1


def test_allocation__override_file__changes_the_number_without_code(tmp_path: Path) -> None:
    row = [2024, "generated", "0.7", "0.7", "0.5", "0.3", "0.1", "0.05", "H", ["S05a"]]
    numbers = save(tmp_path / "law.json", {"tables": {"power_benchmarks": {"rows": [row]}}})
    file = save(tmp_path / "u.json", [UNIT])
    _, body = as_json("allocation", file, "--parameters", numbers)
    assert body["units"][0]["final"] == 500000
    assert as_json("allocation", file, "--parameters", save(tmp_path / "b.json", {"tables": 1}))[0] == 2


def test_allocation__output_that_cannot_be_written__refused(tmp_path: Path) -> None:
    file = save(tmp_path / "u.json", [UNIT])
    assert as_json("allocation", file, "--out", tmp_path / "x.csv")[0] == 2
    assert as_json("allocation", file, "--out", tmp_path / "no" / "x.xlsx")[0] == 2
    assert as_json("template", "allocation", tmp_path / "no" / "x.xlsx")[0] == 2


def test_allocation__names_that_look_like_formulas__stay_text(tmp_path: Path) -> None:
    file, out = save(tmp_path / "u.json", [UNIT | {"entity_id": "=1+1"}]), tmp_path / "o.xlsx"
    assert call("allocation", file, "--out", out)[0] == 0
    assert load_workbook(out)["units"]["B2"].data_type == "s"


def test_allocation__eight_thousand_rows__every_one_comes_back_explained(tmp_path: Path) -> None:
    rows = [
        UNIT
        | {
            "entity_id": f"E{n // 2}",
            "unit_id": str(n),
            "unit_class": "I",
            "year": 2025,
            "load_factor_pct": f"{30 + n % 50}",
        }
        for n in range(8000)
    ]
    out = tmp_path / "out.json"
    assert call("allocation", save(tmp_path / "big.json", {"units": rows}), "--out", out, "--explain")[0] == 0
    body = json.loads(out.read_text())
    assert [row["unit_id"] for row in body["units"]] == [str(n) for n in range(8000)]
    assert len(body["entities"]) == 4000
    assert len(body["explanations"]) == 8000 + 2 * 4000 + 1
