"""The embedded chain on a real node: admission, grouping, repeats, clock, restart."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rlp
from chain_support import CHAIN_ID, DEPLOYER, SENDERS, START, STORE_TIME, STRANGER, chain, raw, settings

from registry_api.chain.clock import ManualClock
from registry_api.chain.embedded import EmbeddedChain
from registry_api.chain.errors import (
    ChainLockedError,
    ChainRefusedError,
    ChainUnavailableError,
    NonceRefusedError,
    TxRefusedError,
)
from registry_api.chain.planning import Submission
from registry_api.store import create_store_engine, migrate

A, B, C = SENDERS[:3]


@pytest.fixture
def running(tmp_path: Path):
    with chain(tmp_path) as started:
        yield started


def block_of(running: EmbeddedChain, tx_hash: str) -> int:
    return int(running.rpc.call("eth_getTransactionReceipt", tx_hash)["blockNumber"], 16)


def test_send_raw__two_hundred__share_one_block_in_order(running: EmbeddedChain) -> None:
    raws = [raw(key, nonce) for nonce in range(40) for key in SENDERS]
    hashes = running.send_raw(raws)
    assert running.head().height == 1
    assert running.rpc.call("eth_getBlockByNumber", "latest", False)["transactions"] == hashes


def test_send_raw__concurrent_callers__are_grouped(running: EmbeddedChain) -> None:
    barrier = threading.Barrier(len(SENDERS))

    def send(key):
        barrier.wait()
        for nonce in range(20):
            running.send_raw([raw(key, nonce)])

    threads = [threading.Thread(target=send, args=(key,)) for key in SENDERS]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    counts = [int(running.rpc.call("eth_getTransactionCount", key.address, "latest"), 16) for key in SENDERS]
    assert counts == [20] * len(SENDERS)
    assert running.head().height < 100


def test_send_raw__sent_again__same_hash_and_no_new_block(running: EmbeddedChain) -> None:
    first = running.send_raw([raw(A, 0), raw(A, 1)])
    again = running.send_raw([raw(A, 0), raw(A, 1), raw(A, 2)])
    assert again[:2] == first
    assert [block_of(running, known) for known in again] == [1, 1, 2]
    assert running.send_raw([raw(A, 1)]) == [first[1]]
    assert running.head().height == 2


def test_send_raw__twice_in_one_call__is_one_transaction(running: EmbeddedChain) -> None:
    one, two = running.send_raw([raw(A, 0), raw(A, 0)])
    assert one == two
    assert running.head().height == 1


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        ("N-01", b""),
        ("N-01", b"\x03" + raw(A, 0)),
        ("N-01", raw(A, 0) + b"\0"),
        ("N-01", raw(A, 0, type=2, maxFeePerGas=0, maxPriorityFeePerGas=0)[:-1]),
        ("N-02", raw(A, 0, chainId=CHAIN_ID + 1)),
        ("N-04", raw(STRANGER, 0)),
        ("N-05", raw(A, 0, to=None, data=STORE_TIME)),
        ("N-06", raw(A, 0, gas=16_777_217)),
        ("N-07", raw(A, 0, gas=16_000_000, data=b"\0" * 131_072)),
        ("N-08", raw(A, 1)),
        ("N-09", raw(A, 0, gas=20_000)),
        ("N-09", raw(A, 0, value=1)),
        ("N-09", raw(A, 0, gasPrice=1)),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)}-bytes",
)
def test_send_raw__not_allowed__refused_with_rule(running: EmbeddedChain, rule: str, bad: bytes) -> None:
    with pytest.raises(TxRefusedError) as refused:
        running.send_raw([bad])
    assert refused.value.rule == rule
    assert refused.value.zh
    assert running.head().height == 0
    running.send_raw([raw(A, 0)])
    assert running.head().height == 1


def test_send_raw__all_transaction_types__accepted(running: EmbeddedChain) -> None:
    access = [{"address": "0x" + "22" * 20, "storageKeys": ["0x" + "01" * 32]}]
    running.send_raw(
        [
            raw(A, 0),
            raw(A, 1, type=2, maxFeePerGas=0, maxPriorityFeePerGas=0, accessList=access),
            raw(A, 2, type=1, accessList=access),
            raw(DEPLOYER, 0, to=None, data=STORE_TIME, gas=16_777_216),
        ]
    )
    assert running.head().height == 1


def test_send_raw__malleated_signature__refused(running: EmbeddedChain) -> None:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    fields = rlp.decode(raw(A, 0))
    v, s = int.from_bytes(fields[6]), int.from_bytes(fields[8])
    flipped = (v - 35) ^ 1
    fields[6], fields[8] = (flipped + 35).to_bytes(3), (order - s).to_bytes(32)
    with pytest.raises(TxRefusedError, match="N-03"):
        running.send_raw([rlp.encode(fields)])


def test_send_raw__one_bad_of_three__none_is_sent(running: EmbeddedChain) -> None:
    with pytest.raises(NonceRefusedError) as refused:
        running.send_raw([raw(A, 0), raw(B, 5), raw(C, 0)])
    assert (refused.value.expected, refused.value.nonce) == (0, 5)
    assert running.head().height == 0


def test_send_each__some_bad__others_share_a_block(running: EmbeddedChain) -> None:
    outcomes = running.send_each([raw(A, 0), raw(STRANGER, 0), raw(B, 0, gas=20_000), raw(B, 1), raw(C, 0), raw(C, 7)])
    rules = [outcome.rule if isinstance(outcome, TxRefusedError) else None for outcome in outcomes]
    assert rules == [None, "N-04", "N-09", "N-09", None, "N-08"]
    assert running.head().height == 1
    assert running.send_raw([raw(B, 0), raw(B, 1), raw(C, 1)])


def test_send_raw__too_many__refused(running: EmbeddedChain) -> None:
    with pytest.raises(ChainRefusedError, match="N-10"):
        running.send_raw([b""] * 2_001)
    with pytest.raises(ChainRefusedError, match="N-10"):
        running.send_each([bytes(17 * 1024 * 1024)] * 2)


def test_policy__extended__admits_new_sender(running: EmbeddedChain) -> None:
    running.policy = running.policy.extended(senders=[STRANGER.address])
    assert running.send_raw([raw(STRANGER, 0)])
    with pytest.raises(TxRefusedError, match="N-05"):
        running.send_raw([raw(STRANGER, 1, to=None, data=STORE_TIME)])


def test_block_time__clock_stands_or_goes_back__never_decreases(tmp_path: Path) -> None:
    clock = ManualClock(START + 50)
    with chain(tmp_path, clock) as running:
        times = []
        for nonce, seconds in enumerate((0, 10, 0, -30)):
            clock._now += seconds
            running.send_raw([raw(A, nonce)])
            times.append(running.head().timestamp - START)
        assert times == [50, 60, 60, 60]
        assert running.now() == START + 60


def test_advance__sandbox__offset_survives_restart(tmp_path: Path) -> None:
    chosen = settings(tmp_path, sandbox=True)
    engine = create_store_engine(chosen.database)
    migrate(engine)
    with EmbeddedChain(chosen, engine) as running:
        before = running.now()
        head = running.advance(86_400 * 400)
        assert head.timestamp >= before + 86_400 * 400
        with pytest.raises(ChainRefusedError, match="N-11"):
            running.advance(-1)
    with EmbeddedChain(chosen, engine) as running:
        assert running.now() >= head.timestamp
        assert running.head() == head


def test_sandbox_start__in_the_past__kept_over_restart_and_only_grows(tmp_path: Path) -> None:
    past = int(datetime(2025, 1, 2, tzinfo=UTC).timestamp())
    chosen = settings(tmp_path, sandbox=True, sandbox_start=past)
    engine = create_store_engine(chosen.database)
    migrate(engine)
    with EmbeddedChain(chosen, engine) as running:
        assert past <= running.now() < past + 60
        running.advance(86_400)
    later = chosen.model_copy(update={"sandbox_start": past + 500 * 86_400})
    with EmbeddedChain(later, engine) as running:
        assert past + 86_400 <= running.now() < past + 86_400 + 120


def test_advance__not_a_sandbox__refused(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    engine = create_store_engine(chosen.database)
    migrate(engine)
    with EmbeddedChain(chosen, engine) as running, pytest.raises(ChainRefusedError, match="N-11"):
        running.advance(10)


def test_start__second_owner__refused(tmp_path: Path, running: EmbeddedChain) -> None:
    with pytest.raises(ChainLockedError):
        chain(tmp_path).start()


def test_stop__then_send__typed_error(tmp_path: Path) -> None:
    running = chain(tmp_path).start()
    running.stop()
    running.stop()
    with pytest.raises(ChainUnavailableError):
        running.send_raw([raw(A, 0)])
    with pytest.raises(ChainUnavailableError):
        running.rpc.call("eth_blockNumber")


def test_tick__no_transactions__makes_a_block(running: EmbeddedChain) -> None:
    assert running.tick().height == 1


def test_tick__with_only_refused_transactions_waiting__still_makes_a_block(running: EmbeddedChain) -> None:
    refused = Submission((running.policy.admit(raw(A, 0, gas=20_000)),))
    tick = Submission(())
    running._producer.submit([refused, tick])
    assert isinstance(refused.done.exception(30), TxRefusedError)
    assert tick.done.result(30) is None
    assert running.head().height == 1


def test_submit__more_than_a_block_holds__split_into_blocks(running: EmbeddedChain) -> None:
    groups = [[Submission((running.policy.admit(raw(key, nonce)),)) for nonce in range(1_500)] for key in SENDERS[:4]]
    for group in groups:
        running._producer.submit(group)
    for group in groups:
        assert group[-1].done.result(60) is None
    blocks = running.rpc.batch([("eth_getBlockByNumber", (hex(at + 1), False)) for at in range(running.head().height)])
    assert sum(len(block["transactions"]) for block in blocks) == 6_000
    assert max(len(block["transactions"]) for block in blocks) <= 4_000
