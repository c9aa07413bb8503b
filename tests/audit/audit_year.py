"""A year in which everything happens that moves a figure: the history that the audit's tests read."""

from dataclasses import dataclass
from pathlib import Path

from audit_allocation import allocate_again
from audit_mrv import anchor, verify
from support.world import ALL_RIGHTS, DAY, GROUND, PROVINCES, SURRENDER_ONLY, World, start_world

from registry_sdk.reader import AccountKind, AccountStatus
from registry_sdk.signers import EthereumSigner

YEAR = 2025
OTHER = 2024
NEW_BATCH = (7 << 16) | 1
OLD_BATCH = (8 << 16) | 1
PROVINCE_ACCOUNT = AccountKind.PROVINCE
JUDICIAL, ADMIN, ENTRUSTED = 7, 8, 9
MOVE = 4
REGISTRY, TRADING = 0, 1
FAR = 2**40


@dataclass
class Year:
    """The world after the year, its accounts, and the locks of a surrender and of a carry-over that still wait."""

    world: World
    plant: int
    mill: int
    trader: int
    late: int
    waiting: int
    application: int


def act(world: World, contract: str, function: str, *args: object) -> None:
    """One officers' act with its ground."""
    world.office.act(contract, function, *args, GROUND)


def live_year(folder: Path) -> Year:
    """Start a registry and live through the year."""
    w = start_world(folder)
    plant = w.open_account(approvals=2, rights=(ALL_RIGHTS, ALL_RIGHTS, SURRENDER_ONLY))
    mill = w.open_account(province=PROVINCES[1])
    trader = w.open_account(AccountKind.OTHER_INSTITUTION)
    late = w.open_account()
    w.issue(OTHER, {plant: 900, mill: 700})
    w.issue(YEAR, {plant: 1000, mill: 800, late: 50})
    w.give_credits(NEW_BATCH, {plant: 60, trader: 40}, size=200)
    w.give_credits(OLD_BATCH, {mill: 30}, old=True)
    w.name_reporters()
    w.office.act("emissions", "setSigner", w.reporters[2].signer, 2, 0)
    w.office.act("evidence", "setDeadlineDays", OTHER, 1, 60)
    w.year_rules(OTHER, deadline=w.now + 30 * DAY, isReviewed=True)
    w.year_rules(YEAR, deadline=w.now + 60 * DAY)
    _trade(w, plant, mill, trader)
    _lock(w, plant, mill, trader)
    _freeze(w, plant, mill, trader)
    _modules(w, plant, mill)
    application = _carry(w, plant, mill, trader)
    allocate_again(w, plant, mill)
    waiting = _comply(w, plant, mill, trader, late)
    verify(w, plant, mill)
    anchor(w, plant, mill)
    return Year(w, plant, mill, trader, late, waiting, application)


def _trade(w: World, plant: int, mill: int, trader: int) -> None:
    w.do("transfer", plant, to=trader, unit=OTHER, quantity=120)
    w.do("relocate", trader, unit=OTHER, quantity=100, to=TRADING)
    w.do("relocate", trader, unit=OTHER, quantity=30, to=REGISTRY)
    w.do("transfer", trader, to=mill, unit=OTHER, quantity=20)
    w.do("cancel", mill, unit=OTHER, quantity=5, reason=1, statement="0x" + "09" * 32)
    w.do("transfer", trader, asset="credits", to=mill, unit=NEW_BATCH, quantity=10)
    # Three orders in one transaction, the second of them refused.
    w.carrier.carry([c for o in _three(w, trader, mill) for c in [o]])


def _three(w: World, trader: int, mill: int) -> list:  # type: ignore[type-arg]
    from registry_sdk.calls import order_call

    nonce = w.reader.account(trader).nonce
    orders = [
        w.order("transfer", trader, to=mill, unit=OTHER, quantity=quantity, nonce=nonce + position)
        for position, quantity in ((0, 1), (0, 2), (1, 3))
    ]
    return [order_call(w.deployment, order) for order in orders]


