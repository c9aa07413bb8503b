"""Carry-over of the old vintages into the new one (C-10): limits from the chain's own history, two batches of
applications, and a third for the firm that a court had frozen."""

from datetime import date, timedelta
from typing import Any, Final

from registry_cli.demo.stage import StageError
from registry_cli.years.country import YEARS, Firm, Part
from registry_cli.years.run import DAY, Run, groups
from registry_sdk import calc, parameters
from registry_sdk.carryover import limits_of
from registry_sdk.parameters import ParameterSet
from registry_sdk.reader import AccountStatus

ROUND: Final = 1
OLD, NEW = YEARS
#: A year before this ledger's time that the firms must have met as well; in this country all of them did.
BEFORE: Final = 2023
#: Day on which the notice is sent and limits stand; from then on firms may apply.
NOTICE_DAY: Final = date(2026, 1, 31)
#: The court's freeze ends after both batches; the firm applies in a batch of its own.
FREEZE_DAY: Final = date(2026, 1, 15)
RELEASE_DAY: Final = date(2026, 7, 6)
RELEASED_WINDOW: Final = (date(2026, 7, 6), date(2026, 7, 31), date(2026, 8, 14))
DECIDED_AT_ONCE: Final = 20


def begin(run: Run) -> None:
    """The round with its batches, and the limits by which firms may apply from the notice on."""
    run.to(FREEZE_DAY)
    run.office.act("accounts", "freeze", [run.parts[Part.FROZEN].number], int(AccountStatus.FROZEN_OUT))
    _open_round(run)
    run.to(NOTICE_DAY)
    run.limits = _approve_limits(run)


def apply_in_batch(run: Run, number: int) -> None:
    """Firms apply for a part of what they may still carry over; the last batch takes all that is left."""
    batches = _batches()
    _, last, process_by = batches[number - 1]
    run.to(last - timedelta(days=2))
    firms = [firm for firm in run.firms if firm.part is not Part.FROZEN]
    _apply(run, firms, len(batches) + 1 - number, f"结转第 {number} 批 batch {number}")
    run.to(process_by)
    _decide(run)


def apply_when_released(run: Run) -> None:
    """The freeze is lifted; the firm is admitted to the batch for released firms."""
    firm = run.parts[Part.FROZEN]
    run.to(RELEASE_DAY)
    run.office.act("accounts", "unfreeze", [firm.number])
    run.office.act("carryover", "admitReleased", ROUND, [firm.number])
    _apply(run, [firm], 1, "解冻后结转 released")
    run.to(RELEASED_WINDOW[1])
    _decide(run)
    run.shown["carried"] = {"tonnes": run.carried.total(), "released": run.carried[firm.number]}


def _batches() -> list[tuple[date, date, date]]:
    table = parameters.default().table("carryover_batches")
    return [(row["apply_from"] or NOTICE_DAY, row["apply_to"], row["process_by"]) for row in table]


def _open_round(run: Run) -> None:
    """What becomes what, until when, and the periods of application: all of it the law's dated data."""
    law: ParameterSet = parameters.default()
    oldest, newest = (int(year) for year in law.get("carryover_source_vintages", NOTICE_DAY).value)
    base = int(law.get("carryover_base_t", NOTICE_DAY).value)
    ratio = int(law.get("carryover_multiplier", NOTICE_DAY).value * 10_000)
    cut_off = int(law.get("carryover_holding_snapshot", NOTICE_DAY).value.timestamp())
    run.office.act("carryover", "setRound", ROUND, (oldest, newest, NEW, base, ratio, cut_off))
    periods = [(*days, False) for days in _batches()] + [(*RELEASED_WINDOW, True)]
    for number, (first, last, process_by, is_for_released) in enumerate(periods, start=1):
        seconds = (_second(first), _second(last, last=True), _second(process_by, last=True))
        run.office.act("carryover", "setBatch", ROUND, number, (*seconds, is_for_released))


def _second(day: date, *, last: bool = False) -> int:
    """First or last second of a day in Beijing."""
    end = int(calc.end_of_day(day).timestamp())
    return end - 1 if last else end - DAY


def _approve_limits(run: Run) -> dict[int, int]:
    """Limits computed from the events, compared with the second book, approved as one root and delivered."""
    before = {BEFORE: {firm.number for firm in run.firms}}
    computed = limits_of(run.client.rpc, run.deployment, ROUND, before)
    found = {row.account: row.tonnes for row in computed.table.rows}
    expected = {firm.number: limit for firm in run.firms if (limit := _limit(run, firm))}
    if found != expected:
        wrong = {n: (expected.get(n), found.get(n)) for n in {*found, *expected} if expected.get(n) != found.get(n)}
        raise StageError(f"limits of carry-over differ from the trades and holdings of the run: {wrong}")
    run.office.act("carryover", "approveLimits", *computed.table.approval())
    run.client.post_limits(computed.table)
    run.count("结转上限 limits", lambda: _loaded(run, found), len(found))
    return found


def _limit(run: Run, firm: Firm) -> int:
    """The formula of C-10 on the run's own figures: base and a multiple of net sales, at most what is held."""
    if run.statuses[OLD][firm.number] != "COMPLETE":
        return 0
    law = parameters.default()
    base = law.get("carryover_base_t", NOTICE_DAY).value
    sold = max(0, run.book.net_sold[firm.number])
    return min(int(base + sold * law.get("carryover_multiplier", NOTICE_DAY).value), run.book.of(firm.number, OLD))


def _loaded(run: Run, limits: dict[int, int]) -> int:
    return sum(run.reader.read("carryover", "limitOf", ROUND, account)["tonnes"] == t for account, t in limits.items())


def _apply(run: Run, firms: list[Firm], share: int, name: str) -> None:
    """Every firm applies for a part of what it may still carry over."""

    def apply(firm: Firm) -> None:
        tonnes = min(run.limits.get(firm.number, 0) - run.carried[firm.number], run.book.of(firm.number, OLD)) // share
        if tonnes > 0:
            run.order("carry-over", firm.number, round=ROUND, vintage=OLD, quantity=tonnes)
            run.carried[firm.number] += tonnes
            run.book.convert(firm.number, OLD, NEW, tonnes)

    run.all(name, firms, apply)


def _decide(run: Run) -> None:
    """Two officers of the registry have the applications converted, within the days that the notice names."""
    locks = [event["args"]["lockId"] for event in _waiting(run)]
    for some in groups(locks, DECIDED_AT_ONCE):
        run.office.act("carryover", "decideApplications", ROUND, list(some), True)


def _waiting(run: Run) -> list[dict[str, Any]]:
    events = [e for e in run.client.events() if e["event"] in ("CarryOverRequested", "CarriedOver")]
    done = {e["args"]["lockId"] for e in events if e["event"] == "CarriedOver"}
    return [e for e in events if e["event"] == "CarryOverRequested" and e["args"]["lockId"] not in done]
