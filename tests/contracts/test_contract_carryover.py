"""Carry-over: rounds, limits, applications in batches, conversion (rule C-10)."""

import itertools
from typing import Any

import pytest
from support.errors import error
from support.world import DAY, GROUND, World

from registry_sdk.carryover.limits import LimitsTable
from registry_sdk.reader import AccountStatus, Holding, Totals
from registry_sdk.tables import Row

ROUNDS = itertools.count(2040, 5)
JUDICIAL = 7


@pytest.fixture
def number(world: World) -> int:
    """A round of its own, without limits yet: it carries the two vintages before it."""
    number = next(ROUNDS)
    world.carry_round(number, {})
    return number


def _firm(world: World, number: int, held: int = 100, limit: int = 80) -> int:
    account = world.open_account()
    world.issue(number - 1, {account: held})
    if limit:
        world.carry_limits(number, {account: limit})
    return account


def _apply(world: World, account: int, number: int, quantity: int, vintage: int = 0) -> int:
    world.do("carry-over", account, round=number, vintage=vintage or number - 1, quantity=quantity)
    return int(world.reader.read("allowances", "lockCount"))


def _refuse(world: World, account: int, number: int, quantity: int, vintage: int = 0) -> object:
    return world.refuse("carry-over", account, round=number, vintage=vintage or number - 1, quantity=quantity)


def _decide(world: World, number: int, *locks: int, accept: bool = True) -> None:
    world.office.act("carryover", "decideApplications", number, list(locks), accept)


def _limit(world: World, number: int, account: int) -> dict[str, Any]:
    found: dict[str, Any] = world.reader.read("carryover", "limitOf", number, account)
    return found


def _held(world: World, account: int, vintage: int) -> Holding:
    return world.reader.holding("allowances", account, vintage)


# Applying


def test_apply__in_parts_up_to_the_limit__locked_and_counted(world: World, number: int) -> None:
    firm = _firm(world, number)
    first, second = _apply(world, firm, number, 50), _apply(world, firm, number, 30)
    assert _held(world, firm, number - 1) == Holding(20, 0, 80)
    assert _limit(world, number, firm)["used"] == 80
    refused = _refuse(world, firm, number, 1)
    assert refused == error("CarryLimitExceeded", account=firm, round=number, limit=80, wanted=81)
    application = world.reader.read("carryover", "applicationOf", first)
    assert application == {"round": number, "batch": 1, "quantity": 50}
    _decide(world, number, first, second)
    assert _refuse(world, firm, number, 1) == refused
    assert (_held(world, firm, number - 1).held, _held(world, firm, number)) == (20, Holding(80, 0, 0))


def test_apply__more_than_the_registry_compartment_holds__refused(world: World, number: int) -> None:
    firm = _firm(world, number, held=60)
    world.do("relocate", firm, unit=number - 1, quantity=20, to=1)
    refused = _refuse(world, firm, number, 41)
    assert refused == error("OverBalance", account=firm, unit=number - 1, free=40, wanted=41)
    assert _limit(world, number, firm)["used"] == 0


def test_apply__vintage_of_no_concern__refused(world: World, number: int) -> None:
    firm = _firm(world, number)
    for vintage in (number - 3, number, 2**64 - 1):
        refused = _refuse(world, firm, number, 1, vintage)
        assert refused == error(
            "VintageNotCarried", round=number, vintage=vintage, oldest=number - 2, newest=number - 1
        )


def test_apply__no_limit_or_no_round__refused(world: World, number: int) -> None:
    firm = _firm(world, number, limit=0)
    assert _refuse(world, firm, number, 1) == error("LimitUnknown", account=firm, round=number)
    assert _refuse(world, firm, 1999, 1) == error("RoundUnknown", round=1999)
    world.carry_limits(number, {world.open_account(): 5})
    assert _refuse(world, firm, number, 1) == error("LimitUnknown", account=firm, round=number)


@pytest.mark.parametrize("status", [AccountStatus.FROZEN_OUT, AccountStatus.FROZEN_ALL, AccountStatus.RESTRICTED])
def test_apply__account_frozen__only_where_units_may_not_leave_at_all(
    world: World, number: int, status: AccountStatus
) -> None:
    firm = _firm(world, number)
    world.freeze(status, firm)
    if status == AccountStatus.RESTRICTED:
        _apply(world, firm, number, 1)
    else:
        refused = _refuse(world, firm, number, 1)
        assert refused == error("ActionNotAllowed", account=firm, status=int(status), action=2)


# Batches


