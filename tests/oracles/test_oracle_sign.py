"""Signers in processes of their own, with keys of their own, who calculate again before they sign."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from oracle_support import PASSWORD, YEAR, Scene, recorded_events

from oracles.accounting import account as calculate
from oracles.accounting import validate
from oracles.accounting.workbook import write_template
from oracles.refusals import OracleError
from oracles.server import served
from oracles.signing import Signing, open_report, recalculate, statement_in_force
from oracles.store import State
from registry_sdk.documents import SignedStatement
from registry_sdk.rpc import RpcClient
from registry_sdk.signers import EthereumSigner

COMMAND = [sys.executable, "-c", "from registry_cli.oracle import app; app()", "sign"]

ACTIVITY = {
    "kind": "emissions",
    "entity": "plant-1",
    "sector": "power",
    "year": YEAR,
    "sources": [
        {
            "id": "coal",
            "flow": "fuel",
            "item": "bituminous",
            "amount": {"value": "1000.5", "unit": "t"},
            "heat_value": {"value": "22.3", "unit": "GJ/t"},
            "unit_class": "conventional_coal",
        }
    ],
}


@pytest.fixture(scope="module")
def tonnes() -> int:
    return calculate(validate(ACTIVITY)).whole


def key_file(folder: Path, signer: Any) -> Path:
    path = folder / f"{signer.address}.json"
    path.write_text(json.dumps(Account.encrypt(signer.account.key, PASSWORD, kdf="scrypt", iterations=2)))
    (folder / "password").write_text(PASSWORD)
    return path


def report_file(folder: Path, account: int, tonnes: int, /, **more: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "report.pdf").write_bytes(b"the verified report")
    body = {"account": account, "year": YEAR, "tonnes": tonnes, "entity": "plant-1", "document": "report.pdf"}
    path = folder / "report.json"
    path.write_text(json.dumps(body | more))
    return path


def run_sign(scene: Scene, report: Path, key: Path, *words: str) -> subprocess.CompletedProcess[str]:
    fixed = ["--key", str(key), "--password-file", str(key.parent / "password")]
    fixed += ["--rpc", scene.world.node.url, "--deployment", str(scene.folder / "deployment.json")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ORACLE_")}
    return subprocess.run(
        [*COMMAND, str(report), *fixed, *words], env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.e2e
def test_sign__verifier_then_province_in_own_processes__recorded(scene: Scene, tmp_path: Path, tonnes: int) -> None:
    account = scene.world.open_account()
    activity = json.dumps(ACTIVITY)
    reports = []
    for name in ("verifier", "province"):
        folder = tmp_path / name
        reports.append(report_file(folder, account, tonnes, activity="activity.json"))
        (folder / "activity.json").write_text(activity)
    oracle = scene.oracle()
    shared = tmp_path / "statement.json"

    first = run_sign(scene, reports[0], key_file(tmp_path / "verifier", scene.verifier), "--out", str(shared), "--json")
    assert first.returncode == 0, first.stderr
    body = json.loads(first.stdout)
    assert (body["signer_class"], body["signatures"], body["recalculated_tonnes"]) == ("VERIFIER", 1, tonnes)
    assert "重新核算" in first.stderr
    assert "calculated again" in first.stderr

    with served(oracle) as address:
        words = ["--statement", str(shared), "--send", address, "--json"]
        second = run_sign(scene, reports[1], key_file(tmp_path / "province", scene.province), *words)
        assert second.returncode == 0, second.stderr
        body = json.loads(second.stdout)
        assert (body["oracle"]["status"], body["oracle"]["body"]["statement"]["state"]) == (201, "ready")
    assert oracle.cycle().settled == 1
    assert scene.world.reader.figure(account, YEAR).tonnes == tonnes

    both = [hashlib.sha256(part).digest() for part in (b"the verified report", activity.encode())]
    (event,) = [e for e in recorded_events(scene) if e["account"] == account]
    assert event["reportHash"] == hashlib.sha256(b"".join(both)).digest()


@pytest.mark.e2e
def test_sign__figure_differs__refused_with_both_figures(scene: Scene, tmp_path: Path, tonnes: int) -> None:
    report = report_file(tmp_path, scene.world.open_account(), tonnes + 1, activity=ACTIVITY)
    out = tmp_path / "out.json"
    done = run_sign(scene, report, key_file(tmp_path, scene.verifier), "--out", str(out))
    text = "".join(done.stderr.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert "[V-06]" in text
    assert str(tonnes) in text
    assert str(tonnes + 1) in text
    assert not out.exists()


@pytest.mark.e2e
def test_sign__declared_total__needs_the_explicit_word(scene: Scene, tmp_path: Path) -> None:
    report = report_file(tmp_path, scene.world.open_account(), 500)
    key, out = key_file(tmp_path, scene.verifier), tmp_path / "out.json"
    refused = run_sign(scene, report, key, "--out", str(out))
    assert refused.returncode == 2
    assert "V-07" in refused.stderr
    done = run_sign(scene, report, key, "--out", str(out), "--declared-total-accepted", "--json")
    assert done.returncode == 0, done.stderr
    assert "a declared total only" in " ".join(done.stderr.split())
    statement = SignedStatement.model_validate_json(out.read_text())
    assert statement.message.reportHash == "0x" + hashlib.sha256(b"the verified report").hexdigest()
    again = run_sign(scene, report, key, "--out", str(out), "--declared-total-accepted", "--json")
    assert json.loads(again.stdout)["signatures"] == 1


@pytest.mark.e2e
def test_sign__nobody_there__exit_code_one_and_no_secret(scene: Scene, tmp_path: Path) -> None:
    report = report_file(tmp_path, 1, 500)
    words = ["--declared-total-accepted", "--send", "http://127.0.0.1:9", "--rpc", "http://127.0.0.1:9"]
    done = run_sign(scene, report, key_file(tmp_path, scene.verifier), *words)
    assert done.returncode == 1
    assert PASSWORD not in done.stdout + done.stderr
    (tmp_path / "password").write_text("wrong")
    done = run_sign(scene, report, tmp_path / f"{scene.verifier.address}.json", *words)
    assert done.returncode == 2
    assert "wrong password" in " ".join(done.stderr.split())


class TestJoin:
    """A province looks at a statement from a verifier."""

    def drafted(self, scene: Scene, tmp_path: Path, account: int, **fields: Any) -> Any:
        opened = open_report(report_file(tmp_path, account, fields.pop("tonnes", 500)))
        signing = Signing(RpcClient(scene.world.node.url), scene.deployment)
        return signing, opened, signing.draft(opened, scene.province)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("tonnes", 499),
            ("reportHash", "0x" + "00" * 32),
            ("year", YEAR - 1),
            ("version", 2),
            ("epoch", 0),
            ("previous", "0x" + "01" * 32),
            ("oracle", "0x" + "12" * 20),
            ("chainId", 1),
        ],
    )
    def test_join__field_altered__refused_by_name(self, scene: Scene, tmp_path: Path, field: str, value: Any) -> None:
        account = scene.world.open_account()
        signing, opened, drafted = self.drafted(scene, tmp_path, account)
        fields = {"tonnes": 500, "reportHash": opened.report_hash} | {field: value}
        received = scene.statement(account, scene.verifier, **fields)
        with pytest.raises(OracleError, match="V-09") as refused:
            signing.join(drafted, received)
        assert refused.value.outcome.args["field"] == field

    def test_join__forged_or_foreign_signature__refused(self, scene: Scene, tmp_path: Path) -> None:
        account = scene.world.open_account()
        signing, opened, drafted = self.drafted(scene, tmp_path, account)
        good = scene.statement(account, scene.verifier, tonnes=500, reportHash=opened.report_hash)
        assert signing.join(drafted, good) == good
        foreign = scene.statement(account, EthereumSigner.create(), tonnes=500, reportHash=opened.report_hash)
        with pytest.raises(OracleError, match="R-07"):
            signing.join(drafted, foreign)
        other = scene.statement(account, scene.verifier, tonnes=501)
        with pytest.raises(OracleError, match="O-06"):
            signing.join(drafted, good.model_copy(update={"approvals": other.approvals}))

    def test_draft__province_of_elsewhere_or_stranger__refused_before_signing(
        self, scene: Scene, tmp_path: Path
    ) -> None:
        opened = open_report(report_file(tmp_path, scene.world.open_account(), 500))
        signing = Signing(RpcClient(scene.world.node.url), scene.deployment)
        for signer, rule in ((scene.other_province, "R-08"), (EthereumSigner.create(), "R-07")):
            with pytest.raises(OracleError, match=rule):
                signing.draft(opened, signer)


def test_draft__correction__next_version_names_the_whole_digest(scene: Scene, tmp_path: Path) -> None:
    account = scene.world.open_account()
    oracle, signing = scene.oracle(), Signing(RpcClient(scene.world.node.url), scene.deployment)
    last = "0x" + "00" * 32
    for version, tonnes in ((1, 500), (2, 450), (3, 470)):
        opened = open_report(report_file(tmp_path, account, tonnes))
        drafted = signing.draft(opened, scene.verifier)
        assert (drafted.statement.message.version, drafted.statement.message.previous) == (version, last)
        signed = signing.sign(signing.sign(drafted.statement, scene.verifier), scene.province)
        assert oracle.desk.receive(signed).is_accepted
        assert oracle.cycle().settled == 1
        last = "0x" + signed.digest().hex()
        for _ in range(3):
            scene.world.pass_time(7)
    mine = [e for e in recorded_events(scene) if e["account"] == account]
    assert [(e["version"], e["tonnes"]) for e in mine] == [(1, 500), (2, 450), (3, 470)]
    figure = scene.world.reader.figure(account, YEAR)
    rpc = scene.world.node.rpc
    assert "0x" + statement_in_force(rpc, scene.deployment, account, YEAR, figure).digest.hex() == last
    assert oracle.desk.store.count()[State.RECORDED] == 3


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"tonnes": -1}, "V-08"),
        ({"tonnes": "500"}, "V-08"),
        ({"tonnes": 1.5}, "V-08"),
        ({"tonnes": True}, "V-08"),
        ({"more": 1}, "V-08"),
        ({"document": "absent.pdf"}, "V-08"),
        ({"document": "../report.pdf"}, "V-08"),
        ({"document": "/etc/hostname"}, "V-08"),
        ({"document": "."}, "V-08"),
        ({"activity": ACTIVITY | {"year": YEAR - 1}}, "V-10"),
        ({"activity": ACTIVITY | {"entity": "plant-2"}}, "V-10"),
        ({"activity": ACTIVITY | {"sources": []}}, "V-11"),
        ({"activity": {"kind": "nonsense"}}, "V-11"),
        ({"activity": "report.pdf"}, "V-11"),
    ],
)
def test_open_report__bad_report__numbered_refusal(tmp_path: Path, change: dict[str, Any], rule: str) -> None:
    with pytest.raises(OracleError, match=rule):
        recalculate(open_report(report_file(tmp_path, 1, 500, **change)), declared_total_accepted=True)


def test_recalculate__workbook_without_figures__cells_named(tmp_path: Path) -> None:
    path = report_file(tmp_path, 1, 500, activity="activity.xlsx")
    write_template(tmp_path / "activity.xlsx", "power", YEAR)
    with pytest.raises(OracleError, match="V-11"):
        recalculate(open_report(path), declared_total_accepted=True)


def test_open_report__report_is_its_own_document__one_hash(tmp_path: Path, tonnes: int) -> None:
    path = report_file(tmp_path, 1, tonnes, document=None, activity=ACTIVITY)
    opened = open_report(path)
    assert opened.report_hash == "0x" + hashlib.sha256(path.read_bytes()).hexdigest()
    assert recalculate(opened, declared_total_accepted=False).whole == tonnes
