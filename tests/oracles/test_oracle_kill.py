"""kill -9 of a real oracle process at random moments, over and over: every report exactly once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import partial

import pytest
from oracle_support import YEAR, Miner, Scene, drop, recorded_events, wait_for
from sqlalchemy import func, select

from oracles.settings import OracleSettings
from oracles.store import PushStore, State, StatementStore, open_store
from oracles.store.tables import pushes

COMMAND = [sys.executable, "-c", "from registry_cli.oracle import app; app()"]
KILLS = 24
SECONDS = 60
PER_KILL = 6


def start(settings: OracleSettings) -> subprocess.Popen[bytes]:
    given = {
        "ORACLE_HOME": settings.home,
        "ORACLE_RPC_URL": settings.rpc_url,
        "ORACLE_DEPLOYMENT": settings.deployment,
        "ORACLE_KEYSTORE": settings.keystore,
        "ORACLE_PASSWORD_FILE": settings.password_file,
        "ORACLE_POLL_SECONDS": "0.05",
        "ORACLE_BATCH": "2",
        "ORACLE_PORT": "0",
        "ORACLE_BACKOFF_FIRST": "0.05",
        "ORACLE_BACKOFF_MOST": "0.2",
    }
    environment = os.environ | {name: str(value) for name, value in given.items()}
    sink = (settings.home / "process.log").open("ab")
    return subprocess.Popen([*COMMAND, "run", "--live", "--json"], env=environment, stdout=sink, stderr=sink)


@pytest.mark.kill
@pytest.mark.e2e
def test_run__killed_at_random_moments__every_report_exactly_once(scene: Scene) -> None:
    settings = scene.settings()
    settings.prepare_home()
    random.seed(20_251)
    accounts = [scene.world.open_account() for _ in range(KILLS * PER_KILL)]
    waiting = list(accounts)
    store = StatementStore(open_store(settings.database))
    end = time.monotonic() + SECONDS
    moments: Counter[str] = Counter()
    with Miner(scene.world, 0.1):
        while moments.total() < KILLS and time.monotonic() < end:
            done_before = _work(store)
            process = start(settings)
            try:
                batch, waiting = waiting[:PER_KILL], waiting[PER_KILL:]
                for account in batch:
                    whole = scene.statement(account, scene.verifier, scene.province, tonnes=account)
                    drop(settings.inbox_folder, whole, f"{account}.json")
                if moments.total() % 3:
                    wait_for(partial(_is_at_work, store, process, done_before), "the process never began to work")
                    time.sleep(random.uniform(0, 0.3))
                else:
                    time.sleep(random.uniform(0.2, 2.0))  # also while it starts, migrates, reads the inbox
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait()
            moments[_moment(scene, store)] += 1
        last = start(settings)
        for account in waiting:
            whole = scene.statement(account, scene.verifier, scene.province, tonnes=account)
            drop(settings.inbox_folder, whole, f"{account}.json")
        wait_for(lambda: store.count()[State.RECORDED] == len(accounts), "not everything was recorded", 120)
        last.send_signal(signal.SIGTERM)
        assert last.wait(20) == 0

    mine = Counter(e["account"] for e in recorded_events(scene) if e["account"] in set(accounts))
    assert mine == dict.fromkeys(accounts, 1)
    assert all(scene.world.reader.figure(a, YEAR).tonnes == a for a in accounts)
    assert PushStore(store.engine).pending() is None
    kept = {path.name for path in (settings.inbox_folder / "accepted").iterdir()}
    assert kept == {f"{account}.json" for account in accounts}
    print(dict(moments))


def _moment(scene: Scene, store: StatementStore) -> str:
    """Where the kill hit."""
    push = PushStore(store.engine).pending()
    if push is None:
        return "no transaction open"
    if push.sends == 0:
        return "stored, not sent"
    is_mined = scene.world.node.rpc.call("eth_getTransactionReceipt", push.tx_hash)
    return "mined, not filed" if is_mined else "sent, not mined"


def _work(store: StatementStore) -> tuple[int, int]:
    """Transactions stored and handed over so far."""
    with store.engine.connect() as connection:
        stored, sent = connection.execute(select(func.count(), func.coalesce(func.sum(pushes.c.sends), 0))).one()
    return stored, sent


def _is_at_work(store: StatementStore, process: subprocess.Popen[bytes], before: tuple[int, int]) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"the process ended by itself with {process.returncode}")
    return _work(store) != before
