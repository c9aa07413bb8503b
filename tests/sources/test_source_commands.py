"""`registry oracle source` from registration to an item of evidence, as a person would type it."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from source_builders import KEY
from typer.testing import CliRunner

from registry_cli.calc.emissions import emissions
from registry_cli.oracle import app
from registry_sdk import keystore


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ORACLE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "paper.pdf").write_bytes(b"certificate")
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["source", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def register() -> None:
    assert run("meter", "M-1", "--entity", "plant-1", "--kind", "belt_scale", "--accuracy", "0.5")[0] == 0
    days = ("--from", "2020-01-01", "--until", "2099-12-31")
    assert run("certificate", "M-1", "C-1", "paper.pdf", *days)[0] == 0
    name = ("--entity", "plant-1", "--meter", "M-1", "--key", KEY.address, "--kind", "fuel_amount", "--unit", "t")
    assert run("device", "scale-1", *name, "--low", "0", "--high", "500")[0] == 0


def test_source__registered_signed_imported__item_with_its_document(home: Path) -> None:
    register()
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    rows = [
        {"device": "scale-1", "sequence": n, "time": f"{at + timedelta(seconds=n):%Y-%m-%dT%H:%M:%SZ}"}
        | {"kind": "fuel_amount", "value": "10.25", "unit": "t"}
        for n in range(1, 4)
    ]
    (home / "u.jsonl").write_text("\n".join(map(json.dumps, rows)))
    keystore.save(home / "dev.json", KEY, "pw")
    (home / "pw").write_text("pw\n")
    signing = ("--key", "dev.json", "--password-file", "pw", "--out", "s.jsonl")
    assert run("sign", "u.jsonl", *signing)[0] == 0
    assert json.loads(run("import", "s.jsonl", "--json")[1])["outcomes"] == {"stored": 3}
    assert run("import", "s.jsonl")[0] == 0
    month = f"{at + timedelta(hours=8):%Y-%m}"
    (item,) = json.loads(run("month", "plant-1", month, "--out", "m", "--json")[1])["items"]
    assert (item["kind"], item["value"], item["meter"]) == ("fuel_amount/scale-1", "30.75", "M-1")
    (filed,) = json.loads((home / "m" / "items.json").read_text())
    paper = (home / "m" / filed["file"]).read_bytes()
    assert item["document"] == "0x" + hashlib.sha256(paper).hexdigest()
    assert run("export", "scale-1", month, "--out", "e.jsonl")[0] == 0
    assert (home / "e.jsonl").read_bytes() == paper
    (home / "bad.jsonl").write_text((home / "s.jsonl").read_text().replace("10.25", "11.25"))
    assert run("import", "bad.jsonl")[0] == 2
    found = json.loads(run("list", "refusals", "--json")[1])["items"]
    assert {each["rule"] for each in found} == {"M-05", "M-07"}
    for what in ("meters", "devices", "files", "refusals", "counts"):
        assert run("list", what)[0] == 0


def test_source__meters_for_accounting__register_decides(home: Path) -> None:

    program = typer.Typer()
    program.command()(emissions)
    register()
    (home / "meters.json").write_text(run("list", "meters", "--json")[1])
    amount = {"value": "1000", "unit": "t", "meter": {"id": "M-1", "kind": "belt_scale"}}
    source = {"id": "c", "flow": "fuel", "item": "coal", "amount": amount}
    (home / "r.json").write_text(json.dumps({"entity": "p", "sector": "power", "year": 2024, "sources": [source]}))
    results = [
        json.loads(CliRunner().invoke(program, ["r.json", "--json", *more]).stdout)
        for more in ([], ["--meters", "meters.json"])
    ]
    # without the register the report's meter shows no certificate: the amount is raised by the largest error
    assert float(results[0]["value"]) == pytest.approx(float(results[1]["value"]) * 1.005)


@pytest.mark.parametrize(
    "arguments",
    [
        ("meter", "M-1", "--entity", "p", "--kind", "ruler"),
        ("certificate", "M-9", "C", "paper.pdf", "--from", "2025-01-01", "--until", "2025-12-31"),
        ("certificate", "M-9", "C", "absent.pdf", "--from", "2025-01-01", "--until", "2025-12-31"),
        ("month", "plant-1", "2025-13"),
        ("export", "scale-9", "2025-03", "--out", "x"),
        ("retire", "scale-9"),
        ("import", "absent.jsonl"),
        ("file", "power", "absent.xlsx"),
        ("file", "gold", "paper.pdf"),
        ("file", "power", "paper.pdf"),
    ],
)
def test_source__wrong_input__exit_2_without_a_trace(home: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == 2
