"""Logs from a node: bounded ranges, several in one request, narrower ones where the node says it is too much."""

from collections.abc import Iterator
from typing import Any, Final

from registry_sdk.deployment import Deployment
from registry_sdk.projection.logs import Log, LogDecoder, Raw
from registry_sdk.rpc import RpcClient, RpcError

#: Blocks in one eth_getLogs; the service's gateway takes no more.
SPAN: Final = 2_000
RANGES_A_REQUEST: Final = 4
HEADERS_A_REQUEST: Final = 100


def fetch_logs(rpc: RpcClient, deployment: Deployment, first: int, last: int, span: int = SPAN) -> Iterator[Log]:
    """Logs of all contracts from block ``first`` to ``last``, both included, in the order they happened.

    Raises:
        RpcError, RpcTransportError: the node refuses even a block's receipts, or does not answer.
        LogError: an answer that is no log of this registry.
    """
    decoder = LogDecoder(deployment)
    for page in fetch_raw(rpc, deployment, first, last, span):
        for raw in page:
            yield decoder.decode(raw)


def fetch_raw(rpc: RpcClient, deployment: Deployment, first: int, last: int, span: int = SPAN) -> Iterator[list[Raw]]:
    """Raw logs, page by page, each with its ``blockTimestamp``, sorted by block and position."""
    addresses = list(deployment.addresses.values())
    ranges = [(at, min(at + span - 1, last)) for at in range(first, last + 1, span)]
    for at in range(0, len(ranges), RANGES_A_REQUEST):
        group = ranges[at : at + RANGES_A_REQUEST]
        answers = rpc.batch_each([_query(addresses, bounds) for bounds in group])
        for bounds, answer in zip(group, answers, strict=True):
            yield from _pages(rpc, addresses, bounds, answer)


def _query(addresses: list[str], bounds: tuple[int, int]) -> tuple[str, list[Any]]:
    return "eth_getLogs", [{"fromBlock": hex(bounds[0]), "toBlock": hex(bounds[1]), "address": addresses}]


def _pages(rpc: RpcClient, addresses: list[str], bounds: tuple[int, int], answer: Any) -> Iterator[list[Raw]]:
    if not isinstance(answer, RpcError):
        page = [raw for raw in answer if not raw.get("removed")]
        page.sort(key=lambda raw: (int(raw["blockNumber"], 16), int(raw["logIndex"], 16)))
        yield _dated(rpc, page)
        return
    first, last = bounds
    if first == last:
        yield _dated(rpc, _one_block(rpc, addresses, first))
        return
    middle = (first + last) // 2
    for half in ((first, middle), (middle + 1, last)):
        (again,) = rpc.batch_each([_query(addresses, half)])
        yield from _pages(rpc, addresses, half, again)


def _one_block(rpc: RpcClient, addresses: list[str], block: int) -> list[Raw]:
    """Logs of a block that has too many for eth_getLogs: from its receipts, which nobody limits."""
    ours = {address.lower() for address in addresses}
    receipts = rpc.call("eth_getBlockReceipts", hex(block))
    return [raw for receipt in receipts for raw in receipt["logs"] if raw["address"].lower() in ours]


def _dated(rpc: RpcClient, page: list[Raw]) -> list[Raw]:
    """Nodes that leave the time out of logs are asked for the blocks."""
    missing = sorted({raw["blockNumber"] for raw in page if not raw.get("blockTimestamp")})
    if not missing:
        return page
    times: dict[str, str] = {}
    for at in range(0, len(missing), HEADERS_A_REQUEST):
        group = missing[at : at + HEADERS_A_REQUEST]
        blocks = rpc.batch([("eth_getBlockByNumber", [number, False]) for number in group])
        times.update({number: block["timestamp"] for number, block in zip(group, blocks, strict=True)})
    return [{**raw, "blockTimestamp": raw.get("blockTimestamp") or times[raw["blockNumber"]]} for raw in page]
