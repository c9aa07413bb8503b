"""What modules do with locked and free units: claw-back, entrusted units, carry-over (rules B-06a, B-09, C-10)."""

import pytest
from support.errors import error
from support.world import GROUND, World

from registry_sdk.reader import AccountKind, AccountStatus, Holding, Totals
from registry_sdk.signers import EthereumSigner

OLD, NEW, CLOSED = 2024, 2025, 2031
CARRYOVER, ENTRUSTED, JUDICIAL = 2, 9, 7
MOVE, RECLAIM, CONVERT = 4, 16, 32
REGISTRY, TRADING = 0, 1


@pytest.fixture(scope="module")
def module(world: World) -> EthereumSigner:
    """A module with the rights that allocation and carry-over hold together."""
    key = EthereumSigner.create()
    rights = MOVE | RECLAIM | CONVERT | 1 << (8 + CARRYOVER) | 1 << (8 + ENTRUSTED)
    world.govern("allowances", "setModuleRights", key.address, rights)
    world.office.act("allowances", "openVintage", NEW)
    return key


@pytest.fixture
def firm(world: World, module: EthereumSigner) -> int:
    account = world.open_account()
    world.issue(OLD, {account: 100})
    return account


def _held(world: World, account: int, unit: int = OLD) -> Holding:
    return world.reader.holding("allowances", account, unit)


def _lock(
    world: World,
    module: EthereumSigner,
    account: int,
    quantity: int,
    kind: int = CARRYOVER,
    side: int = REGISTRY,
    beneficiary: int = 0,
) -> int:
    assert world.call_as(module, "allowances", "lock", account, OLD, quantity, kind, side, beneficiary, 0)
    return int(world.reader.read("allowances", "lockCount"))


# Claw-back


def test_reclaim__more_than_is_free__takes_what_is_there_and_says_so(
    world: World, module: EthereumSigner, firm: int
) -> None:
    before = world.reader.totals("allowances", OLD)
    world.do("relocate", firm, unit=OLD, quantity=30, to=TRADING)
    _lock(world, module, firm, 25)
    for status in (AccountStatus.RESTRICTED, AccountStatus.FROZEN_ALL):
        world.freeze(status, firm)
        assert world.ask(module.address, "allowances", "reclaim", firm, OLD, 60) == 45
    assert world.call_as(module, "allowances", "reclaim", firm, OLD, 60)
    assert _held(world, firm) == Holding(0, 30, 25)
    assert world.reader.totals("allowances", OLD) == Totals(before.issued, before.surrendered, before.cancelled + 45)
    assert world.ask(module.address, "allowances", "reclaim", firm, OLD, 60) == 0
    assert world.call_as(module, "allowances", "reclaim", firm, OLD, 60)
    assert _held(world, firm) == Holding(0, 30, 25)


def test_reclaim__less_than_is_free__takes_just_that(world: World, module: EthereumSigner, firm: int) -> None:
    assert world.call_as(module, "allowances", "reclaim", firm, OLD, 40)
    assert _held(world, firm) == Holding(60, 0, 0)


# Entrusted units


def test_entrusted__in_the_province_account__goes_to_the_firm_in_parts(
    world: World, module: EthereumSigner, firm: int
) -> None:
    province = world.open_account(AccountKind.PROVINCE)
    world.issue(OLD, {province: 90})
    lock = _lock(world, module, province, 80, ENTRUSTED, beneficiary=firm)
    assert world.reader.read("allowances", "lockOf", lock)["beneficiary"] == firm
    assert world.call_as(module, "allowances", "moveLocked", lock, firm, 50)
    assert (_held(world, province), _held(world, firm)) == (Holding(10, 0, 30), Holding(150, 0, 0))
    ask = (module.address, "allowances", "moveLocked", lock)
    assert world.ask(*ask, firm, 31) == error("LockUnknown", lockId=lock, active=30, wanted=31)
    assert world.ask(*ask, province, 1) == error("SameAccount", account=province)
    world.freeze(AccountStatus.FROZEN_IN, firm)
    assert world.ask(*ask, firm, 1) == error("AccountBlocked", account=firm)
    world.unfreeze(firm)
    # The holder's status does not stand in the way of what is not his.
    world.freeze(AccountStatus.FROZEN_OUT, province)
    assert world.call_as(module, "allowances", "moveLocked", lock, firm, 30)
    assert (_held(world, province).locked, _held(world, firm).registry) == (0, 180)


