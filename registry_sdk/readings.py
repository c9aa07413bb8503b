"""Signed readings of measuring devices: one canonical form, signed by the device's own key.

A reading is one figure of one device. Its bytes are the lines below, joined by line feeds, in UTF-8; no field can
hold a line feed and each has one spelling, so that two readings never share their bytes. The key signs the SHA-256
of these bytes: ordinary ECDSA with SHA-256 on P-256, as a secure element does it, or on secp256k1 with recovery::

    Allowance Registry reading 1
    belt-scale-3
    1042
    2025-03-31T16:00:00Z
    fuel_amount
    118.25
    t
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from registry_sdk.signers import Signer, recovers, verifies_p256

HEAD: Final = "Allowance Registry reading 1"
MAX_SEQUENCE: Final = 2**53 - 1
FIELDS: Final = {
    "device": re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,59}"),
    "time": re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"),
    "kind": re.compile(r"[a-z][a-z0-9_]{0,39}"),
    "value": re.compile(r"(?!-0$)-?(0|[1-9][0-9]{0,17})(\.[0-9]{0,17}[1-9])?"),
    "unit": re.compile(r"[!-~]{1,20}"),
}
"""Spelling of every text field; the sequence is an integer from 1."""


class ReadingError(ValueError):
    """``field`` is not in its only spelling."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is not valid")
        self.field = field


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device says. ``time``: end of the measured span, UTC; ``value``: a decimal without needless zeros.

    Raises:
        ReadingError: a field is not in its only spelling.
    """

    device: str
    sequence: int
    time: str
    kind: str
    value: str
    unit: str

    def __post_init__(self) -> None:
        for field, spelling in FIELDS.items():
            text = getattr(self, field)
            if not isinstance(text, str) or not spelling.fullmatch(text):
                raise ReadingError(field)
        if not isinstance(self.sequence, int) or isinstance(self.sequence, bool):
            raise ReadingError("sequence")
        if not 1 <= self.sequence <= MAX_SEQUENCE:
            raise ReadingError("sequence")
        try:
            datetime.fromisoformat(self.time)
        except ValueError:
            raise ReadingError("time") from None

    @property
    def at(self) -> int:
        """Unix seconds."""
        return int(datetime.fromisoformat(self.time).timestamp())

    @property
    def number(self) -> Decimal:
        return Decimal(self.value)

    def canonical(self) -> bytes:
        """The only bytes of this reading."""
        lines = (HEAD, self.device, str(self.sequence), self.time, self.kind, self.value, self.unit)
        return "\n".join(lines).encode()

    def digest(self) -> bytes:
        """What the device signs."""
        return sha256(self.canonical()).digest()

    def signed(self, key: Signer) -> "SignedReading":
        """The reading with the signature of ``key``."""
        return SignedReading(self, key.sign(self.digest()))


@dataclass(frozen=True, slots=True)
class SignedReading:
    """A reading with its signature: 65 bytes r, s, v on secp256k1, 64 bytes r, s on P-256; empty where none is."""

    reading: Reading
    signature: bytes

    def to_json(self) -> dict[str, Any]:
        """As it travels: the fields of the reading, and the signature as 0x text."""
        fields: dict[str, Any] = {name: getattr(self.reading, name) for name in Reading.__dataclass_fields__}
        return fields | {"signature": "0x" + self.signature.hex()}

    @classmethod
    def from_json(cls, raw: Any) -> "SignedReading":
        """The opposite; a signature that is absent reads as empty. Raises ReadingError."""
        names = set(Reading.__dataclass_fields__)
        if not isinstance(raw, dict) or set(raw) - {"signature"} != names:
            raise ReadingError("members")
        signature = raw.get("signature", "0x")
        if not isinstance(signature, str) or not re.fullmatch(r"0x([0-9a-f]{2}){0,200}", signature):
            raise ReadingError("signature")
        return cls(Reading(**{name: raw[name] for name in names}), bytes.fromhex(signature[2:]))

    def is_signed_by(self, key: bytes) -> bool:
        """Whether the signature is that of ``key``: 20 bytes of an address, or 64 bytes x | y of a P-256 key."""
        check = recovers if len(key) == 20 else verifies_p256
        return check(key, self.signature, self.reading.digest())


def time_text(at: int) -> str:
    """Unix seconds in the spelling of a reading."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def device_key(signer: bytes) -> bytes:
    """The key that a register of devices holds, from an ERC-7913 signer name: verifier contracts play no part here."""
    return signer if len(signer) == 20 else signer[-64:]
