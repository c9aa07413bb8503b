"""A round of carry-over through the service and the officers' commands, and what its routes refuse (rule C-10)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from api_stage import DAY, ApiStage, printed, refused
from openpyxl import load_workbook
from typer.testing import CliRunner

from registry_cli.main import build
from registry_sdk import keystore
from registry_sdk.signers import EthereumSigner

ROUND, OLD, NEW = 1, 2024, 2025
PASSWORD = "only for tests"
PAPER = "0x" + "77" * 32


def _second(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+08:00").timestamp())


@dataclass
class Desk:
    """Officers at their commands, and two firms: ``seller`` sold 20,000 t, ``holder`` nothing."""

    stage: ApiStage
    folder: Path
    seller: int
    holder: int
    met: Path

    def run(self, *words: object, key: str = "", code: int = 0) -> Any:
        """Standard output as JSON, or standard error where nothing came out."""
        place = ["--url", self.stage.client.url, "--home", str(self.folder), "--json"]
        signing = ["--key", key, "--password-file", str(self.folder / "password")] if key else []
        done = CliRunner().invoke(build("officer"), ["officer", *map(str, words), *place, *signing])
        assert done.exit_code == code, f"{done.exit_code}: {done.stderr} {done.exception!r}"
        return printed(done.stdout) if "{\n" in done.stdout else done.stderr

    def propose(self, *words: object, code: int = 0) -> Any:
        return self.run("carryover", *words, "--reason", 7, "--paper", PAPER, key="maker", code=code)

    def approve(self, proposed: Any, key: str = "registry") -> None:
        for act in proposed["acts"]:
            assert self.run("approve", act["id"], key=key)["state"] == "EXECUTED"

    def limits(self, name: str, *options: object, code: int = 0) -> Any:
        return self.run("carryover", "limits", ROUND, "--out", self.folder / name, *options, code=code)

    def held(self, account: int, vintage: int) -> tuple[int, int]:
        found = self.stage.reader.holding("allowances", account, vintage)
        return found.registry, found.locked


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The window is over, the round is set and open; nobody has computed limits yet."""
    folder = tmp_path_factory.mktemp("carryover")
    stage = ApiStage(folder / "home", start_at=_second("2025-12-30T00:00:00")).start()
    try:
        stage.deploy()
        seller, holder, bank = stage.open_account(), stage.open_account(), stage.open_account(kind=3)
        for vintage in (OLD, NEW):
            stage.act("allowances", "openVintage", vintage)
        stage.issue({seller: 60_000, holder: 15_000}, OLD)
        stage.done(stage.post("/v1/orders", stage.order("transfer", seller, to=bank, unit=OLD, quantity=20_000)))
        stage.client.advance_clock(_second("2026-01-04T00:00:00"))
        cut_off, opens = _second("2025-12-31T23:59:00"), _second("2026-01-01T00:00:00")
        stage.act("carryover", "setRound", ROUND, (2019, 2024, NEW, 10_000, 15_000, cut_off))
        stage.act("carryover", "setBatch", ROUND, 1, (opens, opens + 90 * DAY, opens + 95 * DAY, False))
        (folder / "password").write_text(PASSWORD)
        seats = stage.staff.seats
        officers = {"maker": seats["REGISTRY"][0], "registry": seats["REGISTRY"][1], "ministry": seats["MINISTRY"][0]}
        for name, officer in officers.items():
            assert isinstance(officer, EthereumSigner)
            keystore.save(folder / "keys" / f"{name}.json", officer, PASSWORD)
        met = folder / "met.csv"
        met.write_text("year,account\n" + "".join(f"{y},{a}\n" for y in (2023, 2024) for a in (seller, holder)))
        yield Desk(stage, folder, seller, holder, met)
    finally:
        stage.stop()


def _apply(desk: Desk, account: int, quantity: int) -> None:
    order = desk.stage.order("carry-over", account, round=ROUND, vintage=OLD, quantity=quantity)
    desk.stage.done(desk.stage.post("/v1/orders", order))


def test_carryover__computed_approved_delivered_applied_decided__units_of_the_new_vintage(desk: Desk) -> None:
    made = desk.limits("limits.json", "--met", desk.met)
    assert (made["rows"], made["total"], made["firms"]) == (2, 40_000 + 10_000, 2)
    approved = desk.propose("approve", desk.folder / "limits.json")
    assert approved["table"]["root"] == made["root"]
    desk.approve(approved, "ministry")
    assert desk.stage.get(f"/v1/carry-over/{ROUND}").json()["table"]["root"] == made["root"]
    for _ in range(2):
        assert desk.run("carryover", "deliver", desk.folder / "limits.json")["root"] == made["root"]
    _apply(desk, desk.seller, 25_000)
    _apply(desk, desk.holder, 10_000)
    shown = desk.stage.get(f"/v1/carry-over/{ROUND}/limits", account=desk.seller).json()["items"]
    assert [(row["tonnes"], row["used"], row["left"]) for row in shown] == [(40_000, 25_000, 15_000)]
    waiting = desk.stage.get(f"/v1/carry-over/{ROUND}/applications").json()["items"]
    assert {(row["account"], row["vintage"], row["locked"]) for row in waiting} == {
        (desk.seller, OLD, 25_000),
        (desk.holder, OLD, 10_000),
    }
    decided = desk.propose("decide", ROUND, "--batch", 1)
    assert (decided["applications"], decided["tonnes"]) == (2, 35_000)
    desk.approve(decided)
    assert desk.held(desk.seller, OLD) == (15_000, 0)
    assert desk.held(desk.seller, NEW) == (25_000, 0)
    assert desk.stage.get(f"/v1/carry-over/{ROUND}/applications").json() == {"items": []}

    _apply(desk, desk.seller, 5_000)
    desk.approve(desk.propose("decide", ROUND, "--batch", 1, "--refuse"))
    assert desk.held(desk.seller, OLD) == (15_000, 0)


