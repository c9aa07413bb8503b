"""Surrender, offset, status and closing of a year (rules C-01 to C-07, C-13)."""

import itertools
from typing import Any

import pytest
from support.errors import error
from support.world import DAY, World

from registry_sdk.calls import Call
from registry_sdk.reader import ComplianceStatus

UNITS = itertools.count(1)
YEARS = itertools.count(2050)


@pytest.fixture(scope="module", autouse=True)
def reporters(world: World) -> None:
    world.name_reporters()


@pytest.fixture
def year() -> int:
    """A compliance year of its own for each test."""
    return next(YEARS)


def _emitter(world: World, year: int, owed: int, held: int = 0, **rules: Any) -> int:
    if not world.reader.read("compliance", "yearRules", year)["deadline"]:
        world.year_rules(year, **rules)
    account = world.open_account()
    if owed:
        world.report(account, year, owed)
    if held:
        world.issue(year, {account: held})
    return account


def _surrender(world: World, account: int, year: int, quantity: int, **fields: int) -> None:
    world.do("surrender", account, year=year, quantity=quantity, **{"vintage": year, **fields})


def _batch(world: World, account: int, quantity: int, **fields: bool) -> int:
    unit = (50 << 16) | next(UNITS)
    world.give_credits(unit, {account: quantity}, **fields)  # type: ignore[arg-type]
    return unit


# Surrender


def test_surrender__retires_and_counts_together(world: World, year: int) -> None:
    account = _emitter(world, year, 100, 150)
    _surrender(world, account, year, 60)
    assert world.reader.status(account, year) == ComplianceStatus.OPEN
    _surrender(world, account, year, 40)
    assert world.reader.status(account, year) == ComplianceStatus.COMPLETE
    totals, holding = world.reader.totals("allowances", year), world.reader.holding("allowances", account, year)
    assert (totals.issued, totals.surrendered, holding.held) == (150, 100, 50)
    assert world.reader.position(account, year).surrendered == 100


def test_surrender__more_than_owed__refused(world: World, year: int) -> None:
    account = _emitter(world, year, 100, 150)
    refused = world.refuse("surrender", account, year=year, vintage=year, quantity=101)
    assert refused == error("AboveObligation", account=account, year=year, owed=100, wanted=101)
    _surrender(world, account, year, 100)
    refused = world.refuse("surrender", account, year=year, vintage=year, quantity=1)
    assert refused == error("AboveObligation", account=account, year=year, owed=0, wanted=1)


def test_surrender__vintage_too_new_or_too_old__refused(world: World, year: int) -> None:
    account = _emitter(world, year, 100, 100, vintageMin=year - 1, vintageMax=year)
    refused = world.refuse("surrender", account, year=year, vintage=year + 1, quantity=1)
    assert refused == error("FutureVintage", year=year, vintage=year + 1, newest=year)
    refused = world.refuse("surrender", account, year=year, vintage=year - 2, quantity=1)
    assert refused == error("ExpiredVintage", year=year, vintage=year - 2, oldest=year - 1)
    refused = world.refuse("surrender", account, year=year, vintage=2**64 - 1, quantity=1)
    assert refused == error("FutureVintage", year=year, vintage=2**64 - 1, newest=year)


def test_surrender__nothing_reported_or_no_rules__refused(world: World, year: int) -> None:
    account = _emitter(world, year, 0, 10)
    refused = world.refuse("surrender", account, year=year, vintage=year, quantity=1)
    assert refused == error("NotReported", account=account, year=year)
    refused = world.refuse("surrender", account, year=1999, vintage=1999, quantity=1)
    assert refused == error("YearUnknown", year=1999)
    assert world.refuse("offset", account, year=1999, unit=1, quantity=1) == error("YearUnknown", year=1999)


def test_surrender__for_another_firm__pays_that_firms_obligation(world: World, year: int) -> None:
    helped, helper = _emitter(world, year, 100), _emitter(world, year, 0, 100)
    _surrender(world, helper, year, 70, beneficiary=helped)
    assert world.reader.position(helped, year).surrendered == 70
    assert world.reader.position(helper, year).surrendered == 0
    assert world.reader.holding("allowances", helper, year).held == 30
    refused = world.refuse("surrender", helper, year=year, vintage=year, quantity=31, beneficiary=helped)
    assert refused == error("AboveObligation", account=helped, year=year, owed=30, wanted=31)


@pytest.mark.parametrize("running", [False, True])
def test_surrender__for_an_unknown_account__refused(world: World, year: int, running: bool) -> None:
    account = _emitter(world, year, 10, 10, runningFrom=year if running else 0)
    refused = world.refuse("surrender", account, year=year, vintage=year, quantity=1, beneficiary=333_333)
    assert refused == error("AccountUnknown", account=333_333)
    assert world.reader.holding("allowances", account, year).held == 10


