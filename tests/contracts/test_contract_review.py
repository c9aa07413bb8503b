"""Surrenders that the province checks first (C-04), and their reversal inside the time limit."""

import itertools

import pytest
from support.errors import error
from support.world import DAY, GROUND, PROVINCES, World

from registry_sdk.calls import Call
from registry_sdk.reader import AccountStatus, ComplianceStatus, Holding

YEARS = itertools.count(2060)


@pytest.fixture(scope="module", autouse=True)
def reporters(world: World) -> None:
    world.name_reporters()


@pytest.fixture
def year(world: World) -> int:
    number = next(YEARS)
    world.year_rules(number, isReviewed=True, deadline=world.now + 100 * DAY, reversibleUntil=world.now + 150 * DAY)
    return number


def _applied(world: World, year: int, quantity: int = 60) -> tuple[int, int]:
    """An emitter that owes and holds 100 and has applied for ``quantity``; its account and the request."""
    account = world.open_account()
    world.report(account, year, 100)
    world.issue(year, {account: 100})
    world.do("surrender", account, year=year, vintage=year, quantity=quantity)
    return account, world.reader.read("allowances", "lockCount")


def _decide(world: World, lock: int, accept: bool, province: int = PROVINCES[0]) -> None:
    world.office.act("compliance", "decideSurrenders", province, [lock], accept, GROUND)


def _refused(world: World, lock: int, accept: bool = True, province: int = PROVINCES[0]) -> object:
    return world.refuse_act("compliance", "decideSurrenders", province, [lock], accept, GROUND)


def _held(world: World, account: int, year: int) -> Holding:
    return world.reader.holding("allowances", account, year)


def test_request__locks_and_waits__nothing_paid_yet(world: World, year: int) -> None:
    account, lock = _applied(world, year)
    position = world.reader.position(account, year)
    assert (position.pending, position.surrendered) == (60, 0)
    assert (_held(world, account, year).registry, _held(world, account, year).locked) == (40, 60)
    assert world.reader.status(account, year) == ComplianceStatus.OPEN
    found = world.reader.read("allowances", "lockOf", lock)
    assert (found["kind"], found["quantity"], found["beneficiary"]) == (1, 60, account)
    refused = world.refuse("surrender", account, year=year, vintage=year, quantity=41)
    assert refused == error("AboveObligation", account=account, year=year, owed=40, wanted=41)


@pytest.mark.parametrize("accept", [True, False])
def test_decide__accepted_or_refused__once(world: World, year: int, accept: bool) -> None:
    account, lock = _applied(world, year)
    _decide(world, lock, accept)
    position = world.reader.position(account, year)
    assert (position.pending, position.surrendered) == (0, 60 if accept else 0)
    assert _held(world, account, year).held == (40 if accept else 100)
    assert _held(world, account, year).locked == 0
    for again in (True, False):
        assert _refused(world, lock, again) == error("RequestUnknown", lockId=lock)


def test_decide__other_province__refused(world: World, year: int) -> None:
    account, lock = _applied(world, year)
    assert _refused(world, lock, True, PROVINCES[1]) == error("RequestUnknown", lockId=lock)
    assert world.reader.position(account, year).pending == 60
    assert _refused(world, 10**9) == error("RequestUnknown", lockId=10**9)


def test_decide__some_unknown_among_many__none_is_decided(world: World, year: int) -> None:
    account, lock = _applied(world, year)
    refused = world.refuse_act("compliance", "decideSurrenders", PROVINCES[0], [lock, 10**9], True, GROUND)
    assert refused == error("RequestUnknown", lockId=10**9)
    assert world.reader.position(account, year).pending == 60


def test_decide__units_seized_meanwhile__rest_is_paid_and_nothing_waits_for_ever(world: World, year: int) -> None:
    account, lock = _applied(world, year)
    creditor = world.open_account()
    world.office.act("allowances", "forceTransfer", account, creditor, year, 25, lock)
    _decide(world, lock, True)
    position = world.reader.position(account, year)
    assert (position.pending, position.surrendered) == (0, 35)
    assert _held(world, account, year) == Holding(40, 0, 0)
    world.do("surrender", account, year=year, vintage=year, quantity=40)


