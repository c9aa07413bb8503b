"""What is done with anchored months: proofs for third parties, and the command line from items to a verdict."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from evidence_scene import YEAR, Firm, allow_evidence, receive
from oracle_support import PASSWORD, MiningPort, Scene
from sqlalchemy import update

from oracles.evidence.signing import prove
from oracles.process import Oracle
from oracles.store.engine import writing
from oracles.store.evidence_tables import evidence_items
from registry_sdk import keystore
from registry_sdk.anchors import anchored_of, trail_of
from registry_sdk.evidence import EvidenceError, Month
from registry_sdk.evidence.files import ProofFile
from registry_sdk.evidence.on_chain import verify_on_chain
from registry_sdk.rpc import RpcClient, RpcTransportError


@pytest.fixture(scope="module")
def scene(scene: Scene) -> Scene:
    allow_evidence(scene)
    return scene


# What a third party does with a proof


@pytest.fixture(scope="module")
def proven(scene: Scene) -> tuple[Firm, list[ProofFile]]:
    """A month with a correction; a proof of the same item under each version."""
    firm, oracle, files = Firm.create(scene), scene.oracle(), []
    for value in ("12.5", "13"):
        signed = firm.signed(9, value)
        receive(oracle, signed)
        oracle.cycle()
        months = firm.office.months
        version = months.newest(Month(firm.account, YEAR, 9))
        proof, item = prove(months, version, "generation/unit-1"), months.item(version, "generation/unit-1")[0].item
        address = scene.deployment.address("evidence").lower()
        assert version.root is not None
        files.append(ProofFile(scene.deployment.chain_id, address, version.version, version.root, item, proof))
    return firm, files


def test_verify__proof_of_each_version__proven_and_only_the_newest_in_force(
    scene: Scene, proven: tuple[Firm, list[ProofFile]]
) -> None:
    client = RpcClient(scene.world.node.url)
    first, second = (ProofFile.from_json(json.loads(json.dumps(f.to_json()))) for f in proven[1])
    assert first.holds()
    assert second.holds()
    old, new = first.verify(client, scene.deployment), second.verify(client, scene.deployment)
    assert (old.is_proven, old.is_in_force, old.version, old.newest) == (True, False, 1, 2)
    assert (new.is_proven, new.is_in_force, new.version, new.is_late) == (True, True, 2, True)
    assert new.anchored_at > new.deadline > 0
    assert new.signer_address == proven[0].key.address.lower()


@pytest.mark.parametrize(
    "change",
    [
        {"value": "12.6"},
        {"unit": "kWh"},
        {"meter": "EM-1", "calibrated_until": date(2026, 1, 1)},
        {"time": 1},
        {"document": bytes(range(2, 34))},
        {"kind": "generation/unit-2"},
    ],
)
def test_verify_on_chain__item_altered__not_proven(
    scene: Scene, proven: tuple[Firm, list[ProofFile]], change: dict[str, Any]
) -> None:
    firm, (_, file) = proven
    client = RpcClient(scene.world.node.url)
    altered = replace(file.item, **change)
    verdict = verify_on_chain(client, scene.deployment, firm.account, YEAR, 9, altered, file.proof)
    assert (verdict.is_proven, verdict.newest) == (False, 2)
    for moved in (replace(file.proof, position=0), replace(file.proof, count=file.proof.count + 1)):
        assert not verify_on_chain(client, scene.deployment, firm.account, YEAR, 9, file.item, moved).is_proven


def test_verify_on_chain__other_month_or_account__refused_or_not_proven(
    scene: Scene, proven: tuple[Firm, list[ProofFile]]
) -> None:
    firm, (_, file) = proven
    client = RpcClient(scene.world.node.url)
    for account, month in ((firm.account + 1, 9), (firm.account, 10)):
        with pytest.raises(EvidenceError, match="proof"):
            verify_on_chain(client, scene.deployment, account, YEAR, month, file.item, file.proof)
        moved = replace(file.proof, month=Month(account, YEAR, month))
        assert not verify_on_chain(client, scene.deployment, account, YEAR, month, file.item, moved).is_proven


def test_verify__endpoint_that_withholds_a_correction__caught(
    scene: Scene, proven: tuple[Firm, list[ProofFile]]
) -> None:
    class Withholding(RpcClient):
        def call(self, method: str, *params: Any) -> Any:
            answer = super().call(method, *params)
            return answer[:-1] if method == "eth_getLogs" else answer

    with pytest.raises(EvidenceError, match="history"):
        proven[1][0].verify(Withholding(scene.world.node.url), scene.deployment)
    oracle = scene.oracle()
    facts = replace(oracle.evidence.facts, rpc=Withholding(scene.world.node.url))
    with pytest.raises(RpcTransportError, match="history"):
        facts.read([Month(proven[0].account, YEAR, 9)])


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"anchors": "0x12"},
        {"count": -1},
        {"count": True},
        {"path": ["0x12"]},
        {"path": ["0x" + "11" * 32] * 33},
        {"root": 5},
        {"month": 13},
        {"item": None},
    ],
)
def test_from_json__anything_else_than_a_proof__refused(
    proven: tuple[Firm, list[ProofFile]], change: dict[str, Any]
) -> None:
    with pytest.raises(EvidenceError):
        ProofFile.from_json(proven[1][0].to_json() | change)


def test_verify__proof_for_another_registry__refused(scene: Scene, proven: tuple[Firm, list[ProofFile]]) -> None:
    foreign = replace(proven[1][1], chain_id=1)
    with pytest.raises(EvidenceError, match="anchors"):
        foreign.verify(RpcClient(scene.world.node.url), scene.deployment)


def test_trail_of__history_of_a_year__accepted_by_the_contract(
    scene: Scene, proven: tuple[Firm, list[ProofFile]]
) -> None:
    firm, (_, file) = proven
    found = anchored_of(RpcClient(scene.world.node.url), scene.deployment, firm.account, YEAR)
    trail = list(trail_of(found, 9))
    assert scene.world.reader.read("evidence", "isNewest", firm.account, YEAR, 9, file.root, trail)


# The command line


@pytest.fixture
def desk(firm: Firm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Firm:
    """A firm with key and password files, working through the command line."""
    monkeypatch.setenv("ORACLE_VAULT_PASSWORD", PASSWORD)
    keystore.save(tmp_path / "representative.json", firm.key, PASSWORD)
    (tmp_path / "word").write_text(PASSWORD)
    return firm


def run(firm: Firm, *arguments: object, code: int = 0, offline: bool = False) -> Any:
    result = firm.run(*arguments, offline=offline)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if result.stdout else None


def test_cli__from_items_to_a_proof__every_step(desk: Firm, scene: Scene, tmp_path: Path) -> None:
    of = ("--account", desk.account, "--month", "2025-10")
    added = run(desk, "add", desk.write_items(tmp_path, 10), *of, "--sector", "power", offline=True)
    assert (added["new"], added["documents"], added["missing"]) == (7, 7, [])
    sealed = run(desk, "seal", *of, offline=True)
    keys = ("--key", tmp_path / "representative.json", "--password-file", tmp_path / "word")
    signed = run(desk, "sign", *of, *keys, "--out", tmp_path / "signed.json")
    assert signed["root"] == sealed["root"]
    # somebody else carries it: the file alone is enough
    oracle = scene.oracle()
    (oracle.settings.inbox_folder / "month.json").write_bytes((tmp_path / "signed.json").read_bytes())
    assert oracle.cycle().settled == 1
    proof = tmp_path / "proof.json"
    run(desk, "prove", *of, "--kind", "generation/unit-1", "--out", proof)
    original = tmp_path / "10-3.txt"
    checked = run(desk, "verify", proof, "--document", original)
    (verdict,) = checked["proofs"]
    assert (checked["ok"], verdict["in_force"], verdict["late"], verdict["document"]) == (True, True, True, True)
    assert run(desk, "verify", proof, "--document", tmp_path / "10-1.txt", code=1)["proofs"][0]["document"] is False
    altered = json.loads(proof.read_text())
    altered["item"]["value"] = "99"
    (tmp_path / "altered.json").write_text(json.dumps(altered))
    assert run(desk, "verify", tmp_path / "altered.json", code=1)["proofs"][0]["proven"] is False
    state = run(desk, "status")
    assert state["versions"][0]["items"] == 7
    assert 10 in state["years"][0]["late"]
    found = run(desk, "verify", "--year", YEAR, code=1)["findings"]
    assert [each["subject"]["month"] for each in found if each["code"] == "E-LATE"] == ["10"]


def test_cli__anchor_in_the_firms_own_home__anchored(desk: Firm, scene: Scene, tmp_path: Path) -> None:
    of = ("--account", desk.account, "--month", "2025-11")
    run(desk, "add", desk.write_items(tmp_path, 11), *of, "--sector", "power", offline=True)
    run(desk, "seal", *of, offline=True)
    run(desk, "sign", *of, "--key", tmp_path / "representative.json", "--password-file", tmp_path / "word")
    planned = run(desk, "anchor", "--dry-run")
    assert planned["planned"][0]["would_accept"] == 1
    assert run(desk, "status", "--offline")["versions"][0]["state"] == "signed"
    oracle = Oracle.open(desk.settings, port=MiningPort(RpcClient(scene.world.node.url), scene.world))
    assert oracle.cycle().settled == 1
    assert run(desk, "status", "--offline")["versions"][0]["state"] == "anchored"
    assert run(desk, "verify", "--month", 11)["findings"] == []


def test_cli__tampered_reading_and_exchanged_document__found_by_verify(
    desk: Firm, scene: Scene, tmp_path: Path
) -> None:
    of = ("--account", desk.account, "--month", "2025-11")
    late = {"meter": "EM-9", "calibrated_until": "2025-11-29"}
    run(desk, "add", desk.write_items(tmp_path, 11, **late), *of, "--sector", "power", offline=True)
    run(desk, "seal", *of, offline=True)
    run(desk, "sign", *of, "--key", tmp_path / "representative.json", "--password-file", tmp_path / "word")
    Oracle.open(desk.settings, port=MiningPort(RpcClient(scene.world.node.url), scene.world)).cycle()
    only = ("--month", 11)
    assert [e["code"] for e in run(desk, "verify", *only, code=1)["findings"]] == ["E-METER"]
    office = desk.office
    filed = office.months.item(office.months.newest(Month(desk.account, YEAR, 11)), "heat_supply/unit-1")[0].item
    data = desk.settings.documents_folder / filed.document.hex()[:2] / f"{filed.document.hex()}.data"
    data.write_bytes(b"another document")
    with writing(office.engine) as connection:
        mine = evidence_items.c.kind == "running_hours/unit-1"
        connection.execute(update(evidence_items).where(mine).values(value="700"))
    found = {each["code"]: each for each in run(desk, "verify", *only, code=1)["findings"]}
    assert set(found) == {"E-METER", "E-DOCUMENT", "E-ITEM", "E-ROOT"}
    assert found["E-ITEM"]["figures"]["item"] == "running_hours/unit-1"
    assert found["E-DOCUMENT"]["figures"]["item"] == "heat_supply/unit-1"
    assert found["E-METER"]["rule"] == "D-16"


def test_cli__incomplete_month__sealed_only_when_said(desk: Firm, tmp_path: Path) -> None:
    path = desk.write_items(tmp_path, 12)
    path.write_text(json.dumps(json.loads(path.read_text())[1:]))
    of = ("--account", desk.account, "--month", "2025-12")
    run(desk, "add", path, *of, "--sector", "power", offline=True)
    result = desk.run("seal", *of, offline=True)
    assert result.exit_code == 2
    assert "V-49" in result.output
    assert run(desk, "seal", *of, "--incomplete", offline=True)["items"] == 6


def test_cli__nonsense__said_without_a_traceback(desk: Firm, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("[{}]")
    for arguments in (
        ("seal", "--account", desk.account, "--month", "2025-01"),
        ("seal", "--account", desk.account, "--month", "march"),
        ("seal", "--account", 0, "--month", "2025-01"),
        ("add", tmp_path / "bad.json", "--account", desk.account, "--month", "2025-01", "--sector", "power"),
        ("add", tmp_path / "none.json", "--account", desk.account, "--month", "2025-01", "--sector", "power"),
        ("add", tmp_path / "bad.json", "--account", desk.account, "--month", "2025-01", "--sector", "paper"),
    ):
        result = desk.run(*arguments, offline=True)
        assert result.exit_code == 2, arguments
        assert not result.stdout, arguments
