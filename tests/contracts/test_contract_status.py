"""Account status: what each status allows, who changes it and how (rules A-09, A-12)."""

import pytest
from support.errors import error
from support.scene import CREDIT, Scene, set_scene
from support.world import GROUND, PROVINCES, SECTOR, World

from registry_sdk.calls import Call, order_call
from registry_sdk.documents import ORDER_KINDS
from registry_sdk.projection.status import ALLOWED
from registry_sdk.reader import AccountStatus

FREEZES = (AccountStatus.RESTRICTED, AccountStatus.FROZEN_IN, AccountStatus.FROZEN_OUT, AccountStatus.FROZEN_ALL)
ACTIONS = {"transfer": 0, "receive": 1, "relocate": 2, "surrender": 3, "offset": 4, "cancel": 5, "issue": 6}
#: What rule A-09 allows, written out here a second time: the contract's table is compared with it action by action.
TABLE = {
    AccountStatus.ACTIVE: set(ACTIONS),
    AccountStatus.RESTRICTED: {"receive", "relocate", "surrender", "offset", "issue"},
    AccountStatus.FROZEN_IN: {"transfer", "relocate", "surrender", "offset", "cancel", "issue"},
    AccountStatus.FROZEN_OUT: {"receive", "issue"},
    AccountStatus.FROZEN_ALL: set(),
    AccountStatus.CLOSING: {"transfer", "relocate", "surrender", "offset", "cancel"},
}
CASES = [(status, action) for status in TABLE for action in ACTIONS]


@pytest.fixture(scope="module")
def scene(world: World) -> Scene:
    return set_scene(world)


def _to(world: World, account: int, status: AccountStatus) -> None:
    if status in FREEZES:
        world.freeze(status, account)
    elif status == AccountStatus.CLOSING:
        world.office.act("accounts", "close", account)


def _try(scene: Scene, account: int, action: str) -> str:
    """Name of the refusal, empty where the action went through."""
    world = scene.world
    if action in ORDER_KINDS:
        outcome = world.carrier.carry([_order_call(scene, account, action)])
    elif action == "receive":
        outcome = world.carrier.carry([_order_call(scene, scene.two, "transfer", to=account)])
    else:
        outcome = world.carrier.carry(world.office.calls("credits", "issueCredits", CREDIT, [(account << 64) | 1]))
    errors = [c.error for c in outcome if c.error]
    return errors[0].name if errors else ""


def _order_call(scene: Scene, account: int, kind: str, **changes: int) -> Call:
    return order_call(scene.world.deployment, scene.order(kind, account, **changes))


@pytest.fixture
def subject(scene: Scene) -> int:
    """A fresh account that could do everything."""
    world = scene.world
    account = world.open_account()
    world.issue(2025, {account: 100})
    world.give_credits(CREDIT, {account: 10})
    world.report(account, 2025, 1000)
    return account


@pytest.mark.parametrize(("status", "action"), CASES)
def test_status__each_action__as_rule_a09_says(scene: Scene, subject: int, status: AccountStatus, action: str) -> None:
    world = scene.world
    _to(world, subject, status)
    refused = _try(scene, subject, action)
    if action in TABLE[status]:
        assert refused == ""
    else:
        assert refused == ("AccountBlocked" if action in ("receive", "issue") else "ActionNotAllowed")
    bits = world.reader.read("accounts", "allowedActions", subject)
    assert bool(bits >> ACTIONS[action] & 1) == (action in TABLE[status])
    assert bits == ALLOWED.get(status, 0)


def test_frozen__order__refusal_names_status_and_action(scene: Scene, subject: int) -> None:
    scene.world.freeze(AccountStatus.FROZEN_ALL, subject)
    for kind in ORDER_KINDS:
        # Carrying over keeps units in the account, as relocating does, and is allowed with it.
        action = ACTIONS["relocate" if kind == "carry-over" else kind]
        expected = error("ActionNotAllowed", account=subject, status=5, action=action)
        assert scene.refusal(scene.order(kind, subject)) == expected


def test_unfreeze__all_actions_again_and_old_order_still_valid(scene: Scene, subject: int) -> None:
    order = scene.order("transfer", subject)
    scene.world.freeze(AccountStatus.FROZEN_OUT, subject)
    assert scene.refusal(order).name == "ActionNotAllowed"
    scene.world.unfreeze(subject)
    scene.world.carry(order)


