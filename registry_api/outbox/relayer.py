"""Carry accepted submissions to the chain, each exactly once, whatever process dies.

One step: take queued submissions in the order of acceptance, pack them into transactions, sign them with the relayer's
key, commit transaction and assignment together, send, wait, read what each call came to, commit that. After a crash the
committed transactions are sent again as they are: the chain takes the same bytes only once.

One key carries everything: its nonces keep the order of acceptance, which orders of one account need. Nothing new is
signed while a transaction is open, so a nonce is never given twice.
"""

import threading
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak
from prometheus_client import Counter, Gauge
from sqlalchemy import Connection, delete, insert, select, update

from registry_api.chain import Chain, TxRefusedError
from registry_api.outbox.queue import DONE, HEAVY, QUEUED, REFUSED, SENT, Queue, Submission
from registry_api.outbox.waiting import Waiting
from registry_api.store import write_transaction
from registry_api.store.outbox_tables import outbox_submissions, outbox_transactions
from registry_sdk.carrier import TRANSACTION_GAS, pack, refusals, relay_transaction
from registry_sdk.codec import ContractError
from registry_sdk.deployment import Deployment

log = structlog.get_logger()

Signed = tuple[str, bytes]

SIGNED: Final = "SIGNED"
MINED: Final = "MINED"
LOST: Final = "LOST"
#: At most this many submissions, of this many bytes together, travel in one step.
BATCH: Final = 500
BATCH_BYTES: Final = 16 * 1024 * 1024
IDLE_SECONDS: Final = 0.5
STOP_SECONDS: Final = 30
RETRY_SECONDS: Final = 0.5
#: Gas of a call besides its signatures, and of one signature by a contract-verified key.
ORDER_GAS: Final = 300_000
KEY_GAS: Final = 400_000
OUT_OF_GAS: Final = ContractError("OutOfGas", {})
ORDER_AUTHORIZED: Final = keccak(text="OrderAuthorized(bytes32,uint64)")

CARRIED = Counter("registry_outbox_carried_total", "Submissions the chain answered", ["kind", "state"])
WAITING = Gauge("registry_outbox_waiting", "Submissions that wait to be carried")
FAILURES = Counter("registry_outbox_failures_total", "Relay steps that failed and will be repeated")


def gas_of(submission: Submission) -> int:
    """Upper estimate of the gas a submission may use."""
    if submission.kind in HEAVY or submission.alone:
        return TRANSACTION_GAS
    signers = [a.get("signer", "") for a in submission.document.get("approvals", [])]
    return ORDER_GAS + KEY_GAS * sum(len(s) > 42 for s in signers)


class _TakenError(Exception):
    """A submission of the batch was assigned by somebody else meanwhile: the batch is made anew."""