def _lock(w: World, plant: int, mill: int, trader: int) -> None:
    place = ("allowances", "placeLock")
    act(w, *place, plant, YEAR, 700, JUDICIAL, REGISTRY, 0)  # 1: all of it active
    act(w, *place, plant, YEAR, 500, JUDICIAL, REGISTRY, 0)  # 2: 300 active, 200 queued
    act(w, *place, plant, YEAR, 400, ADMIN, REGISTRY, 0)  # 3: all of it queued
    act(w, *place, plant, YEAR, 100, ADMIN, REGISTRY, 0)  # 4: queued, ends while it waits
    act(w, *place, trader, OTHER, 50, ADMIN, TRADING, w.now + 3 * DAY)  # 5: expires
    act(w, "allowances", "releaseLock", 4)
    act(w, "allowances", "forceTransfer", plant, trader, YEAR, 150, 1)
    act(w, "allowances", "releaseLock", 1)  # serves 2 and 3
    act(w, "allowances", "forceTransfer", mill, trader, YEAR, 25, 0)
    act(w, "allowances", "forceCancel", mill, YEAR, 15)
    w.pass_time(4 * DAY)
    relay(w, "allowances", "releaseExpired", 5)
    act(w, "allowances", "releaseLock", 2)
    act(w, "credits", "placeLock", plant, NEW_BATCH, 10, ADMIN, REGISTRY, 0)


def relay(w: World, contract: str, function: str, *args: object) -> None:
    """A call that anybody may make."""
    from registry_sdk.calls import Call
    from registry_sdk.carrier import accepted

    data = w.deployment.contract(contract).encode(function, *args)
    accepted(w.carrier.carry([Call(w.deployment.address(contract), data)]))


def _freeze(w: World, plant: int, mill: int, trader: int) -> None:
    w.freeze(AccountStatus.RESTRICTED, mill)
    w.do("transfer", trader, to=mill, unit=OTHER, quantity=2)
    w.unfreeze(mill)
    act(w, "accounts", "restrictClass", PROVINCES[0], 0b10)
    w.do("relocate", plant, unit=OTHER, quantity=10, to=TRADING)
    w.do("transfer", mill, to=plant, unit=OTHER, quantity=7)
    w.issue(2026, {plant: 33, mill: 44})
    act(w, "accounts", "releaseClass", PROVINCES[0], 0b10)
    w.do("transfer", plant, to=mill, unit=OTHER, quantity=1)
    act(w, "accounts", "stop")
    act(w, "accounts", "resume")
    w.freeze(AccountStatus.FROZEN_ALL, trader)
    w.unfreeze(trader)
    w.do("transfer", trader, to=plant, unit=YEAR, quantity=40)


def _modules(w: World, plant: int, mill: int) -> None:
    """A module hands over what is entrusted."""
    module = EthereumSigner.create()
    w.govern("allowances", "setModuleRights", module.address, MOVE | 1 << 17)
    for function, args in (("lock", (mill, YEAR, 9, ENTRUSTED, REGISTRY, plant, 0)),):
        assert w.call_as(module, "allowances", function, *args), function
    assert w.call_as(module, "allowances", "moveLocked", w.reader.read("allowances", "lockCount"), plant, 4)


def _carry(w: World, plant: int, mill: int, trader: int) -> int:
    """Vintage 2025 is carried over: in parts, refused, past a court, by a released firm, under a second table."""
    w.carry_round(2027, {plant: 30, mill: 500}, vintageMin=YEAR, vintageMax=2026)
    first = w.reader.read("allowances", "lockCount") + 1
    w.do("carry-over", plant, round=2027, vintage=YEAR, quantity=12)
    w.do("carry-over", plant, round=2027, vintage=YEAR, quantity=10)
    w.do("carry-over", mill, round=2027, vintage=YEAR, quantity=20)
    act(w, "allowances", "forceTransfer", mill, trader, YEAR, 5, first + 2)
    w.carry_limits(2027, {plant: 25, mill: 400, trader: 7})
    act(w, "carryover", "decideApplications", 2027, [first, first + 2], True)
    act(w, "carryover", "decideApplications", 2027, [first + 1], False)
    last = (w.now + 400 * DAY, w.now + 500 * DAY, w.now + 500 * DAY, True)
    w.office.act("carryover", "setBatch", 2027, 2, last)
    act(w, "carryover", "admitReleased", 2027, [trader])
    w.do("carry-over", trader, round=2027, vintage=YEAR, quantity=2)
    return int(w.reader.read("allowances", "lockCount"))


