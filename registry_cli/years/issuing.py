"""Allocation: pre-allocation, final issue and recalculation, from the calculators' figures to approved tables."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from registry_cli.demo.province import SECTORS, Sector
from registry_cli.demo.stage import StageError
from registry_cli.years.country import Firm, Part, allocation_rows
from registry_cli.years.run import DAY, PROVINCE_ACCOUNT, Run
from registry_sdk import calc, parameters
from registry_sdk.allocation import ALL_FREE, CapMode, DebtCause
from registry_sdk.calc.tables.allocation import allocate_table
from registry_sdk.tables import TableKind, approval_of

CHUNK = 8
#: Last second that a window on chain can name.
FOR_GOOD = 2**40 - 1


def name_province_accounts(run: Run) -> None:
    """Each province names the account that holds what it is entrusted with (A-17)."""
    for province, number in PROVINCE_ACCOUNT.items():
        run.office.act("allocation", "setProvinceAccount", province, number)


def open_debts(run: Run) -> None:
    """Deductions for an unpaid surrender may be recorded as long as the law has them (C-08)."""
    for period in parameters.default().history("shortfall_deduction_enabled"):
        if period.value:
            opens = int(calc.end_of_day(period.effective_from).timestamp()) - DAY
            last = period.effective_to
            closes = int(calc.end_of_day(last).timestamp()) - 1 if last else FOR_GOOD
            window = (opens, closes)
            run.office.act("allocation", "setDebtWindow", int(DebtCause.UNPAID_SURRENDER), window)


def differentiate(run: Run, year: int) -> None:
    """One firm's allowances go to its province's account, at final issue only (B-09)."""
    firm = run.parts[Part.DIFFERENTIATED]
    run.office.act("allocation", "setDifferentiated", firm.province, year, [firm.number], True)
    run.entrusted.add((firm.number, year))


def pre_allocate(run: Run, year: int, sectors: Iterable[Sector]) -> None:
    """A share of last year's verified emissions ahead of the final figure (B-06)."""
    for sector in sectors:
        rows = {
            firm: calc.preallocate(year=year, base_t=firm.years[year].before, sector=sector.name).value
            for firm in run.firms
            if firm.sector is sector and (firm.number, year) not in run.entrusted
        }
        _issue(run, year, sector, TableKind.PRE_ALLOCATION, rows)


def final_issue(run: Run, year: int, sectors: Iterable[Sector]) -> None:
    """What the formula of the year comes to, in place of the pre-allocation (B-03 to B-06a, B-10)."""
    figures = allocations(run, year)
    for sector in sectors:
        rows = {firm: figures[firm.number]["allocation"] for firm in run.firms if firm.sector is sector}
        _issue(run, year, sector, TableKind.FINAL, rows)


def recalculate(run: Run, year: int, firm: Firm) -> None:
    """The allocation of one firm again, after its verified data changed (B-16)."""
    figures = allocations(run, year)
    _issue(run, year, firm.sector, TableKind.RECALCULATION, {firm: figures[firm.number]["allocation"]})


def allocations(run: Run, year: int) -> dict[int, Mapping[str, Any]]:
    """Figures of the allocation file by firm, from the calculators, with the sectors' balance values in ``shown``."""
    more = {firm.number: {"verified_t": firm.verified(year)} for firm in run.firms}
    report = allocate_table(allocation_rows(run.firms, year, more))
    if report.errors:
        raise StageError("; ".join(map(str, report.errors[:3])))
    run.shown[f"sectors_{year}"] = report.sections["sectors"]
    return {int(row["entity_id"]): row for row in report.sections["entities"]}


def _issue(run: Run, year: int, sector: Sector, kind: TableKind, rows: Mapping[Firm, int]) -> None:
    """One table a province, handed in, approved by two officers, delivered by the service."""
    plan = run.reader.read("allocation", "planOf", year, sector.id)
    before = {firm: run.reader.read("allocation", "entitlementOf", firm.number, year)["determined"] for firm in rows}
    # Units that a firm has sold cannot be taken back at once: until its debt is settled they stand beside the others.
    gone = sum(run.book.gone(firm.number, year, tonnes) for firm, tonnes in rows.items())
    cap = max(plan["cap"], plan["approved"] + sum(rows.values()) - sum(before.values()) + gone)
    if cap != plan["cap"]:
        run.office.act("allocation", "setPlan", year, sector.id, CapMode.INTENSITY, cap, *ALL_FREE)
    by_province: dict[int, list[Firm]] = defaultdict(list)
    for firm in rows:
        by_province[firm.province].append(firm)
    for done, (province, firms) in enumerate(sorted(by_province.items()), start=1):
        head = {"year": year, "sector": sector.id, "province": province, "kind": int(kind), "chunk_size": CHUNK}
        body = [{"account": firm.number, "tonnes": rows[firm]} for firm in firms]
        previous = sum(before[firm] for firm in firms)
        table = run.client.post_table({**head, "previous": previous, "rows": body})
        run.office.act("allocation", "approveTable", province, approval_of(table))
        run.until(partial(_is_delivered, run, table["id"]), f"table of {sector.name} in {province}")
        for firm in firms:
            holder = PROVINCE_ACCOUNT[province] if (firm.number, year) in run.entrusted else None
            run.book.determine(firm.number, year, rows[firm], holder)
        run.step(f"{year} {kind.name} {sector.name}", done, len(by_province))


def _is_delivered(run: Run, table: str) -> bool:
    return bool(run.client.table(table)["state"] == "ISSUED")


ALL_BUT_POWER = SECTORS[1:]
