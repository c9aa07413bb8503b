"""`registry oracle quality`: check, file, answer, decide; refusals with exit code 2, never a traceback."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from quality_builders import plant
from typer.testing import CliRunner, Result

from registry_cli.oracle_quality import app


def call(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def monthly(entity: str = "1001", **changes: dict[str, Any]) -> dict[str, Any]:
    """An honest year; ``changes`` by "item/month"."""
    rows = []
    for each in plant(entity=entity):
        row: dict[str, Any] = {"year": each.year, "month": each.month, "item": each.item, "value": each.written}
        row |= {"unit": each.unit, "submitted": str(each.submitted)}
        if each.lab:
            lab = each.lab
            row["lab"] = {"report": lab.report, "laboratory": lab.laboratory, "value": each.written, "mark": lab.mark}
            row["lab"] |= {"listed": True, "valid_until": str(lab.valid_until), "tested_on": str(lab.tested_on)}
        rows.append(row | changes.get(f"{each.item}/{each.month}", {}))
    return {"kind": "monthly", "entity": entity, "sector": "power", "items": rows}


def write(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_check__honest_year__nothing_and_exit_0(tmp_path: Path) -> None:
    result = call("check", write(tmp_path / "a.json", monthly()), "--year", "2025", "--json")
    assert (result.exit_code, json.loads(result.stdout)["findings"]) == (0, [])


def test_check_answer_accept__severe_finding__stays_on_file_with_its_history(tmp_path: Path) -> None:
    home = ("--home", tmp_path / "home")
    file = write(tmp_path / "a.json", monthly(**{"generation/3": {"unit": "kWh"}}))
    checked = call("check", file, "--year", "2025", "--record", "--who", "Wang, province", *home, "--json")
    assert checked.exit_code == 1
    found = json.loads(checked.stdout)["findings"]
    unit = next(each for each in found if each["finding"]["code"] == "Q-UNIT")
    assert unit["finding"]["figures"]["converted"] != "-"
    proof = tmp_path / "log.pdf"
    proof.write_bytes(b"log book")
    answered = call(
        "answer", unit["case"], "--who", "Li, firm", "--text", "typed wrongly", "--document", proof, *home, "--json"
    )
    assert json.loads(answered.stdout)["entries"][1]["body"]["document"] == hashlib.sha256(b"log book").hexdigest()
    assert call("accept", unit["case"], "--who", "Li, firm", "--text", "fine", *home).exit_code == 2
    assert call("accept", unit["case"], "--who", "Wang, province", "--text", "seen", *home).exit_code == 0
    shown = json.loads(call("show", unit["case"], *home, "--json").stdout)
    assert (shown["state"], shown["blocks"], shown["journal_broken_at"]) == ("accepted", False, None)
    listed = json.loads(call("list", "--state", "accepted", *home, "--json").stdout)
    assert [each["case"] for each in listed] == [unit["case"]]
    assert "已认可" in call("show", unit["case"], *home).stdout


def test_check__two_firms_with_one_series__told_of_both(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{name}.json", monthly(name)) for name in ("1001", "1002")]
    found = json.loads(call("check", *files, "--year", "2025", "--json").stdout)["findings"]
    assert {each["code"] for each in found} == {"Q-SAME-SERIES"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"heat_value/1": {"value": "-1"}}, "value"),
        ({"heat_value/1": {"value": "NaN"}}, "value"),
        ({"heat_value/1": {"month": 13}}, "month"),
        ({"heat_value/1": {"more": 1}}, "more"),
        ({"heat_value/1": {"submitted": "2025-02-30"}}, "submitted"),
    ],
)
def test_check__bad_input__refused_with_the_place(tmp_path: Path, change: Any, told: str) -> None:
    result = call("check", write(tmp_path / "a.json", monthly(**change)), "--year", "2025")
    assert result.exit_code == 2
    assert "W-05" in result.stderr
    assert told in result.stderr


def test_list__unknown_state__names_the_known_ones(tmp_path: Path) -> None:
    result = call("list", "--state", "closed", "--home", tmp_path / "home")
    assert result.exit_code == 2
    assert "accepted" in result.stderr


def test_check__annual_report_with_monthly_rows__asks_for_no_items_that_reports_do_not_hold(tmp_path: Path) -> None:
    sources = [
        {
            "id": f"coal-{month}",
            "flow": "fuel",
            "item": "bituminous",
            "month": month,
            "unit_class": "conventional_coal",
            "amount": {"value": str(1000 + month * 7), "unit": "t"},
        }
        for month in range(1, 13)
    ]
    report = {"entity": "1001", "sector": "power", "year": 2025, "sources": sources}
    result = call("check", write(tmp_path / "report.json", report), "--year", "2025", "--json")
    assert json.loads(result.stdout)["findings"] == []
    missing = call("check", write(tmp_path / "b.json", report | {"sources": sources[:11]}), "--year", "2025", "--json")
    assert {each["code"] for each in json.loads(missing.stdout)["findings"]} == {"Q-MISSING"}
