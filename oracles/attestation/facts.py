"""What the rules ask of the chain, read at one block."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from registry_sdk.deployment import Deployment
from registry_sdk.documents import to_bytes
from registry_sdk.reader import AccountKind, Body, Figure, Read, Reader, SignerClass, Summary, as_body
from registry_sdk.rpc import RpcClient

#: Account, year, sub-unit.
FigureKey = tuple[int, int, int]
#: A gateway takes at most 100 calls in one request.
READS_AT_ONCE: Final = 100


@dataclass(frozen=True)
class SignerFact:
    """Who a signer is.

    Attributes:
        signer_class: NONE where it is no signer.
        province: 0 where it may sign for any.
        body: for a verifier, its body as the accreditation register has it.
    """

    signer_class: SignerClass
    province: int
    body: Body | None = None


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
        timestamp: of the block, Unix seconds.
        required: bit per class that must be among the signers.
        oracle: address of the contract, lower case.
        signers: by 0x name of the signer.
    """

    chain_id: int
    oracle: str
    block: int
    timestamp: int
    threshold: int
    required: int
    epoch: int
    entities: Mapping[int, EntityFact]
    figures: Mapping[FigureKey, Figure]
    summaries: Mapping[tuple[int, int], Summary]
    signers: Mapping[str, SignerFact]


@dataclass(frozen=True)
class FactsReader:
    """Reads facts through one endpoint."""

    rpc: RpcClient
    deployment: Deployment

    def read(self, keys: Iterable[FigureKey] = (), signers: Iterable[str] = ()) -> Facts:
        """Facts for entities, years and sub-units and for signers.

        Args:
            keys: account, year and sub-unit.
            signers: 0x names.
        """
        figures, names = sorted(set(keys)), sorted(set(signers))
        accounts = sorted({account for account, _, _ in figures})
        years = sorted({(account, year) for account, year, _ in figures})
        head = self.rpc.call("eth_getBlockByNumber", "latest", False)
        block = int(head["number"], 16)
        wanted: list[Read] = [
            ("emissions", "config", ()),
            *(("accounts", "accountOf", (account,)) for account in accounts),
            *(("emissions", "figureOf", key) for key in figures),
            *(("emissions", "summaryOf", key) for key in years),
            *(("emissions", "signerOf", (to_bytes(name),)) for name in names),
            *(("accreditation", "signerBody", (to_bytes(name),)) for name in names),
        ]
        reader = Reader(self.rpc, self.deployment, block)
        found = _in_portions(reader, wanted)
        config, rest = found[0], iter(found[1:])
        entities = {a: _entity(next(rest)) for a in accounts}
        known = {key: _figure(next(rest)) for key in figures}
        summaries = {key: Summary(**next(rest)) for key in years}
        named = {name: next(rest) for name in names}
        bodies = dict(zip(names, rest, strict=True))
        return Facts(
            chain_id=self.deployment.chain_id,
            oracle=self.deployment.address("emissions").lower(),
            block=block,
            timestamp=int(head["timestamp"], 16),
            threshold=config["threshold"],
            required=config["requiredClasses"],
            epoch=config["epoch"],
            entities=entities,
            figures=known,
            summaries=summaries,
            signers=_signers(reader, named, bodies),
        )


def _in_portions(reader: Reader, wanted: list[Read]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(wanted), READS_AT_ONCE):
        found.extend(reader.read_many(wanted[start : start + READS_AT_ONCE]))
    return found


def _signers(reader: Reader, named: dict[str, dict[str, int]], bodies: dict[str, int]) -> dict[str, SignerFact]:
    """As the contract looks a key up: among those the ministry named first, then in the register."""
    numbers = sorted(set(bodies.values()) - {0})
    read = _in_portions(reader, [("accreditation", "bodyOf", (number,)) for number in numbers])
    known = {number: as_body(number, raw) for number, raw in zip(numbers, read, strict=True)}
    return {
        name: _verifier(known[bodies[name]]) if not raw["class"] and bodies[name] else _signer(raw)
        for name, raw in named.items()
    }


def _verifier(body: Body) -> SignerFact:
    return SignerFact(SignerClass.VERIFIER, 0, body)


def _entity(raw: dict[str, int]) -> EntityFact:
    return EntityFact(AccountKind(raw["kind"]), raw["province"], raw["sector"])


def _figure(raw: dict[str, object]) -> Figure:
    tonnes, version, recorded_at, digest = (raw[name] for name in ("tonnes", "version", "recordedAt", "digest"))
    return Figure(int(str(tonnes)), int(str(version)), int(str(recorded_at)), bytes(digest))  # type: ignore[call-overload]


def _signer(raw: dict[str, int]) -> SignerFact:
    return SignerFact(SignerClass(raw["class"]), raw["province"])
