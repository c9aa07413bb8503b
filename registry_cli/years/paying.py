"""Surrender: each firm pays what it owes, the province checks each request, the registry pays for the one that is
differentiated, and one firm stays short."""

from typing import Any, Final

from registry_cli.years.country import Firm, Part
from registry_cli.years.run import Run, groups

DECIDED_AT_ONCE: Final = 20
#: A vintage that does not pay the year, and the rule that says so: too new, too old.
WRONG_VINTAGES: Final = {2024: ("C-03a", 2025), 2025: ("C-03b", 2024)}


def surrender(run: Run, year: int, vintage: int) -> None:
    """Every firm pays what it can; one tries allowances of another vintage first and is refused (C-03)."""
    rule, wrong = WRONG_VINTAGES[year]
    firm = run.firms[0].number
    run.expect_refusal(rule, "surrender", firm, beneficiary=firm, year=year, vintage=wrong, quantity=1)
    run.all(f"{year} 清缴申请 surrender", list(run.firms), lambda firm: _pay(run, firm, firm, year, vintage))
    _help(run, year, vintage)
    _decide(run, year)


def _pay(run: Run, holder: Firm, firm: Firm, year: int, vintage: int) -> None:
    tonnes = min(run.book.left(firm.number, year), run.book.of(holder.number, vintage))
    if tonnes <= 0:
        return
    run.order("surrender", holder.number, beneficiary=firm.number, year=year, vintage=vintage, quantity=tonnes)
    run.book.surrender(holder.number, firm.number, year, vintage, tonnes)


def _help(run: Run, year: int, vintage: int) -> None:
    """A firm whose bank accounts are frozen cannot buy: another one surrenders for it (C-07)."""
    helped = run.parts[Part.HELPED]
    missing = run.book.left(helped.number, year)
    if missing <= 0:
        return
    able = [f for f in run.firms if f is not helped and run.book.of(f.number, vintage) >= missing]
    if able:
        helper = max(able, key=lambda f: run.book.of(f.number, vintage))
        _pay(run, helper, helped, year, vintage)


def _decide(run: Run, year: int) -> None:
    """The provinces accept what waits for them (C-04)."""
    waiting = list(_waiting(run, year))
    done = 0
    for province in sorted({number for number, _ in waiting}):
        locks = [lock for number, lock in waiting if number == province]
        for some in groups(locks, DECIDED_AT_ONCE):
            run.office.act("compliance", "decideSurrenders", province, list(some), True)
            done += len(some)
            run.step(f"{year} 省级审核 province check", done, len(waiting))


def _waiting(run: Run, year: int) -> Any:
    of = {firm.number: firm.province for firm in run.firms}
    for event in run.client.events():
        if event["event"] == "SurrenderRequested" and event["args"]["year"] == year:
            yield of[event["args"]["beneficiary"]], event["args"]["lockId"]
