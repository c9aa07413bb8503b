"""What a row does: settle debts, issue or take back, wait, go through the province (B-06a to B-09, B-16)."""

from typing import Any

import pytest
from support.errors import error
from support.world import DAY, PROVINCES, SECTOR, World

from registry_sdk.allocation import ALL_FREE, DebtCause
from registry_sdk.carrier import accepted
from registry_sdk.reader import AccountKind, AccountStatus
from registry_sdk.tables import AllocationTable, Row, TableKind

PRE, FINAL, AGAIN = TableKind.PRE_ALLOCATION, TableKind.FINAL, TableKind.RECALCULATION
YEARS = iter(range(2100, 2400))
HERE = PROVINCES[0]


@pytest.fixture
def year(world: World) -> int:
    """A vintage with room in its plan and nothing determined."""
    number = next(YEARS)
    world.office.act("allowances", "openVintage", number)
    world.office.act("allocation", "setPlan", number, SECTOR, 1, 10**9, *ALL_FREE)
    return number


@pytest.fixture
def firm(world: World) -> int:
    return world.open_account()


def _table(world: World, year: int, kind: TableKind, grants: dict[int, int], **fields: Any) -> AllocationTable:
    before = sum(world.reader.read("allocation", "entitlementOf", a, year)["determined"] for a in grants)
    rows = tuple(Row(a, t) for a, t in grants.items())
    return AllocationTable(year, SECTOR, HERE, kind, rows, **({"previous": before} | fields))


def _approved(world: World, table: AllocationTable) -> AllocationTable:
    world.office.act("allocation", "approveTable", table.province, table.as_tuple())
    return table


def determine(world: World, year: int, kind: TableKind, grants: dict[int, int], **fields: Any) -> AllocationTable:
    """Approve and deliver a table."""
    table = _approved(world, _table(world, year, kind, grants, **fields))
    accepted(world.carrier.carry([table.chunk_call(world.deployment, n) for n in range(len(table.chunks))]))
    return table


def refused(world: World, year: int, kind: TableKind, grants: dict[int, int], **fields: Any) -> Any:
    """Approve a table whose only chunk is refused; withdraws it again."""
    table = _approved(world, _table(world, year, kind, grants, **fields))
    found = world.refusal(table.chunk_call(world.deployment, 0))
    world.office.act("allocation", "withdrawTable", HERE, table.id)
    return found


def stands(world: World, firm: int, year: int) -> tuple[int, int, int, int, int]:
    """Determined, deducted, issued, debt, and what is free in the account."""
    e = world.reader.read("allocation", "entitlementOf", firm, year)
    debt = world.reader.read("allocation", "debtOf", firm)
    return e["determined"], e["deducted"], e["issued"], debt, world.reader.holding("allowances", firm, year).registry


def owe(world: World, firm: int, tonnes: int, cause: DebtCause = DebtCause.INSPECTION) -> None:
    world.office.act("allocation", "setDebtWindow", int(cause), (world.now - DAY, world.now + DAY))
    world.office.act("allocation", "recordDebt", HERE, firm, int(cause), tonnes)


def test_final__above_and_below_pre_allocation__difference_issued_or_taken_back(world: World, year: int) -> None:
    more, less = world.open_account(), world.open_account()
    determine(world, year, PRE, {more: 70, less: 70})
    determine(world, year, FINAL, {more: 100, less: 60})
    assert stands(world, more, year) == (100, 0, 100, 0, 100)
    assert stands(world, less, year) == (60, 0, 60, 0, 60)
    plan = world.reader.read("allocation", "planOf", year, SECTOR)
    assert (plan["approved"], plan["determined"], plan["issued"]) == (160, 160, 160)
    totals = world.reader.totals("allowances", year)
    assert (totals.issued, totals.cancelled) == (170, 10)