# Who may change a status: one officer only towards stricter


def _stricter(before: AccountStatus, after: AccountStatus) -> bool:
    return TABLE[after] < TABLE[before]


@pytest.mark.parametrize("after", FREEZES)
@pytest.mark.parametrize("before", [AccountStatus.ACTIVE, *FREEZES])
def test_freeze__by_one_officer__never_opens_what_was_closed(
    scene: Scene, subject: int, before: AccountStatus, after: AccountStatus
) -> None:
    _to(scene.world, subject, before)
    if _stricter(before, after):
        scene.world.freeze(after, subject)
        assert scene.world.reader.account(subject).status == after
        return
    refused = scene.world.refuse_act("accounts", "freeze", [subject], int(after), GROUND)
    assert refused == error("StatusChangeNotAllowed", account=subject, **{"from": int(before), "to": int(after)})
    assert scene.world.reader.account(subject).status == before


@pytest.mark.parametrize(
    "status", [AccountStatus.NONE, AccountStatus.ACTIVE, AccountStatus.CLOSING, AccountStatus.CLOSED]
)
def test_freeze__to_a_status_that_is_no_freeze__refused(scene: Scene, subject: int, status: AccountStatus) -> None:
    refused = scene.world.refuse_act("accounts", "freeze", [subject], int(status), GROUND)
    assert refused == error("StatusChangeNotAllowed", account=subject, **{"from": 1, "to": int(status)})


def test_freeze__many_with_one_unknown__none_is_frozen(scene: Scene, subject: int) -> None:
    refused = scene.world.refuse_act("accounts", "freeze", [subject, 777_777], 5, GROUND)
    assert refused == error("AccountUnknown", account=777_777)
    assert scene.world.reader.account(subject).status == AccountStatus.ACTIVE


def test_unfreeze__account_not_frozen__refused(scene: Scene, subject: int) -> None:
    refused = scene.world.refuse_act("accounts", "unfreeze", [subject])
    assert refused == error("StatusChangeNotAllowed", account=subject, **{"from": 1, "to": 1})


def test_freeze__closing_account__refused_and_lock_is_the_means(scene: Scene, subject: int) -> None:
    world = scene.world
    world.office.act("accounts", "close", subject)
    refused = world.refuse_act("accounts", "freeze", [subject], 5, GROUND)
    assert refused == error("StatusChangeNotAllowed", account=subject, **{"from": 6, "to": 5})
    world.office.act("allowances", "placeLock", subject, 2025, 100, 7, 0, 0)
    assert scene.refusal(scene.order("transfer", subject)).name == "OverBalance"


@pytest.mark.parametrize("function", ["freeze", "unfreeze", "restrictClass", "releaseClass", "close", "stop", "resume"])
@pytest.mark.parametrize("ground", [(0, b"\x11" * 32), (1, b"\x00" * 32)])
def test_act__without_reason_or_paper__refused(
    scene: Scene, subject: int, function: str, ground: tuple[int, bytes]
) -> None:
    args = {
        "freeze": ([subject], 5),
        "unfreeze": ([subject],),
        "restrictClass": (99, 1),
        "releaseClass": (99, 1),
        "close": (subject,),
        "stop": (),
        "resume": (),
    }[function]
    assert scene.world.refuse_act("accounts", function, *args, ground) == error("GroundMissing")


# Class restriction


@pytest.mark.parametrize("province", [0, PROVINCES[0]])
def test_restrict_class__transfer_and_cancel_refused__the_rest_goes_on(
    scene: Scene, subject: int, province: int
) -> None:
    world = scene.world
    world.office.act("accounts", "restrictClass", province, 1 << SECTOR, GROUND)
    refused = scene.refusal(scene.order("transfer", subject))
    assert refused == error("ActionNotAllowed", account=subject, status=1, action=0)
    assert scene.refusal(scene.order("cancel", subject)).name == "ActionNotAllowed"
    for kind in ("relocate", "surrender"):
        world.carry(scene.order(kind, subject))
    world.issue(2025, {subject: 5})
    outside = world.open_account(sector=SECTOR + 1)
    world.issue(2025, {outside: 5})
    world.do("transfer", outside, to=subject, unit=2025, quantity=1)
    assert scene.refusal(scene.order("transfer", subject)).name == "ActionNotAllowed"
    world.report(subject, 2024, 5)
    assert world.reader.read("accounts", "restrictedSectors", province) == 1 << SECTOR
    world.office.act("accounts", "releaseClass", province, 1 << SECTOR)
    world.carry(scene.order("transfer", subject))


