"""Carries a plan to the chain, and goes on where an earlier run was cut off.

Which transactions are done, the chain itself says: the carrier's transactions are numbered, grouped in the same way in
every run, and a block of them is on the chain whole or not at all. Should that ever fail, order numbers, report
versions, act identifiers and issued chunks make the contracts refuse a second time.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from registry_cli.replay.draft import Plan
from registry_cli.replay.home import Running
from registry_cli.replay.items import Item, Order, Stage
from registry_cli.replay.people import People
from registry_cli.replay.signing import Desk
from registry_sdk.calls import Call
from registry_sdk.carrier import TRANSACTION_BYTES, TRANSACTION_GAS, CarrierError, Refused, refusals, relay_data

GAS_RESERVE: Final = 600_000
ITEMS_PER_BLOCK: Final = 700
#: Told the stage's title and how many items are done.
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Block:
    """Transactions that share a block: groups of items, and the number of the first."""

    stage: Stage
    first: int
    groups: tuple[tuple[Item, ...], ...]

    @property
    def items(self) -> int:
        return sum(map(len, self.groups))


def group(items: Sequence[Item]) -> list[tuple[Item, ...]]:
    """Items by transaction, within the limits of gas and size, in order."""
    groups: list[list[Item]] = []
    gas = size = 0
    for item in items:
        if not groups or gas + item.gas > TRANSACTION_GAS - GAS_RESERVE or size + item.size > TRANSACTION_BYTES:
            groups.append([])
            gas = size = 0
        groups[-1].append(item)
        gas += item.gas
        size += item.size
    return [tuple(one) for one in groups]


def blocks(plan: Plan) -> Iterator[Block]:
    """The plan's blocks, the same in every run."""
    first = 0
    for stage in plan.stages:
        pending: list[tuple[Item, ...]] = []
        for one in group(stage.items):
            if pending and sum(map(len, pending)) + len(one) > ITEMS_PER_BLOCK:
                yield Block(stage, first, tuple(pending))
                first += len(pending)
                pending = []
            pending.append(one)
        if pending:
            yield Block(stage, first, tuple(pending))
            first += len(pending)


@dataclass
class Runner:
    """Runs a plan.

    Args:
        tolerated: contract errors that are an answer and not a fault.
    """

    running: Running
    people: People
    tolerated: frozenset[str] = frozenset()

    def run(self, plan: Plan, progress: Progress) -> None:
        """Bring what is missing of the plan on the chain.

        Raises:
            Refused: the chain refused what the plan holds valid.
            CarrierError: a transaction failed as a whole.
        """
        rpc = self.running.chain.rpc
        sent = int(rpc.call("eth_getTransactionCount", self.people.carrier.address, "latest"), 16)
        done = 0
        for block in blocks(plan):
            progress(block.stage.title, done)
            missing = max(sent - block.first, 0)
            if missing < len(block.groups):
                self._send(block, missing)
            done += block.items

    def _send(self, block: Block, skipped: int) -> None:
        clock = self.running.clock
        if block.stage.time > clock.now():
            clock.advance(block.stage.time - clock.now())
        groups = block.groups[skipped:]
        desk = Desk(self.running.deployment, self.people)
        next_number = self._numbers(groups)
        raws = [
            self._sign(block.first + skipped + position, [c for item in one for c in desk.calls(item, next_number)])
            for position, one in enumerate(groups)
        ]
        self._check(self.running.chain.send_raw(raws))

    def _numbers(self, groups: Sequence[Sequence[Item]]) -> Callable[[int], int]:
        accounts = sorted({item.account for one in groups for item in one if isinstance(item, Order)})
        found = self.running.reader.read_many([("accounts", "accountOf", (account,)) for account in accounts])
        counters = {account: count(raw["nonce"]) for account, raw in zip(accounts, found, strict=True)}
        return lambda account: next(counters[account])

    def _sign(self, nonce: int, calls: Sequence[Call]) -> bytes:
        deployment = self.running.deployment
        transaction: dict[str, Any] = {
            "chainId": deployment.chain_id,
            "nonce": nonce,
            "gas": TRANSACTION_GAS,
            "gasPrice": 0,
            "value": 0,
            "to": deployment.address("relay"),
            "data": "0x" + relay_data(deployment, calls).hex(),
        }
        return bytes(self.people.carrier.sign_transaction(transaction).raw_transaction)

    def _check(self, hashes: Sequence[str]) -> None:
        receipts = self.running.chain.rpc.batch([("eth_getTransactionReceipt", (known,)) for known in hashes])
        for receipt in receipts:
            if receipt is None or receipt["status"] != "0x1":
                raise CarrierError("交易整体失败 a transaction failed as a whole")
            for error in refusals(self.running.deployment, receipt).values():
                if error.name not in self.tolerated:
                    raise Refused(error)


def refused_errors(running: Running) -> Counter[str]:
    """Contract errors of everything that was ever refused on this chain, from its own history."""
    log_filter: dict[str, Any] = {
        "address": running.deployment.address("relay"),
        "fromBlock": hex(running.deployment.block),
        "toBlock": "latest",
    }
    logs = running.chain.rpc.call("eth_getLogs", log_filter)
    # One receipt-shaped piece per log: positions repeat from transaction to transaction.
    found = (refusals(running.deployment, {"logs": [log]}).values() for log in logs)
    return Counter(error.name for errors in found for error in errors)
