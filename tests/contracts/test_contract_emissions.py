"""Verified emissions: k of n from different classes, bound to chain, contract, configuration and predecessor (D-20)."""

from typing import Any

import pytest
from support.errors import error
from support.world import CENTRE_CLASS, PROVINCE_CLASS, PROVINCES, VERIFIER_CLASS, World, start_world

from registry_sdk.calls import statement_call
from registry_sdk.codec import ContractError
from registry_sdk.reader import AccountKind
from registry_sdk.signers import EthereumSigner

YEAR = 2025


@pytest.fixture(scope="module")
def emitter(world: World) -> int:
    world.name_reporters()
    return world.open_account()


def _unchanged(world: World, account: int, year: int, **fields: Any) -> ContractError:
    """The refusal of a statement, after making sure that it changed nothing."""
    before = world.reader.figure(account, year), world.reader.position(account, year)
    refused = world.refuse_report(account, year, 999, **fields)
    assert (world.reader.figure(account, year), world.reader.position(account, year)) == before
    return refused


def _signers(world: World, *classes: int) -> tuple[Any, ...]:
    return tuple(world.reporters[c] for c in classes)


def test_submit__two_classes__figure_and_obligation_at_once(world: World, emitter: int) -> None:
    world.report(emitter, YEAR, 12_345)
    figure, position = world.reader.figure(emitter, YEAR), world.reader.position(emitter, YEAR)
    assert (figure.tonnes, figure.version) == (12_345, 1)
    assert (position.obligation, position.is_reported) == (12_345, True)


@pytest.mark.parametrize("classes", [(), (VERIFIER_CLASS,), (PROVINCE_CLASS,)])
def test_submit__below_threshold__refused(world: World, emitter: int, classes: tuple[int, ...]) -> None:
    refused = _unchanged(world, emitter, 2030, signers=_signers(world, *classes))
    assert refused == error("BelowThreshold", threshold=2, given=len(classes))


def test_submit__enough_but_a_required_class_missing__refused(world: World, emitter: int) -> None:
    refused = _unchanged(world, emitter, 2030, signers=_signers(world, VERIFIER_CLASS, CENTRE_CLASS))
    assert refused == error("ClassMissing", requiredClasses=0b110, signedClasses=0b1010)


def test_submit__same_signer_twice__refused(world: World, emitter: int) -> None:
    twice = _signers(world, VERIFIER_CLASS, VERIFIER_CLASS)
    refused = _unchanged(world, emitter, 2030, signers=twice)
    assert refused == error("DuplicateSigner", signer=twice[0].signer)


def test_submit__two_signers_of_one_class__refused(world: World, emitter: int) -> None:
    second = EthereumSigner.create()
    world.name_verifier(second)
    refused = _unchanged(world, emitter, 2030, signers=(world.reporters[VERIFIER_CLASS], second))
    assert refused == error("SameClass", **{"class": VERIFIER_CLASS})


def test_submit__all_three_classes_and_then_a_fourth__accepted_and_refused(world: World, emitter: int) -> None:
    everyone = _signers(world, CENTRE_CLASS, PROVINCE_CLASS, VERIFIER_CLASS)
    stranger = EthereumSigner.create()
    refused = _unchanged(world, emitter, 2031, signers=(*everyone, stranger))
    assert refused == error("NotReportSigner", signer=stranger.signer)
    world.carrier.carry([statement_call(world.deployment, world.statement(emitter, 2031, 5, signers=everyone))])
    assert world.reader.figure(emitter, 2031).tonnes == 5


