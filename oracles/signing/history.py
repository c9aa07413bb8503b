"""The statement behind the figure in force; the contract's state keeps half of its digest, the event all of it."""

from dataclasses import dataclass
from typing import Final

from registry_sdk.deployment import Deployment
from registry_sdk.reader import Figure
from registry_sdk.rpc import RpcClient

NOTHING: Final = bytes(32)
SPAN: Final = 1_000


@dataclass(frozen=True)
class InForce:
    """Digest and report of the statement in force; 32 zero bytes each where there is none."""

    digest: bytes = NOTHING
    report_hash: bytes = NOTHING


class HistoryError(Exception):
    """The event behind a figure was not found: the endpoint does not serve the whole history."""


def statement_in_force(
    rpc: RpcClient, deployment: Deployment, account: int, year: int, figure: Figure, unit: int = 1
) -> InForce:
    """What a correction replaces; its digest is the correction's ``previous``.

    The block is found by the figure's time, so that a long chain costs some twenty reads and not a scan.

    Raises:
        HistoryError: no event fits the figure.
    """
    if figure.version == 0:
        return InForce()
    newest = int(rpc.call("eth_blockNumber"), 16)
    start = _first_at(rpc, figure.recorded_at, deployment.block, newest)
    event = next(e for e in deployment.contract("emissions").events.values() if e.name == "EmissionsRecorded")
    topics = ["0x" + event.topic.hex(), f"0x{account:064x}", f"0x{year:064x}", f"0x{unit:064x}"]
    end = min(start + SPAN, newest)
    wanted = {
        "address": deployment.address("emissions"),
        "topics": topics,
        "fromBlock": hex(start),
        "toBlock": hex(end),
    }
    for log in rpc.call("eth_getLogs", wanted):
        fields = event.decode([bytes.fromhex(t[2:]) for t in log["topics"]], bytes.fromhex(log["data"][2:]))
        if fields["version"] == figure.version:
            return InForce(fields["digest"], fields["reportHash"])
    raise HistoryError(f"account {account}, year {year}: no event of version {figure.version} at its time")


def _first_at(rpc: RpcClient, time: int, low: int, high: int) -> int:
    """First block whose timestamp is not before ``time``; timestamps never decrease, but may repeat."""
    while low < high:
        middle = (low + high) // 2
        block = rpc.call("eth_getBlockByNumber", hex(middle), False)
        if int(block["timestamp"], 16) < time:
            low = middle + 1
        else:
            high = middle
    return low
