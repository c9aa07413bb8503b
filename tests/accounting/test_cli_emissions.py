"""`registry calc emissions`: figures, refusals with exit code 2, templates, never a traceback."""

import json
from pathlib import Path

import pytest
import typer
from accounting_builders import figure, report, row
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from registry_cli.calc.emissions import emissions, emissions_template

app = typer.Typer()
app.command("emissions")(emissions)
app.command("template")(emissions_template)


def call(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    source = row("a", "fuel", "coal", "850000", heat_value=figure("19.876", "GJ/t"))
    path.write_text(json.dumps(report("power", 2024, source)), encoding="utf-8")
    return path


def test_emissions__json_report__figure_and_lines(document: Path) -> None:
    body = json.loads(call("emissions", document, "--json").stdout)
    assert (body["ok"], body["value"], body["whole_tonnes"]) == (True, "1891950.23", 1891950)
    assert body["lines"][0]["formula"] == "850000 t × 19.876 GJ/t × 0.03085 tC/GJ × 0.99 × 44/12"
    assert body["defaults"][0]["rule"] == "D-03"


def test_emissions__explain__table_and_steps_on_screen(document: Path) -> None:
    result = call("emissions", document, "--explain")
    assert result.exit_code == 0
    assert "1,891,950.23" in result.stdout
    assert "公式" in result.stdout


def test_emissions__explain_json__explained_result(document: Path) -> None:
    body = json.loads(call("emissions", document, "--json", "--explain").stdout)
    assert body["explanation"]["parts"][0]["rules"] == ["D-02", "D-03a"]


def test_emissions__evidence_required__conservative(document: Path) -> None:
    plain = json.loads(call("emissions", document, "--json").stdout)
    strict = json.loads(call("emissions", document, "--json", "--evidence-required").stdout)
    assert float(strict["value"]) > float(plain["value"])


def test_emissions__laboratory_list__read(document: Path, tmp_path: Path) -> None:
    labs = tmp_path / "labs.json"
    labs.write_text(
        '[{"id": "L", "mark": "CMA", "items": [], "validity": {"first": "2024-01-01", "last": "2025-01-01"}}]'
    )
    assert call("emissions", document, "--labs", labs).exit_code == 0
    labs.write_text('{"a": 1}')
    assert call("emissions", document, "--labs", labs).exit_code == 2


def test_emissions__parameter_override__2026_can_be_calculated(tmp_path: Path) -> None:
    path, override = tmp_path / "r.json", tmp_path / "p.json"
    measured = {"heat_value": figure("20", "GJ/t"), "carbon_per_heat": figure("0.026", "tC/GJ")}
    path.write_text(json.dumps(report("power", 2026, row("a", "fuel", "coal", "1000", **measured))))
    assert call("emissions", path).exit_code == 2
    value = {"value": "0.985", "from": "2026-01-01", "to": None, "source": ["S20"], "confidence": "M"}
    override.write_text(json.dumps({"parameters": {"oxidation_coal": {"values": [value]}}}))
    body = json.loads(call("emissions", path, "--parameters", override, "--json").stdout)
    assert body["value"] == "1878.07"  # 1000 x 20 x 0.026 x 0.985 x 44/12
    override.write_text("{")
    assert call("emissions", path, "--parameters", override).exit_code == 2


def test_emissions__refused_input__every_reason_and_exit_2(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps(report("power", 2024, row("a", "fuel", "coal", "-1"), row("b", "fuel", "coal", "x"))))
    result = call("emissions", path, "--json")
    assert result.exit_code == 2
    body = json.loads(result.stdout)
    assert [each["where"] for each in body["refusals"]] == ["sources[0].amount.value", "sources[1].amount.value"]
    shown = call("emissions", path)
    assert shown.exit_code == 2
    assert "D-07" in shown.stderr


@pytest.mark.parametrize("name", ["absent.json", "absent.xlsx", "."])
def test_emissions__no_such_file__exit_2(tmp_path: Path, name: str) -> None:
    assert call("emissions", tmp_path / name).exit_code == 2


def test_emissions__hundred_megabytes_of_json__exit_2(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    assert call("emissions", path).exit_code == 2


def test_template__filled_by_hand__calculated(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    assert call("template", path, "--sector", "aluminium", "--year", "2024").exit_code == 0
    book = load_workbook(path)
    book.worksheets[0]["B1"] = "E-0001"
    heads = [str(cell.value) for cell in book.worksheets[1][1]]
    filled = {"id": "p", "flow": "aluminium", "item": "primary_aluminium", "amount": 500000, "amount_unit": "t"}
    for key, value in filled.items():
        place = next(index for index, head in enumerate(heads, start=1) if head.split(" / ")[1] == key)
        book.worksheets[1].cell(2, place, value)
    book.save(path)
    assert json.loads(call("emissions", path, "--json").stdout)["value"] == "866996.00"


@pytest.mark.parametrize("arguments", [["--sector", "glass", "--year", "2024"]])
def test_template__unknown_sector__exit_2(tmp_path: Path, arguments: list[str]) -> None:
    assert call("template", tmp_path / "t.xlsx", *arguments).exit_code == 2


def test_emissions__worked_examples__compared_and_exit_1_on_a_difference(tmp_path: Path) -> None:
    path = tmp_path / "examples.json"
    example = {"id": "X", "rule": "D-13", "inputs": {"clinker_t": 100}, "expected": {"process": "53.50"}}
    path.write_text(json.dumps({"worked_examples": [example]}))
    assert call("emissions", path).exit_code == 0
    path.write_text(json.dumps({"worked_examples": [example | {"expected": {"process": "53.51"}}]}))
    assert call("emissions", path, "--json").exit_code == 1
    path.write_text('{"worked_examples": [1]}')
    assert call("emissions", path).exit_code == 2
