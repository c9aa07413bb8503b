"""The registers that readings are judged by: meters with their certificates (D-16), and devices with their keys."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from oracles.accounting.evidence import MeterRegister, RegisteredMeter, certified_until
from oracles.accounting.model import Period
from oracles.refusals import OracleError, refuse
from oracles.store.engine import writing
from oracles.store.tables import certificates, devices, meters
from registry_sdk import parameters
from registry_sdk.readings import FIELDS

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/\-]{0,59}")
HASH = re.compile(r"0x[0-9a-f]{64}")
KEY = re.compile(r"0x([0-9a-f]{40}|[0-9a-f]{128})")


@dataclass(frozen=True)
class Meter:
    """A measuring instrument. ``accuracy``: its class in percent, such as 0.5."""

    id: str
    entity: str
    kind: str
    accuracy: Decimal | None = None


@dataclass(frozen=True)
class Certificate:
    """A verification or calibration certificate; both days count. ``document``: SHA-256 of the paper, 0x text."""

    meter: str
    number: str
    first: date
    last: date
    document: str


@dataclass(frozen=True)
class Device:
    """What sends readings of one meter: one quantity, one unit, a range, and the key it signs with (0x text)."""

    id: str
    entity: str
    meter: str
    key: str
    kind: str
    unit: str
    low: Decimal
    high: Decimal
    subunit: str = "1"
    retired_at: int | None = None

    @cached_property
    def key_bytes(self) -> bytes:
        return bytes.fromhex(self.key[2:])


@dataclass(frozen=True)
class Registers:
    """Meters and devices in one database. Nothing is ever overwritten: what is registered stays as it was."""

    engine: Engine

    def add_meter(self, meter: Meter, now: int) -> None:
        """Raises OracleError BadRegistration."""
        kinds = [row["meter"] for row in parameters.table("meter_max_error")]
        _need(
            NAME.fullmatch(meter.id),
            "计量器具编号",
            "the meter's number",
            "字母、数字与 _.:/-",
            "letters, digits, _.:/-",
        )
        _need(meter.entity.strip(), "单位编号", "the entity", "报告单位编号", "the reporting entity")
        _need(meter.kind in kinds, "种类", "the kind", *(", ".join(kinds),) * 2)
        _need(
            meter.accuracy is None or 0 < meter.accuracy <= 10,
            "准确度等级", "the accuracy class", "百分数，如 0.5", "a percentage such as 0.5",
        )  # fmt: skip
        accuracy = None if meter.accuracy is None else f"{meter.accuracy:f}"
        row = {"id": meter.id, "entity": meter.entity, "kind": meter.kind, "accuracy": accuracy}
        with writing(self.engine) as connection:
            _fresh(connection, meters, meter.id, "计量器具", "meter")
            connection.execute(insert(meters).values(row | {"registered_at": now}))

    def add_certificate(self, paper: Certificate, now: int) -> None:
        """Raises OracleError BadRegistration."""
        _need(
            NAME.fullmatch(paper.number),
            "证书编号",
            "the certificate's number",
            "字母、数字与 _.:/-",
            "letters, digits, _.:/-",
        )
        _need(paper.first <= paper.last, "有效期", "the validity", "止日不早于起日", "a last day on or after the first")
        _need(HASH.fullmatch(paper.document), "文件哈希", "the hash", "证书文件的 SHA-256", "SHA-256 of the paper")
        row = {"meter": paper.meter, "number": paper.number, "document": paper.document, "registered_at": now}
        with writing(self.engine) as connection:
            _known(connection, paper.meter)
            same = select(certificates).where(
                certificates.c.meter == paper.meter, certificates.c.number == paper.number
            )
            _need(
                connection.execute(same).first() is None,
                "证书编号",
                "the number",
                "未登记过的证书",
                "a new certificate",
            )
            days = {"first": paper.first.isoformat(), "last": paper.last.isoformat()}
            connection.execute(insert(certificates).values(row | days))

    def add_device(self, device: Device, now: int) -> None:
        """Raises OracleError BadRegistration."""
        _need(
            FIELDS["device"].fullmatch(device.id),
            "设备编号",
            "the number",
            "字母、数字与 _.:-",
            "letters, digits, _.:-",
        )
        _need(device.entity.strip(), "单位编号", "the entity", "报告单位编号", "the reporting entity")
        units = {row["kind"]: row["unit"] for row in parameters.table("reading_kinds")}
        _need(device.kind in units, "数据项", "the quantity", *(", ".join(units),) * 2)
        _need(device.unit == units[device.kind], "单位", "the unit", *(units[device.kind],) * 2)
        valid = (
            "0x 加地址 20 字节或 P-256 公钥 64 字节的小写十六进制",
            "0x and lower-case hex: an address or a P-256 key x | y",
        )
        _need(KEY.fullmatch(device.key), "密钥", "the key", *valid)
        _need(
            device.low.is_finite() and device.high.is_finite() and device.low < device.high,
            "量程", "the range", "下限小于上限", "a lower bound below the upper bound",
        )  # fmt: skip
        row: dict[str, Any] = {name: getattr(device, name) for name in ("id", "entity", "meter", "key", "kind", "unit")}
        row |= {"low": f"{device.low:f}", "high": f"{device.high:f}", "subunit": device.subunit}
        with writing(self.engine) as connection:
            _fresh(connection, devices, device.id, "设备", "device")
            _known(connection, device.meter)
            taken = connection.execute(select(devices.c.id).where(devices.c.key == device.key)).first()
            _need(taken is None, "密钥", "the key", "每台设备自己的密钥", "a key of its own for every device")
            connection.execute(insert(devices).values(row | {"registered_at": now, "retired_at": None}))

    def retire_device(self, device: str, now: int) -> None:
        """Its readings count no more from now on; what is stored stays. Raises OracleError."""
        with writing(self.engine) as connection:
            mine = update(devices).where(devices.c.id == device, devices.c.retired_at.is_(None))
            if connection.execute(mine.values(retired_at=now)).rowcount != 1:
                raise _bad("设备", "the device", "在用设备的编号", "the number of a device in use")

    def device(self, number: str, connection: Connection) -> Device | None:
        row = connection.execute(select(devices).where(devices.c.id == number)).one_or_none()
        return None if row is None else _device(row)

    def devices(self, entity: str | None = None) -> list[Device]:
        query = select(devices).order_by(devices.c.id)
        if entity is not None:
            query = query.where(devices.c.entity == entity)
        with self.engine.connect() as connection:
            return [_device(row) for row in connection.execute(query)]

    def certificates(self) -> Iterator[Certificate]:
        with self.engine.connect() as connection:
            for row in connection.execute(select(certificates).order_by(certificates.c.meter, certificates.c.first)):
                days = date.fromisoformat(row.first), date.fromisoformat(row.last)
                yield Certificate(row.meter, row.number, *days, row.document)

    def meters(self, entity: str | None = None) -> list[Meter]:
        query = select(meters).order_by(meters.c.id)
        if entity is not None:
            query = query.where(meters.c.entity == entity)
        with self.engine.connect() as connection:
            return [
                Meter(row.id, row.entity, row.kind, None if row.accuracy is None else Decimal(row.accuracy))
                for row in connection.execute(query)
            ]

    def for_accounting(self) -> MeterRegister:
        """The register in the form that accounting reads (``Evidence(meters=...)``)."""
        periods: dict[str, list[Period]] = {}
        for paper in self.certificates():
            periods.setdefault(paper.meter, []).append(Period(first=paper.first, last=paper.last))
        return {
            meter.id: RegisteredMeter(
                id=meter.id, kind=meter.kind, accuracy=meter.accuracy, certificates=tuple(periods.get(meter.id, ()))
            )
            for meter in self.meters()
        }

    def calibrated_until(self, meter: str, day: date, connection: Connection) -> date | None:
        """Last day up to which the meter's certificates hold without a gap from ``day`` on; None: not on ``day``."""
        query = select(certificates.c.first, certificates.c.last).where(certificates.c.meter == meter)
        periods = tuple(
            Period(first=date.fromisoformat(first), last=date.fromisoformat(last))
            for first, last in connection.execute(query)
        )
        return certified_until(RegisteredMeter(id=meter, kind="other", certificates=periods), day)


def _device(row: Row[Any]) -> Device:
    return Device(
        row.id, row.entity, row.meter, row.key, row.kind, row.unit, Decimal(row.low), Decimal(row.high), row.subunit,
        row.retired_at,
    )  # fmt: skip


def _bad(zh: str, en: str, valid_zh: str, valid: str) -> OracleError:
    return refuse("BadRegistration", detail_zh=f"{zh}无效", detail=f"{en} is not valid", valid_zh=valid_zh, valid=valid)


def _need(fact: object, zh: str, en: str, valid_zh: str, valid: str) -> None:
    if not fact:
        raise _bad(zh, en, valid_zh, valid)


def _fresh(connection: Connection, table: Any, number: str, zh: str, en: str) -> None:
    found = connection.execute(select(table.c.id).where(table.c.id == number)).first()
    _need(found is None, f"{zh}编号", f"the number of the {en}", "未登记过的编号", "a number not registered yet")


def _known(connection: Connection, meter: str) -> None:
    found = connection.execute(select(meters.c.id).where(meters.c.id == meter)).first()
    _need(found, "计量器具", "the meter", "已登记的计量器具", "a registered meter")
