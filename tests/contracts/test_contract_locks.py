"""Locks and their queue, forced transfer and cancellation (rules A-11 to A-14)."""

import pytest
from support.errors import error
from support.world import DAY, GROUND, World

from registry_sdk.calls import Call
from registry_sdk.codec import ContractError
from registry_sdk.reader import AccountStatus, Holding
from registry_sdk.signers import EthereumSigner

UNIT = 2025
PLEDGE, JUDICIAL = 5, 7
REGISTRY, TRADING = 0, 1


@pytest.fixture(scope="module")
def pledgee(world: World) -> EthereumSigner:
    """A module that may move, and lock for pledges: stands for the market modules."""
    key = EthereumSigner.create()
    world.govern("allowances", "setModuleRights", key.address, 4 | 1 << (8 + PLEDGE))
    return key


@pytest.fixture
def holder(world: World) -> int:
    account = world.open_account()
    world.issue(UNIT, {account: 100})
    return account


def _lock(
    world: World, account: int, quantity: int, kind: int = JUDICIAL, side: int = REGISTRY, expiry: int = 0
) -> int:
    world.office.act("allowances", "placeLock", account, UNIT, quantity, JUDICIAL, side, expiry)
    return int(world.reader.read("allowances", "lockCount"))


def _amounts(world: World, lock: int) -> tuple[int, int]:
    found = world.reader.read("allowances", "lockOf", lock)
    return found["quantity"], found["queued"]


def _held(world: World, account: int) -> Holding:
    return world.reader.holding("allowances", account, UNIT)


def _over(account: int, free: int, wanted: int) -> ContractError:
    return error("OverBalance", account=account, unit=UNIT, free=free, wanted=wanted)


def _release_expired(world: World, lock: int) -> Call:
    data = world.deployment.contract("allowances").encode("releaseExpired", lock)
    return Call(world.deployment.address("allowances"), data)


def test_lock__part_of_the_balance__the_rest_stays_free(world: World, holder: int) -> None:
    lock = _lock(world, holder, 60)
    assert _held(world, holder) == Holding(40, 0, 60)
    other = world.open_account()
    assert world.refuse("transfer", holder, to=other, unit=UNIT, quantity=41) == _over(holder, 40, 41)
    world.do("transfer", holder, to=other, unit=UNIT, quantity=40)
    world.office.act("allowances", "releaseLock", lock)
    assert _held(world, holder) == Holding(60, 0, 0)
    assert world.refuse_act("allowances", "releaseLock", lock) == error("LockUnknown", lockId=lock, active=0, wanted=0)


def test_lock__larger_than_the_balance__rest_waits(world: World, holder: int) -> None:
    lock = _lock(world, holder, 150)
    assert _amounts(world, lock) == (100, 50)
    assert _held(world, holder) == Holding(0, 0, 100)
    world.office.act("allowances", "releaseLock", lock)
    assert _held(world, holder) == Holding(100, 0, 0)
    assert _amounts(world, lock) == (0, 0)


def test_queue__courts_wait_first_in_first_out(world: World, holder: int) -> None:
    first, second, third = (_lock(world, holder, q) for q in (80, 50, 40))
    assert [_amounts(world, n) for n in (first, second, third)] == [(80, 0), (20, 30), (0, 40)]
    world.office.act("allowances", "releaseLock", first)
    assert [_amounts(world, n) for n in (first, second, third)] == [(0, 0), (50, 0), (40, 0)]
    assert _held(world, holder) == Holding(10, 0, 90)
    world.office.act("allowances", "releaseLock", second)
    world.office.act("allowances", "releaseLock", third)
    assert _held(world, holder) == Holding(100, 0, 0)


def test_queue__waiting_lock_released__leaves_its_place(world: World, holder: int) -> None:
    first, second, third = (_lock(world, holder, q) for q in (100, 30, 40))
    world.office.act("allowances", "releaseLock", second)
    assert _amounts(world, second) == (0, 0)
    world.office.act("allowances", "releaseLock", first)
    assert _amounts(world, third) == (40, 0)
    assert _held(world, holder) == Holding(60, 0, 40)


def test_queue__compartments_are_served_apart(world: World, holder: int) -> None:
    world.do("relocate", holder, unit=UNIT, quantity=40, to=TRADING)
    in_registry, in_trading = _lock(world, holder, 60), _lock(world, holder, 40, side=TRADING)
    waits_registry, waits_trading = _lock(world, holder, 10), _lock(world, holder, 10, side=TRADING)
    assert _held(world, holder) == Holding(0, 0, 100)
    world.office.act("allowances", "releaseLock", in_trading)
    assert (_amounts(world, waits_registry), _amounts(world, waits_trading)) == ((0, 10), (10, 0))
    assert _held(world, holder) == Holding(0, 30, 70)
    world.office.act("allowances", "releaseLock", in_registry)
    assert _held(world, holder) == Holding(50, 30, 20)


