"""Signed orders of every kind: what is wrong with the order itself is refused, each with its own error."""

import pytest
from support.errors import error
from support.scene import CREDIT, Scene, set_scene
from support.world import ALL_RIGHTS, APPROVE, CHAIN_ID, SURRENDER_ONLY, World

from registry_sdk.documents import ORDER_KINDS
from registry_sdk.signers import EthereumSigner

KINDS = sorted(ORDER_KINDS)


@pytest.fixture(scope="module")
def scene(world: World) -> Scene:
    return set_scene(world)


@pytest.mark.parametrize("kind", KINDS)
def test_order__valid__carried_once_and_never_again(scene: Scene, kind: str) -> None:
    order = scene.order(kind)
    before = scene.nonce(scene.one)
    scene.world.carry(order)
    assert scene.nonce(scene.one) == before + 1
    assert scene.refusal(order) == error("WrongNonce", account=scene.one, expected=before + 1, given=before)
    assert scene.nonce(scene.one) == before + 1


@pytest.mark.parametrize("kind", KINDS)
def test_order__wrong_chain__refused(scene: Scene, kind: str) -> None:
    assert scene.refusal(scene.order(kind, chainId=1)) == error("WrongChain", expected=CHAIN_ID, given=1)


@pytest.mark.parametrize("kind", KINDS)
def test_order__last_second_of_expiry__accepted_and_one_later_refused(scene: Scene, kind: str) -> None:
    late = scene.world.now
    assert scene.refusal(scene.order(kind, expiry=late)) == error("OrderExpired", expiry=late)
    scene.world.carry(scene.order(kind, expiry=scene.world.now + 1))


@pytest.mark.parametrize("kind", KINDS)
def test_order__zero_tonnes__refused(scene: Scene, kind: str) -> None:
    assert scene.refusal(scene.order(kind, quantity=0)) == error("ZeroQuantity")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", [-1, 1, 1000])
def test_order__number_not_the_next__refused(scene: Scene, kind: str, step: int) -> None:
    nonce = scene.nonce(scene.one)
    expected = error("WrongNonce", account=scene.one, expected=nonce, given=nonce + step)
    assert scene.refusal(scene.order(kind, nonce=nonce + step)) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_order__unknown_account__refused(scene: Scene, kind: str) -> None:
    order = scene.order(kind, 999_999, signers=scene.world.keys[scene.one], nonce=0)
    assert scene.refusal(order) == error("AccountUnknown", account=999_999)


@pytest.mark.parametrize("kind", KINDS)
def test_order__representative_of_another_account__refused(scene: Scene, kind: str) -> None:
    stranger = scene.world.keys[scene.other][0]
    order = scene.order(kind, signers=(stranger,))
    assert scene.refusal(order) == error("NotRepresentative", account=scene.one, signer=stranger.signer)


@pytest.mark.parametrize("kind", KINDS)
def test_order__any_field_altered_after_signing__refused(scene: Scene, kind: str) -> None:
    order = scene.order(kind, expiry=scene.world.now + 10_000)
    signer = scene.world.keys[scene.one][0].signer
    expected = error("InvalidSignature", signer=signer)
    for name, value in order.message.model_dump().items():
        if name in ("chainId", "account", "nonce"):
            continue
        changed = {("cancel", "statement"): "0x" + "44" * 32, ("relocate", "to"): 0}.get((kind, name))
        changed = value + 1 if changed is None else changed
        altered = order.model_copy(update={"message": order.message.model_copy(update={name: changed})})
        assert scene.refusal(altered) == expected, name
    scene.world.carry(order)


@pytest.mark.parametrize("kind", ["transfer", "relocate", "cancel"])
def test_order__signed_for_the_other_ledger__refused(scene: Scene, kind: str) -> None:
    order = scene.world.order(kind, scene.one, asset="credits", **scene.fields(kind))
    moved = order.model_copy(update={"domain": scene.order(kind).domain})
    assert scene.refusal(moved) == error("InvalidSignature", signer=scene.world.keys[scene.one][0].signer)


@pytest.mark.parametrize("kind", KINDS)
def test_order__more_than_free__refused_with_what_is_free(scene: Scene, kind: str) -> None:
    asset, unit = ("credits", CREDIT) if kind == "offset" else ("allowances", 2025)
    free = scene.world.reader.holding(asset, scene.one, unit).registry
    expected = error("OverBalance", account=scene.one, unit=unit, free=free, wanted=free + 1)
    assert scene.refusal(scene.order(kind, quantity=free + 1)) == expected
    assert scene.world.reader.holding(asset, scene.one, unit).registry == free


