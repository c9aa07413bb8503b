"""C-02, C-04, C-13: what is owed, what has been paid, and the status on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from registry_sdk.calc.compliance.offsets import Credit, accept_offsets
from registry_sdk.calc.compliance.vintages import check_vintage, note_rule
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, exact, tonnes
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet


@dataclass(frozen=True, slots=True)
class Surrender:
    """Units handed in on one Beijing day. ``borrowed``: units borrowed under B-12."""

    day: date
    vintage: int
    quantity_t: Number
    borrowed: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Offset:
    """Credits cancelled for this obligation on one Beijing day."""

    day: date
    credit: Credit


def obligation_of(verified_t: Number, parameters: ParameterSet | None = None) -> int:
    """Obligation in whole tonnes for ``verified_t`` verified tonnes (C-02)."""
    return Trace(parameters).whole(exact(verified_t, "verified_t", "C-02"), "obligation")


def compliance_status(
    *,
    year: int,
    sector: str,
    obligation_t: Number,
    surrenders: Sequence[Surrender] = (),
    offsets: Sequence[Offset] = (),
    as_of: date,
    parameters: ParameterSet | None = None,
) -> Result:
    """Status of one obligation at the end of the Beijing day ``as_of``.

    Units of a wrong vintage and credits that are not eligible count nothing and are listed with their rule; credits
    beyond the cap count nothing. A surrender after the deadline is judged by the arrears rule.

    value: COMPLETE_ON_TIME, COMPLETE_LATE, OPEN, PARTIAL (before the deadline ends), SHORT, SHORT_PARTIAL (after it).
    Outputs: paid, offset_accepted, missing, deadline, short_at_deadline, completed_on, refused.
    """
    trace = Trace(parameters)
    obligation = tonnes(obligation_t, "obligation_t", "C-02")
    deadline: date = trace.row("compliance_calendar", "surrender_deadline", year=year, sector=sector)
    note_rule(year, arrears=False, trace=trace)
    refused: list[dict[str, str]] = []
    paid: dict[date, int] = {}
    for act in sorted(surrenders, key=lambda act: act.day):
        try:
            if act.day > deadline:
                note_rule(year, arrears=True, trace=trace)
            quantity = tonnes(act.quantity_t, "quantity_t", "C-04", minimum=1)
            check_vintage(year, act.vintage, arrears=act.day > deadline, borrowed=act.borrowed, parameters=parameters)
            if act.day <= as_of:
                paid[act.day] = paid.get(act.day, 0) + quantity
        except CalculationError as error:
            refused.append({"surrender": act.label or str(act.vintage), **error.to_json()})
    offset_days, parts = _offsets(
        obligation, [offset for offset in offsets if offset.day <= as_of], refused, parameters
    )
    days = sorted({*paid, *offset_days})
    running, completed, at_deadline = 0, as_of if not obligation else None, 0
    for day in days:
        running += paid.get(day, 0) + offset_days.get(day, 0)
        if day <= deadline:
            at_deadline = running
        if completed is None and running >= obligation:
            completed = day
    outputs = {
        "obligation": obligation,
        "paid": running,
        "allowances": sum(paid.values()),
        "offset_accepted": sum(offset_days.values()),
        "missing": max(0, obligation - running),
        "excess": max(0, running - obligation),
        "deadline": deadline,
        "short_at_deadline": max(0, obligation - at_deadline) if as_of > deadline else None,
        "completed_on": completed,
        "refused": tuple(refused),
    }
    value = _status(obligation, running, completed, as_of, deadline)
    return trace.result(
        "compliance.status",
        Text("履约状态", "compliance status"),
        value,
        "",
        Text("Σ清缴 + 抵销 ≥ 义务", "sum of surrenders and offsets >= obligation"),
        {"year": year, "sector": sector, "as_of": as_of},
        outputs,
        ["C-02", "C-03", "C-04", "C-05", "C-13"],
        parts,
    )


def _offsets(
    obligation: int, offsets: Sequence[Offset], refused: list[dict[str, str]], parameters: ParameterSet | None
) -> tuple[dict[date, int], list[Result]]:
    accepted: dict[date, int] = {}
    parts: list[Result] = []
    for offset in sorted(offsets, key=lambda offset: offset.day):
        part = accept_offsets(
            obligation_t=obligation, credits=[offset.credit], used_on=offset.day, parameters=parameters
        )
        refused.extend(part["refused"])
        room = max(0, part["cap"] - sum(accepted.values()))
        accepted[offset.day] = accepted.get(offset.day, 0) + min(room, part["accepted"])
        parts.append(part)
    return accepted, parts


def _status(obligation: int, paid: int, completed: date | None, as_of: date, deadline: date) -> str:
    if completed is not None:
        return "COMPLETE_ON_TIME" if completed <= deadline or not obligation else "COMPLETE_LATE"
    if as_of <= deadline:
        return "PARTIAL" if paid else "OPEN"
    return "SHORT_PARTIAL" if paid else "SHORT"