def test_submit__suspended_signer__refused_whenever_it_signed(world: World, emitter: int) -> None:
    verifier = EthereumSigner.create()
    world.name_verifier(verifier)
    signed = world.statement(emitter, 2032, 7, signers=(verifier, world.reporters[PROVINCE_CLASS]))
    world.office.act("accreditation", "revokeSigner", verifier.signer)
    refused = world.refusal(statement_call(world.deployment, signed))
    assert refused == error("NotReportSigner", signer=verifier.signer)
    assert world.reader.figure(emitter, 2032).version == 0


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"chainId": 1}, {"name": "ReportWrongChain", "expected": 775_901, "given": 1}),
        ({"oracle": "0x" + "12" * 20}, {"name": "ReportWrongOracle", "given": "0x" + "12" * 20}),
        ({"epoch": 0}, {"name": "StaleConfig", "given": 0}),
        ({"epoch": 2}, {"name": "StaleConfig", "given": 2}),
        ({"version": 2}, {"name": "WrongVersion", "account": 0, "year": 2033, "unit": 1, "expected": 1, "given": 2}),
        ({"version": 0}, {"name": "WrongVersion", "account": 0, "year": 2033, "unit": 1, "expected": 1, "given": 0}),
        (
            {"previous": "0x" + "77" * 32},
            {"name": "WrongPrevious", "account": 0, "year": 2033, "unit": 1, "expected": b"\0" * 16},
        ),
    ],
    ids=str,
)
def test_submit__bound_to_something_else__refused(
    world: World, emitter: int, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    wanted = dict(expected)
    name = wanted.pop("name")
    if "account" in wanted:
        wanted["account"] = emitter
    if name == "ReportWrongOracle":
        wanted["expected"] = world.deployment.address("emissions").lower()
    if name == "StaleConfig":
        wanted["current"] = world.reader.config()[2]
    assert _unchanged(world, emitter, 2033, **fields) == error(name, **wanted)


@pytest.mark.parametrize("field", ["account", "year", "unit", "units", "tonnes", "reportHash"])
def test_submit__altered_after_signing__refused(world: World, emitter: int, field: str) -> None:
    signed = world.statement(emitter, 2034, 100)
    other = world.open_account()
    value = {"account": other, "year": 2035, "unit": 2, "units": 3, "tonnes": 99, "reportHash": "0x" + "23" * 32}[field]
    whole = {"units": 2} if field == "unit" else {}
    altered = signed.model_copy(update={"message": signed.message.model_copy(update={field: value, **whole})})
    refused = world.refusal(statement_call(world.deployment, altered))
    assert refused == error("InvalidSignature", signer=world.reporters[VERIFIER_CLASS].signer)


def test_submit__replayed__refused(world: World, emitter: int) -> None:
    signed = world.statement(emitter, 2036, 100)
    call = statement_call(world.deployment, signed)
    world.carrier.carry([call])
    assert world.refusal(call) == error("WrongVersion", account=emitter, year=2036, unit=1, expected=2, given=1)


def test_submit__correction__names_its_predecessor_and_supersedes(world: World, emitter: int) -> None:
    first = world.statement(emitter, 2037, 100)
    world.carrier.carry([statement_call(world.deployment, first)])
    assert world.reader.figure(emitter, 2037).digest == first.digest()[:16]
    for previous in ("0x" + "00" * 32, "0x" + "99" * 32):
        refused = _unchanged(world, emitter, 2037, previous=previous)
        assert refused == error("WrongPrevious", account=emitter, year=2037, unit=1, expected=first.digest()[:16])
    second = world.statement(emitter, 2037, 90, previous="0x" + first.digest().hex())
    world.carrier.carry([statement_call(world.deployment, second)])
    figure = world.reader.figure(emitter, 2037)
    assert (figure.tonnes, figure.version, figure.digest) == (90, 2, second.digest()[:16])
    assert world.reader.position(emitter, 2037).obligation == 90


def test_submit__province_of_another_account__refused(world: World, emitter: int) -> None:
    account = world.open_account(province=PROVINCES[1])
    refused = _unchanged(world, account, YEAR)
    assert refused == error("OtherProvince", signerProvince=PROVINCES[0], accountProvince=PROVINCES[1])


@pytest.mark.parametrize("kind", [AccountKind.FINANCIAL, AccountKind.PROVINCE, AccountKind.MARKET])
def test_submit__account_of_no_emitter__refused(world: World, emitter: int, kind: AccountKind) -> None:
    account = world.open_account(kind)
    assert _unchanged(world, account, YEAR) == error("NotKeyEmitter", account=account)
    assert _unchanged(world, 444_444, YEAR) == error("NotKeyEmitter", account=444_444)


def test_threshold__raised__statements_that_waited_are_void(world: World, emitter: int) -> None:
    world.remember()
    waiting = statement_call(world.deployment, world.statement(emitter, 2038, 1))
    epoch = world.reader.config()[2]
    world.office.act("emissions", "setThreshold", 3, 0b110)
    assert world.refusal(waiting) == error("StaleConfig", current=epoch + 1, given=epoch)
    refused = _unchanged(world, emitter, 2038)
    assert refused == error("BelowThreshold", threshold=3, given=2)
    # Lowering it again does not bring them back either.
    world.office.act("emissions", "setThreshold", 2, 0b110)
    assert world.refusal(waiting) == error("StaleConfig", current=epoch + 2, given=epoch)
    world.go_back()


@pytest.mark.parametrize(
    ("threshold", "required"), [(0, 0), (4, 0b110), (1, 0b110), (2, 0b1110), (2, 0b111), (2, 0b10110), (255, 255)]
)
def test_threshold__impossible__refused(world: World, emitter: int, threshold: int, required: int) -> None:
    before = world.reader.config()
    refused = world.refuse_act("emissions", "setThreshold", threshold, required)
    assert refused == error("ThresholdInvalid", threshold=threshold, requiredClasses=required)
    assert world.reader.config() == before


def test_set_signer__name_too_short__refused(world: World, emitter: int) -> None:
    refused = world.refuse_act("emissions", "setSigner", b"\x01" * 19, 2, 0)
    assert refused == error("NotReportSigner", signer=b"\x01" * 19)


def test_set_signer__verifier__stands_in_the_register_only(world: World, emitter: int) -> None:
    refused = world.refuse_act("emissions", "setSigner", EthereumSigner.create().signer, VERIFIER_CLASS, 0)
    assert refused == error("ClassFromRegister", **{"class": VERIFIER_CLASS})


def test_record_obligation__by_anybody_but_the_oracle__refused(world: World, emitter: int) -> None:
    for sender in (world.sender.address, world.deployment.address("control")):
        refused = world.ask(sender, "compliance", "recordObligation", emitter, YEAR, 1)
        assert refused == error("NotOracle", caller=sender.lower())


def test_submit__before_any_threshold_is_set__refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    fresh = start_world(tmp_path_factory.mktemp("fresh"))
    account = fresh.open_account()
    assert fresh.refuse_report(account, YEAR, 1, signers=()) == error("BelowThreshold", threshold=0, given=0)
    fresh.node.kill()
