"""Templates: every kind is written, reads back, and what is filled in comes out as it was meant."""

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from oracles.accounting import RefusedError, account
from oracles.accounting.workbook import read_workbook
from oracles.sheets.template import COLUMNS as COLUMNS_SHEET
from oracles.sheets.template import GUIDE
from oracles.sources.evidence_sheet import COLUMNS, EvidenceSheet, read_evidence
from oracles.sources.templates import TEMPLATES
from registry_cli.oracle import app
from registry_sdk.evidence.duties import missing_duties

HEADS = {column.key: column.header for column in COLUMNS}


@pytest.mark.parametrize("kind", list(TEMPLATES))
def test_template__every_kind__bilingual_protected_with_lists_and_notes(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "t.xlsx"
    TEMPLATES[kind](path, 2025, 3)
    book = load_workbook(path)
    assert book.sheetnames[-2:] == [COLUMNS_SHEET, GUIDE]
    for sheet in book.worksheets[:-2]:
        assert sheet.protection.sheet
        assert sheet["A1"].protection.locked
        assert sheet.data_validations.dataValidation
        labels = sheet[1] if sheet.max_column > 2 or sheet.max_row == 1 else [row[0] for row in sheet.rows]
        assert all(" / " in str(cell.value) for cell in labels)
    assert not book.worksheets[1].column_dimensions["B"].protection.locked
    assert book[GUIDE].max_row > 1


@pytest.mark.parametrize("kind", ["power", "steel", "cement", "aluminium"])
def test_template__activity_as_csv__same_figure_as_the_workbook(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "t.csv"
    TEMPLATES[kind](path, 2024, None)
    heads = path.read_text("utf-8-sig").strip().split(",")
    rows = {
        "power": {
            "flow": "fuel",
            "item": "coal",
            "amount": "850000",
            "heat_value": "19.876",
            "heat_value_unit": "GJ/t",
        },
        "steel": {"flow": "carbonate", "item": "limestone", "amount": "600000"},
        "cement": {"flow": "clinker", "item": "portland", "amount": "1550000"},
        "aluminium": {"flow": "aluminium", "item": "primary_aluminium", "amount": "500000"},
    }
    row = {"entity": "E", "sector": kind, "year": "2024", "id": "a", "amount_unit": "t"} | rows[kind]
    row |= {"heat_value_unit": "GJ/t"} if kind == "power" else {}
    out = {"entity": "E", "sector": kind, "year": "2024", "id": "o", "flow": "output", "item": "crude_steel"}
    cells = [[each.get(head.split(" / ")[1].split(" [")[0], "") for head in heads] for each in (row,)]
    if kind == "steel":
        out |= {"amount": "1000000", "amount_unit": "t"}
        cells.append([out.get(head.split(" / ")[1].split(" [")[0], "") for head in heads])
    path.write_text("\n".join(",".join(each) for each in (heads, *cells)), encoding="utf-8-sig")
    report, _ = read_workbook(path)
    values = {"power": "1891950.23", "steel": "264000.00", "cement": "829250.00", "aluminium": "866996.00"}
    assert f"{account(report).value:f}" == values[kind]
    assert len(report.outputs) == (kind == "steel")


def evidence(path: Path, *rows: dict[str, object]) -> Path:
    TEMPLATES["evidence-power"](path, 2025, 3)
    book = load_workbook(path)
    book.worksheets[0]["B1"] = "1001"
    places = {str(cell.value): cell.column for cell in book.worksheets[1][1]}
    for number, row in enumerate(rows, start=2):
        for key, value in row.items():
            book.worksheets[1].cell(number, places[HEADS[key]], value)
    book.save(path)
    (path.parent / "scale.pdf").write_bytes(b"ticket")
    return path


COAL: dict[str, object] = {
    "kind": "fuel_amount",
    "value": 70123.5,
    "unit": "t",
    "document": "scale.pdf",
    "meter": "M-1",
}
COAL["calibrated_until"] = date(2025, 12, 31)
LOAD: dict[str, object] = {"kind": "load_factor", "value": 0.81, "unit": "1", "document": "ab" * 32}


def test_evidence__filled_in__items_of_the_month(tmp_path: Path) -> None:
    found = read_evidence(evidence(tmp_path / "e.xlsx", COAL | {"source": "coal-1"}, LOAD))
    assert (found.entity, found.sector, found.year, found.month) == ("1001", "power", 2025, 3)
    first, second = found.to_json()
    assert first == {
        "kind": "fuel_amount/coal-1", "value": "70123.5", "unit": "t", "file": "scale.pdf", "meter": "M-1",
        "calibrated_until": "2025-12-31", "time": "2025-03-31T16:00:00Z",
    }  # fmt: skip
    assert second["document"] == "0x" + "ab" * 32
    assert len(missing_duties("power", [each.code for each in found.items])) > 0


def problems(path: Path) -> list[str]:
    with pytest.raises(RefusedError) as caught:
        read_evidence(path)
    assert all(each.valid.zh and each.valid.en for each in caught.value.refusals)
    return [f"{each.where.partition('!')[2]} [{each.rule}] {each.problem.en}" for each in caught.value.refusals]


def test_evidence__every_mistake_at_once__with_cell_and_rule(tmp_path: Path) -> None:
    path = evidence(
        tmp_path / "e.xlsx",
        COAL | {"unit": "kg"},
        COAL | {"kind": "gold"},
        COAL | {"document": "absent.pdf", "source": "b"},
        COAL | {"document": "../e.xlsx", "source": "c"},
        LOAD | {"value": "0,81"},
        LOAD | {"meter": "M-2"},
        LOAD | {"time": datetime(2025, 4, 1, 0, 1), "source": "d"},
        COAL,
    )
    assert problems(path) == [
        "D2 [D-06] given in kg",
        "A3 [D-06] unknown item gold",
        "E4 [D-06] there is no file absent.pdf",
        "E5 [D-06] there is no file ../e.xlsx",
        "C6 [D-06] '0,81' is not a number",
        "G7 [D-16] is not valid",
        "H8 [D-06] 2025-04-01T00:01:00 is not in the month",
        "A9 [D-06] the same as row 2",
    ]


def test_evidence__csv__head_from_the_caller(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    TEMPLATES["evidence-power"](path, 2025, None)
    path.write_text(path.read_text("utf-8-sig") + f"load_factor,,0.81,1,{'ab' * 32},,,\n", encoding="gb18030")
    assert len(problems(path)) == 4
    head = {"entity": "1001", "sector": "power", "year": 2025, "month": 2}
    found = read_evidence(path, head)
    assert isinstance(found, EvidenceSheet)
    assert found.to_json()[0]["time"] == "2025-02-28T16:00:00Z"


def invoke(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout


def test_command__template_and_items__list_for_filing(tmp_path: Path) -> None:
    assert invoke("template", "evidence-power", tmp_path / "t.xlsx", "--year", "2025", "--month", "3")[0] == 0
    out = tmp_path / "items.json"
    assert invoke("source", "items", evidence(tmp_path / "e.xlsx", COAL), "--out", out, "--json")[0] == 0
    assert json.loads(out.read_text())[0]["file"] == "scale.pdf"
    assert invoke("source", "items", evidence(tmp_path / "e.xlsx", COAL | {"unit": "kg"}))[0] == 2


@pytest.mark.parametrize("arguments", [("gold", "t.xlsx"), ("power", "t.pdf"), ("power", "no/t.xlsx")])
def test_command__no_such_template__exit_2(tmp_path: Path, arguments: tuple[str, str]) -> None:
    assert invoke("template", arguments[0], tmp_path / arguments[1])[0] == 2