@dataclass
class Relayer:
    """The thread that carries.

    Args:
        key: relayer key; it needs no rights and no units.
        waiting: told of what is settled.
    """

    chain: Chain
    deployment: Deployment
    queue: Queue
    key: LocalAccount = field(repr=False)
    waiting: Waiting = field(repr=False)

    def __post_init__(self) -> None:
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relayer", daemon=True)

    def start(self) -> None:
        """Begin to carry; what an earlier process left is finished first."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the running step and end."""
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout=STOP_SECONDS)

    def wake(self) -> None:
        """Something was queued."""
        self._wake.set()

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                pause = 0.0 if self.step() else IDLE_SECONDS
            except Exception:
                # Whatever it is - node, database, an answer nobody expected - what was accepted is still to be carried.
                FAILURES.inc()
                log.exception("relay step failed, will be repeated")
                self._stop.wait(RETRY_SECONDS)
                continue
            if pause:
                self._wake.wait(pause)

    def step(self) -> bool:
        """Settle what is open, then carry a batch. True when something was settled."""
        opened = self._open_transactions()
        if opened:
            return self._send_and_settle(opened)
        batch = _bounded(self.queue.waiting(BATCH))
        WAITING.set(self.queue.count_waiting())
        return bool(batch) and self._send_and_settle(self._assign(batch))

    def _open_transactions(self) -> list[Signed]:
        table = outbox_transactions
        query = select(table.c.hash, table.c.raw).where(table.c.state == SIGNED).order_by(table.c.nonce)
        with self.queue.engine.connect() as connection:
            return [(row.hash, row.raw) for row in connection.execute(query)]

    def _assign(self, batch: list[Submission]) -> list[Signed]:
        """Sign transactions for a batch, then commit them together with who travels where."""
        weights = {s.call: gas_of(s) for s in batch}
        groups = pack([s.call for s in batch], weights.__getitem__)
        first = int(self.chain.rpc.call("eth_getTransactionCount", self.key.address, "latest"), 16)
        raws = [
            relay_transaction(self.deployment, self.key, nonce, [batch[place].call for place in group])
            for nonce, group in enumerate(groups, start=first)
        ]
        signed = [("0x" + keccak(raw).hex(), raw) for raw in raws]
        with write_transaction(self.queue.engine) as connection:
            for nonce, (group, (tx_hash, raw)) in enumerate(zip(groups, signed, strict=True), start=first):
                # The same calls under the same nonce give the same bytes: one that was refused before may come again.
                connection.execute(delete(outbox_transactions).where(outbox_transactions.c.hash == tx_hash))
                values = {"hash": tx_hash, "relayer": self.key.address, "nonce": nonce, "raw": raw, "state": SIGNED}
                connection.execute(insert(outbox_transactions).values(**values))
                for position, place in enumerate(group):
                    _board(connection, batch[place], tx_hash, position)
        return signed

    def _send_and_settle(self, transactions: list[Signed]) -> bool:
        outcomes = self.chain.send_each([raw for _, raw in transactions])
        hashes = [tx_hash for tx_hash, _ in transactions]
        receipts = self.chain.rpc.batch([("eth_getTransactionReceipt", [h]) for h in hashes])
        has_settled = False
        for tx_hash, outcome, receipt in zip(hashes, outcomes, receipts, strict=True):
            if receipt is not None:
                self._settle(tx_hash, receipt)
                has_settled = True
            elif isinstance(outcome, TxRefusedError):
                self._give_back(tx_hash, outcome)
        return has_settled

    def _settle(self, tx_hash: str, receipt: dict[str, Any]) -> None:
        table = outbox_submissions
        block = int(receipt["blockNumber"], 16)
        now = self.chain.now()
        is_whole = receipt["status"] == "0x1"
        query = select(table.c.seq, table.c.id, table.c.position, table.c.kind).where(table.c.transaction == tx_hash)
        with self.queue.engine.connect() as connection:
            rows = connection.execute(query).all()
        errors = refusals(self.deployment, receipt) if is_whole else dict.fromkeys(range(len(rows)), OUT_OF_GAS)
        # A relay transaction fails as a whole only for want of gas: each call then travels again by itself.
        is_again = not is_whole and len(rows) > 1
        settled = []
        for row in rows:
            error = errors.get(row.position)
            if error and not is_again and self._is_done_by_another(row.id, error):
                error = None
            settled.append((row, REFUSED if error else DONE, error))
        with write_transaction(self.queue.engine) as connection:
            for row, state, error in settled:
                values = {"state": state, "block": block, "settled_at": now, "error": _as_json(error)}
                again = {"state": QUEUED, "transaction": None, "position": None, "alone": True}
                where = table.c.seq == row.seq
                connection.execute(update(table).where(where).values(**(again if is_again else values)))
            mined = update(outbox_transactions).where(outbox_transactions.c.hash == tx_hash).values(state=MINED)
            connection.execute(mined)
        if not is_again:
            for row, state, _ in settled:
                CARRIED.labels(row.kind, state).inc()
            self.waiting.tell(row.id for row in rows)

    def _is_done_by_another(self, id_: str, error: ContractError) -> bool:
        """Anybody may carry a signed order: one whose number is used up may be used up by itself."""
        if error.name != "WrongNonce":
            return False
        topics = ["0x" + ORDER_AUTHORIZED.hex(), id_]
        span = {"fromBlock": hex(self.deployment.block), "toBlock": "latest"}
        wanted = {"address": self.deployment.address("accounts"), "topics": topics} | span
        return bool(self.chain.rpc.call("eth_getLogs", wanted))

    def _give_back(self, tx_hash: str, error: TxRefusedError) -> None:
        """A transaction that can never be mined: its submissions are queued again."""
        log.error("relay transaction refused, submissions queued again", transaction=tx_hash, rule=error.rule)
        with write_transaction(self.queue.engine) as connection:
            values = {"state": QUEUED, "transaction": None, "position": None}
            table = outbox_submissions
            connection.execute(update(table).where(table.c.transaction == tx_hash).values(**values))
            where = outbox_transactions.c.hash == tx_hash
            connection.execute(update(outbox_transactions).where(where).values(state=LOST))


def _bounded(batch: list[Submission]) -> list[Submission]:
    size = 0
    for count, submission in enumerate(batch):
        size += len(submission.call.data)
        if size > BATCH_BYTES and count:
            return batch[:count]
    return batch


def _board(connection: Connection, submission: Submission, tx_hash: str, position: int) -> None:
    table = outbox_submissions
    where = (table.c.seq == submission.seq) & (table.c.state == QUEUED)
    values = {"state": SENT, "transaction": tx_hash, "position": position}
    if connection.execute(update(table).where(where).values(**values)).rowcount != 1:
        raise _TakenError(submission.id)


def _as_json(error: ContractError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"name": error.name, "args": {k: _plain(v) for k, v in error.args.items()}}


def _plain(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else value