def _entrusted(w: World, late: int) -> None:
    """Entrusted units pay, are reversed and pay again; a firm that owes nothing gets the rest, and a certificate."""
    module = EthereumSigner.create()
    w.govern("allowances", "setModuleRights", module.address, 1 << 17)
    third = w.open_account(PROVINCE_ACCOUNT)
    spare = w.open_account()
    w.issue(YEAR, {third: 60})
    for firm, quantity in ((late, 20), (spare, 30)):
        assert w.call_as(module, "allowances", "lock", third, YEAR, quantity, ENTRUSTED, REGISTRY, firm, 0)
    lock = w.reader.read("allowances", "lockCount") - 1
    act(w, "compliance", "surrenderEntrusted", PROVINCES[0], lock, YEAR, 7)
    act(w, "compliance", "reverseSurrender", late, third, YEAR, YEAR, 4)
    act(w, "compliance", "surrenderEntrusted", PROVINCES[0], lock + 2, YEAR, 4)
    w.report(spare, YEAR, 10)
    act(w, "compliance", "surrenderEntrusted", PROVINCES[0], lock + 1, YEAR, 10)
    relay(w, "compliance", "certify", spare, YEAR)
    act(w, "compliance", "releaseEntrusted", PROVINCES[0], lock + 1)
    w.report(spare, YEAR, 12)
    w.do("surrender", spare, year=YEAR, vintage=YEAR, quantity=2)
    relay(w, "compliance", "certify", spare, YEAR)


def _comply(w: World, plant: int, mill: int, trader: int, late: int) -> int:
    for account, tonnes in ((plant, 600), (mill, 500)):
        w.report(account, OTHER, tonnes)
        w.report(account, YEAR, tonnes)
    w.report(late, YEAR, 80)
    w.report(plant, YEAR, 610)
    first = w.reader.read("allowances", "lockCount") + 1
    w.do("surrender", plant, year=OTHER, vintage=OTHER, quantity=300)
    w.do("surrender", plant, year=OTHER, vintage=OTHER, quantity=200)
    w.do("surrender", plant, year=OTHER, vintage=OTHER, quantity=60)
    w.do("surrender", trader, beneficiary=plant, year=OTHER, vintage=OTHER, quantity=10)
    # A court takes units out of a request before the province decides it.
    act(w, "allowances", "forceTransfer", plant, mill, OTHER, 50, first)
    act(w, "compliance", "decideSurrenders", PROVINCES[0], [first, first + 3], True)
    act(w, "compliance", "decideSurrenders", PROVINCES[0], [first + 1], False)
    w.do("surrender", mill, year=YEAR, vintage=OTHER, quantity=300)
    w.do("surrender", mill, year=YEAR, vintage=YEAR, quantity=170)
    w.do("surrender", trader, beneficiary=mill, year=YEAR, vintage=YEAR, quantity=5)
    act(w, "compliance", "reverseSurrender", mill, mill, YEAR, OTHER, 20)
    act(w, "compliance", "reverseSurrender", mill, trader, YEAR, YEAR, 1)
    w.do("offset", mill, year=YEAR, unit=OLD_BATCH, quantity=20)
    w.do("offset", mill, year=YEAR, unit=NEW_BATCH, quantity=5)
    w.do("surrender", late, year=YEAR, vintage=YEAR, quantity=30)
    _entrusted(w, late)
    w.pass_time(70 * DAY)
    w.do("surrender", late, year=YEAR, vintage=YEAR, quantity=10)  # late: its status is frozen first
    w.office.act("compliance", "closeYear", YEAR)
    relay(w, "compliance", "freezeStatuses", YEAR, [plant, mill, trader])
    governor = w.seats("GOVERNANCE")[0].signer
    w.govern("authority", "grantRole", 30, "0x" + governor.hex(), 0)
    return int(first + 2)
