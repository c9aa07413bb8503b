"""The push under faults: lost answers, lost transactions, refusals by the node, foreign nonces, two oracles at once."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from oracle_support import PASSWORD, YEAR, MiningPort, Scene, recorded_events, wait_for

from oracles.locking import HomeLockedError, locked_home
from oracles.process import Oracle
from oracles.push import PushError, pause, plan
from oracles.push.backoff import Backoff
from oracles.refusals import OracleError
from oracles.store import State
from registry_sdk.calls import statement_call
from registry_sdk.carrier import DirectCarrier
from registry_sdk.deployment import Deployment
from registry_sdk.keystore import KeystoreError
from registry_sdk.rpc import RpcClient, RpcError, RpcTransportError
from registry_sdk.signers import EthereumSigner


class FaultyPort(MiningPort):
    """Lets a fault happen in one method, each time ``faults`` has an entry for it."""

    faults: dict[str, list[Callable[[], None]]]

    def __init__(self, scene: Scene) -> None:
        super().__init__(RpcClient(scene.world.node.url), scene.world)
        object.__setattr__(self, "faults", {})

    def _fault(self, name: str) -> None:
        if waiting := self.faults.get(name):
            waiting.pop(0)()

    def send(self, raw: bytes) -> None:
        self._fault("before_send")
        super().send(raw)
        self._fault("after_send")

    def receipt(self, tx_hash: str) -> dict[str, Any] | None:
        self._fault("receipt")
        return super().receipt(tx_hash)

    def next_nonce(self, sender: str) -> int:
        self._fault("nonce")
        return super().next_nonce(sender)


def cut() -> None:
    raise RpcTransportError("cut")


def events_of(scene: Scene, account: int) -> list[dict[str, Any]]:
    return [e for e in recorded_events(scene) if e["account"] == account]


@pytest.fixture
def faulty(scene: Scene) -> tuple[Oracle, FaultyPort]:
    port = FaultyPort(scene)
    return Oracle.open(scene.settings(), port=port), port


@pytest.mark.parametrize("where", ["before_send", "after_send", "receipt", "nonce"])
def test_cycle__answer_lost__recorded_once_by_the_next(
    scene: Scene, faulty: tuple[Oracle, FaultyPort], where: str
) -> None:
    oracle, port = faulty
    account = scene.world.open_account()
    oracle.desk.receive(scene.statement(account, scene.verifier, scene.province))
    # once handed over it is mined, so the second look already finds the receipt
    port.faults[where] = [cut] if where == "after_send" else [cut, cut]
    for _ in list(port.faults[where]):
        with pytest.raises(RpcTransportError):
            oracle.cycle()
    oracle.cycle()
    assert len(events_of(scene, account)) == 1
    assert oracle.desk.store.count()[State.RECORDED] == 1
    assert oracle.pushes.pending() is None


def test_cycle__stored_but_never_sent__same_bytes_sent_after_restart(
    scene: Scene, faulty: tuple[Oracle, FaultyPort]
) -> None:
    oracle, port = faulty
    account = scene.world.open_account()
    oracle.desk.receive(scene.statement(account, scene.verifier, scene.province))
    port.faults["before_send"] = [cut]
    with pytest.raises(RpcTransportError):
        oracle.cycle()
    stored = oracle.pushes.pending()

    again = scene.oracle(oracle.settings)
    assert again.pushes.pending() == replace(stored, sends=1)
    again.cycle()
    (event,) = events_of(scene, account)
    ((tx_hash, state, _),) = again.pushes.transactions_of("0x" + event["digest"].hex())
    assert (tx_hash, state) == (stored.tx_hash, "mined")


def test_cycle__node_refuses_transaction__told_and_kept(scene: Scene, faulty: tuple[Oracle, FaultyPort]) -> None:
    def refuse() -> None:
        raise RpcError(-32003, "N-04: the sender must be on the list of allowed senders")

    oracle, port = faulty
    account = scene.world.open_account()
    oracle.desk.receive(scene.statement(account, scene.verifier, scene.province))
    port.faults["before_send"] = [refuse]
    with pytest.raises(PushError, match="N-04"):
        oracle.cycle()
    assert oracle.pushes.pending() is not None
    oracle.cycle()
    assert len(events_of(scene, account)) == 1


def test_cycle__nonce_used_by_another__given_up_and_pushed_anew(
    scene: Scene, faulty: tuple[Oracle, FaultyPort]
) -> None:
    oracle, port = faulty
    account = scene.world.open_account()
    oracle.desk.receive(scene.statement(account, scene.verifier, scene.province))
    port.faults["before_send"] = [cut]
    with pytest.raises(RpcTransportError):
        oracle.cycle()
    stored = oracle.pushes.pending()
    DirectCarrier(scene.world.node.rpc, scene.deployment, scene.sender.account, scene.world.mine).carry(
        [statement_call(scene.deployment, scene.statement(account, scene.verifier))]
    )
    port.faults["before_send"] = [lambda: _refuse_nonce()] * 3
    for _ in range(4):
        oracle.cycle()
    (event,) = events_of(scene, account)
    states = oracle.pushes.transactions_of("0x" + event["digest"].hex())
    assert [state for _, state, _ in states] == ["abandoned", "mined"]
    assert states[0][0] == stored.tx_hash


def _refuse_nonce() -> None:
    raise RpcError(-32003, "nonce too low")


def test_cycle__recorded_by_somebody_else_first__not_pushed(scene: Scene) -> None:
    oracle = scene.oracle()
    account = scene.world.open_account()
    statement = scene.statement(account, scene.verifier, scene.province)
    oracle.desk.receive(statement)
    scene.world.carrier.carry([statement_call(scene.deployment, statement)])
    assert oracle.cycle().settled == 0
    record = oracle.desk.store.get("0x" + statement.digest().hex())
    assert (record.state, record.is_final) == (State.RECORDED, True)


def test_cycle__overtaken_between_store_and_mining__refused_on_chain_then_seen_as_recorded(
    scene: Scene, faulty: tuple[Oracle, FaultyPort]
) -> None:
    oracle, port = faulty
    account, other = scene.world.open_account(), scene.world.open_account()
    statement = scene.statement(account, scene.verifier, scene.province)
    for each in (statement, scene.statement(other, scene.verifier, scene.province)):
        oracle.desk.receive(each)
    port.faults["before_send"] = [
        lambda: scene.world.carrier.carry([statement_call(scene.deployment, statement)]) and None
    ]
    oracle.cycle()
    assert len(events_of(scene, account)) == len(events_of(scene, other)) == 1
    oracle.cycle()
    assert oracle.desk.store.count()[State.RECORDED] == 2


def test_cycle__signer_suspended_between_store_and_mining__others_recorded_and_this_one_collects_again(
    scene: Scene, faulty: tuple[Oracle, FaultyPort]
) -> None:
    oracle, port = faulty
    leaving = EthereumSigner.create()
    scene.world.name_verifier(leaving)
    accounts = [scene.world.open_account() for _ in range(3)]
    for account, verifier in zip(accounts, (scene.verifier, leaving, scene.verifier), strict=True):
        oracle.desk.receive(scene.statement(account, verifier, scene.province))
    port.faults["before_send"] = [lambda: scene.world.office.act("accreditation", "revokeSigner", leaving.signer)]
    assert oracle.cycle().settled == 1
    (refused,) = oracle.desk.store.page([State.REFUSED])
    assert (refused.key[0], refused.refusal.error, refused.attempts) == (accounts[1], "NotReportSigner", 1)
    assert [len(events_of(scene, account)) for account in accounts] == [1, 0, 1]

    oracle.cycle()
    assert oracle.desk.store.get(refused.digest).state == State.COLLECTING
    oracle.desk.receive(scene.statement(accounts[1], scene.verifier))
    wait_for(lambda: time.time() > refused.retry_at, "the pause never ended")
    assert oracle.cycle().settled == 1
    assert len(events_of(scene, accounts[1])) == 1


def test_plan__refused_before__goes_alone(scene: Scene) -> None:
    oracle = scene.oracle(live=False)
    for _ in range(3):
        oracle.desk.receive(scene.statement(scene.world.open_account(), scene.verifier, scene.province))
    found = oracle.desk.examine_all()
    again = [replace(found[0], record=replace(found[0].record, attempts=1)), *found[1:]]
    assert [len(p.digests) for p in plan(scene.deployment, oracle.desk.to_push(again), 50)] == [2, 1]
    assert [len(p.digests) for p in plan(scene.deployment, oracle.desk.to_push(found), 2)] == [2, 1]


def test_cycle__two_oracles_race__each_report_once(scene: Scene) -> None:
    port = MiningPort(RpcClient(scene.world.node.url), scene.world)
    oracles = [scene.oracle(), Oracle.open(scene.settings(keystore=_second_key(scene)), port=port)]
    accounts = [scene.world.open_account() for _ in range(6)]
    for account in accounts:
        statement = scene.statement(account, scene.verifier, scene.province)
        for oracle in oracles:
            oracle.desk.receive(statement)
    for oracle in oracles:
        oracle.cycle()
    assert all(len(events_of(scene, account)) == 1 for account in accounts)
    assert all(oracle.desk.store.count()[State.RECORDED] == 6 for oracle in oracles)


def _second_key(scene: Scene) -> Path:
    path = scene.folder / "second.json"
    path.write_text(json.dumps(Account.encrypt(Account.create().key, PASSWORD, kdf="scrypt", iterations=2)))
    return path


def test_cycle__confirmations_wanted__recorded_only_under_blocks(scene: Scene) -> None:
    oracle = scene.oracle(confirmations=2)
    account = scene.world.open_account()
    oracle.desk.receive(scene.statement(account, scene.verifier, scene.province))
    assert not oracle.cycle().is_complete
    assert oracle.desk.store.count()[State.PUSHED] == 1
    scene.world.pass_time(1)
    scene.world.pass_time(1)
    oracle.cycle()
    assert oracle.desk.store.count()[State.RECORDED] == 1
    assert scene.world.reader.figure(account, YEAR).version == 1


def test_locked_home__second_process__refused(tmp_path: Path) -> None:
    with locked_home(tmp_path), pytest.raises(HomeLockedError), locked_home(tmp_path):
        pass
    with locked_home(tmp_path):
        pass


def test_open__home_of_another_registry__refused(scene: Scene) -> None:
    oracle = scene.oracle()
    own = scene.deployment
    other = Deployment(own.chain_id, own.block, {**own.addresses, "emissions": own.address("relay")})
    with pytest.raises(OracleError, match="V-15"):
        Oracle.open(oracle.settings, deployment=other)
    Oracle.open(oracle.settings, deployment=own)


def test_open__live_without_key__refused(scene: Scene) -> None:
    with pytest.raises(OracleError, match="V-14"):
        Oracle.open(scene.settings(keystore=None))
    with pytest.raises(OracleError, match="ORACLE_PASSWORD_FILE"):
        Oracle.open(scene.settings(password_file=None))


def test_open__wrong_password__says_so_and_no_more(scene: Scene) -> None:
    settings = scene.settings(password_file=None, password="not-the-one")
    with pytest.raises(KeystoreError) as error:
        Oracle.open(settings)
    assert "not-the-one" not in str(error.value) + repr(settings)
    assert PASSWORD not in repr(scene.settings())


def test_pause__failures_grow__bounded_and_spread() -> None:
    pauses = [[pause(n, 1, 60) for _ in range(50)] for n in range(1, 12)]
    assert all(min(60, 2 ** (n - 1)) / 2 <= p <= 60 for n, row in enumerate(pauses, 1) for p in row)
    assert len({p for row in pauses for p in row}) > 500
    backoff = Backoff(1, 8)
    assert [backoff.failed() <= 8 for _ in range(2_000)]
    backoff.succeeded()
    assert backoff.failed() <= 1