def test_relocate__back_from_too_small_a_trading_compartment__refused(scene: Scene) -> None:
    free = scene.world.reader.holding("allowances", scene.one, 2025).trading
    expected = error("OverBalance", account=scene.one, unit=2025, free=free, wanted=free + 1)
    assert scene.refusal(scene.order("relocate", to=0, quantity=free + 1)) == expected


def test_transfer__to_itself__refused(scene: Scene) -> None:
    assert scene.refusal(scene.order("transfer", to=scene.one)) == error("SameAccount", account=scene.one)


def test_transfer__to_an_unknown_account__refused(scene: Scene) -> None:
    assert scene.refusal(scene.order("transfer", to=888_888)) == error("AccountBlocked", account=888_888)


def test_transfer__balance_and_one_word__holding_layout_as_declared(scene: Scene) -> None:
    """HoldingWord and AccountWord read the storage word by hand: the reads by field must say the same."""
    world = scene.world
    before = world.reader.holding("allowances", scene.one, 2025)
    world.do("transfer", scene.one, to=scene.other, unit=2025, quantity=3)
    world.do("relocate", scene.one, unit=2025, quantity=2, to=1)
    after = world.reader.holding("allowances", scene.one, 2025)
    assert (after.registry, after.trading, after.locked) == (before.registry - 5, before.trading + 2, before.locked)
    account = world.reader.read("accounts", "accountOf", scene.one)
    assert (account["status"], account["kind"], account["sector"], account["province"]) == (1, 1, 1, 11)
    assert (account["approvals"], account["seats"], account["epoch"]) == (1, 1, world.reader.read("accounts", "epoch"))


# Signatures: how many, whose, in which order


def test_two_approvals__initiator_then_approver__carried(scene: Scene) -> None:
    scene.world.carry(scene.order("transfer", scene.two))


@pytest.mark.parametrize("count", [0, 1])
def test_two_approvals__fewer__refused(scene: Scene, count: int) -> None:
    order = scene.order("transfer", scene.two)
    fewer = order.model_copy(update={"approvals": order.approvals[:count]})
    assert scene.refusal(fewer) == error("WrongApprovalCount", account=scene.two, required=2)


def test_one_approval__second_one_added__refused(scene: Scene) -> None:
    signer = scene.world.keys[scene.one][0]
    order = scene.order("transfer", signers=(signer, signer))
    assert scene.refusal(order) == error("WrongApprovalCount", account=scene.one, required=1)


def test_two_approvals__same_person_twice__refused(scene: Scene) -> None:
    account = scene.world.open_account(approvals=2, rights=(ALL_RIGHTS, ALL_RIGHTS))
    both = scene.world.keys[account][0]
    order = scene.order("transfer", account, signers=(both, both))
    assert scene.refusal(order) == error("DuplicateSigner", signer=both.signer)


def test_two_approvals__approver_first__refused(scene: Scene) -> None:
    initiator, approver, _ = scene.world.keys[scene.two]
    expected = error("InsufficientRights", account=scene.two, signer=approver.signer, rights=APPROVE)
    assert scene.refusal(scene.order("transfer", scene.two, signers=(approver, initiator))) == expected


def test_two_approvals__second_may_only_surrender__refused(scene: Scene) -> None:
    initiator, _, surrenderer = scene.world.keys[scene.two]
    expected = error("InsufficientRights", account=scene.two, signer=surrenderer.signer, rights=SURRENDER_ONLY)
    assert scene.refusal(scene.order("transfer", scene.two, signers=(initiator, surrenderer))) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_surrender_only__initiates_surrender_and_offset_alone(scene: Scene, kind: str) -> None:
    _, approver, surrenderer = scene.world.keys[scene.two]
    order = scene.order(kind, scene.two, signers=(surrenderer, approver))
    if kind in ("surrender", "offset"):
        scene.world.carry(order)
        return
    expected = error("InsufficientRights", account=scene.two, signer=surrenderer.signer, rights=SURRENDER_ONLY)
    assert scene.refusal(order) == expected


def test_authorize__caller_is_no_module__refused(scene: Scene) -> None:
    stranger = EthereumSigner.create().address
    order = scene.order("transfer")
    args = (scene.one, 0, order.digest(), order.message.nonce, order.approvals[0].pack())
    assert scene.world.ask(stranger, "accounts", "authorize", *args) == error("NotModule", caller=stranger.lower())
