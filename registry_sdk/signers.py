"""Keys that sign orders, acts and statements: ERC-7913 signers with one face.

An Ethereum key is 20 bytes (its address). A P-256 key - a passkey, a card, a security module - is the address of the
verifier contract followed by the 64-byte public key. Another kind of key needs a verifier contract and a class here.
"""

from dataclasses import dataclass, field
from typing import Final, Protocol

from coincurve import PublicKey
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import Hash32
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SECP256K1_HALF_ORDER: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


class Signer(Protocol):
    """Whoever signs."""

    @property
    def signer(self) -> bytes:
        """ERC-7913 name of the key."""

    def sign(self, digest: bytes) -> bytes:
        """Signature over a 32-byte digest."""


@dataclass(frozen=True)
class EthereumSigner:
    """A secp256k1 key; its signer name is its address."""

    account: LocalAccount = field(repr=False)

    @classmethod
    def create(cls) -> "EthereumSigner":
        """A new random key."""
        return cls(Account.create())

    @classmethod
    def from_key(cls, key: bytes | str) -> "EthereumSigner":
        """From 32 bytes or 0x text."""
        return cls(Account.from_key(key))

    @property
    def address(self) -> str:
        return str(self.account.address)

    @property
    def signer(self) -> bytes:
        return bytes.fromhex(self.account.address[2:])

    def sign(self, digest: bytes) -> bytes:
        return bytes(self.account.unsafe_sign_hash(Hash32(digest)).signature)


@dataclass(frozen=True)
class P256Signer:
    """A P-256 key under a verifier contract."""

    verifier: str
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def signer(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return bytes.fromhex(self.verifier[2:]) + numbers.x.to_bytes(32) + numbers.y.to_bytes(32)

    def sign(self, digest: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(digest, ec.ECDSA(Prehashed(SHA256()))))
        # The contract accepts the lower of the two valid values of s only.
        return r.to_bytes(32) + min(s, P256_ORDER - s).to_bytes(32)


def signer_address(signer: bytes) -> str:
    """Address under which the contracts file a signer (roles, rights, statement signers): ``Signers.toAddress``."""
    return str(to_checksum_address(signer if len(signer) == 20 else keccak(signer)[12:]))


def recovers(address: bytes, signature: bytes, digest: bytes) -> bool:
    """Whether a 65-byte signature (r, s in its lower half, v of 27 or 28) recovers to the address."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        return False
    if int.from_bytes(signature[32:64]) > SECP256K1_HALF_ORDER:
        return False
    try:
        key = PublicKey.from_signature_and_message(signature[:64] + bytes([signature[64] - 27]), digest, hasher=None)
    except ValueError:
        return False
    return keccak(key.format(compressed=False)[1:])[12:] == address


def verifies_p256(public: bytes, signature: bytes, digest: bytes) -> bool:
    """Whether a 64-byte signature (r, s in its lower half) is that of the P-256 key x | y over the digest."""
    if len(public) != 64 or len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    if s > P256_ORDER // 2:
        return False
    try:
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(public[:32]), int.from_bytes(public[32:]), ec.SECP256R1()
        )
        numbers.public_key().verify(encode_dss_signature(r, s), digest, ec.ECDSA(Prehashed(SHA256())))
    except (ValueError, InvalidSignature):
        return False
    return True
