"""One item of monthly evidence (D-06) and the bytes that stand for it.

An item is one figure of one month: what was measured, its value and unit, the document behind it, the meter it was
read from and how long that meter's certificate holds. Every field has exactly one spelling, so that an item has
exactly one encoding; the encoding carries firm, month and position too, so that it stands for nothing else.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from registry_sdk.evidence.errors import EvidenceError

#: Changes whenever the encoding does: a leaf of one encoding can never be read as one of another.
DOMAIN: Final = sha256(b"Allowance Registry evidence item 1").digest()
MAX_DIGITS: Final = 40
MAX_POSITION: Final = 2**32
#: 9999-12-31T23:59:59Z
MAX_TIME: Final = 253_402_300_799

KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,39}(/[A-Za-z0-9][A-Za-z0-9_.\-]{0,39})?")
VALUE: Final = re.compile(r"(?!-0$)-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")
#: Printable ASCII without blanks, as ``registry oracle template`` writes units.
UNIT: Final = re.compile(r"[!-~]{1,20}")
METER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/\-]{0,59}")


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in Beijing time of one account."""

    account: int
    year: int
    month: int

    def __post_init__(self) -> None:
        if not (0 < self.account < 2**64 and 2000 <= self.year < 2**16 and 1 <= self.month <= 12):
            raise EvidenceError(
                "month",
                f"账户 {self.account} 的 {self.year}-{self.month} 不是月份",
                f"{self.year}-{self.month} of account {self.account} is no month",
                "账户号与 YYYY-MM",
                "an account number and YYYY-MM",
            )

    def __str__(self) -> str:
        return f"{self.account} {self.year}-{self.month:02}"


@dataclass(frozen=True, slots=True)
class Item:
    """One figure of one month.

    Attributes:
        kind: what it is: a code of the table ``evidence_items``, then, where there are several, ``/`` and its source
            (``fuel_amount/coal-1``, ``generation/unit-2``).
        value: decimal in its only spelling: no exponent, no needless zeros, no ``-0`` (:func:`decimal_text`).
        unit: as the table ``evidence_items`` gives it; ASCII without blanks.
        document: SHA-256 of the plain bytes of the document behind the figure.
        meter: number of the meter in the meter register; empty where nothing was metered (a purchase, a test).
        calibrated_until: last day, Beijing time, on which the meter's certificate counts; None where there is no meter.
        time: when the figure was taken (end of the measured span), Unix seconds in UTC.

    Raises:
        EvidenceError: a field is not in its only spelling.
    """

    kind: str
    value: str
    unit: str
    document: bytes
    meter: str
    calibrated_until: date | None
    time: int

    def __post_init__(self) -> None:
        for field, pattern, valid_zh, valid_en in _TEXTS:
            text = getattr(self, field)
            if not isinstance(text, str) or not pattern.fullmatch(text):
                raise EvidenceError(
                    field, f"{text!r:.60} 写法无效", f"{text!r:.60} is not a valid spelling", valid_zh, valid_en
                )
        for field, is_valid, valid_zh, valid_en in (
            ("value", len(self.value) <= MAX_DIGITS, f"至多 {MAX_DIGITS} 字符", f"at most {MAX_DIGITS} characters"),
            ("document", _is_hash(self.document), "文件内容的 SHA-256", "the SHA-256 of the document's bytes"),
            ("time", _is_time(self.time), "1970 年以来的整秒数", "whole seconds since 1970"),
            (
                "calibrated_until",
                (self.calibrated_until is not None) == bool(self.meter),
                "有计量器具时填证书有效期止，否则为空",
                "the last day of the certificate where a meter is named, else empty",
            ),
        ):
            if not is_valid:
                raise EvidenceError(field, "值无效", "is not valid", valid_zh, valid_en)

    @property
    def code(self) -> str:
        """The kind without its source."""
        return self.kind.partition("/")[0]

    @property
    def source(self) -> str:
        """Which of several fuels, units or lines; empty where there is one."""
        return self.kind.partition("/")[2]

    def to_json(self) -> dict[str, Any]:
        """As files and the command line show it."""
        return {
            "kind": self.kind,
            "value": self.value,
            "unit": self.unit,
            "document": "0x" + self.document.hex(),
            "meter": self.meter,
            "calibrated_until": self.calibrated_until.isoformat() if self.calibrated_until else None,
            "time": datetime.fromtimestamp(self.time, UTC).isoformat().replace("+00:00", "Z"),
        }

    @classmethod
    def from_json(cls, raw: Any) -> "Item":
        """The opposite of :meth:`to_json`; unknown and missing members are refused."""
        names = tuple(cls.__dataclass_fields__)
        if not isinstance(raw, dict) or set(raw) != set(names):
            raise EvidenceError(
                "item", "成员不全或有多余成员", "members are missing or unknown", *(", ".join(names),) * 2
            )
        return cls(
            kind=raw["kind"],
            value=raw["value"],
            unit=raw["unit"],
            document=_hash_of(raw["document"]),
            meter=raw["meter"],
            calibrated_until=_day_of(raw["calibrated_until"]),
            time=_time_of(raw["time"]),
        )

    def encode(self, month: Month, position: int) -> bytes:
        """The item's only bytes at its place in a month; no other item, month or position has the same."""
        if not 0 <= position < MAX_POSITION:
            raise EvidenceError("position", str(position), str(position), "0 至 2^32-1", "0 to 2^32-1")
        day = self.calibrated_until
        fixed = (
            DOMAIN,
            month.account.to_bytes(8),
            month.year.to_bytes(2),
            month.month.to_bytes(1),
            position.to_bytes(4),
            self.document,
            (day.toordinal() if day else 0).to_bytes(4),
            self.time.to_bytes(8),
        )
        texts = (text.encode() for text in (self.kind, self.value, self.unit, self.meter))
        return b"".join(fixed) + b"".join(len(text).to_bytes(1) + text for text in texts)