def test_rows__the_examples_of_deduction_and_of_units_gone__to_the_tonne(world: World, year: int, firm: int) -> None:
    owe(world, firm, 70_000)
    determine(world, year, PRE, {firm: 50_000})
    assert stands(world, firm, year) == (50_000, 50_000, 0, 20_000, 0)
    determine(world, year, FINAL, {firm: 30_000})
    assert stands(world, firm, year) == (30_000, 30_000, 0, 40_000, 0)
    gone, buyer = world.open_account(), world.open_account()
    determine(world, year, PRE, {gone: 50_000})
    world.do("transfer", gone, to=buyer, unit=year, quantity=45_000)
    determine(world, year, FINAL, {gone: 30_000})
    assert stands(world, gone, year) == (30_000, 0, 30_000, 15_000, 0)
    determine(world, year, AGAIN, {gone: 40_000})
    assert stands(world, gone, year) == (40_000, 15_000, 25_000, 5_000, 0)
    later = next(YEARS)
    world.office.act("allowances", "openVintage", later)
    world.office.act("allocation", "setPlan", later, SECTOR, 1, 10**6, *ALL_FREE)
    determine(world, later, PRE, {gone: 8_000})
    assert stands(world, gone, later) == (8_000, 5_000, 3_000, 0, 3_000)


def test_recalculation__repeated__same_debt_and_nothing_lost(world: World, year: int, firm: int) -> None:
    buyer = world.open_account()
    determine(world, year, FINAL, {firm: 45})
    world.do("transfer", firm, to=buyer, unit=year, quantity=45)
    for edition in (1, 2, 3):
        determine(world, year, AGAIN, {firm: 30}, edition=edition)
        assert stands(world, firm, year)[3] == 15
    world.do("transfer", buyer, to=firm, unit=year, quantity=20)
    # What the firm bought since is its own: the debt is settled from the next issue.
    determine(world, year, AGAIN, {firm: 50})
    assert stands(world, firm, year) == (50, 45, 5, 0, 25)


def test_stages__out_of_order__each_refused_by_its_own_rule(world: World, year: int, firm: int) -> None:
    assert refused(world, year, AGAIN, {firm: 5}) == error(
        "RecalculationTooEarly", account=firm, year=year, stage=TableKind.NONE
    )
    determine(world, year, PRE, {firm: 5})
    assert refused(world, year, PRE, {firm: 6}) == error("PreAllocationTooLate", account=firm, year=year, stage=PRE)
    assert refused(world, year, AGAIN, {firm: 5}).args["stage"] == PRE
    determine(world, year, FINAL, {firm: 0})
    assert refused(world, year, FINAL, {firm: 6}) == error("FinalKnown", account=firm, year=year)
    assert refused(world, year, PRE, {firm: 6}).name == "PreAllocationTooLate"
    determine(world, year, AGAIN, {firm: 9})
    assert stands(world, firm, year) == (9, 0, 9, 0, 9)


def test_row__account_twice_or_of_another_province_sector_or_kind__refused(world: World, year: int, firm: int) -> None:
    rows = (Row(firm, 1), Row(firm, 2))
    table = _approved(world, AllocationTable(year, SECTOR, HERE, FINAL, rows))
    found = world.refusal(table.chunk_call(world.deployment, 0))
    assert found.name == "RowSuperseded"
    world.office.act("allocation", "withdrawTable", HERE, table.id)
    strangers = (
        world.open_account(province=PROVINCES[1]),
        world.open_account(sector=SECTOR + 1),
        world.open_account(AccountKind.FINANCIAL),
    )
    for stranger in strangers:
        found = refused(world, year, FINAL, {stranger: 1})
        assert found == error("NotOfTheTable", account=stranger, province=HERE, sector=SECTOR)


@pytest.mark.parametrize("given", [0, 9, 11])
def test_table__previous_is_another_sum__refused_at_the_last_chunk(
    world: World, year: int, firm: int, given: int
) -> None:
    determine(world, year, PRE, {firm: 10, world.open_account(): 20})
    table = _approved(world, _table(world, year, FINAL, {firm: 12}, previous=given))
    found = world.refusal(table.chunk_call(world.deployment, 0))
    assert found == error("PreviousMismatch", tableId=table.id, previous=given, found=10)
    assert stands(world, firm, year) == (10, 0, 10, 0, 10)


def test_approve__previous_above_all_that_is_determined__refused(world: World, year: int, firm: int) -> None:
    determine(world, year, PRE, {firm: 10})
    table = _table(world, year, FINAL, {firm: 12}, previous=11)
    found = world.refuse_act("allocation", "approveTable", HERE, table.as_tuple())
    assert found == error("PreviousMismatch", tableId=table.id, previous=11, found=10)


