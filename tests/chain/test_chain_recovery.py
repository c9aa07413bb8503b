"""What was acknowledged survives kill -9 of the node, of its owner, and damage to files; edits are noticed."""

import contextlib
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from chain_support import SENDERS, START, chain, raw, settings
from sqlalchemy import text

from registry_api.chain.clock import ManualClock
from registry_api.chain.embedded import EmbeddedChain
from registry_api.chain.errors import ChainIntegrityError, ChainUnavailableError
from registry_api.chain.journal import Journal
from registry_api.store import create_store_engine, write_transaction

A, B = SENDERS[:2]


def assert_on_chain_once(running: EmbeddedChain, acknowledged: list[str]) -> None:
    height = running.head().height
    blocks = running.rpc.batch([("eth_getBlockByNumber", (hex(at), False)) for at in range(height + 1)])
    mined = [known for block in blocks for known in block["transactions"]]
    assert len(mined) == len(set(mined))
    assert set(acknowledged) <= set(mined)
    rows = list(Journal(create_store_engine(settings(Path(running._settings.home)).database)).rows())
    assert [row.block_hash for row in rows] == [block["hash"] for block in blocks[1:]]
    assert blocks[-1]["hash"] == running.head().block_hash


def fill(home: Path, blocks: int, **fields) -> None:
    with chain(home, **fields) as running:
        for nonce in range(blocks):
            running.send_raw([raw(A, nonce)])


def sql(home: Path, statement: str, **values) -> None:
    with write_transaction(create_store_engine(settings(home).database)) as connection:
        assert connection.execute(text(statement), values).rowcount == 1


