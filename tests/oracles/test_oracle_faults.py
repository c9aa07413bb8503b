"""Real oracle processes where chain and operators misbehave: lost and doubled messages, foreign and missing nonces."""

from typing import Final

import pytest
from faulty_gateway import FAULTS, FaultyGateway
from kill_processes import start
from oracle_support import Miner, MiningPort, Scene, drop, recorded_events, wait_for

from oracles.process import Oracle
from oracles.settings import OracleSettings
from oracles.store import State, StatementStore, open_store
from registry_sdk.rpc import RpcClient

REPORTS: Final = 16


def events_of(scene: Scene, account: int) -> int:
    return sum(e["account"] == account for e in recorded_events(scene))


@pytest.mark.e2e
def test_run__answers_lost_cut_garbled_and_requests_doubled__every_report_exactly_once(scene: Scene) -> None:
    accounts = [scene.world.open_account() for _ in range(REPORTS)]
    with FaultyGateway(scene.world.node.url, every=6, seed=7) as gateway, Miner(scene.world):
        settings = scene.settings(rpc_url=gateway.url)
        _fill(scene, settings, accounts)
        process = start(settings)
        store = StatementStore(open_store(settings.database))
        wait_for(lambda: store.count()[State.RECORDED] == REPORTS, "not everything was recorded", 90)
        process.kill()
    assert [events_of(scene, account) for account in accounts] == [1] * REPORTS
    assert set(gateway.seen) == set(FAULTS)


@pytest.mark.e2e
def test_run__two_processes_with_homes_of_their_own_and_one_key__every_report_exactly_once(scene: Scene) -> None:
    accounts = [scene.world.open_account() for _ in range(10)]
    homes = [scene.settings(), scene.settings()]
    for settings in homes:
        _fill(scene, settings, accounts)
    with Miner(scene.world):
        processes = [start(settings) for settings in homes]
        for settings in homes:
            store = StatementStore(open_store(settings.database))
            wait_for(lambda s=store: s.count()[State.RECORDED] == len(accounts), "not everything was recorded", 90)
        for process in processes:
            process.kill()
    assert [events_of(scene, account) for account in accounts] == [1] * len(accounts)


class AheadPort(MiningPort):
    """A node behind a load balancer that knows of one transaction more than the others, once."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(RpcClient(scene.world.node.url), scene.world)
        object.__setattr__(self, "lies", [1])

    def next_nonce(self, sender: str) -> int:
        return super().next_nonce(sender) + (self.lies.pop() if self.lies else 0)  # type: ignore[attr-defined]


def test_cycle__signed_with_a_gap_before_its_nonce__pushed_anew_and_recorded_once(scene: Scene) -> None:
    oracle = Oracle.open(scene.settings(), port=AheadPort(scene))
    account, later = scene.world.open_account(), scene.world.open_account()
    statement = scene.statement(account, scene.verifier, scene.province)
    oracle.desk.receive(statement)
    for _ in range(5):
        oracle.cycle()
    assert events_of(scene, account) == 1
    digest = "0x" + statement.digest().hex()
    assert [state for _, state, _ in oracle.pushes.transactions_of(digest)] == ["abandoned", "mined"]
    # the gap is closed now: the chain takes the transaction that was given up, and its rule of versions refuses it
    oracle.desk.receive(scene.statement(later, scene.verifier, scene.province))
    for _ in range(5):
        oracle.cycle()
    assert (events_of(scene, account), events_of(scene, later)) == (1, 1)
    assert oracle.desk.store.count()[State.RECORDED] == 2
    assert oracle.pushes.pending() is None


def _fill(scene: Scene, settings: OracleSettings, accounts: list[int]) -> None:
    for account in accounts:
        drop(settings.inbox_folder, scene.statement(account, scene.verifier, scene.province), f"{account}.json")