def test_chunk__room_of_a_reduction_that_is_not_delivered__never_above_the_cap(world: World, year: int) -> None:
    """What another province's table will free cannot be issued before it is free."""
    here, there = world.open_account(), world.open_account(province=PROVINCES[1])
    determine(world, year, FINAL, {here: 100})
    world.office.act("allocation", "setPlan", year, SECTOR, 1, 100, *ALL_FREE)
    less = _approved(world, _table(world, year, AGAIN, {here: 40}))
    more = AllocationTable(year, SECTOR, PROVINCES[1], FINAL, (Row(there, 60),))
    _approved(world, more)
    found = world.refusal(more.chunk_call(world.deployment, 0))
    assert found == error("PlanExceeded", year=year, sector=SECTOR, cap=100, wanted=160)
    calls = [table.chunk_call(world.deployment, 0) for table in (less, more)]
    accepted(world.carrier.carry(calls))
    assert stands(world, there, year)[4] == 60


def test_row__account_cannot_receive__held_and_claimed_by_anybody_later(world: World, year: int) -> None:
    fine, frozen, unknown = world.open_account(), world.open_account(), 444_444
    world.freeze(AccountStatus.FROZEN_ALL, frozen)
    table = determine(world, year, FINAL, {fine: 10, frozen: 20, unknown: 30})
    assert stands(world, fine, year)[4] == 10
    state = world.reader.read("allocation", "tableOf", table.id)
    assert (state["applied"], state["held"], state["heldRows"], state["deliveredRows"]) == (10, 50, 2, 3)
    claim = table.claim_call(world.deployment, [frozen])
    assert world.refusal(claim) == error("RowStillHeld", tableId=table.id, account=frozen)
    nobody = table.claim_call(world.deployment, [fine])
    assert world.refusal(nobody) == error("RowNotHeld", tableId=table.id, account=fine)
    world.unfreeze(frozen)
    accepted(world.carrier.carry([claim]))
    assert stands(world, frozen, year) == (20, 0, 20, 0, 20)
    assert world.refusal(claim) == error("RowNotHeld", tableId=table.id, account=frozen)
    world.office.act("allocation", "withdrawTable", HERE, table.id)
    plan = world.reader.read("allocation", "planOf", year, SECTOR)
    assert (plan["approved"], plan["determined"], plan["issued"]) == (30, 30, 30)
    again = table.claim_call(world.deployment, [unknown])
    assert world.refusal(again) == error("TableUnknown", tableId=table.id)


def test_claim__later_table_came_between__older_row_never_replaces_it(world: World, year: int, firm: int) -> None:
    determine(world, year, FINAL, {firm: 10})
    world.freeze(AccountStatus.FROZEN_ALL, firm)
    old = determine(world, year, AGAIN, {firm: 20})
    new = determine(world, year, AGAIN, {firm: 30})
    world.unfreeze(firm)
    accepted(world.carrier.carry([new.claim_call(world.deployment, [firm])]))
    found = world.refusal(old.claim_call(world.deployment, [firm]))
    assert found.name == "RowSuperseded"
    world.office.act("allocation", "withdrawTable", HERE, old.id)
    plan = world.reader.read("allocation", "planOf", year, SECTOR)
    assert (plan["approved"], plan["determined"], plan["issued"]) == (30, 30, 30)


@pytest.mark.parametrize("status", [AccountStatus.RESTRICTED, AccountStatus.FROZEN_IN, AccountStatus.FROZEN_OUT])
def test_row__restricted_account__still_receives(world: World, year: int, firm: int, status: AccountStatus) -> None:
    world.freeze(status, firm)
    determine(world, year, PRE, {firm: 10})
    assert stands(world, firm, year)[4] == 10


# Debts


def test_debt__outside_its_time_or_of_nothing__refused(world: World, firm: int) -> None:
    cause = int(DebtCause.UNPAID_SURRENDER)
    record = ("allocation", "recordDebt", HERE, firm, cause)
    closed = world.refuse_act(*record, 5)
    assert closed == error("DebtCauseClosed", cause=cause, opensAt=0, closesAt=0)
    ends = world.now + DAY
    world.office.act("allocation", "setDebtWindow", cause, (world.now, ends))
    for tonnes in (0, 2**64 - 1):
        world.office.act(*record, 5) if tonnes else None
        owed = world.reader.read("allocation", "debtOf", firm)
        assert world.refuse_act(*record, tonnes) == error("DebtInvalid", account=firm, debt=owed, tonnes=tonnes)
    world.pass_time(2 * DAY)
    assert world.refuse_act(*record, 5).args["closesAt"] == ends
    for bad in ((0, (1, 2)), (cause, (3, 2))):
        assert world.refuse_act("allocation", "setDebtWindow", *bad).name == "DebtCauseClosed"


