"""Verified emissions of entities with several sub-units: one statement each, the sum is the obligation (D-20)."""

import pytest
from support.errors import error
from support.world import CENTRE_CLASS, PROVINCE_CLASS, VERIFIER_CLASS, World

from registry_sdk.calls import statement_call
from registry_sdk.carrier import accepted
from registry_sdk.reader import Summary

YEAR = 2025


@pytest.fixture(scope="module", autouse=True)
def reporters(world: World) -> None:
    world.name_reporters()


def _report(world: World, account: int, unit: int, units: int, tonnes: int) -> None:
    signed = world.statement(account, YEAR, tonnes, unit=unit, units=units)
    accepted(world.carrier.carry([statement_call(world.deployment, signed)]))


def _obligation(world: World, account: int) -> int | None:
    position = world.reader.position(account, YEAR)
    return position.obligation if position.is_reported else None


def test_submit__units_one_by_one__obligation_when_the_last_has_a_figure(world: World) -> None:
    account = world.open_account()
    for unit, tonnes in ((3, 30), (1, 10)):
        _report(world, account, unit, 3, tonnes)
        assert _obligation(world, account) is None
    assert world.reader.summary(account, YEAR) == Summary(40, 3, 2)
    _report(world, account, 2, 3, 20)
    assert _obligation(world, account) == 60
    assert [world.reader.figure(account, YEAR, unit).tonnes for unit in (1, 2, 3, 4)] == [10, 20, 30, 0]
    _report(world, account, 2, 3, 0)
    assert _obligation(world, account) == 40
    assert world.reader.summary(account, YEAR) == Summary(40, 3, 3)


def test_submit__unit_found_later__obligation_stays_until_it_is_complete_again(world: World) -> None:
    account = world.open_account()
    _report(world, account, 1, 1, 100)
    assert world.reader.summary(account, YEAR) == Summary(100, 1, 1)
    _report(world, account, 1, 2, 60)
    assert (_obligation(world, account), world.reader.summary(account, YEAR)) == (100, Summary(60, 2, 1))
    _report(world, account, 2, 2, 50)
    assert (_obligation(world, account), world.reader.summary(account, YEAR)) == (110, Summary(110, 2, 2))


def test_submit__fewer_units_than_known__refused(world: World) -> None:
    account = world.open_account()
    _report(world, account, 2, 3, 5)
    for unit, units in ((1, 1), (1, 2), (2, 2)):
        refused = world.refuse_report(account, YEAR, 1, unit=unit, units=units)
        assert refused == error("UnitsShrunk", account=account, year=YEAR, known=3, given=units)


@pytest.mark.parametrize(("unit", "units"), [(0, 0), (0, 1), (2, 1), (4, 3), (65_535, 1)])
def test_submit__unit_that_is_none_of_the_entity__refused(world: World, unit: int, units: int) -> None:
    refused = world.refuse_report(world.open_account(), YEAR, 1, unit=unit, units=units)
    assert refused == error("UnitInvalid", unit=unit, units=units)


def test_submit__correction_of_one_unit__names_the_predecessor_of_that_unit(world: World) -> None:
    account = world.open_account()
    first, second = (world.statement(account, YEAR, 10 * unit, unit=unit, units=2) for unit in (1, 2))
    accepted(world.carrier.carry([statement_call(world.deployment, each) for each in (first, second)]))
    crossed = {"unit": 1, "units": 2, "version": 2, "previous": "0x" + second.digest().hex()}
    refused = world.refuse_report(account, YEAR, 11, **crossed)
    assert refused == error("WrongPrevious", account=account, year=YEAR, unit=1, expected=first.digest()[:16])
    _report(world, account, 1, 2, 11)
    assert (_obligation(world, account), world.reader.figure(account, YEAR, 2).version) == (31, 1)


def test_submit__statement_of_one_unit_for_another__refused(world: World) -> None:
    account = world.open_account()
    signed = world.statement(account, YEAR, 10, unit=1, units=2)
    altered = signed.model_copy(update={"message": signed.message.model_copy(update={"unit": 2})})
    refused = world.refusal(statement_call(world.deployment, altered))
    assert refused == error("InvalidSignature", signer=world.reporters[VERIFIER_CLASS].signer)


def test_submit__any_signers__named_by_class_in_the_event(world: World) -> None:
    account = world.open_account()
    everyone = [world.reporters[c] for c in (CENTRE_CLASS, VERIFIER_CLASS, PROVINCE_CLASS)]
    signed = world.statement(account, YEAR, 1, signers=everyone)
    (carried,) = accepted(world.carrier.carry([statement_call(world.deployment, signed)]))
    receipt = world.node.rpc.call("eth_getTransactionReceipt", carried.transaction)
    event = next(e for e in world.deployment.contract("emissions").events.values() if e.name == "EmissionsRecorded")
    log = next(log for log in receipt["logs"] if log["topics"][0] == "0x" + event.topic.hex())
    fields = event.decode([bytes.fromhex(t[2:]) for t in log["topics"]], bytes.fromhex(log["data"][2:]))
    names = {c: "0x" + world.reporters[c].signer.hex() for c in world.reporters}
    body = world.reader.body_of(world.reporters[VERIFIER_CLASS].signer)
    assert (fields["unit"], fields["units"]) == (1, 1)
    assert {key: str(value).lower() for key, value in fields["signers"].items()} == {
        "verifier": names[VERIFIER_CLASS],
        "province": names[PROVINCE_CLASS],
        "centre": names[CENTRE_CLASS],
        "body": str(body),
    }
