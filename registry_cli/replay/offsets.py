"""The plan of an offsets replay: every row tries its whole offset quantity against its own year (rule C-05)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from eth_utils.crypto import keccak

from registry_cli.replay import calendar
from registry_cli.replay.draft import Draft, Plan
from registry_cli.replay.items import ROW_GAS, ROW_SIZE, Act, Item, Order
from registry_cli.replay.people import People
from registry_cli.replay.records import Record, RecordsError
from registry_cli.replay.selection import Selection
from registry_sdk import parameters
from registry_sdk.tables import Row, credit_rows

ROWS_PER_ACT: Final = 150
NEW_CREDITS: Final = 2
PROJECT: Final = 1
BPS: Final = 10_000
METHODOLOGY: Final = "replay of public records"


@dataclass(frozen=True)
class Attempt:
    """One row that used offsets: how much it tries against how much it emitted, tonnes."""

    record: Record
    verified: int
    quantity: int


def attempts_of(selection: Selection) -> list[Attempt]:
    """Rows with both surrender figures and a verified number, and more units than allowances surrendered."""
    attempts = []
    for row in selection.rows:
        units, allowances, verified = row.surrendered_units, row.surrendered_allowances, row.verified
        if units is not None and allowances is not None and verified is not None and units > allowances:
            attempts.append(Attempt(row, verified, units - allowances))
    return attempts


def skipped(row: Record) -> str | None:
    """Why a row has nothing to try, None where it has."""
    if row.surrendered_units is None or row.surrendered_allowances is None:
        return "surrender_figure_missing"
    if row.verified is None:
        return "verified_figure_missing"
    return "no_offsets" if row.surrendered_units <= row.surrendered_allowances else None


def cap_bps(on: date) -> int:
    """The cap of rule C-05 in 1/10000."""
    ratio: Decimal = parameters.get("ccer_offset_cap_ratio", on).value
    return int(ratio * BPS)


def credit_unit(year: int) -> int:
    """Unit of the year's credits: one project, the year as monitoring period."""
    return PROJECT << 16 | year


def offsets_plan(selection: Selection, people: People, on: date) -> tuple[Plan, list[Attempt]]:
    """Plan and attempts of a selection.

    Args:
        on: day whose cap is applied to all years: the rule is tested on records older than it.

    Raises:
        RecordsError: nothing to try.
    """
    attempts = attempts_of(selection)
    if not attempts:
        raise RecordsError(
            "所选行均无抵销 none of the chosen rows used offsets: UnitsSurrendered > SurrenderedAllowances"
        )
    by_year: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        by_year[attempt.record.year].append(attempt)
    draft, years = Draft(people), sorted(by_year)
    draft.stage(calendar.noon(calendar.day_of("opened", years[0]), -1), "设立 founding", draft.founding())
    for year in years:
        _year(draft, year, by_year[year], cap_bps(on))
    # Dates of neighbouring years overlap: accounts of 2009 open before the reports of 2008.
    stages = tuple(sorted(draft.stages, key=lambda stage: stage.time))
    return Plan(stages, tuple(("credits", credit_unit(y)) for y in years), dict(draft.accounts)), attempts


def _year(draft: Draft, year: int, attempts: list[Attempt], cap: int) -> None:
    deadline = calendar.deadline(year)
    rules = (deadline, year, year, cap, 1 << NEW_CREDITS, 0, 0, False, deadline, 0, 0)
    day = calendar.day_of("opened", year)
    opening: list[Item] = [draft.act("compliance", "setYearRules", year, rules)]
    opening += draft.open_operators((a.record for a in attempts), 1)
    draft.stage(calendar.noon(day), f"{year} {calendar.title('opened', year)}", opening)
    reports = [draft.report(a.record, year, a.verified) for a in attempts]
    day = calendar.day_of("reported", year)
    draft.stage(calendar.noon(day), f"{year} {calendar.title('reported', year)}", reports)
    unit = credit_unit(year)
    orders = [
        Order("offset", draft.accounts[a.record.operator], {"year": year, "unit": unit, "quantity": a.quantity})
        for a in attempts
    ]
    issue = _issue(draft, unit, [Row(draft.accounts[a.record.operator], a.quantity) for a in attempts])
    day = calendar.day_of("surrendered", year)
    draft.stage(calendar.noon(day), f"{year} 抵销 offsets", [*issue, *orders])


def _issue(draft: Draft, unit: int, rows: list[Row]) -> list[Act]:
    total = sum(row.tonnes for row in rows)
    paper = keccak(text=METHODOLOGY)
    acts = [draft.act("credits", "registerBatch", unit, total, NEW_CREDITS, False, METHODOLOGY, paper)]
    for start in range(0, len(rows), ROWS_PER_ACT):
        part = rows[start : start + ROWS_PER_ACT]
        gas, size = ROW_GAS * len(part), 2 * ROW_SIZE * len(part)
        acts.append(draft.act("credits", "issueCredits", unit, credit_rows(part), gas=gas, size=size))
    return acts
