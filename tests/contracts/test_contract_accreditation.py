"""The accreditation register, and that the emissions oracle obeys it at once (H-01, H-05, D-20)."""

from typing import Any

import pytest
from support.errors import error
from support.world import DAY, GROUND, PROVINCE_CLASS, SECTOR, VERIFIER_CLASS, World

from registry_sdk.calls import statement_call
from registry_sdk.carrier import accepted
from registry_sdk.codec import ContractError
from registry_sdk.documents import SignedStatement
from registry_sdk.reader import BodyStatus
from registry_sdk.rules import rule_of_error
from registry_sdk.signers import EthereumSigner, Signer

YEAR = 2025
SCOPE = 1 << SECTOR
HASH = b"\x21" * 32
ACTIVE, SUSPENDED, WITHDRAWN, EXITED = (
    BodyStatus.ACTIVE,
    BodyStatus.SUSPENDED,
    BodyStatus.WITHDRAWN,
    BodyStatus.EXITED,
)
NOBODY = 4_000_000_000


@pytest.fixture(scope="module", autouse=True)
def reporters(world: World) -> None:
    world.name_reporters()


def _body(world: World, **terms: int) -> tuple[int, Signer]:
    signer = EthereumSigner.create()
    return world.name_verifier(signer, **terms), signer


def _signed(world: World, verifier: Signer, **fields: Any) -> SignedStatement:
    return world.statement(world.open_account(), YEAR, 7, signers=(verifier, world.reporters[PROVINCE_CLASS]), **fields)


def _refusal(world: World, signed: SignedStatement) -> ContractError:
    """The refusal of a statement that changed nothing."""
    refused = world.refusal(statement_call(world.deployment, signed))
    assert world.reader.figure(signed.message.account, YEAR).version == 0
    return refused


def _accept(world: World, signed: SignedStatement) -> None:
    accepted(world.carrier.carry([statement_call(world.deployment, signed)]))
    assert world.reader.figure(signed.message.account, YEAR).tonnes == 7


# The oracle obeys


@pytest.mark.parametrize(
    ("function", "cause", "number"),
    [
        ("suspend", "BodySuspended", "H-05"),
        ("suspendByRegulator", "BodySuspended", "H-05"),
        ("withdraw", "BodyWithdrawn", "H-05a"),
        ("exit", "BodyExited", "H-05b"),
    ],
)
def test_submit__standing_lost_between_signing_and_submission__refused(
    world: World, function: str, cause: str, number: str
) -> None:
    body, verifier = _body(world)
    signed = _signed(world, verifier)
    world.office.act("accreditation", function, body)
    assert _refusal(world, signed) == error(cause, body=body)
    assert rule_of_error(cause).number == number


def test_submit__body_reinstated__the_same_statement_counts_again(world: World) -> None:
    body, verifier = _body(world)
    signed = _signed(world, verifier)
    world.office.act("accreditation", "suspend", body)
    _refusal(world, signed)
    world.office.act("accreditation", "reinstate", body)
    _accept(world, signed)


def test_submit__outside_validity__refused_to_the_second(world: World) -> None:
    world.remember()
    body, verifier = _body(world)
    begins, ends = world.now + DAY, world.now + 2 * DAY
    world.office.act("accreditation", "accredit", body, SCOPE, begins, ends, HASH)
    early, late, last = (_signed(world, verifier) for _ in range(3))
    world.now = begins - 2
    assert _refusal(world, early) == error("AccreditationNotBegun", body=body, validFrom=begins)
    _accept(world, early)  # the next block stands at the first second
    world.now = ends - 1
    _accept(world, last)
    assert _refusal(world, late) == error("AccreditationExpired", body=body, validUntil=ends)
    world.office.act("accreditation", "accredit", body, SCOPE, begins, ends + DAY, HASH)
    _accept(world, late)
    world.go_back()
    assert [rule_of_error(e).number for e in ("AccreditationNotBegun", "AccreditationExpired")] == ["H-01b", "H-01c"]


def test_submit__sector_outside_the_scope__refused(world: World) -> None:
    body, verifier = _body(world, scopes=0b1000)
    assert _refusal(world, _signed(world, verifier)) == error("SectorOutOfScope", body=body, sector=SECTOR)
    far = world.statement(
        world.open_account(sector=200),
        YEAR,
        1,
        signers=(world.reporters[VERIFIER_CLASS], world.reporters[PROVINCE_CLASS]),
    )
    refused = world.refusal(statement_call(world.deployment, far))
    assert (refused.name, refused.args["sector"]) == ("SectorOutOfScope", 200)
    assert rule_of_error("SectorOutOfScope").number == "H-01d"


def test_submit__two_bodies__one_class_all_the_same(world: World) -> None:
    signers = (_body(world)[1], _body(world)[1])
    refused = world.refusal(
        statement_call(world.deployment, world.statement(world.open_account(), YEAR, 7, signers=signers))
    )
    assert refused == error("SameClass", **{"class": VERIFIER_CLASS})


def test_submit__key_revoked_by_one_officer__refused_and_the_bodys_other_key_counts(world: World) -> None:
    first, second = EthereumSigner.create(), EthereumSigner.create()
    world.name_verifier(first, second)
    signed = _signed(world, first)
    world.office.act("accreditation", "revokeSigner", first.signer)
    assert _refusal(world, signed) == error("NotReportSigner", signer=first.signer)
    _accept(world, _signed(world, second))