def test_limits__written_for_people__workbook_with_rows_and_every_firm_explained(desk: Desk) -> None:
    desk.limits("limits.xlsx", "--met", desk.met)
    book = load_workbook(desk.folder / "limits.xlsx")
    assert [tuple(cell.value for cell in row) for row in book["limits"].rows] == [
        ("account", "tonnes"),
        (desk.seller, 40_000),
        (desk.holder, 10_000),
    ]
    head, first, _ = ([cell.value for cell in row] for row in book["firms"].rows)
    firm = dict(zip(head, first, strict=True))
    assert (firm["sold_t"], firm["holding"], firm["formula_cap"], firm["eligible"]) == (20_000, 40_000, 40_000, True)


def test_limits__list_missing_or_wrong__refused_with_the_row_and_nothing_written(desk: Desk) -> None:
    out = desk.folder / "none.json"
    assert "2023, 2024" in desk.limits("none.json", code=2)
    bad = desk.folder / "bad.csv"
    for line in ("2023,x", "0,5", "2023,-1", "70000,5"):
        bad.write_text(f"year,account\n2023,{desk.seller}\n{line}\n")
        assert "bad.csv 第 3 行 row 3" in desk.limits("none.json", "--met", bad, code=2)
    bad.write_text("year,account\n2023,999\n2024,999\n")
    assert "没有可结转的企业 no firm" in desk.limits("none.json", "--met", bad, code=2)
    assert ".json, .xlsx" in desk.limits("none.csv", "--met", desk.met, code=2)
    assert "round 9 is not set" in desk.run("carryover", "limits", 9, "--out", out, "--met", desk.met, code=2)
    assert not out.exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": [{"account": 1001, "tonnes": 40_001}]}, "not the limits that the chain gives"),
        ({"rows": []}, "must be a list with at least one row"),
        ({"rows": [{"account": 1001, "tonnes": "1.5"}]}, "row 1: tonnes"),
        ({"rows": [{"account": 1001, "tonnes": 1}, {"account": 1001, "tonnes": 1}]}, "each account once"),
        ({"round": -1}, "whole number from 0 to 65535"),
        ({"met_elsewhere": {}}, "must be a list"),
        ({"met_elsewhere": [[2023, 1]]}, "row 1"),
        ({"met_elsewhere": [{"year": 2023, "account": -1}]}, "row 1"),
    ],
)
def test_approve__altered_or_broken_file__refused_before_anything_is_signed(
    desk: Desk, change: dict[str, Any], message: str
) -> None:
    desk.limits("sound.json", "--met", desk.met)
    file = desk.folder / "altered.json"
    file.write_text(json.dumps(json.loads((desk.folder / "sound.json").read_text()) | change))
    acts = len(list(desk.stage.client.acts()))
    assert message in desk.propose("approve", file, code=2)
    assert len(list(desk.stage.client.acts())) == acts


def test_decide__nothing_waits_in_the_batch__refused(desk: Desk) -> None:
    assert "no application of batch 2 waits" in desk.propose("decide", ROUND, "--batch", 2, code=2)


def test_routes__unknown_round_other_table_or_bad_rows__refused_by_rule(desk: Desk) -> None:
    for path in ("", "/limits", "/applications"):
        refused(desk.stage.get(f"/v1/carry-over/9{path}"), "C-10")
    rows = [{"account": desk.seller, "tonnes": 1}]
    other = json.dumps({"rows": rows}).encode()
    refused(desk.stage.post(f"/v1/carry-over/{ROUND}/limits", other), "C-10f")
    refused(desk.stage.post(f"/v1/carry-over/{ROUND}/limits", json.dumps({"rows": rows * 2}).encode()), "C-10f")
    for body in ({"rows": []}, {"rows": [{"account": 0, "tonnes": 1}]}, {"rows": rows, "chunk_size": 401}, {"x": 1}):
        answer = desk.stage.post(f"/v1/carry-over/{ROUND}/limits", json.dumps(body).encode())
        assert answer.status_code == 422, answer.text
    assert [row["round"] for row in desk.stage.get("/v1/carry-over").json()["items"]] == [ROUND]
