"""Carry accepted submissions to the chain, each exactly once, whatever process dies.

One step: take queued submissions in the order of acceptance, pack them into transactions, sign them with the relayer's
key, commit transaction and assignment together, send, wait, read what each call came to, commit that. After a crash the
committed transactions are sent again as they are: the chain takes the same bytes only once.

One key carries everything: its nonces keep the order of acceptance, which orders of one account need.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak
from prometheus_client import Counter, Gauge
from sqlalchemy import insert, select, update

from registry_api.chain import Chain, ChainError, TxRefusedError
from registry_api.outbox.queue import DONE, HEAVY, QUEUED, REFUSED, SENT, Queue, Submission
from registry_api.store import write_transaction
from registry_api.store.outbox_tables import outbox_submissions, outbox_transactions
from registry_sdk.carrier import TRANSACTION_GAS, pack, refusals, relay_transaction
from registry_sdk.codec import ContractError
from registry_sdk.deployment import Deployment
from registry_sdk.rpc import RpcError, RpcTransportError

log = structlog.get_logger()

SIGNED: Final = "SIGNED"
MINED: Final = "MINED"
LOST: Final = "LOST"
BATCH: Final = 1_000
IDLE_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 0.5
#: Gas of a call besides its signatures, and of one signature by a contract-verified key.
ORDER_GAS: Final = 300_000
KEY_GAS: Final = 400_000

CARRIED = Counter("registry_outbox_carried_total", "Submissions the chain answered", ["kind", "state"])
WAITING = Gauge("registry_outbox_waiting", "Submissions that wait to be carried")
FAILURES = Counter("registry_outbox_failures_total", "Relay steps that failed and will be repeated")


def gas_of(submission: Submission) -> int:
    """Upper estimate of the gas a submission may use."""
    if submission.kind in HEAVY or submission.alone:
        return TRANSACTION_GAS
    signers = [a.get("signer", "") for a in submission.document.get("approvals", [])]
    return ORDER_GAS + KEY_GAS * sum(len(s) > 42 for s in signers)


@dataclass
class Relayer:
    """The thread that carries.

    Args:
        key: relayer key; it needs no rights and no units.
    """

    chain: Chain
    deployment: Deployment
    queue: Queue
    key: LocalAccount = field(repr=False)

    def __post_init__(self) -> None:
        self._wake = threading.Event()
        self._settled = threading.Condition()
        self._stop = False
        self._thread = threading.Thread(target=self._run, name="relayer", daemon=True)

    def start(self) -> None:
        """Begin to carry; what an earlier process left is finished first."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the running step and end."""
        self._stop = True
        self._wake.set()
        self._thread.join(timeout=30)

    def wake(self) -> None:
        """Something was queued."""
        self._wake.set()

    def wait(self, id_: str, seconds: float) -> Submission | None:
        """The submission once it is settled, or as it is after ``seconds``."""
        with self._settled:
            self._settled.wait_for(lambda: self._is_settled(id_), timeout=seconds)
        return self.queue.get(id_)

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _is_settled(self, id_: str) -> bool:
        submission = self.queue.get(id_)
        return submission is None or submission.state in (DONE, REFUSED)

    def _run(self) -> None:
        while not self._stop:
            try:
                idle = not self.step()
            except (ChainError, RpcTransportError, RpcError) as error:
                FAILURES.inc()
                log.warning("relay step failed, will be repeated", error=str(error))
                self._stop or self._wake.wait(RETRY_SECONDS)
                continue
            if idle:
                self._wake.wait(IDLE_SECONDS)
                self._wake.clear()

    def step(self) -> bool:
        """Settle what is open, then carry a batch. True when there was work."""
        opened = self._open_transactions()
        if opened:
            self._send_and_settle(opened)
        batch = self.queue.waiting(BATCH)
        WAITING.set(len(batch))
        if batch:
            self._send_and_settle(self._assign(batch))
        return bool(opened or batch)

    def _open_transactions(self) -> list[tuple[str, bytes]]:
        table = outbox_transactions
        query = select(table.c.hash, table.c.raw).where(table.c.state == SIGNED).order_by(table.c.nonce)
        with self.queue.engine.connect() as connection:
            return [(row.hash, row.raw) for row in connection.execute(query)]

    def _assign(self, batch: list[Submission]) -> list[tuple[str, bytes]]:
        """Sign transactions for a batch and commit them together with who travels where."""
        weights = {s.call: gas_of(s) for s in batch}
        groups = pack([s.call for s in batch], weights.__getitem__)
        nonce = int(self.chain.rpc.call("eth_getTransactionCount", self.key.address, "latest"), 16)
        signed = []
        with write_transaction(self.queue.engine) as connection:
            for offset, group in enumerate(groups):
                raw = relay_transaction(self.deployment, self.key, nonce + offset, [batch[p].call for p in group])
                tx_hash = "0x" + keccak(raw).hex()
                connection.execute(
                    insert(outbox_transactions).values(
                        hash=tx_hash, relayer=self.key.address, nonce=nonce + offset, raw=raw, state=SIGNED
                    )
                )
                for position, place in enumerate(group):
                    where = outbox_submissions.c.seq == batch[place].seq
                    values = {"state": SENT, "transaction": tx_hash, "position": position}
                    connection.execute(update(outbox_submissions).where(where).values(**values))
                signed.append((tx_hash, raw))
        return signed

    def _send_and_settle(self, transactions: list[tuple[str, bytes]]) -> None:
        outcomes = self.chain.send_each([raw for _, raw in transactions])
        hashes = [tx_hash for tx_hash, _ in transactions]
        receipts = self.chain.rpc.batch([("eth_getTransactionReceipt", [h]) for h in hashes])
        for tx_hash, outcome, receipt in zip(hashes, outcomes, receipts, strict=True):
            if receipt is not None:
                self._settle(tx_hash, receipt)
            elif isinstance(outcome, TxRefusedError):
                self._give_back(tx_hash, outcome)

    def _settle(self, tx_hash: str, receipt: dict[str, Any]) -> None:
        table = outbox_submissions
        block = int(receipt["blockNumber"], 16)
        now = self.chain.now()
        is_whole = receipt["status"] == "0x1"
        refused = refusals(self.deployment, receipt)
        kinds = []
        with write_transaction(self.queue.engine) as connection:
            query = select(table.c.seq, table.c.position, table.c.kind).where(table.c.transaction == tx_hash)
            rows = connection.execute(query).all()
            for row in rows:
                # A relay transaction fails as a whole only for want of gas: each call then travels again by itself.
                if not is_whole and len(rows) > 1:
                    again = {"state": QUEUED, "transaction": None, "position": None, "alone": True}
                    connection.execute(update(table).where(table.c.seq == row.seq).values(**again))
                    continue
                error = refused.get(row.position) if is_whole else ContractError("OutOfGas", {})
                state = REFUSED if error else DONE
                values = {"state": state, "block": block, "settled_at": now, "error": _as_json(error)}
                connection.execute(update(table).where(table.c.seq == row.seq).values(**values))
                kinds.append((row.kind, state))
            where = outbox_transactions.c.hash == tx_hash
            connection.execute(update(outbox_transactions).where(where).values(state=MINED))
        self._announce(kinds)

    def _give_back(self, tx_hash: str, error: TxRefusedError) -> None:
        """A transaction that can never be mined: its submissions are queued again."""
        log.error("relay transaction refused, submissions queued again", transaction=tx_hash, rule=error.rule)
        with write_transaction(self.queue.engine) as connection:
            values = {"state": QUEUED, "transaction": None, "position": None}
            table = outbox_submissions
            connection.execute(update(table).where(table.c.transaction == tx_hash).values(**values))
            where = outbox_transactions.c.hash == tx_hash
            connection.execute(update(outbox_transactions).where(where).values(state=LOST))

    def _announce(self, kinds: Iterable[tuple[str, str]]) -> None:
        for kind, state in kinds:
            CARRIED.labels(kind, state).inc()
        with self._settled:
            self._settled.notify_all()


def _as_json(error: ContractError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"name": error.name, "args": {k: _plain(v) for k, v in error.args.items()}}


def _plain(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else value
