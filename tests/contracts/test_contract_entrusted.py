"""Differentiated issue: units the province holds for a firm, forced surrender and release (rules B-09, C-09)."""

import itertools

import pytest
from support.errors import error
from support.world import DAY, GROUND, PROVINCES, World

from registry_sdk.calc import arrears_vintages, differentiated_issue
from registry_sdk.reader import AccountKind, AccountStatus, ComplianceStatus, Holding
from registry_sdk.signers import EthereumSigner

ENTRUSTED = 9
YEARS = itertools.count(2060)
PROVINCE, OTHER = PROVINCES


@pytest.fixture(scope="module")
def allocation(world: World) -> EthereumSigner:
    """A module that places entrusted units in the province's account, as the differentiated issue does."""
    world.name_reporters()
    key = EthereumSigner.create()
    world.govern("allowances", "setModuleRights", key.address, 1 | 1 << (8 + ENTRUSTED))
    return key


@pytest.fixture(scope="module")
def province(world: World) -> int:
    return world.open_account(AccountKind.PROVINCE)


@pytest.fixture
def year(world: World) -> int:
    number = next(YEARS)
    world.year_rules(number, deadline=world.now + 100 * DAY, arrearsMin=number - 1, arrearsMax=number + 2)
    return number


def _entrust(world: World, module: EthereumSigner, holder: int, firm: int, vintage: int, quantity: int) -> int:
    if vintage not in world.reader.read("allowances", "units"):
        world.office.act("allowances", "openVintage", vintage)
    assert world.call_as(module, "allowances", "issue", vintage, [(holder << 64) | quantity])
    assert world.call_as(module, "allowances", "lock", holder, vintage, quantity, ENTRUSTED, 0, firm, 0)
    return int(world.reader.read("allowances", "lockCount"))


def _surrender(lock: int, year: int, quantity: int, scope: int = PROVINCE) -> tuple[object, ...]:
    return ("compliance", "surrenderEntrusted", scope, lock, year, quantity, GROUND)


def _release(lock: int, scope: int = PROVINCE) -> tuple[object, ...]:
    return ("compliance", "releaseEntrusted", scope, lock, GROUND)


@pytest.mark.parametrize(("issued", "obligation"), [(1_200_000, 1_000_000), (800_000, 1_000_000)])
def test_entrusted__surrendered_and_released__as_the_calculator_says(
    world: World, allocation: EthereumSigner, province: int, year: int, issued: int, obligation: int
) -> None:
    """EX-ALC-12."""
    firm = world.open_account()
    world.report(firm, year, obligation)
    lock = _entrust(world, allocation, province, firm, year, issued)
    expected = differentiated_issue(issued_t=issued, obligation_t=obligation).outputs
    assert expected["surrendered"] == min(issued, obligation)
    assert world.refuse_act(*_release(lock)) == error("EntrustedOwed", account=firm, year=year)

    world.office.act(*_surrender(lock, year, expected["surrendered"]))
    assert world.reader.position(firm, year).surrendered == expected["surrendered"]
    assert world.reader.totals("allowances", year).surrendered == expected["surrendered"]
    if expected["short"]:
        assert world.refuse_act(*_release(lock)) == error("EntrustedUnknown", lockId=lock)
        world.issue(year, {firm: expected["short"]})
        world.do("surrender", firm, year=year, vintage=year, quantity=expected["short"])
    else:
        world.office.act(*_release(lock))
    assert world.reader.status(firm, year) == ComplianceStatus.COMPLETE
    assert world.reader.holding("allowances", firm, year) == Holding(expected["released"], 0, 0)
    assert world.reader.holding("allowances", province, year) == Holding(0, 0, 0)


def test_surrender_entrusted__more_than_owed_nothing_or_a_wrong_vintage__refused(
    world: World, allocation: EthereumSigner, province: int, year: int
) -> None:
    firm = world.open_account()
    lock = _entrust(world, allocation, province, firm, year, 100)
    assert world.refuse_act(*_surrender(lock, year, 1)) == error("NotReported", account=firm, year=year)
    world.report(firm, year, 60)
    owed = error("AboveObligation", account=firm, year=year, owed=60, wanted=61)
    assert world.refuse_act(*_surrender(lock, year, 61)) == owed
    assert world.refuse_act(*_surrender(lock, year, 0)) == error("ZeroQuantity")
    world.year_rules(year - 1, vintageMin=year - 2, vintageMax=year - 1)
    refused = world.refuse_act(*_surrender(lock, year - 1, 1))
    assert refused == error("FutureVintage", year=year - 1, vintage=year, newest=year - 1)
    world.report(firm, year, 200)
    refused = world.refuse_act(*_surrender(lock, year, 101))
    assert refused == error("LockUnknown", lockId=lock, active=100, wanted=101)