def test_queue__new_lock__does_not_overtake_one_that_waits(world: World, holder: int) -> None:
    first = _lock(world, holder, 130)
    world.issue(UNIT, {holder: 50})
    second = _lock(world, holder, 40)
    assert _amounts(world, first) == (130, 0)
    assert _amounts(world, second) == (20, 20)
    assert _held(world, holder) == Holding(0, 0, 150)


def test_queue__sixteen_wait_at_most(world: World, holder: int) -> None:
    locks = [_lock(world, holder, 101)] + [_lock(world, holder, 1) for _ in range(15)]
    refused = world.refuse_act("allowances", "placeLock", holder, UNIT, 1, JUDICIAL, REGISTRY, 0)
    assert refused == error("LockQueueFull", account=holder, unit=UNIT)
    world.office.act("allowances", "releaseLock", locks[0])
    assert _held(world, holder) == Holding(85, 0, 15)


def test_expiry__anybody_releases_afterwards__nobody_before(world: World, holder: int) -> None:
    lock = _lock(world, holder, 100, expiry=world.now + DAY)
    forever = _lock(world, holder, 5)
    early = error("LockUnknown", lockId=lock, active=0, wanted=0)
    assert world.refusal(_release_expired(world, lock)) == early
    world.pass_time(DAY)
    assert world.refusal(_release_expired(world, forever)) == error("LockUnknown", lockId=forever, active=0, wanted=0)
    world.carrier.carry([_release_expired(world, lock)])
    assert _held(world, holder) == Holding(95, 0, 5)
    assert world.refusal(_release_expired(world, lock)) == early


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4, 5, 6])
def test_place_lock__kind_that_is_no_authoritys__refused(world: World, holder: int, kind: int) -> None:
    refused = world.refuse_act("allowances", "placeLock", holder, UNIT, 1, kind, REGISTRY, 0)
    assert refused == error("LockKindNotAllowed", kind=kind)


@pytest.mark.parametrize("function", ["placeLock", "releaseLock", "forceTransfer", "forceCancel"])
@pytest.mark.parametrize("asset", ["allowances", "credits"])
def test_act_on_units__without_ground__refused(world: World, holder: int, asset: str, function: str) -> None:
    args = {
        "placeLock": (holder, UNIT, 1, JUDICIAL, REGISTRY, 0),
        "releaseLock": (1,),
        "forceTransfer": (holder, holder, UNIT, 1, 0),
        "forceCancel": (holder, UNIT, 1),
    }[function]
    assert world.refuse_act(asset, function, *args, (0, b"\x11" * 32)) == error("GroundMissing")
    assert world.refuse_act(asset, function, *args, (1, b"\x00" * 32)) == error("GroundMissing")


# Locks of modules


def test_module_lock__pledged_units_and_a_court_behind_them(world: World, holder: int, pledgee: EthereumSigner) -> None:
    args = (holder, UNIT, 70, PLEDGE, REGISTRY, 0, 0)
    assert world.call_as(pledgee, "allowances", "lock", *args)
    pledge = world.reader.read("allowances", "lockCount")
    court = _lock(world, holder, 60)
    assert (_amounts(world, pledge), _amounts(world, court)) == ((70, 0), (30, 30))
    assert world.refuse_act("allowances", "releaseLock", pledge) == error("LockKindNotAllowed", kind=PLEDGE)
    assert world.call_as(pledgee, "allowances", "unlock", pledge, 50)
    assert (_amounts(world, pledge), _amounts(world, court)) == ((20, 0), (60, 0))
    assert _held(world, holder) == Holding(20, 0, 80)
    refused = world.ask(pledgee.address, "allowances", "unlock", pledge, 21)
    assert refused == error("LockUnknown", lockId=pledge, active=20, wanted=21)
    refused = world.ask(pledgee.address, "allowances", "lock", holder, UNIT, 21, PLEDGE, REGISTRY, 0, 0)
    assert refused == _over(holder, 20, 21)


