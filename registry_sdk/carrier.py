"""Carry signed documents without anybody's service: pack calls into ``OrderRelay`` transactions, send, read
back which were refused and why. What is carried is valid by its signatures; the carrier's key has no power.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol

from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from registry_sdk.calls import Call
from registry_sdk.codec import ContractError, contract, decode_error
from registry_sdk.deployment import Deployment
from registry_sdk.rpc import RpcClient

TRANSACTION_GAS: Final = 16_777_216
TRANSACTION_BYTES: Final = 120 * 1024
#: Takes raw transactions to the chain and returns when they are mined.
SendRaw = Callable[[list[bytes]], object]


class Refused(Exception):
    """The chain refused a call."""

    def __init__(self, error: ContractError) -> None:
        args = ", ".join(f"{name}={value}" for name, value in error.args.items())
        super().__init__(f"{error.name}({args})")
        self.error = error


class CarrierError(Exception):
    """A transaction was lost or ran out of gas: nothing in it took effect."""


@dataclass(frozen=True)
class Carried:
    """What became of one call."""

    transaction: str
    block: int
    error: ContractError | None


class Carrier(Protocol):
    """Takes calls to the chain, in their order."""

    def carry(self, calls: Sequence[Call]) -> list[Carried]:
        """One outcome per call."""


def pack(calls: Sequence[Call], gas_of: Callable[[Call], int]) -> list[list[int]]:
    """Positions of calls grouped into transactions within the gas and size limits, in order."""
    groups: list[list[int]] = []
    gas = size = 0
    for position, call in enumerate(calls):
        need, weight = gas_of(call), len(call.data) + 160
        if not groups or gas + need > TRANSACTION_GAS - 400_000 or size + weight > TRANSACTION_BYTES:
            groups.append([])
            gas = size = 0
        groups[-1].append(position)
        gas += need
        size += weight
    return groups


def relay_data(deployment: Deployment, calls: Sequence[Call]) -> bytes:
    """Call data of ``OrderRelay.relay``."""
    packed = b"".join(bytes.fromhex(c.target[2:]) + len(c.data).to_bytes(3) + c.data for c in calls)
    return deployment.contract("relay").encode("relay", packed)


def relay_transaction(deployment: Deployment, key: LocalAccount, nonce: int, calls: Sequence[Call]) -> bytes:
    """Signed transaction that carries the calls. Gas is free on the registry's chain, so all of it is asked for."""
    transaction: dict[str, Any] = {
        "chainId": deployment.chain_id,
        "nonce": nonce,
        "gas": TRANSACTION_GAS,
        "gasPrice": 0,
        "value": 0,
        "to": deployment.address("relay"),
        "data": "0x" + relay_data(deployment, calls).hex(),
    }
    return bytes(key.sign_transaction(transaction).raw_transaction)


def refusals(deployment: Deployment, receipt: dict[str, Any]) -> dict[int, ContractError]:
    """Refused calls of a relay transaction: position to error."""
    events = deployment.contract("relay").events
    relay = deployment.address("relay").lower()
    found = {}
    for log in receipt["logs"]:
        topics = [bytes.fromhex(t[2:]) for t in log["topics"]]
        if log["address"].lower() == relay and topics[0] in events:
            fields = events[topics[0]].decode(topics, bytes.fromhex(log["data"][2:]))
            found[fields["index"]] = decode_error(fields["reason"])
    return found


def generous_gas(call: Call) -> int:
    """Upper estimate without asking the node: every call of ours grows with its data, some of them steeply."""
    words = len(call.data) // 32
    # An opening writes four slots for some twenty words.
    known = (gas for selector, gas in _issues().items() if selector in call.data)
    return 250_000 + next(known, 5_000 if words > 20 else 1_100) * words


@cache
def _issues() -> dict[bytes, int]:
    """Gas for each word of calls that issue: a row writes a new holding, in a table an entitlement as well."""
    rows = (
        ("AllocationPlan", "issueChunk", 63_000),
        ("AllocationPlan", "claimRows", 80_000),
        ("CCERToken", "issueCredits", 31_000),
    )
    return {contract(name).functions[function].selector: gas for name, function, gas in rows}


@dataclass
class DirectCarrier:
    """Carries through a JSON-RPC endpoint with one key of its own.

    Args:
        send_raw: how raw transactions are sent; by default ``eth_sendRawTransaction`` at ``rpc``.
        gas_of: upper gas estimate of a call.
    """

    rpc: RpcClient
    deployment: Deployment
    key: LocalAccount
    send_raw: SendRaw | None = None
    gas_of: Callable[[Call], int] = generous_gas

    def carry(self, calls: Sequence[Call]) -> list[Carried]:
        """Send all calls and wait for them.

        Raises:
            CarrierError: a transaction as a whole failed.
        """
        if not calls:
            return []
        groups = pack(calls, self.gas_of)
        nonce = int(self.rpc.call("eth_getTransactionCount", self.key.address, "latest"), 16)
        raws = [
            relay_transaction(self.deployment, self.key, nonce + i, [calls[p] for p in group])
            for i, group in enumerate(groups)
        ]
        if self.send_raw:
            self.send_raw(raws)
        else:
            for raw in raws:
                self.rpc.call("eth_sendRawTransaction", "0x" + raw.hex())
        hashes = ["0x" + keccak(raw).hex() for raw in raws]
        receipts = self.rpc.batch([("eth_getTransactionReceipt", [h]) for h in hashes])
        outcome: list[Carried] = []
        for group, tx_hash, receipt in zip(groups, hashes, receipts, strict=True):
            if receipt is None or receipt["status"] != "0x1":
                raise CarrierError(f"transaction {tx_hash} failed as a whole")
            refused = refusals(self.deployment, receipt)
            block = int(receipt["blockNumber"], 16)
            outcome.extend(Carried(tx_hash, block, refused.get(i)) for i in range(len(group)))
        return outcome


def accepted(outcome: Sequence[Carried]) -> list[Carried]:
    """The outcome, unless something in it was refused.

    Raises:
        Refused: the first refusal.
    """
    for carried in outcome:
        if carried.error:
            raise Refused(carried.error)
    return list(outcome)
