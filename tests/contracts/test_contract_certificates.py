"""Certificates of compliance, corrections that void them, reversals (rules C-04, C-13)."""

import itertools

import pytest
from support.errors import error
from support.world import DAY, GROUND, PROVINCES, World

from registry_sdk.calls import Call
from registry_sdk.carrier import accepted
from registry_sdk.certificates import Certificate, certify_call, read_certificate
from registry_sdk.reader import ComplianceStatus, Holding

YEARS = itertools.count(2080)


@pytest.fixture(scope="module", autouse=True)
def reporters(world: World) -> None:
    world.name_reporters()


@pytest.fixture
def year(world: World) -> int:
    number = next(YEARS)
    world.year_rules(number, deadline=world.now + 100 * DAY)
    return number


def _emitter(world: World, year: int, owed: int, held: int) -> int:
    account = world.open_account()
    world.report(account, year, owed)
    world.issue(year, {account: held})
    return account


def _certify(world: World, account: int, year: int) -> Certificate:
    accepted(world.carrier.carry([certify_call(world.deployment, account, year)]))
    found = read_certificate(world.reader, account, year)
    assert found is not None
    return found


def _refused(world: World, account: int, year: int) -> object:
    return world.refusal(certify_call(world.deployment, account, year))


def test_certify__complete__anybody_may_and_the_figures_are_the_chains(world: World, year: int) -> None:
    account = _emitter(world, year, 100, 100)
    unit = (90 << 16) | year
    world.give_credits(unit, {account: 5})
    world.do("offset", account, year=year, unit=unit, quantity=5)
    world.do("surrender", account, year=year, vintage=year, quantity=94)
    assert _refused(world, account, year) == error("CertificateNotDue", account=account, year=year)
    world.do("surrender", account, year=year, vintage=year, quantity=1)
    found = _certify(world, account, year)
    assert (found.obligation, found.surrendered, found.offset, found.is_on_time) == (100, 95, 5, True)
    assert (found.number, found.issued_at) == (world.reader.read("compliance", "certificateCount"), world.now)
    assert _refused(world, account, year) == error("CertificateStands", account=account, year=year, number=found.number)


def test_certify__nothing_reported_unknown_or_running_year__refused(world: World, year: int) -> None:
    account = world.open_account()
    assert _refused(world, account, year) == error("CertificateNotDue", account=account, year=year)
    assert _refused(world, account, 1998) == error("YearUnknown", year=1998)
    running = next(YEARS)
    world.year_rules(running, runningFrom=running)
    world.report(account, running, 0)
    assert world.reader.status(account, running) == ComplianceStatus.COMPLETE
    assert _refused(world, account, running) == error("CertificateNotDue", account=account, year=running)


def test_certify__paid_late__says_so(world: World, year: int) -> None:
    account = _emitter(world, year, 100, 100)
    world.pass_time(101 * DAY)
    world.do("surrender", account, year=year, vintage=year, quantity=100)
    assert _certify(world, account, year).is_on_time is False


def test_correction__upward__reopens_voids_and_leaves_the_frozen_status(world: World, year: int) -> None:
    account = _emitter(world, year, 100, 150)
    world.do("surrender", account, year=year, vintage=year, quantity=100)
    first = _certify(world, account, year)
    world.pass_time(101 * DAY)
    world.office.act("compliance", "closeYear", year)
    freeze = world.deployment.contract("compliance").encode("freezeStatuses", year, [account])
    accepted(world.carrier.carry([Call(world.deployment.address("compliance"), freeze)]))
    assert read_certificate(world.reader, account, year) == first
    world.report(account, year, 100)
    assert read_certificate(world.reader, account, year) == first
    world.report(account, year, 120)
    assert read_certificate(world.reader, account, year) is None
    assert world.reader.status(account, year) == ComplianceStatus.SHORT
    assert world.reader.position(account, year).frozen == ComplianceStatus.COMPLETE
    assert _refused(world, account, year) == error("CertificateNotDue", account=account, year=year)
    world.do("surrender", account, year=year, vintage=year, quantity=20)
    second = _certify(world, account, year)
    assert (second.number, second.obligation, second.is_on_time) == (first.number + 1, 120, True)


def test_correction__downward_with_a_request_waiting__acceptance_voids_the_certificate(world: World) -> None:
    number = next(YEARS)
    world.year_rules(number, isReviewed=True)
    account = _emitter(world, number, 100, 100)
    world.do("surrender", account, year=number, vintage=number, quantity=100)
    lock = world.reader.read("allowances", "lockCount")
    world.report(account, number, 0)
    _certify(world, account, number)
    world.office.act("compliance", "decideSurrenders", PROVINCES[0], [lock], True, GROUND)
    assert read_certificate(world.reader, account, number) is None
    assert _certify(world, account, number).surrendered == 100


# Reversal


def _reverse(world: World, beneficiary: int, account: int, year: int, quantity: int) -> tuple[object, ...]:
    return ("compliance", "reverseSurrender", beneficiary, account, year, year, quantity)


def test_reverse__after_help__units_go_back_to_the_helper_only(world: World, year: int) -> None:
    helped, helper = _emitter(world, year, 100, 40), _emitter(world, year, 10, 60)
    world.do("surrender", helped, year=year, vintage=year, quantity=40)
    world.do("surrender", helper, beneficiary=helped, year=year, vintage=year, quantity=60)
    _certify(world, helped, year)
    for account, quantity in ((helped, 41), (helper, 61), (world.open_account(), 1)):
        refused = world.refuse_act(*_reverse(world, helped, account, year, quantity))
        assert refused == error("ReversalNotAllowed", account=helped, year=year)
    world.office.act(*_reverse(world, helped, helper, year, 60))
    assert world.reader.holding("allowances", helper, year) == Holding(60, 0, 0)
    assert world.reader.position(helped, year).surrendered == 40
    assert read_certificate(world.reader, helped, year) is None
    refused = world.refuse_act(*_reverse(world, helped, helper, year, 1))
    assert refused == error("ReversalNotAllowed", account=helped, year=year)


def test_reverse__after_the_freeze__never_below_what_makes_the_frozen_status_true(world: World, year: int) -> None:
    account = _emitter(world, year, 100, 100)
    world.do("surrender", account, year=year, vintage=year, quantity=100)
    world.pass_time(101 * DAY)
    world.office.act("compliance", "closeYear", year)
    freeze = world.deployment.contract("compliance").encode("freezeStatuses", year, [account])
    accepted(world.carrier.carry([Call(world.deployment.address("compliance"), freeze)]))
    refused = world.refuse_act(*_reverse(world, account, account, year, 1))
    assert refused == error("ReversalAfterFreeze", account=account, year=year)
    world.report(account, year, 70)
    refused = world.refuse_act(*_reverse(world, account, account, year, 31))
    assert refused == error("ReversalAfterFreeze", account=account, year=year)
    world.office.act(*_reverse(world, account, account, year, 30))
    position = world.reader.position(account, year)
    assert (position.surrendered, position.frozen) == (70, ComplianceStatus.COMPLETE)