def test_surrender__running_years__status_compares_running_totals(world: World) -> None:
    first, second = next(YEARS), next(YEARS)
    for y in (first, second):
        world.year_rules(y, runningFrom=first, vintageMin=first, vintageMax=second, deadline=world.now + 2)
    world.pass_time(10)
    account = _emitter(world, second, 0)
    world.issue(first, {account: 300})
    world.report(account, first, 100)
    world.report(account, second, 100)
    assert world.reader.status(account, first) == ComplianceStatus.SHORT
    _surrender(world, account, first, 150)
    assert world.reader.status(account, first) == ComplianceStatus.COMPLETE
    assert world.reader.status(account, second) == ComplianceStatus.SHORT
    _surrender(world, account, second, 50, vintage=first)
    assert world.reader.status(account, second) == ComplianceStatus.COMPLETE


# Offset


@pytest.mark.parametrize(("owed", "cap"), [(1_234_567, 61_728), (80_000, 4_000), (19, 0), (20, 1), (39, 1)])
def test_offset__cap_is_five_percent_rounded_down(world: World, year: int, owed: int, cap: int) -> None:
    account = _emitter(world, year, owed)
    unit = _batch(world, account, cap + 2)
    assert world.reader.read("compliance", "offsetCapOf", account, year) == cap
    refused = world.refuse("offset", account, year=year, unit=unit, quantity=cap + 1)
    assert refused == error("OffsetCapExceeded", account=account, year=year, cap=cap, wanted=cap + 1)
    if cap:
        world.do("offset", account, year=year, unit=unit, quantity=cap)
    refused = world.refuse("offset", account, year=year, unit=unit, quantity=1)
    assert refused == error("OffsetCapExceeded", account=account, year=year, cap=cap, wanted=cap + 1)
    assert world.reader.totals("credits", unit).surrendered == world.reader.position(account, year).offset == cap


def test_offset__more_than_still_owed__refused(world: World, year: int) -> None:
    account = _emitter(world, year, 100, 100)
    unit = _batch(world, account, 10)
    _surrender(world, account, year, 98)
    refused = world.refuse("offset", account, year=year, unit=unit, quantity=3)
    assert refused == error("AboveObligation", account=account, year=year, owed=2, wanted=3)
    world.do("offset", account, year=year, unit=unit, quantity=2)
    assert world.reader.status(account, year) == ComplianceStatus.COMPLETE


def test_offset__nothing_reported__refused(world: World, year: int) -> None:
    account = _emitter(world, year, 0)
    unit = _batch(world, account, 10)
    refused = world.refuse("offset", account, year=year, unit=unit, quantity=1)
    assert refused == error("NotReported", account=account, year=year)


def test_offset__credits_of_a_project_inside_the_market_or_unknown__refused(world: World, year: int) -> None:
    account = _emitter(world, year, 1000)
    for unit in (_batch(world, account, 10, inside=True), (99 << 16) | 9):
        refused = world.refuse("offset", account, year=year, unit=unit, quantity=1)
        assert refused == error("CreditNotEligible", year=year, unit=unit)


def test_offset__old_credits_after_their_date_or_class_not_counted__refused(world: World, year: int) -> None:
    account = _emitter(world, year, 1000, oldCreditUntil=world.now + 60)
    old, new = _batch(world, account, 10, old=True), _batch(world, account, 10)
    world.do("offset", account, year=year, unit=old, quantity=1)
    world.pass_time(60)
    refused = world.refuse("offset", account, year=year, unit=old, quantity=1)
    assert refused == error("CreditNotEligible", year=year, unit=old)
    world.do("offset", account, year=year, unit=new, quantity=1)
    world.year_rules(year, creditClasses=0b010)
    refused = world.refuse("offset", account, year=year, unit=new, quantity=1)
    assert refused == error("CreditNotEligible", year=year, unit=new)


# Credits


@pytest.mark.parametrize(
    ("unit", "size", "kind"), [((1 << 16), 5, 2), (5, 5, 2), ((60 << 16) | 1, 0, 2), ((60 << 16) | 1, 5, 0)]
)
def test_register_batch__incomplete__refused(world: World, unit: int, size: int, kind: int) -> None:
    refused = world.refuse_act("credits", "registerBatch", unit, size, kind, False, "CM-001", b"\x05" * 32)
    assert refused == error("BatchInvalid", unit=unit)