def test_batches__each_second_belongs_to_its_batch_and_none_after_the_last(world: World) -> None:
    number = next(ROUNDS)
    world.carry_round(number, {})
    start = world.now
    for batch, (opens, closes) in enumerate(((start + 10, start + 1000), (start + 2000, start + 3000)), start=1):
        world.office.act("carryover", "setBatch", number, batch, (opens, closes, closes + DAY, False))
    firm = _firm(world, number)

    def batch_at(second: int) -> object:
        world.remember()
        world.pass_time(second - world.now - 2)
        order = world.order("carry-over", firm, round=number, vintage=number - 1, quantity=1)
        try:
            world.carry(order)
        except Exception as refused:
            return "NoBatchOpen" in str(refused)
        else:
            assert world.now == second
            lock = world.reader.read("allowances", "lockCount")
            return world.reader.read("carryover", "applicationOf", lock)["batch"]
        finally:
            world.go_back()

    seconds = (start + 1000, start + 1001, start + 1999, start + 2000, start + 3000, start + 3001)
    assert [batch_at(second) for second in seconds] == [1, True, True, 2, 2, True]


def test_batches__for_released_firms__only_who_was_admitted(world: World, number: int) -> None:
    firm, other = _firm(world, number, limit=0), _firm(world, number, limit=0)
    world.carry_limits(number, {firm: 80, other: 80})
    world.pass_time(366 * DAY)
    last = (world.now, world.now + 30 * DAY, world.now + 30 * DAY, True)
    world.office.act("carryover", "setBatch", number, 2, last)
    assert _refuse(world, firm, number, 1) == error("NoBatchOpen", account=firm, round=number)
    world.office.act("carryover", "admitReleased", number, [firm])
    lock = _apply(world, firm, number, 10)
    assert world.reader.read("carryover", "applicationOf", lock)["batch"] == 2
    assert _refuse(world, other, number, 1) == error("NoBatchOpen", account=other, round=number)


@pytest.mark.parametrize(
    ("batch", "times"), [(1, (5, 4, 6)), (1, (5, 6, 5)), (0, (5, 6, 7)), (3, (5, 6, 7)), (255, (5, 6, 7))]
)
def test_set_batch__times_or_number_out_of_order__refused(
    world: World, number: int, batch: int, times: tuple[int, int, int]
) -> None:
    refused = world.refuse_act("carryover", "setBatch", number, batch, (*times, False))
    assert refused == error("CarryBatchInvalid", round=number, batch=batch)


# Deciding


def test_decide__accepted__converted_once_and_again_does_nothing(world: World, number: int) -> None:
    firm = _firm(world, number)
    old = world.reader.totals("allowances", number - 1)
    lock = _apply(world, firm, number, 50)
    for _ in range(2):
        _decide(world, number, lock)
        assert _held(world, firm, number) == Holding(50, 0, 0)
        assert world.reader.totals("allowances", number) == Totals(50, 0, 0)
        assert world.reader.totals("allowances", number - 1).cancelled == old.cancelled + 50
    _decide(world, number, lock, accept=False)
    assert _limit(world, number, firm)["used"] == 50


def test_decide__refused__free_again_and_may_be_applied_for_again(world: World, number: int) -> None:
    firm = _firm(world, number)
    lock = _apply(world, firm, number, 80)
    _decide(world, number, lock, accept=False)
    assert (_held(world, firm, number - 1), _limit(world, number, firm)["used"]) == (Holding(100, 0, 0), 0)
    _decide(world, number, _apply(world, firm, number, 80))
    assert _held(world, firm, number) == Holding(80, 0, 0)


def test_decide__a_court_took_some__the_rest_is_carried_and_the_limit_is_free_for_it(world: World, number: int) -> None:
    firm, other = _firm(world, number), world.open_account()
    lock, gone = _apply(world, firm, number, 50), _apply(world, firm, number, 30)
    for taken, quantity in ((lock, 20), (gone, 30)):
        world.office.act("allowances", "forceTransfer", firm, other, number - 1, quantity, taken)
    _decide(world, number, lock, gone)
    assert (_held(world, firm, number), _limit(world, number, firm)["used"]) == (Holding(30, 0, 0), 30)
    assert world.reader.read("carryover", "applicationOf", gone)["quantity"] == 0


def test_decide__a_court_waits__passed_over_until_refused_and_then_the_court_is_served(
    world: World, number: int
) -> None:
    firm = _firm(world, number, held=50, limit=50)
    free = _firm(world, number, limit=0)
    world.carry_limits(number, {firm: 50, free: 50})
    lock, other = _apply(world, firm, number, 50), _apply(world, free, number, 50)
    world.office.act("allowances", "placeLock", firm, number - 1, 40, JUDICIAL, 0, 0)
    court = world.reader.read("allowances", "lockCount")
    _decide(world, number, lock, other)
    assert (_held(world, firm, number).held, _held(world, free, number).held) == (0, 50)
    _decide(world, number, lock, accept=False)
    assert world.reader.read("allowances", "lockOf", court)["quantity"] == 40
    assert _held(world, firm, number - 1) == Holding(10, 0, 40)
    _decide(world, number, _apply(world, firm, number, 10))
    assert _held(world, firm, number).held == 10


