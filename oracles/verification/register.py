"""Bodies and blocks as the chain has them: the register says who may verify, a block's hash decides a draw."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from oracles.refusals import refuse
from registry_sdk.deployment import Deployment
from registry_sdk.projection.fetch import SPAN
from registry_sdk.reader import Account, Reader
from registry_sdk.rpc import RpcClient

#: A gateway takes at most 100 calls in one request.
READS_AT_ONCE: Final = 100


class BodyStatus(IntEnum):
    """Standing of a body on the chain (H-01, H-05)."""

    NONE = 0
    ACTIVE = 1
    SUSPENDED = 2
    WITHDRAWN = 3
    EXITED = 4


@dataclass(frozen=True)
class Body:
    """A body as it stands now; times in Unix seconds, both ends included; one bit of ``scopes`` per sector."""

    number: int
    status: BodyStatus
    valid_from: int
    valid_until: int
    scopes: int

    def may_verify(self, sector: int, timestamp: int) -> bool:
        """Whether its signature counts for a sector at a time."""
        is_valid = self.status == BodyStatus.ACTIVE and self.valid_from <= timestamp <= self.valid_until
        return is_valid and bool(self.scopes >> sector & 1)


@dataclass(frozen=True)
class Register:
    """The accreditation register through one endpoint."""

    rpc: RpcClient
    deployment: Deployment

    def bodies(self) -> list[Body]:
        """Every body that was ever accredited, by number, as it stands now."""
        numbers = sorted(set(self._accredited()))
        reader, found = Reader(self.rpc, self.deployment), []
        for start in range(0, len(numbers), READS_AT_ONCE):
            group = numbers[start : start + READS_AT_ONCE]
            raws = reader.read_many([("accreditation", "bodyOf", (number,)) for number in group])
            found += [
                Body(number, BodyStatus(raw["status"]), raw["validFrom"], raw["validUntil"], raw["scopes"])
                for number, raw in zip(group, raws, strict=True)
            ]
        return found

    def body_of(self, signer: bytes) -> int:
        """Number of the body a key belongs to, 0 for none."""
        return int(Reader(self.rpc, self.deployment).read("accreditation", "signerBody", signer))

    def account(self, number: int) -> Account:
        """The account that is verified; its sector and province are the chain's."""
        return Reader(self.rpc, self.deployment).account(number)

    def head(self) -> int:
        """Number of the newest block."""
        return int(self.rpc.call("eth_blockNumber"), 16)

    def block_hash(self, number: int) -> str:
        """Hash of a block.

        Raises:
            OracleError: SeedNotYet, the block does not exist yet.
        """
        block = self.rpc.call("eth_getBlockByNumber", hex(number), False)
        if block is None:
            raise refuse("SeedNotYet", block=number, head=self.head())
        return str(block["hash"])

    def _accredited(self) -> Iterator[int]:
        events = self.deployment.contract("accreditation").events.values()
        event = next(each for each in events if each.name == "BodyAccredited")
        newest = self.head()
        for first in range(self.deployment.block, newest + 1, SPAN):
            wanted = {"address": self.deployment.address("accreditation"), "topics": ["0x" + event.topic.hex()]}
            wanted |= {"fromBlock": hex(first), "toBlock": hex(min(first + SPAN - 1, newest))}
            for log in self.rpc.call("eth_getLogs", wanted):
                yield int(log["topics"][1], 16)