def test_submit__key_moved__counts_for_its_new_body(world: World) -> None:
    old, signer = _body(world)
    new, _ = _body(world)
    world.office.act("accreditation", "setSigners", new, [signer.signer])
    assert world.reader.body_of(signer.signer) == new
    world.office.act("accreditation", "suspend", old)
    _accept(world, _signed(world, signer))
    world.office.act("accreditation", "setSigners", 0, [signer.signer])
    assert _refusal(world, _signed(world, signer)) == error("NotReportSigner", signer=signer.signer)


# Standing


def test_accredit__terms__kept_and_renewed_without_lifting_a_suspension(world: World) -> None:
    body, _ = _body(world)
    world.office.act("accreditation", "suspend", body)
    world.office.act("accreditation", "accredit", body, 0b110, 5, 6, HASH)
    found = world.reader.body(body)
    assert (found.status, found.scopes, found.valid_from, found.valid_until) == (SUSPENDED, 0b110, 5, 6)


@pytest.mark.parametrize(
    ("number", "scopes", "begins", "ends"), [(0, 1, 0, 9), (77, 0, 0, 9), (77, 1, 9, 9), (77, 1, 9, 8)]
)
def test_accredit__incomplete__refused(world: World, number: int, scopes: int, begins: int, ends: int) -> None:
    refused = world.refuse_act("accreditation", "accredit", number, scopes, begins, ends, HASH)
    assert refused == error("AccreditationInvalid", body=number)


@pytest.mark.parametrize("ended", ["withdraw", "exit"])
def test_ended_body__any_change__refused_for_good(world: World, ended: str) -> None:
    body, signer = _body(world)
    world.office.act("accreditation", ended, body)
    standing = WITHDRAWN if ended == "withdraw" else EXITED
    for function, wanted in (
        ("suspend", SUSPENDED),
        ("suspendByRegulator", SUSPENDED),
        ("reinstate", ACTIVE),
        ("withdraw", WITHDRAWN),
        ("exit", EXITED),
    ):
        refused = world.refuse_act("accreditation", function, body)
        assert refused == error("BodyStatusChangeNotAllowed", body=body, standing=standing, newStanding=wanted)
    for args in (("accredit", body, 1, 0, 9, HASH), ("setSigners", body, [signer.signer])):
        refused = world.refuse_act("accreditation", *args)
        assert refused == error("BodyStatusChangeNotAllowed", body=body, standing=standing, newStanding=ACTIVE)


def test_standing__change_that_is_none__refused(world: World) -> None:
    body, _ = _body(world)
    refused = world.refuse_act("accreditation", "reinstate", body)
    assert refused == error("BodyStatusChangeNotAllowed", body=body, standing=ACTIVE, newStanding=ACTIVE)
    world.office.act("accreditation", "suspend", body)
    refused = world.refuse_act("accreditation", "suspendByRegulator", body)
    assert refused == error("BodyStatusChangeNotAllowed", body=body, standing=SUSPENDED, newStanding=SUSPENDED)


@pytest.mark.parametrize("function", ["suspend", "suspendByRegulator", "reinstate", "withdraw", "exit"])
def test_standing__unknown_body__refused(world: World, function: str) -> None:
    assert world.refuse_act("accreditation", function, NOBODY) == error("BodyUnknown", body=NOBODY)
    refused = world.refuse_act("accreditation", "setSigners", NOBODY, [b"\x01" * 20])
    assert refused == error("BodyUnknown", body=NOBODY)


def test_keys__malformed_or_unknown__refused(world: World) -> None:
    body, _ = _body(world)
    for args in (("setSigners", body, [b"\x01" * 19]), ("revokeSigner", b"\x01" * 19), ("revokeSigner", b"\x01" * 20)):
        refused = world.refuse_act("accreditation", *args)
        assert refused == error("NotReportSigner", signer=args[-1][0] if isinstance(args[-1], list) else args[-1])
    foreign = b"\x05" * 20 + b"\x07" * 64
    assert world.refuse_act("accreditation", "setSigners", body, [foreign]) == error(
        "VerifierNotAccepted", signer=foreign
    )


def test_acts__without_a_ground__refused(world: World) -> None:
    body, signer = _body(world)
    empty = (0, bytes(32))
    for args in (
        ("accredit", body, 1, 0, 9, HASH),
        ("setSigners", body, [signer.signer]),
        ("revokeSigner", signer.signer),
        ("suspend", body),
        ("withdraw", body),
    ):
        assert world.refuse_act("accreditation", *args, empty) == error("GroundMissing")


def test_suspend__officer_of_another_role__refused(world: World) -> None:
    body, _ = _body(world)
    registrar = world.seats("REGISTRY")[0]
    act = world.make("accreditation", "suspend", body, GROUND)
    refused = world.refusal(world.proposal(act, registrar))
    assert (refused.name, refused.args["role"]) == ("OfficerLacksRole", 30)
    act = world.make("accreditation", "suspendByRegulator", body, GROUND)
    refused = world.refusal(world.proposal(act, world.seats("SUPERVISOR")[0]))
    assert (refused.name, refused.args["role"]) == ("OfficerLacksRole", 70)
