"""What the rules of evidence ask of the chain, read at one block."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry_sdk.anchors import Anchored, anchored_of, head_of
from registry_sdk.deployment import Deployment
from registry_sdk.documents import to_bytes
from registry_sdk.evidence import Month
from registry_sdk.reader import AccountKind, Read, Reader
from registry_sdk.rpc import RpcClient, RpcTransportError

#: A gateway takes at most 100 calls in one request.
READS_AT_ONCE: Final = 100


@dataclass(frozen=True)
class Firm:
    """Kind and sector of an account."""

    kind: AccountKind
    sector: int


@dataclass(frozen=True)
class EvidenceFacts:
    """State of one block, as far as it was asked for.

    Attributes:
        contract: address of the anchors, lower case.
        time: of the block, Unix seconds.
        versions: newest version by month, 0 where nothing is anchored.
        deadlines: last second in time by month, 0 where none is due.
        rights: bits of a signer's rights in an account.
        history: everything anchored for an account and year, in its order; only where a month asked for has a version.
    """

    chain_id: int
    contract: str
    time: int
    firms: Mapping[int, Firm]
    versions: Mapping[Month, int]
    deadlines: Mapping[Month, int]
    rights: Mapping[tuple[int, str], int]
    history: Mapping[tuple[int, int], Sequence[Anchored]]

    def newest(self, month: Month) -> Anchored | None:
        """The newest anchoring of a month."""
        mine = [each for each in self.history.get((month.account, month.year), ()) if each.month == month.month]
        return mine[-1] if mine else None


@dataclass(frozen=True)
class EvidenceFactsReader:
    """Reads facts through one endpoint."""

    rpc: RpcClient
    deployment: Deployment

    def read(self, months: Iterable[Month], signers: Iterable[tuple[int, str]] = ()) -> EvidenceFacts:
        """Facts for months and for signers of accounts (0x names).

        Raises:
            RpcError, RpcTransportError: the endpoint cannot say, or does not serve the whole history.
        """
        wanted, names = sorted(set(months), key=_order), sorted(set(signers))
        accounts = sorted({month.account for month in wanted})
        block = self.rpc.call("eth_getBlockByNumber", "latest", False)
        reader = Reader(self.rpc, self.deployment, int(block["number"], 16))
        raw = iter(_read(reader, [("accounts", "accountOf", (account,)) for account in accounts]))
        firms = {account: _firm(next(raw)) for account in accounts}
        places = [(month.account, month.year, month.month) for month in wanted]
        raw = iter(
            _read(
                reader,
                [
                    *(("evidence", "monthOf", place) for place in places),
                    *(("evidence", "deadlineOf", (firms[m.account].sector, m.year, m.month)) for m in wanted),
                    *(("accounts", "rightsOf", (account, to_bytes(name))) for account, name in names),
                ],
            )
        )
        versions = {month: int(next(raw)["version"]) for month in wanted}
        years = sorted({(month.account, month.year) for month, version in versions.items() if version})
        return EvidenceFacts(
            chain_id=self.deployment.chain_id,
            contract=self.deployment.address("evidence").lower(),
            time=int(block["timestamp"], 16),
            firms=firms,
            versions=versions,
            deadlines={month: int(next(raw)) for month in wanted},
            rights={name: int(next(raw)) for name in names},
            history={key: self.history(*key, reader) for key in years},
        )

    def history(self, account: int, year: int, reader: Reader) -> list[Anchored]:
        """Everything anchored up to the reader's block, held against the hash that the contract keeps of it."""
        newest = int(reader.block)
        found = [each for each in anchored_of(self.rpc, self.deployment, account, year) if each.block <= newest]
        if head_of(found) != reader.read("evidence", "headOf", account, year):
            raise RpcTransportError("the endpoint does not serve the whole history of evidence")
        return found


def _read(reader: Reader, wanted: Sequence[Read]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(wanted), READS_AT_ONCE):
        found.extend(reader.read_many(wanted[start : start + READS_AT_ONCE]))
    return found


def _order(month: Month) -> tuple[int, int, int]:
    return month.account, month.year, month.month


def _firm(raw: dict[str, int]) -> Firm:
    return Firm(AccountKind(raw["kind"]), raw["sector"])