def decimal_text(value: Decimal | int | str) -> str:
    """A number in the only spelling an item takes: 1.50 becomes 1.5, 1E+2 becomes 100.

    Raises:
        EvidenceError: no finite decimal number, or one that is too long.
    """
    try:
        number = Decimal(value)
        if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
            raise ValueError
    except (ArithmeticError, ValueError, TypeError):
        raise EvidenceError(
            "value", f"{value!r:.60} 不是数", f"{value!r:.60} is not a number", "十进制数", "a decimal"
        ) from None
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "0", "") else text


_TEXTS: Final = (
    ("kind", KIND, "数据项代码，可加 / 和来源，如 fuel_amount/coal-1", "a code, or code/source: fuel_amount/coal-1"),
    ("value", VALUE, "十进制数，无多余的零与指数", "a decimal without needless zeros and exponent"),
    ("unit", UNIT, "如 t、GJ/t、MWh、1", "such as t, GJ/t, MWh, 1"),
    ("meter", re.compile(f"({METER.pattern})?"), "计量器具编号，无则为空", "the meter's number, or empty"),
)


def _is_hash(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == 32 and any(value)


def _is_time(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_TIME


def _hash_of(raw: object) -> bytes:
    if isinstance(raw, str) and re.fullmatch("0x[0-9a-f]{64}", raw):
        return bytes.fromhex(raw[2:])
    raise EvidenceError(
        "document", f"{raw!r:.60}", f"{raw!r:.60}", "0x 加 64 位小写十六进制", "0x and 64 lower-case hex digits"
    )


def _day_of(raw: object) -> date | None:
    if raw is None:
        return None
    if isinstance(raw, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            pass
    raise EvidenceError("calibrated_until", f"{raw!r:.60}", f"{raw!r:.60}", "YYYY-MM-DD 或空", "YYYY-MM-DD or null")


def _time_of(raw: object) -> int:
    if isinstance(raw, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", raw):
        try:
            return int(datetime.fromisoformat(raw).timestamp())
        except ValueError:
            pass
    raise EvidenceError(
        "time", f"{raw!r:.60}", f"{raw!r:.60}", "如 2025-03-31T16:00:00Z", "such as 2025-03-31T16:00:00Z"
    )