def test_surrender_entrusted__other_province_or_other_lock__refused(
    world: World, allocation: EthereumSigner, province: int, year: int
) -> None:
    firm, stranger = world.open_account(), world.open_account(province=OTHER)
    world.report(firm, year, 60)
    lock = _entrust(world, allocation, province, firm, year, 100)
    abroad = _entrust(world, allocation, province, stranger, year, 100)
    world.office.act("allowances", "placeLock", province, year, 1, 7, 0, 0)
    court = world.reader.read("allowances", "lockCount")
    for wrong, scope in ((lock, OTHER), (abroad, PROVINCE), (abroad, OTHER), (court, PROVINCE), (10**6, PROVINCE)):
        for act in (_surrender(wrong, year, 1, scope), _release(wrong, scope)):
            assert world.refuse_act(*act) == error("EntrustedUnknown", lockId=wrong)


def test_surrender_entrusted__after_the_deadline__counts_but_never_as_in_time(
    world: World, allocation: EthereumSigner, province: int, year: int
) -> None:
    firm = world.open_account()
    world.report(firm, year, 60)
    lock = _entrust(world, allocation, province, firm, year, 100)
    world.pass_time(101 * DAY)
    world.office.act(*_surrender(lock, year, 60))
    position = world.reader.position(firm, year)
    assert (position.surrendered, position.is_frozen, position.frozen) == (60, True, ComplianceStatus.SHORT)
    assert world.reader.status(firm, year) == ComplianceStatus.COMPLETE


def test_release__firm_may_not_receive__waits_until_it_may(
    world: World, allocation: EthereumSigner, province: int, year: int
) -> None:
    firm = world.open_account()
    world.report(firm, year, 0)
    lock = _entrust(world, allocation, province, firm, year, 50)
    world.freeze(AccountStatus.FROZEN_ALL, firm)
    assert world.refuse_act(*_release(lock)) == error("AccountBlocked", account=firm)
    world.unfreeze(firm)
    world.office.act(*_release(lock))
    assert world.refuse_act(*_release(lock)) == error("EntrustedUnknown", lockId=lock)
    assert world.reader.holding("allowances", firm, year).registry == 50


def test_reverse__of_a_forced_surrender__units_are_entrusted_again(
    world: World, allocation: EthereumSigner, province: int, year: int
) -> None:
    firm = world.open_account()
    world.report(firm, year, 60)
    lock = _entrust(world, allocation, province, firm, year, 60)
    world.office.act(*_surrender(lock, year, 60))
    before = world.reader.holding("allowances", province, year)
    world.office.act("compliance", "reverseSurrender", firm, province, year, year, 25)
    held = world.reader.holding("allowances", province, year)
    assert (held.registry, held.locked) == (before.registry, before.locked + 25)
    again = world.reader.read("allowances", "lockCount")
    entry = world.reader.read("allowances", "lockOf", again)
    assert (entry["kind"], entry["beneficiary"], entry["quantity"]) == (ENTRUSTED, firm, 25)
    assert world.reader.read("compliance", "paymentOf", firm, year, province, year) == {"ordered": 0, "entrusted": 35}
    world.office.act(*_surrender(again, year, 25))
    assert world.reader.status(firm, year) == ComplianceStatus.COMPLETE


# Arrears


def test_arrears__after_the_deadline__their_own_vintages_pay_and_no_other(world: World, year: int) -> None:
    firm = world.open_account()
    world.report(firm, year, 100)
    for vintage in (year - 1, year, year + 1, year + 2, year + 3):
        world.issue(vintage, {firm: 10})

    def refused(vintage: int) -> object:
        return world.refuse("surrender", firm, year=year, vintage=vintage, quantity=1)

    assert refused(year + 1) == error("FutureVintage", year=year, vintage=year + 1, newest=year)
    world.do("surrender", firm, year=year, vintage=year, quantity=1)
    world.pass_time(101 * DAY)
    for vintage in (year - 1, year, year + 2):
        world.do("surrender", firm, year=year, vintage=vintage, quantity=1)
    assert refused(year + 3) == error("FutureVintage", year=year, vintage=year + 3, newest=year + 2)
    assert refused(year - 2) == error("ExpiredVintage", year=year, vintage=year - 2, oldest=year - 1)
    assert world.reader.position(firm, year).frozen == ComplianceStatus.SHORT


def test_arrears__no_rule_of_their_own__same_vintages_as_before(world: World) -> None:
    number = next(YEARS)
    world.year_rules(number, deadline=world.now + DAY)
    firm = world.open_account()
    world.report(firm, number, 100)
    world.issue(number + 1, {firm: 10})
    world.pass_time(2 * DAY)
    refused = world.refuse("surrender", firm, year=number, vintage=number + 1, quantity=1)
    assert refused == error("FutureVintage", year=number, vintage=number + 1, newest=number)


def test_arrears__the_law_of_2019_to_2024__is_dated_data() -> None:
    assert {year: arrears_vintages(year) for year in (2019, 2024, 2025)} == {
        2019: (2019, 2026),
        2024: (2019, 2026),
        2025: (0, 0),
    }