@pytest.mark.parametrize(
    ("function", "right"),
    [
        ("issue", 1),
        ("retire", 2),
        ("moveByModule", 4),
        ("restore", 8),
        ("reclaim", 16),
        ("lock", 1 << 15),
        ("unlock", 1 << 15),
        ("moveLocked", 4 | 1 << 15),
        ("convertLocked", 32 | 1 << 15),
    ],
)
@pytest.mark.parametrize("who", ["stranger", "pledgee"])
def test_module_function__right_not_held__refused(
    world: World, holder: int, pledgee: EthereumSigner, function: str, right: int, who: str
) -> None:
    if (who, function) == ("pledgee", "moveByModule"):
        return
    lock = _lock(world, holder, 10)
    sender = pledgee.address if who == "pledgee" else EthereumSigner.create().address
    args = {
        "issue": (UNIT, [(holder << 64) | 1]),
        "retire": (holder, UNIT, 1),
        "moveByModule": (holder, holder + 1, UNIT, 1),
        "restore": (holder, UNIT, 1),
        "reclaim": (holder, UNIT, 1),
        "moveLocked": (lock, holder + 1, 1),
        "convertLocked": (lock, UNIT + 1),
        "lock": (holder, UNIT, 1, JUDICIAL, REGISTRY, 0, 0),
        "unlock": (lock, 1),
    }[function]
    refused = world.ask(sender, "allowances", function, *args)
    assert refused == error("ModuleLacksRight", module=sender.lower(), right=right)
    refused = world.ask(sender, "allowances", "retireLocked", lock, 1)
    assert refused == error("ModuleLacksRight", module=sender.lower(), right=2 | 1 << 15)


def test_module_move__both_accounts_must_be_allowed__also_after_a_fresh_clearance(
    world: World, holder: int, pledgee: EthereumSigner
) -> None:
    other = world.open_account()
    for _ in range(2):
        assert world.call_as(pledgee, "allowances", "moveByModule", holder, other, UNIT, 1)
    move = (pledgee.address, "allowances", "moveByModule", holder, other, UNIT, 1)
    for account, status in ((holder, AccountStatus.RESTRICTED), (other, AccountStatus.FROZEN_IN)):
        world.freeze(status, account)
        assert world.ask(*move) == error("AccountBlocked", account=account)
        world.unfreeze(account)
        assert world.call_as(pledgee, "allowances", "moveByModule", holder, other, UNIT, 1)
    world.office.act("accounts", "restrictClass", 11, 1 << 1, GROUND)
    assert world.ask(*move) == error("AccountBlocked", account=holder)
    world.office.act("accounts", "releaseClass", 11, 1 << 1)
    refused = world.ask(pledgee.address, "allowances", "moveByModule", holder, holder, UNIT, 1)
    assert refused == error("SameAccount", account=holder)


# Force


def test_force_transfer__to_itself_or_blocked__refused(world: World, holder: int) -> None:
    other = world.open_account()
    refused = world.refuse_act("allowances", "forceTransfer", holder, holder, UNIT, 1, 0)
    assert refused == error("SameAccount", account=holder)
    world.freeze(AccountStatus.FROZEN_ALL, other)
    for target in (other, 111_111):
        refused = world.refuse_act("allowances", "forceTransfer", holder, target, UNIT, 1, 0)
        assert refused == error("AccountBlocked", account=target)


def test_force_transfer__from_a_frozen_account__moves_and_never_unfreezes(world: World, holder: int) -> None:
    creditor = world.open_account()
    lock = _lock(world, holder, 50)
    world.freeze(AccountStatus.FROZEN_ALL, holder)
    assert world.refuse_act("allowances", "forceTransfer", holder, creditor, UNIT, 51, 0) == _over(holder, 50, 51)
    refused = world.refuse_act("allowances", "forceTransfer", holder, creditor, UNIT, 51, lock)
    assert refused == error("LockUnknown", lockId=lock, active=50, wanted=51)
    world.office.act("allowances", "forceTransfer", holder, creditor, UNIT, 20, lock)
    world.office.act("allowances", "forceTransfer", holder, creditor, UNIT, 10, 0)
    assert (_held(world, holder), _held(world, creditor)) == (Holding(40, 0, 30), Holding(30, 0, 0))
    assert world.reader.account(holder).status == AccountStatus.FROZEN_ALL
    refused = world.refuse("transfer", holder, to=creditor, unit=UNIT, quantity=1)
    assert refused == error("ActionNotAllowed", account=holder, status=5, action=0)


def test_force_transfer__lock_of_somebody_else__refused(world: World, holder: int) -> None:
    other = world.open_account()
    world.issue(UNIT, {other: 10})
    lock = _lock(world, other, 10)
    refused = world.refuse_act("allowances", "forceTransfer", holder, other, UNIT, 5, lock)
    assert refused == error("LockUnknown", lockId=lock, active=0, wanted=5)


def test_force_cancel__only_free_units(world: World, holder: int) -> None:
    _lock(world, holder, 60)
    assert world.refuse_act("allowances", "forceCancel", holder, UNIT, 41) == _over(holder, 40, 41)
    before = world.reader.totals("allowances", UNIT).cancelled
    world.office.act("allowances", "forceCancel", holder, UNIT, 40)
    assert _held(world, holder) == Holding(0, 0, 60)
    assert world.reader.totals("allowances", UNIT).cancelled == before + 40
