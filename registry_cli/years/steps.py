"""The two years in the order of the law's calendar: what happens on which day, one line a step."""

from datetime import date, timedelta
from typing import Final

from registry_cli.demo.province import SECTORS
from registry_cli.years import banking, closing, entrusting, issuing, opening, paying, reporting, trading
from registry_cli.years.country import POWER, YEARS, Part
from registry_cli.years.run import Run, law_day

FIRST, SECOND = YEARS
#: Where the training area's clock starts.
BEGIN: Final = date(2025, 3, 9)
INDUSTRY: Final = issuing.ALL_BUT_POWER
#: Verified emissions of the corrected firm over those first recorded, in 1/1000.
CORRECTION: Final = 940
#: Days before the deadline on which trades end and surrender begins.
TRADING_DAYS, PAYING_DAYS = 40, 20


def first_year(run: Run) -> None:
    """Compliance year 2024: allocation of the new sectors equals what they emitted."""
    opening.open_accounts(run)
    opening.set_rules(run)
    opening.name_signers(run)
    opening.issue_credits(run)
    issuing.name_province_accounts(run)
    issuing.open_debts(run)
    issuing.differentiate(run, FIRST)
    run.to(law_day(FIRST, "preallocation"))
    issuing.pre_allocate(run, FIRST, [POWER])
    trading.sell_early(run, FIRST)
    run.to(law_day(FIRST, "verification"))
    reporting.report(run, FIRST, [firm for firm in run.firms if firm.sector is POWER])
    run.to(law_day(FIRST, "issue"))
    issuing.final_issue(run, FIRST, [POWER])
    run.to(law_day(FIRST, "verification", "steel"))
    reporting.report(run, FIRST, [firm for firm in run.firms if firm.sector is not POWER])
    run.to(law_day(FIRST, "issue", "steel"))
    issuing.final_issue(run, FIRST, INDUSTRY)
    run.to(law_day(FIRST, "issue", "steel") + timedelta(days=7))
    changed = reporting.correct(run, FIRST, run.parts[Part.CORRECTED], CORRECTION)
    issuing.recalculate(run, FIRST, changed)
    pay(run, FIRST)
    closing.close(run, FIRST)
    closing.publish(run, FIRST)
    run.to(law_day(FIRST, "surrender_deadline") + timedelta(days=closing.DECISION_DAYS))
    closing.deduct(run, FIRST)


def second_year(run: Run) -> None:
    """Compliance year 2025: the new sectors are allocated by the balance value that their verified data give."""
    banking.begin(run)
    banking.apply_in_batch(run, 1)
    run.to(law_day(SECOND, "preallocation", "steel"))
    issuing.pre_allocate(run, SECOND, INDUSTRY)
    banking.apply_in_batch(run, 2)
    run.to(law_day(SECOND, "preallocation"))
    issuing.pre_allocate(run, SECOND, [POWER])
    banking.apply_when_released(run)
    run.to(law_day(SECOND, "verification", "steel"))
    reporting.report(run, SECOND, list(run.firms))
    run.to(law_day(SECOND, "issue"))
    issuing.final_issue(run, SECOND, SECTORS)
    pay(run, SECOND)
    closing.close(run, SECOND)
    closing.publish(run, SECOND)


def play(run: Run) -> None:
    """Both years."""
    first_year(run)
    second_year(run)


def pay(run: Run, year: int) -> None:
    """Trades, offsets and surrender of a year, before its deadline."""
    deadline = law_day(year, "surrender_deadline")
    run.to(deadline - timedelta(days=TRADING_DAYS))
    entrusting.pay_by_force(run, year)
    trading.buy_credits(run, year)
    trading.trade(run, year, year)
    run.to(deadline - timedelta(days=PAYING_DAYS))
    paying.surrender(run, year, year)
