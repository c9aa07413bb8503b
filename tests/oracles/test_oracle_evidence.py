"""Signed months on their way to the chain: checked, batched, anchored once, corrected, proven to third parties."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from evidence_scene import YEAR, Firm, allow_evidence
from oracle_support import PASSWORD, MiningPort, Scene, drop, make_scene
from sqlalchemy import update
from support.world import SURRENDER_ONLY

from oracles.evidence.office import VersionState
from oracles.evidence.signing import EvidenceSigning, prove
from oracles.process import Oracle
from oracles.push import Ready, plan
from oracles.refusals import OracleError
from oracles.store import State
from oracles.store.engine import writing
from oracles.store.evidence_tables import evidence_items
from oracles.verification.register import Register
from registry_sdk import keystore
from registry_sdk.anchors import anchored_of, trail_of
from registry_sdk.calls import Call, evidence_call
from registry_sdk.carrier import DirectCarrier
from registry_sdk.documents import EvidenceMessage, SignedEvidence
from registry_sdk.evidence import EvidenceError, Month
from registry_sdk.evidence.clock import deadline
from registry_sdk.evidence.duties import sectors
from registry_sdk.evidence.files import ProofFile
from registry_sdk.evidence.on_chain import verify_on_chain
from registry_sdk.rpc import RpcClient, RpcTransportError
from registry_sdk.signers import EthereumSigner


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    made = make_scene(tmp_path_factory.mktemp("evidence"))
    allow_evidence(made)
    yield made
    made.world.node.kill()


@pytest.fixture
def firm(scene: Scene) -> Firm:
    return Firm.create(scene)


def receive(oracle: Oracle, signed: SignedEvidence) -> str | None:
    """Hand a statement in; the error it is refused by."""
    receipt = oracle.evidence.receive(signed)
    return receipt.refused[0].error if receipt.refused else None


def history(scene: Scene, account: int) -> list[tuple[int, int]]:
    """Month and version of everything anchored for an account."""
    client = RpcClient(scene.world.node.url)
    return [(each.month, each.version) for each in anchored_of(client, scene.deployment, account, YEAR)]


def states(oracle: Oracle) -> list[State]:
    return [record.state for record in oracle.evidence.store.page()]


def test_cycle__months_of_several_firms__one_transaction_each_month_once(scene: Scene) -> None:
    oracle, firms = scene.oracle(), [Firm.create(scene) for _ in range(3)]
    for each in firms:
        for month in (1, 11):
            assert receive(oracle, each.signed(month)) is None
    done = oracle.cycle()
    assert (done.settled, done.is_complete) == (1, True)
    assert oracle.cycle().settled == 0
    assert states(oracle) == [State.RECORDED] * 6
    for each in firms:
        assert history(scene, each.account) == [(1, 1), (11, 1)]
        late = {m.month: m.is_late for m in scene.world.reader.evidence(each.account, YEAR).months if m.version}
        assert late == {1: True, 11: False}


def test_cycle__reports_and_evidence__share_a_transaction(scene: Scene, firm: Firm) -> None:
    oracle = scene.oracle()
    oracle.desk.receive(scene.statement(firm.account, scene.verifier, scene.province))
    receive(oracle, firm.signed(2))
    assert oracle.cycle().settled == 1
    assert oracle.desk.store.count()[State.RECORDED] == oracle.evidence.store.count()[State.RECORDED] == 1
    assert history(scene, firm.account) == [(2, 1)]


def test_cycle__dry_run__says_what_it_would_do_and_sends_nothing(scene: Scene, firm: Firm) -> None:
    oracle = scene.oracle(live=False)
    receive(oracle, firm.signed(2))
    ((planned, accepted),) = oracle.cycle().planned
    assert (len(planned.digests), accepted) == (1, 1)
    assert history(scene, firm.account) == []


def test_receive__second_time__changes_nothing(scene: Scene, firm: Firm) -> None:
    oracle, signed = scene.oracle(), firm.signed(3)
    first, second = oracle.evidence.receive(signed), oracle.evidence.receive(signed)
    assert (first.added, second.added, second.is_accepted) == (1, 0, True)
    oracle.cycle()
    assert oracle.evidence.receive(signed).record.state == State.RECORDED  # type: ignore[union-attr]
    assert history(scene, firm.account) == [(3, 1)]


def test_cycle__correction__supersedes_and_goes_in_a_transaction_of_its_own(scene: Scene, firm: Firm) -> None:
    oracle = scene.oracle()
    receive(oracle, firm.signed(1))
    receive(oracle, firm.signed(2))
    oracle.cycle()
    receive(oracle, firm.signed(1, "13"))
    receive(oracle, firm.signed(3))
    assert oracle.cycle().settled == 2
    assert sorted(history(scene, firm.account)) == [(1, 1), (1, 2), (2, 1), (3, 1)]
    versions = firm.office.months.versions(firm.account, YEAR, 1)
    own = replace(firm, settings=oracle.settings).office
    assert [own.state_of(each) for each in versions] == [VersionState.SUPERSEDED, VersionState.ANCHORED]


def test_cycle__correction_while_the_year_moves_on__anchored_with_a_new_trail(scene: Scene, firm: Firm) -> None:
    """Another relayer anchors a month between signing and pushing; the unsigned trail is made anew."""
    oracle = scene.oracle()
    receive(oracle, firm.signed(1))
    oracle.cycle()
    correction, other = firm.signed(1, "13"), firm.signed(2)
    receive(oracle, correction)
    DirectCarrier(scene.world.node.rpc, scene.deployment, EthereumSigner.create().account, scene.world.mine).carry(
        [evidence_call(scene.deployment, other)]
    )
    assert oracle.cycle().settled == 1
    assert history(scene, firm.account) == [(1, 1), (2, 1), (1, 2)]


def test_cycle__overtaken_between_store_and_mining__refused_on_chain_then_anchored(scene: Scene, firm: Firm) -> None:
    settings = scene.settings()

    class Overtaken(MiningPort):
        def send(self, raw: bytes) -> None:
            if waiting:
                scene.world.carrier.carry([waiting.pop()])
            super().send(raw)

    waiting: list[Call] = []
    oracle = Oracle.open(settings, port=Overtaken(RpcClient(scene.world.node.url), scene.world))
    receive(oracle, firm.signed(1))
    oracle.cycle()
    receive(oracle, firm.signed(1, "13"))
    waiting.append(evidence_call(scene.deployment, firm.signed(2)))
    oracle.cycle()
    assert states(oracle).count(State.REFUSED) == 1
    record = next(each for each in oracle.evidence.store.page() if each.state == State.REFUSED)
    assert record.refusal is not None
    assert (record.refusal.error, record.attempts) == ("WrongPreviousEvidence", 1)
    scene.world.pass_time(0)
    while oracle.evidence.store.count()[State.RECORDED] < 2:
        oracle.cycle()
    assert history(scene, firm.account) == [(1, 1), (2, 1), (1, 2)]


def test_receive__signed_by_nobody_who_may__not_filed(scene: Scene, firm: Firm) -> None:
    oracle, good = scene.oracle(), firm.signed(4)
    other = Firm.create(scene)
    forged = SignedEvidence.sign(good.message, other.key)
    assert receive(oracle, forged) == "NotRepresentative"
    stolen = good.model_copy(update={"approval": forged.approval.model_copy(update={"signer": good.approval.signer})})
    assert receive(oracle, stolen) == "InvalidSignature"
    weak = scene.world.open_account(rights=(SURRENDER_ONLY,))
    message = good.message.model_copy(update={"account": weak})
    assert receive(oracle, SignedEvidence.sign(message, scene.world.keys[weak][0])) == "InsufficientRights"
    assert states(oracle) == []


@pytest.mark.parametrize(
    ("changes", "error", "state"),
    [
        ({"chainId": 1}, "EvidenceWrongChain", None),
        ({"anchors": "0x" + "11" * 20}, "EvidenceWrongContract", None),
        ({"version": 2, "previous": "0x" + "11" * 32}, None, State.WAITING),
        ({"previous": "0x" + "11" * 32}, "WrongPreviousEvidence", State.REFUSED),
        ({"year": 2022}, "EvidenceNotDue", State.REFUSED),
        ({"year": 2030}, None, State.WAITING),
    ],
)
def test_receive__content_that_a_rule_refuses__told_by_the_contracts_error(
    scene: Scene, firm: Firm, changes: dict[str, Any], error: str | None, state: State | None
) -> None:
    oracle = scene.oracle()
    message = EvidenceMessage(**(firm.signed(5).message.model_dump() | changes))
    assert receive(oracle, SignedEvidence.sign(message, firm.key)) == error
    assert states(oracle) == ([state] if state else [])
    oracle.cycle()
    assert history(scene, firm.account) == []


def test_cycle__two_contents_of_one_month__both_wait_until_one_is_chosen(scene: Scene, firm: Firm) -> None:
    oracle, one = scene.oracle(), firm.signed(6)
    two = SignedEvidence.sign(one.message.model_copy(update={"root": "0x" + "22" * 32}), firm.key)
    receive(oracle, one)
    receive(oracle, two)
    assert oracle.cycle().settled == 0
    assert states(oracle) == [State.CONFLICT, State.CONFLICT]
    assert oracle.cycle("0x" + one.digest().hex()).settled == 1
    oracle.cycle()
    assert sorted(states(oracle)) == [State.RECORDED, State.REFUSED]
    with pytest.raises(OracleError):
        oracle.cycle("0x" + two.digest().hex())


def test_collect__evidence_file_in_the_inbox__taken_in_like_a_statement(scene: Scene, firm: Firm) -> None:
    oracle = scene.oracle()
    signed = firm.signed(7)
    drop(oracle.settings.inbox_folder, signed, "month.json")  # type: ignore[arg-type]
    spoiled = signed.model_copy(update={"message": signed.message.model_copy(update={"items": 8})})
    drop(oracle.settings.inbox_folder, spoiled, "spoiled.json")  # type: ignore[arg-type]
    assert oracle.cycle().collected == 2
    assert history(scene, firm.account) == [(7, 1)]
    reason = json.loads((oracle.settings.inbox_folder / "refused" / "spoiled.json.reason.json").read_text())
    assert [each["error"] for each in reason["refusals"]] == ["InvalidSignature"]


def test_sign__seal_broken_or_wrong_sector__refused(scene: Scene, firm: Firm) -> None:
    version = firm.sealed(8)
    broken = replace(version, root=bytes(32))
    desk = EvidenceSigning(RpcClient(scene.world.node.url), scene.deployment, firm.office.months)
    for wrong, error in ((broken, "SealBroken"), (replace(version, sector="steel"), "SectorDiffers")):
        with pytest.raises(OracleError) as caught:
            desk.sign(wrong, firm.key)
        assert caught.value.outcome.error == error


def test_plan__documents_of_one_lane__never_share_a_transaction(scene: Scene) -> None:
    call = Call(scene.deployment.address("evidence"), b"\0" * 64)
    ready = [Ready(str(n), call, lane=(n % 3,) if n < 7 else None) for n in range(12)]
    planned = [each.digests for each in plan(scene.deployment, ready, 5)]
    assert sorted(digest for each in planned for digest in each) == sorted(each.digest for each in ready)
    lanes = {each.digest: each.lane for each in ready}
    for digests in planned:
        taken = [lanes[digest] for digest in digests if lanes[digest]]
        assert len(taken) == len(set(taken))
        assert len(digests) <= 5


@pytest.mark.parametrize("sector", sectors())
def test_chain_deadlines__every_sector_and_month__the_contract_has_the_same_second(scene: Scene, sector: str) -> None:
    number = sectors().index(sector) + 1
    for year in range(2023, 2028):
        for month in range(1, 13):
            expected = deadline(sector, year, month)
            if expected is not None:
                assert scene.world.reader.evidence_deadline(number, year, month) == expected, (year, month)


def test_tardy_months__missing_after_their_deadline__not_those_due_before_the_chain_began(
    scene: Scene, firm: Firm
) -> None:
    register = Register(RpcClient(scene.world.node.url), scene.deployment)
    last = deadline("power", YEAR, 12)
    assert last is not None
    assert register.tardy_months(firm.account, YEAR, last + 1) == [11, 12]
    oracle = scene.oracle()
    for month in (1, 11):
        receive(oracle, firm.signed(month))
    oracle.cycle()
    assert register.tardy_months(firm.account, YEAR, last + 1) == [12]
    assert register.tardy_months(firm.account, YEAR, last) == []


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
