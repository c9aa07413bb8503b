"""Sign, store, send, settle. At most one transaction is open; see the package for why nothing is pushed twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from oracles.metrics import Metrics
from oracles.push.backoff import pause
from oracles.push.plan import Plan
from oracles.push.port import ChainPort
from oracles.refusals import explain
from oracles.store.pushes import Item, Push, PushStore
from oracles.store.records import Outcome
from registry_sdk.carrier import TRANSACTION_GAS, refusals
from registry_sdk.codec import ContractError
from registry_sdk.deployment import Deployment
from registry_sdk.rpc import RpcError
from registry_sdk.rules.words import plain

log = structlog.get_logger()

#: Looks in a row at a nonce that left our transaction behind, before it is given up.
LOOKS: Final = 3


class PushError(Exception):
    """The chain will not take our transaction; what it said, without secrets."""


@dataclass
class Pusher:
    """Pushes for one sender.

    Args:
        first, most: pauses before a report is tried again that the chain refused, seconds.
        confirmations: blocks on top of a transaction before it counts.
        now: Unix seconds.
    """

    port: ChainPort
    deployment: Deployment
    store: PushStore
    key: LocalAccount
    metrics: Metrics
    now: Callable[[], int]
    confirmations: int
    first: float
    most: float
    _lost_looks: int = field(default=0, init=False)

    def settle_open(self) -> bool:
        """Bring the open transaction forward; True when none is open any more.

        Raises:
            PushError: the chain refuses the transaction as such.
            RpcTransportError: the chain does not answer; nothing is lost.
        """
        push = self.store.pending()
        self.metrics.push_age.set(self.now() - push.created_at if push else 0)
        if push is None:
            return True
        receipt = self.port.receipt(push.tx_hash)
        refused: RpcError | None = None
        if receipt is None:
            refused = self._send(push)
            receipt = self.port.receipt(push.tx_hash)
        if receipt is None:
            return self._judge_absence(push, refused)
        self._lost_looks = 0
        if self.port.height() - int(receipt["blockNumber"], 16) < self.confirmations:
            return False
        self._settle(push, receipt)
        return True

    def push(self, planned: Plan) -> bool:
        """Sign and store a transaction, then bring it forward. True when it is settled.

        Raises:
            StaleStateError: a statement is not ready any more; plan again.
            PushError, RpcTransportError: as :meth:`settle_open`.
        """
        nonce = self.port.next_nonce(self.key.address)
        raw = self._sign(nonce, planned.data)
        tx_hash = "0x" + keccak(raw).hex()
        self.store.store(tx_hash, self.key.address, nonce, raw, planned.digests, self.now())
        log.info("push_stored", transaction=tx_hash, nonce=nonce, reports=len(planned.digests))
        return self.settle_open()

    def _sign(self, nonce: int, data: bytes) -> bytes:
        transaction: dict[str, Any] = {
            "chainId": self.deployment.chain_id,
            "nonce": nonce,
            "gas": TRANSACTION_GAS,
            "gasPrice": 0,
            "value": 0,
            "to": self.deployment.address("relay"),
            "data": "0x" + data.hex(),
        }
        return bytes(self.key.sign_transaction(transaction).raw_transaction)

    def _send(self, push: Push) -> RpcError | None:
        if push.sends and self.port.knows(push.tx_hash):
            return None  # it waits for a block; a second copy would only be refused
        self.store.count_send(push.id)
        try:
            self.port.send(push.raw)
        except RpcError as error:
            return error
        return None

    def _judge_absence(self, push: Push, refused: RpcError | None) -> bool:
        """The transaction is not mined: wait, or give it up where its nonce can never be its own again."""
        nonce = self.port.next_nonce(push.sender)
        if nonce == push.nonce:
            self._lost_looks = 0
            if refused:
                self.metrics.pushes.labels(outcome="refused").inc()
                raise PushError(f"{refused.message} ({refused.code})")
            return False
        # One look is not enough: behind a load balancer one node may know the nonce before another the receipt.
        self._lost_looks += 1
        if self._lost_looks < LOOKS:
            return False
        self._lost_looks = 0
        self.store.abandon(push.id, self.now())
        self.metrics.pushes.labels(outcome="abandoned").inc()
        log.error("push_abandoned", transaction=push.tx_hash, nonce=push.nonce, chain_nonce=nonce)
        return True

    def _settle(self, push: Push, receipt: dict[str, Any]) -> None:
        if receipt["status"] == "0x1":
            found = refusals(self.deployment, receipt)
            outcomes = [_outcome(found.get(at)) for at in range(len(push.digests))]
        else:
            outcomes = [Outcome("ChainRefusedTransaction", {"transaction": push.tx_hash})] * len(push.digests)
        attempts = self.store.attempts_of(push.digests)
        items = [self._item(d, o, attempts[d]) for d, o in zip(push.digests, outcomes, strict=True)]
        block, gas = int(receipt["blockNumber"], 16), int(receipt["gasUsed"], 16)
        self.store.settle(push.id, block, gas, items, self.now())
        self._tell(push, block, gas, items)

    def _item(self, digest: str, outcome: Outcome | None, attempts: int) -> Item:
        if outcome is None:
            return Item(digest)
        return Item(digest, outcome, self.now() + round(pause(attempts + 1, self.first, self.most)))

    def _tell(self, push: Push, block: int, gas: int, items: Sequence[Item]) -> None:
        refused = [item.refusal for item in items if item.refusal]
        self.metrics.pushes.labels(outcome="mined").inc()
        self.metrics.gas.inc(gas)
        self.metrics.push_age.set(0)
        self.metrics.reports.labels(outcome="recorded").inc(len(items) - len(refused))
        self.metrics.reports.labels(outcome="refused").inc(len(refused))
        for outcome in refused:
            self.metrics.refusals.labels(rule=explain(outcome).rule, source="chain").inc()
        log.info(
            "push_settled",
            transaction=push.tx_hash,
            block=block,
            gas=gas,
            recorded=len(items) - len(refused),
            refused=[{"digest": item.digest, "error": item.refusal.error} for item in items if item.refusal],
        )


def _outcome(error: ContractError | None) -> Outcome | None:
    if error is None:
        return None
    return Outcome(error.name, {name: plain(value) for name, value in error.args.items()})
