"""Signing processes of institutions: own key, own copy of the evidence, own calculation; refusal on any difference."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from kill_processes import SIGNER_POINTS, is_killed, launch
from oracle_support import YEAR, Scene, recorded_events, wait_for
from test_oracle_sign import ACTIVITY, key_file, report_file

from oracles.accounting import account as calculate
from oracles.accounting import validate
from oracles.process import Oracle
from oracles.server import served
from oracles.signing import Signing
from oracles.signing.delivery import OracleClient
from oracles.signing.desk_folder import DeskFolder
from oracles.signing.process import Outcome, SigningProcess
from oracles.store import State
from registry_sdk.rpc import RpcClient
from registry_sdk.signers import EthereumSigner, Signer

TONNES = calculate(validate(ACTIVITY)).whole


@pytest.fixture
def oracle(scene: Scene) -> Iterator[tuple[Oracle, str]]:
    made = scene.oracle()
    with served(made) as address:
        yield made, address


def institution(scene: Scene, home: Path, signer: Signer, address: str) -> SigningProcess:
    folder = DeskFolder(home)
    folder.prepare()
    return SigningProcess(
        folder, Signing(RpcClient(scene.world.node.url), scene.deployment), signer, OracleClient(address)
    )


def decide(home: Path, name: str, account: int, tonnes: int = TONNES, **more: Any) -> Path:
    """Put a report into the folder of an institution, as its people do."""
    draft = home / f".{name}"
    home.mkdir(exist_ok=True)
    report_file(draft, account, tonnes, activity="activity.json", **more)
    (draft / "activity.json").write_text(json.dumps(ACTIVITY))
    (home / "reports").mkdir(exist_ok=True)
    return draft.rename(home / "reports" / name)


def only(process: SigningProcess) -> Outcome:
    (outcome,) = process.round()
    return outcome


def rule_of(outcome: Outcome) -> str | None:
    return outcome.reason["rule"] if outcome.reason else None


def events_of(scene: Scene, account: int) -> list[dict[str, Any]]:
    return [e for e in recorded_events(scene) if e["account"] == account]


@pytest.mark.e2e
def test_signer__two_institutions_in_processes_of_their_own__recorded(
    scene: Scene, tmp_path: Path, oracle: tuple[Oracle, str]
) -> None:
    desk, address = oracle
    account = scene.world.open_account()
    processes = []
    for name, signer in (("verifier", scene.verifier), ("province", scene.province)):
        decide(tmp_path / name, "plant-1", account)
        words = signer_words(scene, tmp_path / name, signer, address)
        processes.append(launch([*words, "--poll", "0.1"], tmp_path / f"{name}.log"))
    wait_for(lambda: desk.desk.store.count()[State.READY] == 1, "the statement never became complete")
    for process in processes:
        process.terminate()
        process.join(20)
        assert process.exitcode == 0
    assert desk.cycle().settled == 1
    assert scene.world.reader.figure(account, YEAR).tonnes == TONNES
    for name in ("verifier", "province"):
        assert (tmp_path / name / "signed" / "plant-1" / "statement.json").is_file()
        assert not any((tmp_path / name / "reports").iterdir())


@pytest.mark.kill
@pytest.mark.e2e
def test_signer__killed_at_every_boundary__one_statement_and_no_correction_of_itself(
    scene: Scene, tmp_path: Path, oracle: tuple[Oracle, str]
) -> None:
    desk, address = oracle
    accounts = [scene.world.open_account() for _ in SIGNER_POINTS]
    for account, point in zip(accounts, SIGNER_POINTS, strict=True):
        decide(tmp_path / "province", f"plant-{account}", account)
        only_round(scene, tmp_path / f"verifier-{account}", scene.verifier, address, account)
        words = signer_words(scene, tmp_path / "province", scene.province, address)
        assert is_killed(launch([*words, "--once"], tmp_path / "log", strike=(point, 1)))
        desk.cycle()  # what was handed in is on the chain before the process comes back
        again = launch([*words, "--once"], tmp_path / "log")
        again.join(30)
        assert again.exitcode == 0, (tmp_path / "log").read_text()
        desk.cycle()
    assert Counter(e["version"] for a in accounts for e in events_of(scene, a)) == {1: len(accounts)}
    signed = {path.name for path in (tmp_path / "province" / "signed").iterdir()}
    assert signed == {f"plant-{account}" for account in accounts}


def only_round(scene: Scene, home: Path, signer: Signer, address: str, account: int) -> None:
    decide(home, "plant", account)
    assert only(institution(scene, home, signer, address)).statement


def signer_words(scene: Scene, home: Path, signer: Signer, address: str) -> list[str]:
    key = key_file(home, signer)
    fixed = ["signer", str(home), "--key", str(key), "--password-file", str(home / "password")]
    fixed += ["--rpc", scene.world.node.url, "--deployment", str(scene.folder / "deployment.json")]
    return [*fixed, "--send", address]


def _other_document(folder: Path) -> None:
    (folder / "report.pdf").write_bytes(b"another report")


def _other_figures(folder: Path) -> None:
    changed = json.loads(json.dumps(ACTIVITY).replace("1000.5", "1100.5"))
    (folder / "activity.json").write_text(json.dumps(changed))
    report = json.loads((folder / "report.json").read_text())
    (folder / "report.json").write_text(json.dumps(report | {"tonnes": calculate(validate(changed)).whole}))


@pytest.mark.parametrize(
    ("change", "field"), [(_other_document, "reportHash"), (_other_figures, "tonnes")], ids=["document", "figures"]
)
def test_round__own_copy_differs_from_what_another_signed__refused_and_nothing_signed(
    scene: Scene, tmp_path: Path, oracle: tuple[Oracle, str], change: Any, field: str
) -> None:
    desk, address = oracle
    account = scene.world.open_account()
    only_round(scene, tmp_path / "verifier", scene.verifier, address, account)
    change(decide(tmp_path / "province", "plant", account))
    refused = only(institution(scene, tmp_path / "province", scene.province, address))
    assert (rule_of(refused), refused.reason and refused.reason["args"]["field"]) == ("V-09", field)
    folder = tmp_path / "province" / "refused" / "plant"
    assert json.loads((folder / "reason.json").read_text()) == refused.reason
    assert not (folder / "statement.json").exists()
    assert desk.cycle().settled == 0
    assert not events_of(scene, account)


def test_round__figure_does_not_follow_from_the_activity__refused(
    scene: Scene, tmp_path: Path, oracle: tuple[Oracle, str]
) -> None:
    decide(tmp_path, "plant", scene.world.open_account(), TONNES + 1)
    assert rule_of(only(institution(scene, tmp_path, scene.verifier, oracle[1]))) == "V-06"


def test_round__declared_total__never_signed_without_a_person(
    scene: Scene, tmp_path: Path, oracle: tuple[Oracle, str]
) -> None:
    folder = decide(tmp_path, "plant", scene.world.open_account())
    report = json.loads((folder / "report.json").read_text())
    del report["activity"]
    (folder / "report.json").write_text(json.dumps(report))
    assert rule_of(only(institution(scene, tmp_path, scene.verifier, oracle[1]))) == "V-07"


def test_round__statement_of_another_beside_the_report__joined_only_where_equal(
    scene: Scene, tmp_path: Path, oracle: tuple[Oracle, str]
) -> None:
    _, address = oracle
    account = scene.world.open_account()
    only_round(scene, tmp_path / "verifier", scene.verifier, address, account)
    theirs = tmp_path / "verifier" / "signed" / "plant" / "statement.json"
    shutil.copy(theirs, decide(tmp_path / "province", "equal", account) / "statement.json")
    joined = only(institution(scene, tmp_path / "province", scene.province, address))
    assert joined.statement
    assert len(joined.statement.approvals) == 2

    other = scene.world.open_account()
    shutil.copy(theirs, decide(tmp_path / "province", "other", other) / "statement.json")
    assert rule_of(only(institution(scene, tmp_path / "province", scene.province, address))) == "V-09"


def test_round__oracle_away__kept_and_signed_later(scene: Scene, tmp_path: Path, oracle: tuple[Oracle, str]) -> None:
    account = scene.world.open_account()
    folder = decide(tmp_path, "plant", account)
    with pytest.raises(httpx.TransportError):
        list(institution(scene, tmp_path, scene.verifier, "http://127.0.0.1:9").round())
    assert folder.is_dir()
    assert only(institution(scene, tmp_path, scene.verifier, oracle[1])).statement


def test_round__signer_of_another_province__refused(scene: Scene, tmp_path: Path, oracle: tuple[Oracle, str]) -> None:
    decide(tmp_path, "plant", scene.world.open_account())
    outcome = only(institution(scene, tmp_path, scene.other_province, oracle[1]))
    assert outcome.reason
    assert outcome.reason["error"] == "OtherProvince"


def test_round__threshold_raised_after_signing__void_everywhere(
    scene: Scene, tmp_path: Path, oracle: tuple[Oracle, str]
) -> None:
    desk, address = oracle
    account, second = scene.world.open_account(), scene.world.open_account()
    for name, signer in (("verifier", scene.verifier), ("province", scene.province)):
        only_round(scene, tmp_path / name, signer, address, account)
    assert desk.desk.store.count()[State.READY] == 1
    decide(tmp_path / "late", "plant", second)
    with pytest.raises(httpx.TransportError):  # signed and written, never handed in
        list(_without_delivery(institution(scene, tmp_path / "late", scene.verifier, address)).round())

    centre = EthereumSigner.create()
    scene.world.office.act("emissions", "setSigner", centre.signer, 3, 0)
    scene.world.office.act("emissions", "setThreshold", 3, 0b1110)
    try:
        assert desk.cycle().settled == 0
        (shown,) = OracleClient(address).rivals(desk.desk.store.page()[0].statement.message)
        assert (shown["state"], shown["is_final"], shown["refusal"]["error"]) == ("refused", True, "StaleConfig")
        late = only(institution(scene, tmp_path / "late", scene.verifier, address))
        assert late.reason
        assert late.reason["error"] == "StaleConfig"
        # signed anew under the new configuration by all three it counts
        for name, signer in (("verifier", scene.verifier), ("province", scene.province), ("centre", centre)):
            only_round(scene, tmp_path / name, signer, address, account)
        assert desk.cycle().settled == 1
        assert len(events_of(scene, account)) == 1
    finally:
        scene.world.office.act("emissions", "setThreshold", 2, 0b0110)


def _without_delivery(process: SigningProcess) -> SigningProcess:
    def cut(_: Any) -> Any:
        raise httpx.ConnectError("cut")

    object.__setattr__(process.oracle, "hand_in", cut)
    return process


def test_rivals__route__statements_of_one_version_only(
    scene: Scene, tmp_path: Path, oracle: tuple[Oracle, str]
) -> None:
    desk, address = oracle
    account = scene.world.open_account()
    for tonnes in (1, 2):
        desk.desk.receive(scene.statement(account, scene.verifier, tonnes=tonnes))
    desk.desk.receive(scene.statement(account, scene.verifier, version=2))
    message = scene.statement(account).message
    assert sorted(each["tonnes"] for each in OracleClient(address).rivals(message)) == [1, 2]
