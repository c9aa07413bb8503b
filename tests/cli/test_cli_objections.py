"""Objections from the command line: signed with the service or offline, handed in once, refused with the rule."""

from pathlib import Path
from typing import Any

import pytest
from service_stage import PROVINCE, ServiceStage
from test_cli_service import PAPER, Terminal

from registry_sdk.documents import SignedObjection

pytestmark = pytest.mark.e2e

ACCOUNT = 7201
YEAR = 2025


@pytest.fixture(scope="module")
def terminal(stage: ServiceStage, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    terminal = Terminal(stage, tmp_path_factory.mktemp("objections"))
    for name in ("rep", "stranger"):
        terminal.new_key(name)
    stage.open_account(ACCOUNT, terminal.ring.find("rep").open("only for tests", None))
    return terminal


def object_(terminal: Terminal, *words: object, key: str = "rep", code: int = 0) -> Any:
    given = ("order", "object", "--account", ACCOUNT, "--year", YEAR, *words)
    return terminal.run(*given, "--key", key, "--password-file", terminal.password, code=code)


def test_object__signed_offline_and_submitted_twice__one_case_that_the_province_decides(
    terminal: Terminal, tmp_path: Path
) -> None:
    deployment, file = tmp_path / "deployment.json", tmp_path / "objection.json"
    terminal.stage.client.contracts.save(deployment)
    words = ("--statement", PAPER, "--subject", "VERIFICATION", "--deployment", deployment, "--out", file)
    written = object_(terminal, *words)
    assert written["id"] == "0x" + SignedObjection.model_validate_json(file.read_bytes()).digest().hex()
    assert "objection.json" in object_(terminal, *words, code=2)
    for _ in range(2):
        assert terminal.run("order", "submit", file)["id"] == written["id"]
    (case,) = terminal.stage.client.cases(account=ACCOUNT)
    assert (case["case_id"], case["state"], case["subject"]) == (written["id"], "OPEN", "VERIFICATION")
    decided = f'[{PROVINCE}, ["{written["id"]}"], true]'
    key = f"province-{PROVINCE}-0"
    terminal.officer("act", "cases", "decideObjections", "--args", decided, key=key)
    assert [c["state"] for c in terminal.stage.client.cases(account=ACCOUNT)] == ["UPHELD"]


def test_object__strangers_key_unknown_account_or_no_hash__refused(terminal: Terminal) -> None:
    refused = object_(terminal, "--statement", PAPER, key="stranger", code=1)
    assert refused["refusal"]["rule"] == "O-05"
    zero = object_(terminal, "--statement", "0x" + "00" * 32, code=1)
    assert zero["refusal"]["rule"] == "B-17"
    assert "O-12" in object_(terminal, "--account", 7999, "--statement", PAPER, code=2)
