"""Signed months on their way to the chain: checked, batched, anchored once, corrected."""

import json
from dataclasses import replace
from typing import Any

import pytest
from evidence_scene import YEAR, Firm, allow_evidence, receive
from oracle_support import MiningPort, Scene, drop
from support.world import SURRENDER_ONLY

from oracles.evidence.office import VersionState
from oracles.evidence.signing import EvidenceSigning
from oracles.process import Oracle
from oracles.push import Ready, plan
from oracles.refusals import OracleError
from oracles.store import State
from oracles.verification.register import Register
from registry_sdk.anchors import anchored_of
from registry_sdk.calls import Call, evidence_call
from registry_sdk.carrier import DirectCarrier
from registry_sdk.documents import EvidenceMessage, SignedEvidence
from registry_sdk.evidence.clock import deadline
from registry_sdk.evidence.duties import sectors
from registry_sdk.rpc import RpcClient
from registry_sdk.signers import EthereumSigner


@pytest.fixture(scope="module")
def scene(scene: Scene) -> Scene:
    allow_evidence(scene)
    return scene


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