def test_debt__cancelled__no_more_than_is_open_and_by_its_province(world: World, firm: int) -> None:
    owe(world, firm, 10)
    cancel = ("allocation", "cancelDebt")
    assert world.refuse_act(*cancel, HERE, firm, 11) == error("DebtInvalid", account=firm, debt=10, tonnes=11)
    assert world.refuse_act(*cancel, PROVINCES[1], firm, 1) == error(
        "NotOfTheTable", account=firm, province=PROVINCES[1], sector=0
    )
    world.office.act(*cancel, HERE, firm, 4)
    assert world.reader.read("allocation", "debtOf", firm) == 6


# Differentiated issue


def test_differentiated__nothing_at_first_then_through_the_province(world: World, year: int, firm: int) -> None:
    name = ("allocation", "setDifferentiated", PROVINCES[1], year, [])
    assert world.refuse_act(*name, True) == error("ProvinceAccountInvalid", province=PROVINCES[1], account=0)
    for wrong in (firm, world.open_account(AccountKind.PROVINCE, province=PROVINCES[1])):
        found = world.refuse_act("allocation", "setProvinceAccount", HERE, wrong)
        assert found == error("ProvinceAccountInvalid", province=HERE, account=wrong)
    holder = world.open_account(AccountKind.PROVINCE)
    world.office.act("allocation", "setProvinceAccount", HERE, holder)
    differ = ("allocation", "setDifferentiated", HERE, year, [firm])
    world.office.act(*differ, True)
    pre = determine(world, year, PRE, {firm: 20})
    claim = pre.claim_call(world.deployment, [firm])
    assert world.refusal(claim) == error("Differentiated", account=firm, year=year)
    determine(world, year, FINAL, {firm: 100})
    assert stands(world, firm, year) == (100, 0, 100, 0, 0)
    (lock,) = world.reader.read("allocation", "entrustedLocks", firm, year)
    entry = world.reader.read("allowances", "lockOf", lock)
    assert (entry["account"], entry["beneficiary"], entry["quantity"], entry["kind"]) == (holder, firm, 100, 9)
    assert world.refuse_act(*differ, False) == error("DifferentiatedTooLate", account=firm, year=year, stage=FINAL)
    determine(world, year, AGAIN, {firm: 130})
    determine(world, year, AGAIN, {firm: 90})
    locks = world.reader.read("allocation", "entrustedLocks", firm, year)
    assert [world.reader.read("allowances", "lockOf", n)["quantity"] for n in locks] == [90, 0]
    assert stands(world, firm, year) == (90, 0, 90, 0, 0)
    held = world.reader.holding("allowances", holder, year)
    assert (held.registry, held.locked) == (0, 90)


def test_differentiated__lifted_before_final__held_pre_allocation_is_claimed(
    world: World, year: int, firm: int
) -> None:
    holder = world.open_account(AccountKind.PROVINCE)
    world.office.act("allocation", "setProvinceAccount", HERE, holder)
    differ = ("allocation", "setDifferentiated", HERE, year, [firm])
    world.office.act(*differ, True)
    pre = determine(world, year, PRE, {firm: 20})
    world.office.act(*differ, False)
    accepted(world.carrier.carry([pre.claim_call(world.deployment, [firm])]))
    assert stands(world, firm, year) == (20, 0, 20, 0, 20)


def test_differentiated__court_waits_for_the_province_s_units__claw_back_becomes_a_debt(
    world: World, year: int, firm: int
) -> None:
    holder = world.open_account(AccountKind.PROVINCE)
    world.office.act("allocation", "setProvinceAccount", HERE, holder)
    world.office.act("allocation", "setDifferentiated", HERE, year, [firm], True)
    determine(world, year, FINAL, {firm: 100})
    world.office.act("allowances", "placeLock", holder, year, 50, 7, 0, 0)
    determine(world, year, AGAIN, {firm: 70})
    assert stands(world, firm, year) == (70, 0, 70, 30, 0)
    assert world.reader.holding("allowances", holder, year).locked == 100
