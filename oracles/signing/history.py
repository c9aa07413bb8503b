"""The full digest of the statement in force; the contract's state keeps half of it, the event all of it."""

from registry_sdk.deployment import Deployment
from registry_sdk.reader import Figure
from registry_sdk.rpc import RpcClient

NOTHING = bytes(32)
SPAN = 1_000


class HistoryError(Exception):
    """The event behind a figure was not found: the endpoint does not serve the whole history."""


def digest_in_force(
    rpc: RpcClient, deployment: Deployment, account: int, year: int, figure: Figure, unit: int = 1
) -> bytes:
    """Digest that a correction names as ``previous``; zero where there is no figure yet.

    The block is found by the figure's time, so that a long chain costs some twenty reads and not a scan.

    Raises:
        HistoryError: no event fits the figure.
    """
    if figure.version == 0:
        return NOTHING
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
            digest: bytes = fields["digest"]
            return digest
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
