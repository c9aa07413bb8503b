"""From statement files to figures on chain, with every state in between."""

import pytest
from oracle_support import CENTRE, YEAR, Scene, drop, recorded_events

from oracles.refusals import OracleError
from oracles.store import State
from registry_sdk.signers import EthereumSigner


def test_cycle__verifier_then_province__recorded_once(scene: Scene) -> None:
    account = scene.world.open_account()
    oracle = scene.oracle()
    inbox = oracle.settings.inbox_folder

    drop(inbox, scene.statement(account, scene.verifier, tonnes=71), "verifier.json")
    oracle.cycle()
    (record,) = oracle.desk.store.page()
    assert (record.state, record.refusal.error) == (State.COLLECTING, "BelowThreshold")

    drop(inbox, scene.statement(account, scene.province, tonnes=71), "province.json")
    done = oracle.cycle()
    assert done.settled == 1
    assert oracle.desk.store.get(record.digest).state == State.RECORDED
    figure = scene.world.reader.figure(account, YEAR)
    assert (figure.tonnes, figure.version, "0x" + figure.digest.hex()) == (71, 1, record.digest[:34])

    drop(
        inbox,
        scene.statement(account, scene.verifier, scene.province, tonnes=71, version=1, previous="0x" + "00" * 32),
        "again.json",
    )
    assert oracle.cycle().settled == 0
    assert sum(e["account"] == account for e in recorded_events(scene)) == 1
    assert sorted(p.name for p in (inbox / "accepted").iterdir()) == ["again.json", "province.json", "verifier.json"]


def test_cycle__dry_run__nothing_sent_and_outcome_foretold(scene: Scene) -> None:
    account = scene.world.open_account()
    oracle = scene.oracle(live=False, keystore=None)
    statement = scene.statement(account, scene.verifier, scene.province)
    drop(oracle.settings.inbox_folder, statement, "a.json")
    before = scene.world.node.head()["number"]

    ((planned, accepted),) = oracle.cycle().planned
    assert (len(planned.digests), accepted) == (1, 1)
    assert scene.world.node.head()["number"] == before
    assert scene.world.reader.figure(account, YEAR).version == 0


def test_cycle__correction_before_its_predecessor__waits_then_follows(scene: Scene) -> None:
    account = scene.world.open_account()
    oracle = scene.oracle()
    first = scene.statement(account, scene.verifier, scene.province, tonnes=5)
    second = scene.statement(
        account, scene.verifier, scene.province, tonnes=6, version=2, previous="0x" + first.digest().hex()
    )
    assert oracle.desk.receive(second).is_accepted
    oracle.cycle()
    assert oracle.desk.store.get("0x" + second.digest().hex()).state == State.WAITING
    oracle.desk.receive(first)
    oracle.cycle()
    oracle.cycle()
    assert scene.world.reader.figure(account, YEAR).tonnes == 6
    mine = [e for e in recorded_events(scene) if e["account"] == account]
    assert [(e["version"], e["tonnes"]) for e in mine] == [(1, 5), (2, 6)]
    assert mine[1]["previous"] == first.digest()


def test_cycle__two_complete_statements__held_until_one_is_named(scene: Scene) -> None:
    account = scene.world.open_account()
    oracle = scene.oracle()
    low = scene.statement(account, scene.verifier, scene.province, tonnes=10)
    high = scene.statement(account, scene.verifier, scene.province, tonnes=20)
    for statement in (low, high):
        oracle.desk.receive(statement)
    assert oracle.cycle().settled == 0
    digests = {"0x" + s.digest().hex() for s in (low, high)}
    assert {oracle.desk.store.get(d).state for d in digests} == {State.CONFLICT}
    assert oracle.desk.store.contested() == [(account, YEAR, 1, 1)]
    assert oracle.metrics.registry.get_sample_value("oracle_equivocating_signers") == 2

    named = "0x" + high.digest().hex()
    assert oracle.cycle(named).settled == 1
    assert scene.world.reader.figure(account, YEAR).tonnes == 20
    oracle.cycle()
    loser = oracle.desk.store.get("0x" + low.digest().hex())
    assert (loser.state, loser.refusal.error, loser.is_final) == (State.REFUSED, "WrongVersion", True)


def test_cycle__same_tonnes_other_report__never_merged(scene: Scene) -> None:
    account = scene.world.open_account()
    oracle = scene.oracle()
    oracle.desk.receive(scene.statement(account, scene.verifier, reportHash="0x" + "01" * 32))
    oracle.desk.receive(scene.statement(account, scene.province, reportHash="0x" + "02" * 32))
    assert oracle.cycle().settled == 0
    assert {r.state for r in oracle.desk.store.rivals(account, YEAR, 1, 1)} == {State.COLLECTING}
    assert scene.world.reader.figure(account, YEAR).version == 0


def test_cycle__threshold_raised__pending_statements_void(scene: Scene) -> None:
    account = scene.world.open_account()
    oracle = scene.oracle()
    statement = scene.statement(account, scene.verifier, scene.province)
    oracle.desk.receive(statement)
    scene.world.office.act("emissions", "setThreshold", 3, 0b1110)
    try:
        assert oracle.cycle().settled == 0
        record = oracle.desk.store.get("0x" + statement.digest().hex())
        assert (record.state, record.refusal.error, record.is_final) == (State.REFUSED, "StaleConfig", True)
        centre = EthereumSigner.create()
        scene.world.office.act("emissions", "setSigner", centre.signer, CENTRE, 0)
        oracle.desk.receive(scene.statement(account, scene.verifier, scene.province, centre))
        assert oracle.cycle().settled == 1
    finally:
        scene.world.office.act("emissions", "setThreshold", 2, 0b0110)


def test_cycle__signer_suspended_after_signing__no_longer_counts(scene: Scene) -> None:
    account = scene.world.open_account()
    oracle = scene.oracle(live=False)
    leaving = EthereumSigner.create()
    scene.world.name_verifier(leaving)
    statement = scene.statement(account, leaving, scene.province)
    oracle.desk.receive(statement)
    assert len(oracle.cycle().planned) == 1
    scene.world.office.act("accreditation", "revokeSigner", leaving.signer)
    assert oracle.cycle().planned == ()
    record = oracle.desk.store.get("0x" + statement.digest().hex())
    assert record.state == State.COLLECTING
    assert [s.refusal.error for s in record.signatures if s.refusal] == ["NotReportSigner"]
    with pytest.raises(OracleError, match="R-04"):
        oracle.cycle(record.digest)


def test_cycle__many_reports__share_transactions(scene: Scene) -> None:
    accounts = [scene.world.open_account() for _ in range(12)]
    oracle = scene.oracle(batch=5)
    for account in accounts:
        oracle.desk.receive(scene.statement(account, scene.verifier, scene.province))
    assert oracle.cycle().settled == 3
    assert {scene.world.reader.figure(a, YEAR).version for a in accounts} == {1}
