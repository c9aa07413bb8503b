"""What the stored readings of a month come to: one figure per device, for monthly evidence and for accounting."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any, Final

import orjson
from sqlalchemy import Engine, select

from oracles.refusals import explain
from oracles.sources.judge import beijing_day
from oracles.sources.registers import Device, Registers
from oracles.store.records import Outcome
from oracles.store.tables import readings
from registry_sdk import parameters
from registry_sdk.calc.compliance.calendar import BEIJING
from registry_sdk.readings import Reading, SignedReading, time_text

DECIMALS: Final = 6
"""Of a mean; sums are exact."""


@dataclass(frozen=True)
class StoredReading:
    """One reading with the flags it was stored with."""

    signed: SignedReading
    flags: tuple[Outcome, ...]
    received_at: int

    def to_json(self) -> dict[str, Any]:
        marks = [explain(each).to_json() for each in self.flags]
        return self.signed.to_json() | {"received_at": time_text(self.received_at), "flags": marks}


@dataclass(frozen=True)
class MonthOfDevice:
    """A device's month. ``document``: SHA-256 over the signed readings in the order of their numbers, as exported.

    Attributes:
        value: sum or mean by the kind's row in the table ``reading_kinds``, exact for sums.
        calibrated_until: last day the meter's certificates hold; None where they do not cover the month's readings.
        excluded: readings outside the range, which the figure leaves out.
    """

    device: Device
    year: int
    month: int
    value: Fraction
    readings: int
    excluded: int
    flagged: dict[str, int]
    document: bytes
    time: int
    calibrated_until: date | None

    def item(self, source: str | None = None) -> dict[str, Any]:
        """In the form of an item of monthly evidence: kind, value, unit, document, meter, calibrated_until, time.

        A kind that several devices of an entity measure is told apart by ``source``, the device unless one is given.
        """
        numerator = self.value.numerator * 10**DECIMALS
        rounded = (2 * numerator + self.value.denominator) // (2 * self.value.denominator)
        text = f"{Decimal(rounded).scaleb(-DECIMALS):f}".rstrip("0").rstrip(".")
        until = self.calibrated_until
        return {
            "kind": f"{self.device.kind}/{source or self.device.id}",
            "value": text or "0",
            "unit": self.device.unit,
            "document": "0x" + self.document.hex(),
            "meter": self.device.meter,
            # a meter out of date keeps the day its last certificate ended: the item itself shows that it is late
            "calibrated_until": None if until is None else until.isoformat(),
            "time": time_text(self.time),
        }


@dataclass(frozen=True)
class Series:
    """Stored readings, streamed."""

    engine: Engine

    def of(self, device: Device, start: int, end: int) -> Iterator[StoredReading]:
        """Readings with ``start < time <= end``, by number: a reading at midnight closes the day before it."""
        query = (
            select(readings)
            .where(readings.c.device == device.id, readings.c.at > start, readings.c.at <= end)
            .order_by(readings.c.sequence)
        )
        with self.engine.connect() as connection:
            for row in connection.execution_options(yield_per=1_000).execute(query):
                reading = Reading(device.id, row.sequence, time_text(row.at), device.kind, row.value, device.unit)
                filed = orjson.loads(row.flags) if row.flags else []
                marks = tuple(Outcome(each["code"], each["args"]) for each in filed)
                yield StoredReading(SignedReading(reading, row.signature), marks, row.received_at)

    def month(self, device: Device, year: int, month: int) -> MonthOfDevice | None:
        """The device's month in Beijing time; None where it sent nothing. Memory does not grow with the readings."""
        start, end = month_span(year, month)
        total, used, count, newest = Fraction(0), 0, 0, 0
        flagged: dict[str, int] = {}
        paper = sha256()
        for stored in self.of(device, start, end):
            count += 1
            newest = max(newest, stored.signed.reading.at)
            paper.update(line(stored.signed))
            codes = {each.error for each in stored.flags}
            for code in codes:
                flagged[code] = flagged.get(code, 0) + 1
            if "OutOfRange" not in codes:
                total, used = total + Fraction(stored.signed.reading.value), used + 1
        if not count:
            return None
        mean = parameters.table("reading_kinds").row(kind=device.kind)["method"] == "mean"
        value = total / used if mean and used else total
        return MonthOfDevice(
            device, year, month, value, count, count - used, flagged, paper.digest(), newest,
            self._calibrated(device, end),
        )  # fmt: skip

    def months(self, entity: str, year: int, month: int) -> Iterator[MonthOfDevice]:
        """Every device of the entity that sent something in the month."""
        for device in Registers(self.engine).devices(entity):
            found = self.month(device, year, month)
            if found is not None:
                yield found

    def _calibrated(self, device: Device, end: int) -> date | None:
        """Until when the certificates hold: from the month's end, else the last day that any of them ever held."""
        registers = Registers(self.engine)
        with self.engine.connect() as connection:
            until = registers.calibrated_until(device.meter, beijing_day(end), connection)
        if until is not None:
            return until
        past = [each.last for each in registers.certificates() if each.meter == device.meter]
        return max((day for day in past if day < beijing_day(end)), default=None)


def line(signed: SignedReading) -> bytes:
    """A signed reading as one line of an export: its JSON with sorted keys."""
    return orjson.dumps(signed.to_json(), option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def month_span(year: int, month: int) -> tuple[int, int]:
    """Start and end of a month of Beijing time, Unix seconds."""
    first = datetime(year, month, 1, tzinfo=BEIJING)
    following = (first + timedelta(days=32)).replace(day=1)
    return int(first.astimezone(UTC).timestamp()), int(following.astimezone(UTC).timestamp())
