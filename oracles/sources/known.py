"""What the store holds, as one transaction asks for it: devices, certificates and neighbours are read once a batch."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from oracles.sources.judge import Known, beijing_day
from oracles.sources.registers import Device, Registers
from oracles.store.tables import readings, source_counts
from registry_sdk.readings import Reading, time_text


@dataclass
class Batch:
    """One transaction. Call :meth:`stored` after each reading that goes in and :meth:`close` at the end."""

    connection: Connection
    registers: Registers
    counts: Counter[str] = field(default_factory=Counter)
    _devices: dict[str, Device | None] = field(default_factory=dict)
    _newest: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    _calibrated: dict[tuple[str, date], date | None] = field(default_factory=dict)

    def device(self, number: str) -> Device | None:
        """A registered device."""
        if number not in self._devices:
            self._devices[number] = self.registers.device(number, self.connection)
        return self._devices[number]

    def known(self, device: Device, reading: Reading) -> Known:
        """What is stored about a device when this reading comes."""
        newest, at = self._last(device)
        until = self._until(device.meter, beijing_day(reading.at))
        if reading.sequence > newest:  # in order, as nearly all are
            return Known(same=None, newest=newest, before=at, after=None, calibrated_until=until)
        mine, number = readings.c.device == device.id, readings.c.sequence
        columns = select(number, readings.c.at, readings.c.value).where(mine)
        same = self.connection.execute(columns.where(number == reading.sequence)).one_or_none()
        below = self.connection.execute(columns.where(number < reading.sequence).order_by(number.desc()).limit(1))
        above = self.connection.execute(columns.where(number > reading.sequence).order_by(number).limit(1))
        before, after = below.first(), above.first()
        return Known(
            same=same and Reading(device.id, same.sequence, time_text(same.at), device.kind, same.value, device.unit),
            newest=newest,
            before=before and before.at,
            after=after and after.at,
            calibrated_until=until,
        )

    def stored(self, reading: Reading) -> None:
        """A reading went into the store."""
        newest, _ = self._newest[reading.device]
        if reading.sequence > newest:
            self._newest[reading.device] = reading.sequence, reading.at

    def close(self, via: str) -> None:
        """Add the counts up."""
        count(self.connection, self.counts, via)

    def _last(self, device: Device) -> tuple[int, int | None]:
        """Highest number stored and its time; 0 and None where there is none."""
        if device.id not in self._newest:
            query = select(readings.c.sequence, readings.c.at).where(readings.c.device == device.id)
            row = self.connection.execute(query.order_by(readings.c.sequence.desc()).limit(1)).first()
            self._newest[device.id] = (row.sequence, row.at) if row else (0, None)
        return self._newest[device.id]

    def _until(self, meter: str, day: date) -> date | None:
        if (meter, day) not in self._calibrated:
            self._calibrated[meter, day] = self.registers.calibrated_until(meter, day, self.connection)
        return self._calibrated[meter, day]


def count(connection: Connection, counts: Mapping[str, int], via: str) -> None:
    """Add to the counts of outcomes, by code."""
    for code, number in counts.items():
        statement = upsert(source_counts).values(code=code, via=via, number=number)
        again = {"number": source_counts.c.number + number}
        connection.execute(statement.on_conflict_do_update(index_elements=["code", "via"], set_=again))
