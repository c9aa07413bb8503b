"""What the rules ask of the chain, read at one block."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from registry_sdk.deployment import Deployment
from registry_sdk.documents import to_bytes
from registry_sdk.reader import AccountKind, Figure, Read, Reader, SignerClass
from registry_sdk.rpc import RpcClient

#: A gateway takes at most 100 calls in one request.
READS_AT_ONCE: Final = 100


@dataclass(frozen=True)
class SignerFact:
    """Class and province of a signer; class NONE where it is none, province 0 where it may sign for any."""

    signer_class: SignerClass
    province: int


@dataclass(frozen=True)
class EntityFact:
    """Kind, province and sector of an account."""

    kind: AccountKind
    province: int
    sector: int


@dataclass(frozen=True)
class Facts:
    """State of one block, as far as it was asked for.

    Attributes:
        required: bit per class that must be among the signers.
        oracle: address of the contract, lower case.
        signers: by 0x name of the signer.
    """

    chain_id: int
    oracle: str
    block: int
    threshold: int
    required: int
    epoch: int
    entities: Mapping[int, EntityFact]
    figures: Mapping[tuple[int, int], Figure]
    signers: Mapping[str, SignerFact]


@dataclass(frozen=True)
class FactsReader:
    """Reads facts through one endpoint."""

    rpc: RpcClient
    deployment: Deployment

    def read(self, keys: Iterable[tuple[int, int]] = (), signers: Iterable[str] = ()) -> Facts:
        """Facts for entities and years and for signers.

        Args:
            keys: account and year.
            signers: 0x names.
        """
        figures, names = sorted(set(keys)), sorted(set(signers))
        accounts = sorted({account for account, _ in figures})
        block = int(self.rpc.call("eth_blockNumber"), 16)
        wanted: list[Read] = [
            ("emissions", "config", ()),
            *(("accounts", "accountOf", (account,)) for account in accounts),
            *(("emissions", "figureOf", key) for key in figures),
            *(("emissions", "signerOf", (to_bytes(name),)) for name in names),
        ]
        reader = Reader(self.rpc, self.deployment, block)
        found = []
        for start in range(0, len(wanted), READS_AT_ONCE):
            found.extend(reader.read_many(wanted[start : start + READS_AT_ONCE]))
        config, rest = found[0], iter(found[1:])
        return Facts(
            chain_id=self.deployment.chain_id,
            oracle=self.deployment.address("emissions").lower(),
            block=block,
            threshold=config["threshold"],
            required=config["requiredClasses"],
            epoch=config["epoch"],
            entities={a: _entity(next(rest)) for a in accounts},
            figures={key: _figure(next(rest)) for key in figures},
            signers={name: _signer(next(rest)) for name in names},
        )


def _entity(raw: dict[str, int]) -> EntityFact:
    return EntityFact(AccountKind(raw["kind"]), raw["province"], raw["sector"])


def _figure(raw: dict[str, object]) -> Figure:
    tonnes, version, recorded_at, digest = (raw[name] for name in ("tonnes", "version", "recordedAt", "digest"))
    return Figure(int(str(tonnes)), int(str(version)), int(str(recorded_at)), bytes(digest))  # type: ignore[call-overload]


def _signer(raw: dict[str, int]) -> SignerFact:
    return SignerFact(SignerClass(raw["class"]), raw["province"])
