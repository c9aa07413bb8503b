"""What is wrong with a reading (refused) and what is remarkable about it (flagged): two tables, tried in order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from oracles.refusals import refuse
from oracles.sources.registers import Device
from oracles.store.records import Outcome
from registry_sdk import parameters
from registry_sdk.calc.compliance.calendar import BEIJING
from registry_sdk.readings import Reading, SignedReading, time_text


@dataclass(frozen=True)
class Known:
    """What the store holds about the device at the moment a reading comes.

    Attributes:
        same: value and time stored under the reading's own number, with the signed digest.
        newest: highest number stored, 0 when none is.
        before, after: times of the stored neighbours in the order of numbers.
        calibrated_until: last day the meter's certificates hold from the reading's day on, None when they do not.
    """

    same: Reading | None
    newest: int
    before: int | None
    after: int | None
    calibrated_until: date | None


@dataclass(frozen=True)
class Case:
    """A reading with everything it is judged by. ``now``: Unix seconds of its receipt."""

    signed: SignedReading
    device: Device
    known: Known
    now: int

    @property
    def reading(self) -> Reading:
        return self.signed.reading


def seconds(key: str, at: int) -> int:
    """A period of the parameters in force at a moment."""
    return int(parameters.get(key, beijing_day(at)).value)


def beijing_day(at: int) -> date:
    """Calendar day in Beijing of Unix seconds: readings at its very end belong to the day they measured."""
    return datetime.fromtimestamp(at - 1 if at else 0, BEIJING).date()


def _unsigned(case: Case) -> dict[str, Any] | None:
    return {"device": case.device.id} if not case.signed.signature else None


def _forged(case: Case) -> dict[str, Any] | None:
    return None if case.signed.is_signed_by(case.device.key_bytes) else {"device": case.device.id}


def _retired(case: Case) -> dict[str, Any] | None:
    since = case.device.retired_at
    return None if since is None else {"device": case.device.id, "since": time_text(since)}


def _quantity(case: Case) -> dict[str, Any] | None:
    expected, given = (f"{each.kind} [{each.unit}]" for each in (case.device, case.reading))
    return None if expected == given else {"device": case.device.id, "expected": expected, "given": given}


def _reused(case: Case) -> dict[str, Any] | None:
    same, reading = case.known.same, case.reading
    if same is None or same == reading:
        return None
    stored, given = (f"{each.value} @ {each.time}" for each in (same, reading))
    return {"device": case.device.id, "sequence": reading.sequence, "stored": stored, "given": given}


def _replayed(case: Case) -> dict[str, Any] | None:
    return None if case.known.same is None else {"device": case.device.id, "sequence": case.reading.sequence}


def _ahead(case: Case) -> dict[str, Any] | None:
    ahead, most = case.reading.at - case.now, seconds("reading_clock_ahead_seconds", case.now)
    return {"time": case.reading.time, "ahead": ahead, "most": most} if ahead > most else None


#: In this order: who, then what, then whether it is new. The signature comes before anything is said about content.
REFUSALS: Final[dict[str, Callable[[Case], dict[str, Any] | None]]] = {
    "Unsigned": _unsigned,
    "WrongSignature": _forged,
    "RetiredDevice": _retired,
    "WrongQuantity": _quantity,
    "SequenceReused": _reused,
    "Replayed": _replayed,
    "ClockAhead": _ahead,
}


def _out_of_order(case: Case) -> dict[str, Any] | None:
    sequence, newest = case.reading.sequence, case.known.newest
    return {"sequence": sequence, "newest": newest} if sequence < newest else None


def _gap(case: Case) -> dict[str, Any] | None:
    first, last = case.known.newest + 1, case.reading.sequence - 1
    return {"first": first, "last": last} if first <= last else None


def _clock_back(case: Case) -> dict[str, Any] | None:
    before, after, at = case.known.before, case.known.after, case.reading.at
    if before is not None and at <= before:
        return {"time": case.reading.time, "other": time_text(before)}
    if after is not None and at >= after:
        return {"time": case.reading.time, "other": time_text(after)}
    return None


def _late(case: Case) -> dict[str, Any] | None:
    late, most = case.now - case.reading.at, seconds("reading_late_seconds", case.now)
    return {"late": late, "most": most} if late > most else None


def _out_of_range(case: Case) -> dict[str, Any] | None:
    device, value = case.device, case.reading.number
    if device.low <= value <= device.high:
        return None
    return {"value": case.reading.value, "low": f"{device.low:f}", "high": f"{device.high:f}"}


def _meter_expired(case: Case) -> dict[str, Any] | None:
    if case.known.calibrated_until is not None:
        return None
    return {"meter": case.device.meter, "day": beijing_day(case.reading.at).isoformat()}


FLAGS: Final[dict[str, Callable[[Case], dict[str, Any] | None]]] = {
    "OutOfOrder": _out_of_order,
    "Gap": _gap,
    "ClockBack": _clock_back,
    "Late": _late,
    "OutOfRange": _out_of_range,
    "MeterExpired": _meter_expired,
}


def require_valid(case: Case) -> None:
    """Raise OracleError with the first refusal that fits."""
    for code, test in REFUSALS.items():
        args = test(case)
        if args is not None:
            raise refuse(code, **args)


def flags(case: Case) -> Iterator[Outcome]:
    """Everything remarkable about a reading that is taken."""
    for code, test in FLAGS.items():
        args = test(case)
        if args is not None:
            yield Outcome(code, args)
