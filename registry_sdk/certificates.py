"""Certificates of compliance (履约证明, rule C-04): what the contract states, and how anybody checks it."""

from dataclasses import dataclass
from typing import Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from registry_sdk.calls import Call
from registry_sdk.deployment import Deployment
from registry_sdk.reader import Reader

DIGEST_TYPES: Final = (
    "uint256",
    "address",
    "uint64",
    "uint64",
    "uint16",
    "uint64",
    "uint64",
    "uint48",
    "bool",
    "uint256",
)


def certificate_digest(
    deployment: Deployment,
    number: int,
    account: int,
    year: int,
    figures: tuple[int, int, int],
    is_on_time: bool,
    issued_at: int,
) -> str:
    """Digest of a certificate, as 0x text.

    Args:
        figures: obligation, surrendered allowances and offset credits, tonnes.
        issued_at: time of its block, Unix seconds.
    """
    head = (deployment.chain_id, deployment.address("compliance"), number, account, year)
    return "0x" + keccak(encode(DIGEST_TYPES, (*head, *figures, is_on_time, issued_at))).hex()


@dataclass(frozen=True)
class Certificate:
    """A certificate that stands, with the figures it states.

    Attributes:
        number: counts from 1 over all accounts and years.
        obligation, surrendered, offset: tonnes.
        is_on_time: the obligation was met at the deadline.
        issued_at: Unix seconds.
        digest: 32 bytes as 0x text.
    """

    number: int
    account: int
    year: int
    obligation: int
    surrendered: int
    offset: int
    is_on_time: bool
    issued_at: int
    digest: str


def certify_call(deployment: Deployment, account: int, year: int) -> Call:
    """The call that asks for a certificate; anybody may relay it."""
    data = deployment.contract("compliance").encode("certify", account, year)
    return Call(deployment.address("compliance"), data)


def read_certificate(reader: Reader, account: int, year: int) -> Certificate | None:
    """The certificate that stands, put together from the figures in force and checked against the chain's digest.

    Returns:
        None where none stands.

    Raises:
        ValueError: the chain's digest is not that of the figures in force; never on a registry of ours.
    """
    kept, at = reader.read_many(
        [("compliance", "certificateOf", (account, year)), ("compliance", "positionOf", (account, year))]
    )
    if not kept["number"]:
        return None
    figures = (at["obligation"], at["surrendered"], at["offset"])
    # Whether it was on time is not kept beside the digest: one of the two answers fits it.
    for is_on_time in (True, False):
        digest = certificate_digest(
            reader.deployment, kept["number"], account, year, figures, is_on_time, kept["issuedAt"]
        )
        if bytes.fromhex(digest[2:34]) == kept["digest"]:
            return Certificate(kept["number"], account, year, *figures, is_on_time, kept["issuedAt"], digest)
    raise ValueError(f"{account} / {year}: 履约证明与现行数据不符 the certificate is not of the figures in force")