def test_restrict_class__other_province_or_sector__not_hit(scene: Scene, subject: int) -> None:
    world = scene.world
    world.office.act("accounts", "restrictClass", PROVINCES[1], 1 << SECTOR, GROUND)
    world.office.act("accounts", "restrictClass", PROVINCES[0], 1 << (SECTOR + 1), GROUND)
    world.carry(scene.order("transfer", subject))
    world.office.act("accounts", "releaseClass", PROVINCES[1], 1 << SECTOR)
    world.office.act("accounts", "releaseClass", PROVINCES[0], 1 << (SECTOR + 1))


def test_release_class__in_parts_or_twice__the_rest_stays_restricted(scene: Scene) -> None:
    world = scene.world
    one, two = (world.open_account(sector=s) for s in (20, 21))
    for account in (one, two):
        world.issue(2025, {account: 10})

    def refused() -> list[bool]:
        calls = [_order_call(scene, account, "transfer") for account in (one, two)]
        return [c.error is not None for c in world.carrier.carry(calls)]

    for function, sectors, expected in (
        ("restrictClass", 0b11 << 20, [True, True]),
        ("restrictClass", 0, [True, True]),
        ("releaseClass", 1 << 20, [False, True]),
        ("releaseClass", 1 << 20, [False, True]),
        ("releaseClass", 1 << 30, [False, True]),
        ("restrictClass", 1 << 21, [False, True]),
        ("releaseClass", 1 << 21, [False, False]),
        ("releaseClass", 1 << 21, [False, False]),
        ("restrictClass", 1 << 20, [True, False]),
        ("releaseClass", 2**256 - 1, [False, False]),
    ):
        world.office.act("accounts", function, PROVINCES[0], sectors, GROUND)
        assert refused() == expected, (function, sectors)


def test_restrict_class__account_opened_later__hit_too(scene: Scene) -> None:
    world = scene.world
    world.office.act("accounts", "restrictClass", 0, 1 << 9, GROUND)
    account = world.open_account(sector=9)
    world.issue(2025, {account: 5})
    assert scene.refusal(scene.order("transfer", account)).name == "ActionNotAllowed"
    world.office.act("accounts", "releaseClass", 0, 1 << 9)


# Closing


def test_close__only_when_nothing_is_held__then_for_good(scene: Scene) -> None:
    world = scene.world
    account = world.open_account()
    world.issue(2025, {account: 3})
    world.office.act("accounts", "close", account)
    assert world.refuse_act("accounts", "close", account) == error("AccountNotEmpty", account=account)
    world.do("relocate", account, unit=2025, quantity=1, to=1)
    world.do("transfer", account, to=scene.other, unit=2025, quantity=2)
    assert world.refuse_act("accounts", "close", account) == error("AccountNotEmpty", account=account)
    world.do("relocate", account, unit=2025, quantity=1, to=0)
    world.do("transfer", account, to=scene.other, unit=2025, quantity=1)
    world.office.act("accounts", "close", account)
    assert world.reader.account(account).status == AccountStatus.CLOSED
    assert world.reader.read("accounts", "allowedActions", account) == 0
    refused = world.refuse_act("accounts", "close", account)
    assert refused == error("StatusChangeNotAllowed", account=account, **{"from": 7, "to": 6})
    assert scene.refusal(scene.order("transfer", scene.two, to=account)) == error("AccountBlocked", account=account)


@pytest.mark.parametrize("asset", ["allowances", "credits"])
def test_close__locked_units_count_as_held(scene: Scene, asset: str) -> None:
    world = scene.world
    account = world.open_account()
    unit = 2025 if asset == "allowances" else (77 << 16) | 1
    if asset == "allowances":
        world.issue(unit, {account: 3})
    else:
        world.give_credits(unit, {account: 3})
    world.office.act(asset, "placeLock", account, unit, 3, 7, 0, 0)
    world.office.act("accounts", "close", account)
    assert world.refuse_act("accounts", "close", account) == error("AccountNotEmpty", account=account)