def test_register_batch__twice_and_issue_beyond_its_size__refused(world: World, year: int) -> None:
    account = _emitter(world, year, 0)
    unit = _batch(world, account, 10)
    refused = world.refuse_act("credits", "registerBatch", unit, 10, 2, False, "CM-001", b"\x05" * 32)
    assert refused == error("BatchInvalid", unit=unit)
    refused = world.refuse_act("credits", "issueCredits", unit, [(account << 64) | 1])
    assert refused == error("BatchExceeded", unit=unit, size=10, wanted=11)
    refused = world.refuse_act("credits", "issueCredits", (61 << 16) | 1, [(account << 64) | 1])
    assert refused == error("UnitUnknown", unit=(61 << 16) | 1)


# Rules and closing


@pytest.mark.parametrize(
    "fields",
    [{"deadline": 0}, {"offsetCapBps": 10_001}, {"vintageMin": 2051, "vintageMax": 2050}, {"runningFrom": 2999}],
)
def test_year_rules__contradictory__refused(world: World, fields: dict[str, int]) -> None:
    with pytest.raises(Exception, match=str(error("YearRulesInvalid").name)):
        world.year_rules(2049, **fields)
    assert world.reader.read("compliance", "yearRules", 2049)["deadline"] == 0


def test_close_year__before_the_deadline_or_twice__refused(world: World, year: int) -> None:
    deadline = world.now + 5 * DAY
    world.year_rules(year, deadline=deadline)
    expected = error("YearNotOver", year=year, deadline=deadline)
    assert world.refuse_act("compliance", "closeYear", year) == expected
    world.pass_time(5 * DAY)
    world.office.act("compliance", "closeYear", year)
    assert world.refuse_act("compliance", "closeYear", year) == expected
    assert world.refuse_act("compliance", "closeYear", 1998) == error("YearUnknown", year=1998)


def test_freeze_statuses__only_after_closing_and_then_for_good(world: World, year: int) -> None:
    paid, short, silent = (_emitter(world, year, o, 100, deadline=world.now + DAY) for o in (50, 50, 0))
    _surrender(world, paid, year, 50)
    call = (world.sender.address, "compliance", "freezeStatuses", year, [paid])
    assert world.ask(*call) == error("YearNotClosed", year=year)
    world.pass_time(2 * DAY)
    world.office.act("compliance", "closeYear", year)
    assert _freeze(world, year, paid, short, silent) == [
        ComplianceStatus.COMPLETE,
        ComplianceStatus.SHORT,
        ComplianceStatus.NOT_REPORTED,
    ]
    _surrender(world, short, year, 50)
    world.report(silent, year, 1)
    assert world.reader.status(short, year) == ComplianceStatus.COMPLETE
    assert _freeze(world, year, paid, short, silent) == [
        ComplianceStatus.COMPLETE,
        ComplianceStatus.SHORT,
        ComplianceStatus.NOT_REPORTED,
    ]


def _freeze(world: World, year: int, *accounts: int) -> list[ComplianceStatus]:
    data = world.deployment.contract("compliance").encode("freezeStatuses", year, list(accounts))
    world.carrier.carry([Call(world.deployment.address("compliance"), data)])
    positions = [world.reader.position(a, year) for a in accounts]
    assert all(p.is_frozen for p in positions)
    return [p.frozen for p in positions]


@pytest.mark.parametrize("by", ["surrender", "offset", "help"])
def test_payment__after_the_deadline__counts_but_never_as_in_time(world: World, year: int, by: str) -> None:
    account = _emitter(world, year, 20, 20, deadline=world.now + DAY)
    helper = _emitter(world, year, 0, 20)
    unit = _batch(world, account, 1)
    _surrender(world, account, year, 19)
    world.pass_time(2 * DAY)
    if by == "offset":
        world.do("offset", account, year=year, unit=unit, quantity=1)
    elif by == "surrender":
        _surrender(world, account, year, 1)
    else:
        _surrender(world, helper, year, 1, beneficiary=account)
    assert world.reader.status(account, year) == ComplianceStatus.COMPLETE
    world.office.act("compliance", "closeYear", year)
    assert _freeze(world, year, account) == [ComplianceStatus.SHORT]


def test_payment__in_the_last_second__in_time(world: World, year: int) -> None:
    account = _emitter(world, year, 20, 20, deadline=world.now + DAY)
    deadline = world.reader.read("compliance", "yearRules", year)["deadline"]
    order = world.order("surrender", account, year=year, vintage=year, quantity=20)
    world.pass_time(deadline - world.now - 2)
    world.carry(order)
    assert world.node.head()["timestamp"] == hex(deadline)
    world.office.act("compliance", "closeYear", year)
    assert _freeze(world, year, account) == [ComplianceStatus.COMPLETE]
