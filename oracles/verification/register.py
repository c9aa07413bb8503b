"""Bodies and blocks as the chain has them: the register says who may verify, a block's hash decides a draw."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from oracles.refusals import refuse
from registry_sdk.deployment import Deployment
from registry_sdk.evidence.clock import MonthState, year_standing
from registry_sdk.evidence.duties import sector_name
from registry_sdk.projection.fetch import SPAN
from registry_sdk.reader import Account, Body, Reader
from registry_sdk.rpc import RpcClient

TARDY: Final = (MonthState.LATE, MonthState.MISSING)


@dataclass(frozen=True)
class Register:
    """The accreditation register through one endpoint."""

    rpc: RpcClient
    deployment: Deployment

    def bodies(self) -> list[Body]:
        """Every body that was ever accredited, by number, as it stands now."""
        reader = Reader(self.rpc, self.deployment)
        return [reader.body(number) for number in sorted(set(self._accredited()))]

    def body_of(self, signer: bytes) -> int:
        """Number of the body a key belongs to, 0 for none."""
        return Reader(self.rpc, self.deployment).body_of(signer)

    def account(self, number: int) -> Account:
        """The account that is verified; its sector and province are the chain's."""
        return Reader(self.rpc, self.deployment).account(number)

    def tardy_months(self, account: int, year: int, now: int) -> Sequence[int]:
        """Months of evidence that came late or are missing (D-06), of those that fell due since the chain began.

        Args:
            now: Unix seconds.
        """
        reader = Reader(self.rpc, self.deployment)
        sector = sector_name(reader.account(account).sector)
        if sector is None:
            return []
        first = self.rpc.call("eth_getBlockByNumber", hex(self.deployment.block), False)
        began = int(first["timestamp"], 16)
        anchored = {each.month: each.is_late for each in reader.evidence(account, year).months if each.version}
        standing = year_standing(sector, year, anchored, now)
        return [each.month for each in standing if each.state in TARDY and (each.deadline or 0) > began]

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
