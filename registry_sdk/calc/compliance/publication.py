"""C-13: the yearly list of who surrendered in time, late, not at all, and the penalty, from the events of the chain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from registry_sdk.calc.compliance.calendar import beijing_day
from registry_sdk.calc.compliance.penalties import shortfall_fine
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number
from registry_sdk.calc.result import Result, Text, plain
from registry_sdk.parameters import ParameterSet

EVENTS: Final = ("SurrenderRequested", "SurrenderAccepted", "Surrendered", "Offset", "SurrenderReversed")
STANDINGS: Final[Mapping[str, Text]] = {
    "ON_TIME": Text("按时足额清缴", "surrendered in full and on time"),
    "LATE": Text("逾期足额清缴", "surrendered in full, late"),
    "PARTIAL": Text("未足额清缴", "not surrendered in full"),
    "NONE": Text("未清缴", "not surrendered"),
    "OPEN": Text("期限未到", "the deadline is ahead"),
}


@dataclass(frozen=True, slots=True)
class Payment:
    """An event of payment. ``fields`` as the chain has them; ``at``: time of its block, Unix seconds."""

    event: str
    fields: Mapping[str, Any]
    at: int


@dataclass(slots=True)
class Paid:
    """What an entity paid for a year, tonnes."""

    on_time: int = 0
    late: int = 0

    def take_back(self, quantity: int) -> None:
        """A reversal undoes what came last."""
        from_late = min(self.late, quantity)
        self.late -= from_late
        self.on_time -= quantity - from_late


@dataclass(frozen=True, slots=True)
class Entry:
    """One entity of the list; the four figures of C-13 are ``on_time``, ``late``, ``missing`` (tonnes) and ``penalty``.

    ``penalty`` None: nothing was missing at the deadline, or the deadline is ahead, or no price was given.
    """

    account: int
    year: int
    obligation: int
    standing: str
    on_time: int
    late: int
    missing: int
    short_at_deadline: int
    penalty: Result | None = field(default=None)

    def to_json(self) -> dict[str, Any]:
        names = ("account", "year", "obligation", "standing", "on_time", "late", "missing", "short_at_deadline")
        text = STANDINGS[self.standing]
        body: dict[str, Any] = {name: getattr(self, name) for name in names}
        body |= {"standing_zh": text.zh, "standing_en": text.en, "penalty": None}
        if self.penalty is not None:
            wanted = ("law", "min_yuan", "max_yuan", "deduction_t", "still_owed_t")
            body["penalty"] = {name: plain(self.penalty[name]) for name in wanted}
        return body


def payments(events: Iterable[Payment], year: int, deadline: int) -> dict[int, Paid]:
    """What each entity paid for ``year``, by the deadline and later.

    Args:
        events: of :data:`EVENTS`, in the order they happened. A surrender that the province accepts counts from the
            moment it was asked for.
        deadline: last second in time, Unix.
    """
    found: dict[int, Paid] = {}
    asked: dict[int, int] = {}
    accepted: int | None = None
    for each in events:
        f = each.fields
        if each.event == "SurrenderRequested":
            asked[f["lockId"]] = each.at
        elif each.event == "SurrenderAccepted":
            accepted = asked.get(f["lockId"])
        elif f["year"] == year:
            paid = found.setdefault(f["account"] if each.event == "Offset" else f["beneficiary"], Paid())
            if each.event == "SurrenderReversed":
                paid.take_back(f["quantity"])
            else:
                moment = each.at if accepted is None or each.event == "Offset" else accepted
                if moment <= deadline:
                    paid.on_time += f["quantity"]
                else:
                    paid.late += f["quantity"]
        if each.event != "SurrenderAccepted":
            accepted = None
    return found


def publication(
    *,
    year: int,
    deadline: int,
    obligations: Mapping[int, int],
    paid: Mapping[int, Paid],
    now: int,
    mean_price_yuan: Number | None = None,
    decided_on: date | None = None,
    parameters: ParameterSet | None = None,
) -> list[Entry]:
    """The list by account, at ``now``.

    Args:
        deadline, now: Unix seconds of the chain.
        obligations: tonnes owed by account, of entities with verified emissions.
        mean_price_yuan: price of the month before the deadline (C-08); without it fines that follow the price are left
            open.
        decided_on: day on which fines are decided; today in Beijing where it is not known. The law of that day rules
            whether an equal amount is deducted.
    """
    last = beijing_day(datetime.fromtimestamp(deadline, UTC) - timedelta(seconds=1))
    decided = decided_on or max(last, beijing_day(datetime.fromtimestamp(now, UTC)))
    fine = (last, decided, mean_price_yuan)
    return [
        _entry(account, year, owed, paid.get(account, Paid()), now > deadline, fine, parameters)
        for account, owed in sorted(obligations.items())
    ]


def _entry(
    account: int, year: int, owed: int, paid: Paid, is_over: bool, fine: tuple[date, date, Number | None],
    parameters: ParameterSet | None,
) -> Entry:  # fmt: skip
    missing = max(0, owed - paid.on_time - paid.late)
    short = max(0, owed - paid.on_time) if is_over else 0
    if not is_over and missing:
        standing = "OPEN"
    elif missing:
        standing = "PARTIAL" if paid.on_time or paid.late else "NONE"
    else:
        standing = "LATE" if short else "ON_TIME"
    penalty = _penalty(short, missing, *fine, parameters) if short else None
    return Entry(account, year, owed, standing, paid.on_time, paid.late, missing, short, penalty)


def _penalty(
    short: int, missing: int, last: date, decided: date, price: Number | None, parameters: ParameterSet | None
) -> Result | None:
    try:
        return shortfall_fine(
            short_t=short, still_missing_t=missing, deadline=last, decided_on=decided, mean_price_yuan=price,
            parameters=parameters,
        )  # fmt: skip
    except CalculationError as error:
        if error.field == "mean_price_yuan" and price is None:
            return None
        raise