@pytest.mark.parametrize("accept", [True, False])
def test_decide__all_units_seized__request_ends(world: World, year: int, accept: bool) -> None:
    account, lock = _applied(world, year)
    world.office.act("allowances", "forceTransfer", account, world.open_account(), year, 60, lock)
    _decide(world, lock, accept)
    position = world.reader.position(account, year)
    assert (position.pending, position.surrendered) == (0, 0)
    assert _held(world, account, year) == Holding(40, 0, 0)


def test_decide__province_has_no_right_over_the_lock_otherwise(world: World, year: int) -> None:
    _, lock = _applied(world, year)
    assert world.refuse_act("allowances", "releaseLock", lock) == error("LockKindNotAllowed", kind=1)
    refused = world.ask(world.sender.address, "allowances", "releaseExpired", lock)
    assert refused == error("LockUnknown", lockId=lock, active=0, wanted=0)


def test_freeze_statuses__request_in_time_still_waits__left_out_until_decided(world: World, year: int) -> None:
    account, lock = _applied(world, year, 100)
    world.pass_time(101 * DAY)
    world.office.act("compliance", "closeYear", year)
    data = world.deployment.contract("compliance").encode("freezeStatuses", year, [account])
    call = Call(world.deployment.address("compliance"), data)
    world.carrier.carry([call])
    assert not world.reader.position(account, year).is_frozen
    _decide(world, lock, True)
    world.carrier.carry([call])
    position = world.reader.position(account, year)
    assert (position.is_frozen, position.frozen) == (True, ComplianceStatus.COMPLETE)


# Reversal


def test_reverse__in_time__units_back_and_owed_again(world: World) -> None:
    number = next(YEARS)
    world.year_rules(number)
    account = world.open_account()
    world.report(account, number, 100)
    world.issue(number, {account: 100})
    world.do("surrender", account, year=number, vintage=number, quantity=100)
    for quantity in (0, 101):
        refused = world.refuse_act("compliance", "reverseSurrender", account, account, number, number, quantity)
        assert refused == error("ReversalNotAllowed", account=account, year=number)
    world.office.act("compliance", "reverseSurrender", account, account, number, number, 30)
    assert world.reader.position(account, number).surrendered == 70
    assert _held(world, account, number).held == 30
    assert world.reader.totals("allowances", number).surrendered == 70
    world.do("surrender", account, year=number, vintage=number, quantity=30)


def test_reverse__after_the_time_limit__refused(world: World) -> None:
    number = next(YEARS)
    world.year_rules(number, reversibleUntil=world.now + 60)
    account = world.open_account()
    world.report(account, number, 100)
    world.issue(number, {account: 100})
    world.do("surrender", account, year=number, vintage=number, quantity=100)
    world.pass_time(60)
    refused = world.refuse_act("compliance", "reverseSurrender", account, account, number, number, 1)
    assert refused == error("ReversalNotAllowed", account=account, year=number)
    refused = world.refuse_act("compliance", "reverseSurrender", account, account, 1997, 1997, 1)
    assert refused == error("YearUnknown", year=1997)


def test_reverse__more_of_a_vintage_than_was_ever_surrendered__refused(world: World) -> None:
    number = next(YEARS)
    world.year_rules(number)
    account = world.open_account()
    world.report(account, number, 100)
    world.issue(number, {account: 100})
    world.do("surrender", account, year=number, vintage=number, quantity=50)
    refused = world.refuse_act("compliance", "reverseSurrender", account, account, number, number + 1, 50)
    assert refused == error("ReversalNotAllowed", account=account, year=number)
    assert world.reader.position(account, number).surrendered == 50


def test_reverse__into_a_closed_or_unknown_account__refused(world: World) -> None:
    number = next(YEARS)
    world.year_rules(number)
    account = world.open_account()
    world.report(account, number, 100)
    world.issue(number, {account: 100})
    world.do("surrender", account, year=number, vintage=number, quantity=100)
    for _ in range(2):
        world.office.act("accounts", "close", account)
    assert world.reader.account(account).status == AccountStatus.CLOSED
    for target, refusal in (
        (account, error("AccountBlocked", account=account)),
        (222_222, error("ReversalNotAllowed", account=account, year=number)),
    ):
        refused = world.refuse_act("compliance", "reverseSurrender", account, target, number, number, 10)
        assert refused == refusal
