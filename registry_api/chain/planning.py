"""Decide which waiting transactions go into the next block: nonces in order, repeats acknowledged."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from registry_api.chain.errors import NonceRefusedError, TxRefusedError
from registry_api.chain.transactions import RawTx
from registry_sdk.rpc import RpcClient


@dataclass(frozen=True, slots=True)
class Submission:
    """Transactions that go in together or not at all; without any it asks for an empty block."""

    txs: tuple[RawTx, ...]
    done: Future[None] = field(default_factory=Future)


@dataclass(slots=True)
class Plan:
    """The next block: its transactions by hash, in order, and the submissions that wait for it."""

    txs: dict[str, RawTx] = field(default_factory=dict)
    waiting: list[Submission] = field(default_factory=list)
    refused: list[tuple[Submission, TxRefusedError]] = field(default_factory=list)


class Planner:
    """Keeps the next nonce of every sender seen. Not thread-safe: the producer owns it."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def forget(self) -> None:
        """Ask the chain again for all nonces."""
        self._next.clear()

    def plan(self, rpc: RpcClient, submissions: Sequence[Submission]) -> Plan:
        """Order submissions into a plan. Transactions already mined count as done."""
        self._load_nonces(rpc, submissions)
        mined = self._already_mined(rpc, submissions)
        plan = Plan()
        for submission in submissions:
            nexts: dict[str, int] = {}
            fresh: dict[str, RawTx] = {}
            try:
                for tx in submission.txs:
                    if tx.hash in mined or tx.hash in plan.txs or tx.hash in fresh:
                        continue
                    expected = nexts.get(tx.sender, self._next[tx.sender])
                    if tx.nonce != expected:
                        raise NonceRefusedError(tx.hash, tx.sender, tx.nonce, expected)
                    nexts[tx.sender] = expected + 1
                    fresh[tx.hash] = tx
            except NonceRefusedError as error:
                plan.refused.append((submission, error))
                continue
            self._next.update(nexts)
            plan.txs.update(fresh)
            plan.waiting.append(submission)
        return plan

    def _load_nonces(self, rpc: RpcClient, submissions: Sequence[Submission]) -> None:
        senders = {tx.sender for submission in submissions for tx in submission.txs} - self._next.keys()
        counts = rpc.batch([("eth_getTransactionCount", (sender, "latest")) for sender in senders])
        self._next.update({sender: int(count, 16) for sender, count in zip(senders, counts, strict=True)})

    def _already_mined(self, rpc: RpcClient, submissions: Sequence[Submission]) -> set[str]:
        old = {tx.hash for submission in submissions for tx in submission.txs if tx.nonce < self._next[tx.sender]}
        found = rpc.batch([("eth_getTransactionByHash", (known,)) for known in old])
        return {known for known, tx in zip(old, found, strict=True) if tx is not None and tx["blockHash"] is not None}