@pytest.mark.kill
def test_send_raw__node_killed_at_random__every_acknowledged_once(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    each = 60
    with chain(tmp_path, snapshot_every=7) as running:

        def send(key):
            for nonce in range(each):
                acknowledged.extend(running.send_raw([raw(key, nonce)]))

        threads = [threading.Thread(target=send, args=(key,)) for key in SENDERS]
        [thread.start() for thread in threads]
        kills = 0
        while any(thread.is_alive() for thread in threads):
            time.sleep(random.uniform(0.01, 0.2))
            if pid := running.node_pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    kills += 1
        [thread.join() for thread in threads]
        assert kills
        assert len(acknowledged) == each * len(SENDERS)
        assert_on_chain_once(running, acknowledged)


@pytest.mark.kill
def test_start__owner_killed_at_random__every_acknowledged_once(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    owner = Path(__file__).with_name("chain_owner.py")
    for _ in range(4):
        with subprocess.Popen([sys.executable, owner, tmp_path], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            node = int(process.stdout.readline().split()[1])
            threading.Timer(random.uniform(0.1, 0.8), process.kill).start()
            acknowledged += [line.split()[1] for line in process.stdout if line.startswith("ack ") and line[-1] == "\n"]
        deadline = time.monotonic() + 10
        while Path(f"/proc/{node}/exe").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not Path(f"/proc/{node}/exe").exists(), "the node outlived its owner"
    assert acknowledged
    with chain(tmp_path, ManualClock(START + 100)) as running:
        assert_on_chain_once(running, acknowledged)


@pytest.mark.kill
def test_rpc__node_killed_between_reads__reads_wait_and_go_on(tmp_path: Path) -> None:
    with chain(tmp_path) as running:
        running.send_raw([raw(A, 0)])
        for _ in range(5):
            os.kill(running.node_pid or 0, signal.SIGKILL)
            assert running.rpc.call("eth_blockNumber") == "0x1"
        assert running.restarts == 5


def test_start__after_clean_stop__same_head_from_snapshot(tmp_path: Path) -> None:
    fill(tmp_path, 12, snapshot_every=5)
    assert len(list((tmp_path / "snapshots").iterdir())) == 2
    with chain(tmp_path, snapshot_every=5) as running:
        assert running._producer._snapshot_height == 12
        running.send_raw([raw(A, 12)])
        head = running.head()
    shutil.rmtree(tmp_path / "snapshots")
    with chain(tmp_path) as running:
        assert running.head() == head
        assert running._producer._snapshot_height == 0


@pytest.mark.parametrize("damage", ["torn", "noise", "empty"])
def test_start__newest_snapshot_damaged__older_one_used(tmp_path: Path, damage: str) -> None:
    fill(tmp_path, 12, snapshot_every=5)
    newest = max((tmp_path / "snapshots").iterdir())
    good = newest.read_bytes()
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 0xFF
    newest.write_bytes({"torn": good[: len(good) // 2], "noise": bytes(flipped), "empty": b""}[damage])
    with chain(tmp_path) as running:
        assert running._producer._snapshot_height == 10
        assert running.head().height == 12


def test_start__all_snapshots_damaged__everything_replayed(tmp_path: Path) -> None:
    fill(tmp_path, 12, snapshot_every=5)
    for path in (tmp_path / "snapshots").iterdir():
        path.write_bytes(b"?")
    with chain(tmp_path) as running:
        assert running._producer._snapshot_height == 0
        assert running.head().height == 12


def test_start__snapshot_with_foreign_label__detected(tmp_path: Path) -> None:
    fill(tmp_path, 3)
    (path,) = (tmp_path / "snapshots").iterdir()
    path.rename(path.with_name(f"state-{3:012d}-0x{'ab' * 32}.json.gz"))
    with pytest.raises(ChainIntegrityError, match="snapshot"):
        chain(tmp_path).start()


def test_start__balance_edited_in_snapshot__detected(tmp_path: Path) -> None:
    fill(tmp_path, 3)
    (path,) = (tmp_path / "snapshots").iterdir()
    state = json.loads(gzip.decompress(path.read_bytes()))
    state["accounts"][A.address.lower()]["balance"] = "0x1"
    path.write_bytes(gzip.compress(json.dumps(state).encode()))
    with pytest.raises(ChainIntegrityError, match="accounts"):
        chain(tmp_path).start()


@pytest.mark.parametrize("keep_snapshots", [True, False])
@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("UPDATE chain_journal SET timestamp = timestamp + 1 WHERE height = 4", {}),
        ("UPDATE chain_journal SET block_hash = :value WHERE height = 4", {"value": "0x" + "cd" * 32}),
        ("UPDATE chain_journal SET raw_txs = :value WHERE height = 4", {"value": b"\0\0\0\2ab"}),
        ("UPDATE chain_journal SET raw_txs = :value, tx_count = 0 WHERE height = 4", {"value": b""}),
        ("UPDATE chain_journal SET block_hash = NULL WHERE height = 4", {}),
        ("DELETE FROM chain_journal WHERE height = 4", {}),
    ],
    ids=["time", "hash", "noise", "emptied", "reopened", "deleted"],
)
def test_start__journal_edited__detected(tmp_path: Path, statement: str, values: dict, keep_snapshots: bool) -> None:
    fill(tmp_path, 6)
    sql(tmp_path, statement, **values)
    if not keep_snapshots:
        shutil.rmtree(tmp_path / "snapshots")
    with pytest.raises(ChainIntegrityError):
        chain(tmp_path).start()


def test_start__journal_cut_below_snapshot__detected(tmp_path: Path) -> None:
    fill(tmp_path, 6)
    sql(tmp_path, "DELETE FROM chain_journal WHERE height = 6")
    with pytest.raises(ChainIntegrityError):
        chain(tmp_path).start()


def test_start__other_genesis__detected(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    shutil.rmtree(tmp_path / "snapshots")
    with pytest.raises(ChainIntegrityError):
        chain(tmp_path, genesis_time=START - 1).start()


@pytest.mark.parametrize("keep_snapshots", [True, False])
def test_start__other_chain_id__detected(tmp_path: Path, keep_snapshots: bool) -> None:
    fill(tmp_path, 2)
    if not keep_snapshots:
        shutil.rmtree(tmp_path / "snapshots")
    with pytest.raises(ChainIntegrityError):
        chain(tmp_path, chain_id=1).start()


def test_start__pending_row__is_mined_and_acknowledged(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    journal = Journal(create_store_engine(settings(tmp_path).database))
    journal.begin(3, START + 100, [raw(A, 2), raw(B, 0, gas=20_000), raw(B, 1)])
    with chain(tmp_path) as running:
        assert running.head().height == 3
        assert running.send_raw([raw(A, 2)])
        assert running.head().height == 3
        assert [len(row.raws) for row in journal.rows()] == [1, 1, 1]


def test_start__pending_row_of_refused_only__goes(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    journal = Journal(create_store_engine(settings(tmp_path).database))
    journal.begin(3, START + 100, [raw(B, 0, gas=20_000)])
    with chain(tmp_path) as running:
        assert running.head().height == 2
        assert journal.height() == 2
        running.send_raw([raw(B, 0)])
        assert running.head().height == 3


def test_send_raw__two_thousand_replayed__same_order_same_hash(tmp_path: Path) -> None:
    with chain(tmp_path) as running:
        running.send_raw([raw(key, nonce) for nonce in range(400) for key in SENDERS])
        head = running.head()
        assert head.height == 1
    shutil.rmtree(tmp_path / "snapshots")
    with chain(tmp_path) as running:
        assert running.head() == head


def trigger(home: Path, when: str) -> None:
    with write_transaction(create_store_engine(settings(home).database)) as connection:
        body = "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        connection.execute(text(f"CREATE TRIGGER broken BEFORE {when} ON chain_journal {body}"))


def repair(home: Path) -> None:
    with write_transaction(create_store_engine(settings(home).database)) as connection:
        connection.execute(text("DROP TRIGGER broken"))


def test_send_raw__journal_cannot_be_written__typed_error_then_goes_on(tmp_path: Path) -> None:
    with chain(tmp_path) as running:
        running.send_raw([raw(A, 0)])
        trigger(tmp_path, "INSERT")
        with pytest.raises(ChainUnavailableError):
            running.send_raw([raw(A, 1)])
        assert running.head().height == 1
        repair(tmp_path)
        acknowledged = running.send_raw([raw(A, 1)])
        assert_on_chain_once(running, acknowledged)


def test_send_raw__hash_cannot_be_stored__not_acknowledged_until_it_is(tmp_path: Path) -> None:
    with chain(tmp_path) as running:
        trigger(tmp_path, "UPDATE")
        outcome: list[str] = []
        thread = threading.Thread(target=lambda: outcome.extend(running.send_raw([raw(A, 0)])))
        thread.start()
        thread.join(1.0)
        assert thread.is_alive()
        assert outcome == []
        repair(tmp_path)
        thread.join(30)
        assert len(outcome) == 1
        assert_on_chain_once(running, outcome)


def test_stop__while_database_is_broken__caller_is_told_and_row_is_mined_later(tmp_path: Path) -> None:
    running = chain(tmp_path).start()
    trigger(tmp_path, "UPDATE")
    outcome: list[BaseException] = []

    def send() -> None:
        try:
            running.send_raw([raw(A, 0)])
        except ChainUnavailableError as error:
            outcome.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    thread.join(0.5)
    running.stop()
    thread.join(30)
    assert len(outcome) == 1
    repair(tmp_path)
    with chain(tmp_path) as again:
        assert again.head().height == 1
        assert_on_chain_once(again, again.send_raw([raw(A, 0)]))