def test_decide__in_another_round_or_an_unknown_one__refused(world: World, number: int) -> None:
    firm = _firm(world, number)
    lock = _apply(world, firm, number, 50)
    other = next(ROUNDS)
    world.carry_round(other, {})
    refused = world.refuse_act("carryover", "decideApplications", other, [lock], True)
    assert refused == error("ApplicationUnknown", lockId=lock)
    refused = world.refuse_act("carryover", "decideApplications", 1999, [lock], True)
    assert refused == error("RoundUnknown", round=1999)


# Rounds and limits


def test_limits__chunks_again_out_of_order_or_altered__only_what_was_approved_counts(world: World, number: int) -> None:
    firms = [world.open_account() for _ in range(5)]
    table = LimitsTable(number, tuple(Row(a, 10 + n) for n, a in enumerate(firms)), chunk_size=2)
    early = world.refusal(table.load_call(world.deployment, 0))
    assert early == error("LimitsMismatch", round=number, chunk=0)
    world.office.act("carryover", "approveLimits", *table.approval())
    for chunk in (2, 0, 0, 1, 2):
        world.carrier.carry([table.load_call(world.deployment, chunk)])
    assert [_limit(world, number, a)["tonnes"] for a in firms] == [10, 11, 12, 13, 14]
    altered = LimitsTable(number, (Row(firms[0], 999), *table.rows[1:]), chunk_size=2)
    data = world.deployment.contract("carryover").encode(
        "loadLimits", number, 0, list(altered.tree.chunks[0]), table.tree.proof(0)
    )
    call = table.load_call(world.deployment, 0)
    refused = world.refusal(type(call)(call.target, data))
    assert refused == error("LimitsMismatch", round=number, chunk=0)


def test_limits__a_new_table__old_rows_count_no_longer_and_what_was_used_stays(world: World, number: int) -> None:
    firm, other = _firm(world, number), world.open_account()
    _apply(world, firm, number, 50)
    world.carry_limits(number, {other: 10})
    assert _refuse(world, firm, number, 1) == error("LimitUnknown", account=firm, round=number)
    world.carry_limits(number, {firm: 40})
    refused = _refuse(world, firm, number, 1)
    assert refused == error("CarryLimitExceeded", account=firm, round=number, limit=40, wanted=51)
    world.carry_limits(number, {firm: 60})
    _apply(world, firm, number, 10)
    assert world.reader.read("carryover", "tableOf", number)["version"] == 4


def test_approve_limits__nothing_in_it_or_no_round__refused(world: World, number: int) -> None:
    for root, rows, chunks in ((b"\0" * 32, 1, 1), (b"\1" * 32, 0, 1), (b"\1" * 32, 1, 0)):
        refused = world.refuse_act("carryover", "approveLimits", number, root, rows, chunks, 5)
        assert refused == error("LimitsInvalid", round=number)
    refused = world.refuse_act("carryover", "approveLimits", 1999, b"\1" * 32, 1, 1, 5)
    assert refused == error("RoundUnknown", round=1999)
    assert world.refuse_act("carryover", "admitReleased", 1999, [1]) == error("RoundUnknown", round=1999)
    assert world.refuse_act("carryover", "setBatch", 1999, 1, (1, 2, 3, False)) == error("RoundUnknown", round=1999)


@pytest.mark.parametrize(
    "fields", [{"vintageMin": 3000}, {"vintageMax": 3000}, {"vintage": 2000}, {"cutOff": 0}, {"vintageMin": 0}]
)
def test_set_round__contradictory__refused(world: World, fields: dict[str, int]) -> None:
    values = {"vintageMin": 2019, "vintageMax": 2024, "vintage": 2025, "base": 1, "ratioBps": 1, "cutOff": 1} | fields
    refused = world.refuse_act("carryover", "setRound", 2998, tuple(values.values()))
    assert refused == error("RoundInvalid", round=2998)


def test_set_round__after_limits_were_approved__refused(world: World, number: int) -> None:
    values = (number - 2, number - 1, number, 10_000, 15_000, 1)
    world.office.act("carryover", "setRound", number, values)
    world.carry_limits(number, {world.open_account(): 5})
    assert world.refuse_act("carryover", "setRound", number, values) == error("RoundFixed", round=number)


def test_stop__applications_and_conversions__refused_and_refusals_still_free_units(world: World, number: int) -> None:
    firm = _firm(world, number)
    lock = _apply(world, firm, number, 50)
    world.office.act("accounts", "stop", GROUND)
    assert _refuse(world, firm, number, 1) == error("Stopped")
    refused = world.refuse_act("carryover", "decideApplications", number, [lock], True)
    assert refused == error("Stopped")
    world.office.act("accounts", "resume")
    _decide(world, number, lock)
    assert _held(world, firm, number).held == 50
