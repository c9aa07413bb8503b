"""Opening accounts and naming who may sign for them (rules A-06 to A-08)."""

from typing import Any

import pytest
from support.errors import error
from support.verifiers import YES, deploy
from support.world import ALL_RIGHTS, APPROVE, INITIATE, World

from registry_sdk.signers import EthereumSigner


def _seats(*rights: int) -> list[tuple[bytes, int]]:
    return [(EthereumSigner.create().signer, r) for r in rights]


def _opening(number: int, **fields: Any) -> tuple[Any, ...]:
    values = {"kind": 1, "sector": 1, "province": 11, "approvals": 1, "kyc": b"\x01" * 32, "seats": _seats(ALL_RIGHTS)}
    values.update(fields)
    return (number, *values.values())


def test_open__number_taken_or_zero__refused(world: World) -> None:
    taken = world.open_account()
    for number in (taken, 0):
        refused = world.refuse_act("accounts", "openAccounts", [_opening(number)])
        assert refused == error("AccountNumberTaken", account=number)


def test_open__same_number_twice_in_one_act__refused_whole(world: World) -> None:
    refused = world.refuse_act("accounts", "openAccounts", [_opening(501), _opening(502), _opening(501)])
    assert refused == error("AccountNumberTaken", account=501)
    assert world.reader.account(502).status == 0


TWICE = _seats(ALL_RIGHTS) * 2


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": 0},
        {"approvals": 0},
        {"approvals": 3},
        {"seats": []},
        {"approvals": 2, "seats": _seats(ALL_RIGHTS)},
        {"approvals": 2, "seats": TWICE},
        {"seats": _seats(0)},
        {"seats": _seats(8)},
        {"seats": [(b"\x01" * 19, 7)]},
        {"seats": [(b"", 7)]},
    ],
    ids=lambda fields: "-".join(fields),
)
def test_open__incomplete__refused(world: World, fields: dict[str, Any]) -> None:
    refused = world.refuse_act("accounts", "openAccounts", [_opening(510, **fields)])
    assert refused == error("OpeningIncomplete", account=510)
    assert world.reader.account(510).status == 0


def test_representatives__removed_or_weakened__at_once_without_effect_on_others(world: World) -> None:
    account = world.open_account(rights=(ALL_RIGHTS, ALL_RIGHTS))
    other = world.open_account()
    world.issue(2025, {account: 10})
    first, second = world.keys[account]
    order = world.order("transfer", account, to=other, unit=2025, quantity=1, signers=(first,))
    world.office.act("accounts", "setRepresentatives", account, [(first.signer, 0)])
    assert world.reader.rights(account, first.signer) == 0
    assert world.reader.account(account).seats == 1
    with pytest.raises(Exception, match="NotRepresentative"):
        world.carry(order)
    world.do("transfer", account, to=other, unit=2025, quantity=1, signers=(second,))
    world.office.act("accounts", "setRepresentatives", account, [(second.signer, APPROVE)])
    with pytest.raises(Exception, match="InsufficientRights"):
        world.do("transfer", account, to=other, unit=2025, quantity=1, signers=(second,))


def test_representatives__fewer_than_approvals__refused(world: World) -> None:
    account = world.open_account(approvals=2, rights=(INITIATE, APPROVE))
    seats = [(world.keys[account][0].signer, 0)]
    assert world.refuse_act("accounts", "setRepresentatives", account, seats) == error(
        "OpeningIncomplete", account=account
    )


def test_representatives__unknown_account__refused(world: World) -> None:
    for function, argument in (("setRepresentatives", []), ("setApprovals", 1), ("close", (1, b"\x11" * 32))):
        refused = world.refuse_act("accounts", function, 666_666, argument)
        assert refused == error("AccountUnknown", account=666_666)


@pytest.mark.parametrize("approvals", [0, 2, 3, 255])
def test_approvals__not_one_or_two_or_too_few_seats__refused(world: World, approvals: int) -> None:
    account = world.open_account()
    refused = world.refuse_act("accounts", "setApprovals", account, approvals)
    assert refused == error("OpeningIncomplete", account=account)


def test_approvals__raised__order_with_one_signature_no_longer_enough(world: World) -> None:
    account, other = world.open_account(rights=(ALL_RIGHTS, ALL_RIGHTS)), world.open_account()
    world.issue(2025, {account: 10})
    order = world.order("transfer", account, to=other, unit=2025, quantity=1)
    world.office.act("accounts", "setApprovals", account, 2)
    with pytest.raises(Exception, match="WrongApprovalCount"):
        world.carry(order)
    world.carry(order.approve(world.keys[account][1]))


def test_representatives__key_of_an_unaccepted_verifier__refused_until_governance_accepts(world: World) -> None:
    """The identity precompile answers every question with the question, which a naive check takes for yes."""
    account = world.open_account()
    for verifier in ("0x" + "00" * 19 + "04", EthereumSigner.create().address, deploy(world, YES)):
        signer = bytes.fromhex(verifier[2:]) + b"\x07" * 64
        refused = world.refuse_act("accounts", "setRepresentatives", account, [(signer, ALL_RIGHTS)])
        assert refused == error("VerifierNotAccepted", signer=signer)
        refused = world.refuse_act("emissions", "setSigner", signer, 2, 0)
        assert refused == error("VerifierNotAccepted", signer=signer)
        # Taking away needs no accepted verifier.
        world.office.act("accounts", "setRepresentatives", account, [(signer, 0)])
        world.office.act("emissions", "suspendSigner", signer)
    world.govern("authority", "grantRole", 2, verifier, 0)
    world.office.act("accounts", "setRepresentatives", account, [(signer, ALL_RIGHTS)])
    assert world.reader.rights(account, signer) == ALL_RIGHTS
