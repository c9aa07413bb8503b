"""kill -9 of real oracle processes between signing, storing, sending and filing: every report exactly once.

``REGISTRY_KILLS`` sets the number of kills. Four of five hit a named point, one a random moment.
"""

import itertools
import os
import random
import signal
import time
from collections import Counter
from typing import Final

import pytest
from kill_processes import POINTS, is_killed, start
from oracle_support import Miner, Scene, drop, recorded_events, wait_for
from sqlalchemy import select

from oracles.settings import OracleSettings
from oracles.store import PushStore, State, StatementStore, open_store
from oracles.store.tables import pushes

pytestmark = [pytest.mark.kill, pytest.mark.e2e]

KILLS: Final = int(os.environ.get("REGISTRY_KILLS", "50"))
PER_KILL: Final = 3  # with two reports in a transaction: a full batch and one that is not
ACCOUNTS: Final = 10
FIRST_YEAR: Final = 2000
Key = tuple[int, int]


def test_run__killed_at_every_boundary_and_at_random_moments__every_report_exactly_once(scene: Scene) -> None:
    settings = scene.settings()
    chance = random.Random(20_251)
    accounts = [scene.world.open_account() for _ in range(ACCOUNTS)]
    keys = [(account, FIRST_YEAR + n) for n in range(-(-KILLS * PER_KILL // ACCOUNTS)) for account in accounts]
    waiting = iter(keys)
    points = itertools.cycle(POINTS)
    hits: Counter[str] = Counter()
    with Miner(scene.world, 0.03):
        for number in range(KILLS):
            for key in itertools.islice(waiting, PER_KILL):
                _hand_in(scene, settings, key)
            point = None if number % 5 == 4 else next(points)
            process = start(settings, point, occasion=chance.randint(1, 2))
            if point is None:
                time.sleep(chance.uniform(0, 1))
                process.kill()
            assert is_killed(process), f"{point}: ended with {process.exitcode}"
            hits[point or "random moment"] += 1
        for key in waiting:
            _hand_in(scene, settings, key)
        last = start(settings)
        store = StatementStore(open_store(settings.database))
        wait_for(lambda: store.count()[State.RECORDED] == len(keys), "not everything was recorded", 120)
        os.kill(last.pid or 0, signal.SIGTERM)
        last.join(20)
        assert last.exitcode == 0
    print(dict(hits))

    assert KILLS < 12 or hits.keys() == {*POINTS, "random moment"}
    _require_exactly_once(scene, keys)
    _require_books_in_order(scene, store)
    kept = {path.name for path in (settings.inbox_folder / "accepted").iterdir()}
    assert kept == {f"{account}-{year}.json" for account, year in keys}


def _hand_in(scene: Scene, settings: OracleSettings, key: Key) -> None:
    account, year = key
    whole = scene.statement(account, scene.verifier, scene.province, year=year, tonnes=_tonnes(key))
    drop(settings.inbox_folder, whole, f"{account}-{year}.json")


def _tonnes(key: Key) -> int:
    return key[0] * 10_000 + key[1]


def _require_exactly_once(scene: Scene, keys: list[Key]) -> None:
    """One event for each report and none besides; the figures are those of the reports."""
    mine = {account for account, _ in keys}
    seen = Counter((e["account"], e["year"]) for e in recorded_events(scene) if e["account"] in mine)
    assert seen == dict.fromkeys(keys, 1)
    assert all(scene.world.reader.figure(*key).tonnes == _tonnes(key) for key in keys)


def _require_books_in_order(scene: Scene, store: StatementStore) -> None:
    """No transaction is open or given up, and the sender sent no transaction that the books do not hold."""
    assert PushStore(store.engine).pending() is None
    with store.engine.connect() as connection:
        states = Counter(connection.execute(select(pushes.c.state)).scalars())
    sent = int(scene.world.node.rpc.call("eth_getTransactionCount", scene.sender.address, "latest"), 16)
    assert states == {"mined": sent}


def test_run__second_process_started_by_mistake__ends_and_harms_nothing(scene: Scene) -> None:
    settings = scene.settings()
    account = scene.world.open_account()
    first = start(settings)
    store = StatementStore(open_store(settings.database))
    with Miner(scene.world):
        _hand_in(scene, settings, (account, FIRST_YEAR))
        wait_for(lambda: store.count()[State.RECORDED] == 1, "the first process did not work")
        second = start(settings)
        second.join(30)
        assert second.exitcode == 2
        assert "先停止它" in (settings.home / "process.log").read_text()
        _hand_in(scene, settings, (account, FIRST_YEAR + 1))
        wait_for(lambda: store.count()[State.RECORDED] == 2, "the first process stopped working")
        first.kill()
        assert is_killed(first)
        third = start(settings)  # the system gave the lock of the killed one back
        _hand_in(scene, settings, (account, FIRST_YEAR + 2))
        wait_for(lambda: store.count()[State.RECORDED] == 3, "the third process did not work")
        third.kill()
    _require_exactly_once(scene, [(account, FIRST_YEAR + n) for n in range(3)])
