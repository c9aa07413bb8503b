"""A plant's registers and the readings its devices send."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Engine

from oracles.sources import Certificate, Device, Message, Meter, Receipt, Registers, SourceDesk
from registry_sdk.readings import Reading, device_key, time_text
from registry_sdk.signers import EthereumSigner, Signer

NOW = 1_740_787_200  # 2025-03-01T00:00:00Z
KEY = EthereumSigner.from_key("0x" + "11" * 32)
OTHER = EthereumSigner.from_key("0x" + "22" * 32)


def register(engine: Engine, key: Signer = KEY, device: str = "scale-1", meter: str = "M-1", **changes: Any) -> Device:
    registers = Registers(engine)
    registers.add_meter(Meter(meter, "plant-1", "belt_scale", Decimal("0.5")), NOW)
    paper = Certificate(meter, "C-1", date(2025, 1, 1), date(2025, 12, 31), "0x" + "ab" * 32)
    registers.add_certificate(paper, NOW)
    fields: dict[str, Any] = {"kind": "fuel_amount", "unit": "t", "low": Decimal(0), "high": Decimal(500)} | changes
    made = Device(device, "plant-1", meter, "0x" + device_key(key.signer).hex(), **fields)
    registers.add_device(made, NOW)
    return made


def reading(sequence: int = 1, value: str = "100.5", **changes: Any) -> Reading:
    fields: dict[str, Any] = {"device": "scale-1", "time": time_text(NOW + 60 * (sequence - 1)), "kind": "fuel_amount"}
    return Reading(**(fields | {"unit": "t", "sequence": sequence, "value": value} | changes))


def payload(made: Reading, key: Signer = KEY, **changes: Any) -> bytes:
    return orjson.dumps(made.signed(key).to_json() | changes)


def take(
    desk: SourceDesk, payloads: Sequence[bytes], now: int = NOW + 3_600, redelivered: bool = False
) -> list[Receipt]:
    return desk.take([Message(each, redelivered) for each in payloads], "http", now)
