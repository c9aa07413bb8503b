"""The emergency stop covers issue, transfer, surrender, offset, cancel, force; a ledger not told does not run."""

import pytest
from support.errors import error
from support.scene import CREDIT, Scene, set_scene
from support.world import GROUND, PROVINCES, SECTOR, World

from registry_sdk.calls import Call, order_call
from registry_sdk.documents import ORDER_KINDS
from registry_sdk.signers import EthereumSigner
from registry_sdk.tables import AllocationTable, Row, TableKind


@pytest.fixture(scope="module")
def scene(world: World) -> Scene:
    return set_scene(world)


def _totals(scene: Scene) -> object:
    world = scene.world
    return (
        [world.reader.totals("allowances", 2025), world.reader.totals("credits", CREDIT)],
        [world.reader.holding("allowances", a, 2025) for a in (scene.one, scene.two, scene.other)],
    )


def _chunk(world: World, account: int) -> Call:
    before = world.reader.read("allocation", "entitlementOf", account, 2025)["determined"]
    rows = (Row(account, before + 77),)
    table = AllocationTable(2025, SECTOR, PROVINCES[0], TableKind.RECALCULATION, rows, previous=before)
    world.raise_cap(2025, SECTOR, 77)
    world.office.act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
    return table.chunk_call(world.deployment, 0)


def test_stop__every_way_units_move__refused_until_two_officers_resume(scene: Scene) -> None:
    world = scene.world
    chunk = _chunk(world, scene.one)
    lock_args = (scene.one, 2025, 10, 7, 0, 0)
    orders = {kind: scene.order(kind) for kind in ORDER_KINDS}
    before = _totals(scene)
    world.office.act("accounts", "stop", GROUND)
    for kind, order in orders.items():
        assert scene.refusal(order) == error("Stopped"), kind
    assert world.refusal(chunk) == error("Stopped")
    for function, args in (
        ("forceTransfer", (scene.one, scene.other, 2025, 1, 0)),
        ("forceCancel", (scene.one, 2025, 1)),
    ):
        assert world.refuse_act("allowances", function, *args) == error("Stopped"), function
    assert world.refuse_act("credits", "issueCredits", CREDIT, [(scene.one << 64) | 1]) == error("Stopped")
    assert world.refuse_act("compliance", "reverseSurrender", scene.one, scene.one, 2025, 2025, 1).name in (
        "Stopped",
        "ReversalNotAllowed",
    )
    assert _totals(scene) == before
    # A court can still secure units, and freezes can still be ordered.
    world.office.act("allowances", "placeLock", *lock_args)
    world.office.act("allowances", "releaseLock", world.reader.read("allowances", "lockCount"))
    assert _totals(scene) == before
    one = world.seats("SUPERVISOR")[0]
    act = world.make("accounts", "resume")
    world.carrier.carry([world.proposal(act, one)])
    assert world.reader.read("accounts", "isStopped")
    world.carrier.carry([world.decision(act, world.seats("SUPERVISOR")[1])])
    for kind in ORDER_KINDS:
        world.carry(scene.order(kind))
    world.carrier.carry([chunk])
    assert world.reader.read("allocation", "tableOf", _id_of(chunk))["deliveredRows"] == 1


def _id_of(chunk: Call) -> bytes:
    return chunk.data[4:36]


def test_stop__surrender_that_only_asks_for_review__refused_too(scene: Scene) -> None:
    world = scene.world
    world.year_rules(2026, isReviewed=True, vintageMin=2025, vintageMax=2026)
    world.report(scene.one, 2026, 10)
    world.do("surrender", scene.one, year=2026, vintage=2025, quantity=1)
    lock = world.reader.read("allowances", "lockCount")
    world.office.act("accounts", "stop", GROUND)
    assert world.refuse("surrender", scene.one, year=2026, vintage=2025, quantity=1) == error("Stopped")
    args = (PROVINCES[0], [lock], True, GROUND)
    assert world.refuse_act("compliance", "decideSurrenders", *args) == error("Stopped")
    world.office.act("accounts", "resume")
    world.office.act("compliance", "decideSurrenders", *args)


def test_set_ledgers__one_left_out__stops_instead_of_running_on_old_clearances(scene: Scene) -> None:
    world = scene.world
    world.remember()
    world.govern("accounts", "setLedgers", [world.deployment.address("allowances")])
    refused = world.refuse("cancel", scene.one, asset="credits", unit=CREDIT, quantity=1, reason=1, statement=_HASH)
    assert refused == error("Stopped")
    world.carry(scene.order("transfer"))
    world.govern("accounts", "setLedgers", [world.deployment.address(n) for n in ("allowances", "credits")])
    world.do("cancel", scene.one, asset="credits", unit=CREDIT, quantity=1, reason=1, statement=_HASH)
    world.go_back()


_HASH = "0x" + "33" * 32


def test_new_ledger__never_named__does_not_run(scene: Scene) -> None:
    world = scene.world
    creation = world.deployment.contract("allowances").creation(
        world.deployment.address("authority"), world.deployment.address("accounts")
    )
    assert world.send(EthereumSigner.create(), "", creation)
    call = order_call(world.deployment, scene.order("transfer"))
    fresh = world.created
    raw = {"from": world.sender.address, "to": fresh, "data": "0x" + call.data.hex()}
    answer = world.node.rpc.batch_each([("eth_call", [raw, "latest"])])[0]
    assert not isinstance(answer, str)
    world.govern("accounts", "setModule", fresh, True)
    control = world.deployment.contract("allowances")
    moved = control.encode("moveByModule", scene.one, scene.other, 2025, 1)
    answer = world.node.rpc.batch_each([("eth_call", [{**raw, "data": "0x" + moved.hex()}, "latest"])])[0]
    assert not isinstance(answer, str)


def test_sync_control__by_anybody_but_the_account_registry__refused(scene: Scene) -> None:
    for asset in ("allowances", "credits"):
        refused = scene.world.ask(scene.world.sender.address, asset, "syncControl", False, 1)
        assert refused == error("ModuleLacksRight", module=scene.world.sender.address.lower(), right=0)


# The ERC-1155 face


@pytest.mark.parametrize("asset", ["allowances", "credits"])
def test_erc1155__no_transfer_and_no_operator__balances_show(scene: Scene, asset: str) -> None:
    world = scene.world
    unit = 2025 if asset == "allowances" else CREDIT
    face = "0x" + (b"CEA-REGISTRY".rjust(12) + scene.one.to_bytes(8)).hex()
    held = world.reader.holding(asset, scene.one, unit).held
    assert held > 0
    assert world.reader.read(asset, "balanceOf", face, unit) == held
    assert world.reader.read(asset, "balanceOf", world.sender.address, unit) == 0
    assert world.reader.read(asset, "balanceOf", face, 2**64 + unit) == 0
    assert world.reader.read(asset, "balanceOfBatch", [face, face], [unit, 1]) == [held, 0]
    assert world.reader.read(asset, "supportsInterface", bytes.fromhex("d9b67a26")) is True
    assert world.reader.read(asset, "supportsInterface", b"\xff" * 4) is False
    for sender in (face, world.sender.address, world.deployment.address("control")):
        for function, args in (
            ("safeTransferFrom", (face, world.sender.address, unit, 1, b"")),
            ("safeBatchTransferFrom", (face, world.sender.address, [unit], [1], b"")),
            ("setApprovalForAll", (world.sender.address, True)),
        ):
            assert world.ask(sender, asset, function, *args) == error("MoveNeedsOrder")
        assert world.reader.read(asset, "isApprovedForAll", face, sender) is False