def test_move_locked__a_court_waits_behind__keeps_its_place(world: World, module: EthereumSigner, firm: int) -> None:
    other = world.open_account()
    lock = _lock(world, module, firm, 100, ENTRUSTED)
    world.office.act("allowances", "placeLock", firm, OLD, 40, JUDICIAL, REGISTRY, 0)
    court = world.reader.read("allowances", "lockCount")
    assert world.call_as(module, "allowances", "moveLocked", lock, other, 30)
    assert world.reader.read("allowances", "lockOf", court)["quantity"] == 0
    assert world.call_as(module, "allowances", "unlock", lock, 70)
    assert world.reader.read("allowances", "lockOf", court)["quantity"] == 40
    assert (_held(world, firm), _held(world, other)) == (Holding(30, 0, 40), Holding(30, 0, 0))


# Carry-over


@pytest.mark.parametrize("side", [REGISTRY, TRADING])
def test_convert__a_lock__the_same_tonnes_of_the_new_vintage_in_the_same_compartment(
    world: World, module: EthereumSigner, firm: int, side: int
) -> None:
    if side == TRADING:
        world.do("relocate", firm, unit=OLD, quantity=100, to=TRADING)
    old, new = (world.reader.totals("allowances", unit) for unit in (OLD, NEW))
    lock = _lock(world, module, firm, 60, side=side)
    assert world.call_as(module, "allowances", "convertLocked", lock, NEW)
    assert _held(world, firm, NEW) == (Holding(60, 0, 0) if side == REGISTRY else Holding(0, 60, 0))
    assert (_held(world, firm).held, _held(world, firm).locked) == (40, 0)
    assert world.reader.totals("allowances", OLD).cancelled == old.cancelled + 60
    assert world.reader.totals("allowances", NEW).issued == new.issued + 60
    again = world.ask(module.address, "allowances", "convertLocked", lock, NEW)
    assert again == error("LockUnknown", lockId=lock, active=0, wanted=0)


def test_convert__into_an_unopened_or_earlier_vintage__refused(world: World, module: EthereumSigner, firm: int) -> None:
    lock = _lock(world, module, firm, 60)
    ask = (module.address, "allowances", "convertLocked", lock)
    assert world.ask(*ask, CLOSED) == error("UnitUnknown", unit=CLOSED)
    for unit in (OLD, OLD - 1, 0):
        assert world.ask(*ask, unit) == error("ConversionInvalid", unit=OLD, toUnit=unit)
    assert _held(world, firm) == Holding(40, 0, 60)


def test_convert__a_court_waits_for_the_units__refused_until_it_is_served(
    world: World, module: EthereumSigner, firm: int
) -> None:
    lock = _lock(world, module, firm, 100)
    assert world.reader.read("allowances", "isAwaited", lock) is False
    world.office.act("allowances", "placeLock", firm, OLD, 5, JUDICIAL, TRADING, 0)
    assert world.reader.read("allowances", "isAwaited", lock) is False
    world.office.act("allowances", "placeLock", firm, OLD, 40, JUDICIAL, REGISTRY, 0)
    court = world.reader.read("allowances", "lockCount")
    assert world.reader.read("allowances", "isAwaited", lock) is True
    refused = world.ask(module.address, "allowances", "convertLocked", lock, NEW)
    assert refused == error("UnitsAwaited", account=firm, unit=OLD)
    assert world.call_as(module, "allowances", "unlock", lock, 40)
    assert world.reader.read("allowances", "lockOf", court)["quantity"] == 40
    assert world.call_as(module, "allowances", "convertLocked", lock, NEW)
    assert (_held(world, firm), _held(world, firm, NEW)) == (Holding(0, 0, 40), Holding(60, 0, 0))


def test_stop__module_moves__none_goes_through(world: World, module: EthereumSigner, firm: int) -> None:
    other = world.open_account()
    lock = _lock(world, module, firm, 60)
    world.office.act("accounts", "stop", GROUND)
    for function, args in (
        ("reclaim", (firm, OLD, 1)),
        ("moveLocked", (lock, other, 1)),
        ("convertLocked", (lock, NEW)),
    ):
        assert world.ask(module.address, "allowances", function, *args) == error("Stopped"), function
    world.office.act("accounts", "resume")
    assert _held(world, firm) == Holding(40, 0, 60)
