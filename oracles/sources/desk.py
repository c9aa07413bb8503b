"""Where readings end, however they come: each is stored, or refused with its reason on file. Nothing is dropped.

A batch is one transaction: readings, refusals and counts are all there or none is. Only then the sender is told (HTTP)
or the broker is (MQTT), so a crash at any moment costs a repetition and never a reading; a repetition finds the
reading there and stores nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from oracles.intake.documents import read_json
from oracles.refusals import OracleError, explain, refuse
from oracles.sources.judge import Case, flags, require_valid
from oracles.sources.known import Batch
from oracles.sources.registers import Registers
from oracles.store.engine import writing
from oracles.store.records import Outcome
from oracles.store.tables import readings, source_counts, source_refusals
from registry_sdk.readings import Reading, ReadingError, SignedReading, time_text

MAX_BYTES: Final = 4_096
KEPT: Final = 1_024
"""Bytes of a refused message that are kept to look at."""
STORED: Final = "stored"
REDELIVERED: Final = "redelivered"


@dataclass(frozen=True)
class Message:
    """What arrived. ``redelivered``: the broker says that it hands the message over once more."""

    payload: bytes
    redelivered: bool = False


@dataclass(frozen=True)
class Receipt:
    """What became of a message: "stored", "redelivered" (it was there already), or the code of the refusal."""

    code: str
    reading: Reading | None = None
    refusal: Outcome | None = None
    flags: tuple[Outcome, ...] = ()

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"outcome": self.code}
        if self.reading is not None:
            body |= {"device": self.reading.device, "sequence": self.reading.sequence}
        if self.refusal is not None:
            body["refusal"] = explain(self.refusal).to_json()
        return body | {"flags": [explain(each).to_json() for each in self.flags]}


@dataclass(frozen=True)
class SourceDesk:
    """Takes readings into one database."""

    engine: Engine

    @property
    def registers(self) -> Registers:
        return Registers(self.engine)

    def take(self, messages: Sequence[Message], via: str, now: int) -> list[Receipt]:
        """Store or refuse every message, in one transaction. ``via``: "mqtt", "http" or "file"."""
        with writing(self.engine) as connection:
            batch = Batch(connection, self.registers)
            receipts = [self._take(message, via, now, batch) for message in messages]
            batch.close(via)
        return receipts

    def _take(self, message: Message, via: str, now: int, batch: Batch) -> Receipt:
        device: str | None = None
        try:
            signed = parse(message.payload)
            device = signed.reading.device
            receipt = self._judge(signed, now, batch)
        except OracleError as error:
            receipt = Receipt(error.outcome.error, refusal=error.outcome)
            if error.outcome.error == "Replayed" and message.redelivered:
                receipt = Receipt(REDELIVERED)
        if receipt.refusal is not None:
            file_refusal(batch.connection, message.payload, receipt.refusal, device, via, now)
        batch.counts.update((receipt.code, *(each.error for each in receipt.flags)))
        return receipt

    def _judge(self, signed: SignedReading, now: int, batch: Batch) -> Receipt:
        reading = signed.reading
        device = batch.device(reading.device)
        if device is None:
            raise refuse("UnknownDevice", device=reading.device)
        case = Case(signed, device, batch.known(device, reading), now)
        require_valid(case)
        marks = tuple(flags(case))
        filed = [{"code": each.error, "args": each.args} for each in marks]
        row = {"device": device.id, "sequence": reading.sequence, "at": reading.at, "value": reading.value}
        row |= {"signature": signed.signature, "flags": orjson.dumps(filed).decode() if filed else None}
        batch.connection.execute(insert(readings), [row | {"received_at": now}])
        batch.stored(reading)
        return Receipt(STORED, reading, flags=marks)

    def counts(self) -> Iterator[tuple[str, str, int]]:
        """Code, way in, and how often; flags are counted beside "stored"."""
        query = select(source_counts).order_by(source_counts.c.code, source_counts.c.via)
        with self.engine.connect() as connection:
            for row in connection.execute(query):
                yield row.code, row.via, row.number

    def refusals(self, after: int = 0, limit: int = 200) -> list[dict[str, Any]]:
        """Refused messages in the order of their first arrival, by page."""
        query = select(source_refusals).where(source_refusals.c.id > after).order_by(source_refusals.c.id).limit(limit)
        with self.engine.connect() as connection:
            return [
                {
                    "id": row.id,
                    **explain(Outcome(row.code, orjson.loads(row.args))).to_json(),
                    "device": row.device,
                    "via": row.via,
                    "times": row.times,
                    "first_at": time_text(row.first_at),
                    "last_at": time_text(row.last_at),
                    "sha256": row.digest,
                    "payload": row.payload.decode("utf-8", "backslashreplace"),
                }
                for row in connection.execute(query)
            ]


def parse(payload: bytes) -> SignedReading:
    """Raises OracleError: TooLarge, NotJson, NotReading."""
    if len(payload) > MAX_BYTES:
        raise refuse("TooLarge", size=len(payload), limit=MAX_BYTES)
    try:
        return SignedReading.from_json(read_json(payload))
    except ReadingError as error:
        raise refuse("NotReading", field=error.field) from None


def file_refusal(
    connection: Connection, payload: bytes, outcome: Outcome, device: str | None, via: str, now: int
) -> None:
    """One row per message and reason, so that a flood of the same message stays one row."""
    row: dict[str, Any] = {
        "digest": sha256(payload).hexdigest(),
        "code": outcome.error,
        "args": orjson.dumps(outcome.args).decode(),
    }
    row |= {"device": device, "via": via, "payload": payload[:KEPT]}
    statement = upsert(source_refusals).values(row | {"times": 1, "first_at": now, "last_at": now})
    again = {"times": source_refusals.c.times + 1, "last_at": now}
    connection.execute(statement.on_conflict_do_update(index_elements=["digest", "code"], set_=again))
