"""Objections and recalculations as recorded cases (B-16, B-17)."""

from datetime import UTC, date, datetime

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from support.cases import file_objection, objection
from support.errors import error
from support.world import APPROVE, INITIATE, PROVINCES, SECTOR, SURRENDER_ONLY, World

from registry_sdk.calls import Call
from registry_sdk.cases import CaseState, Clock, decision_clock, filing_clock, objection_call
from registry_sdk.codec import ContractError
from registry_sdk.reader import AccountStatus
from registry_sdk.signers import EthereumSigner
from registry_sdk.tables import AllocationTable, Row, TableKind

YEAR = 2025
HERE = PROVINCES[0]


@pytest.fixture
def firm(world: World) -> int:
    return world.open_account(rights=(INITIATE, APPROVE, SURRENDER_ONLY), approvals=2)


def _refused(world: World, firm: int, **fields: object) -> ContractError:
    return world.refusal(objection_call(world.deployment, objection(world, firm, YEAR, **fields)))  # type: ignore[arg-type]


def _case(world: World, id_: bytes) -> dict[str, int]:
    found: dict[str, int] = world.reader.read("cases", "caseOf", id_)
    return found


def test_objection__frozen_firm_one_representative__recorded_and_decided(world: World, firm: int) -> None:
    world.freeze(AccountStatus.FROZEN_ALL, firm)
    id_ = file_objection(world, firm, YEAR, subject=2)
    case = _case(world, id_)
    assert (case["account"], case["year"], case["subject"], case["state"]) == (firm, YEAR, 2, CaseState.OPEN)
    assert (case["openedAt"], case["decidedAt"]) == (world.now, 0) or case["openedAt"] <= world.now
    decide = ("cases", "decideObjections")
    elsewhere = world.refuse_act(*decide, PROVINCES[1], [id_], True)
    assert elsewhere == error("CaseElsewhere", account=firm, province=PROVINCES[1])
    world.office.act(*decide, HERE, [id_], True)
    assert _case(world, id_)["state"] == CaseState.UPHELD
    assert world.refuse_act(*decide, HERE, [id_], False) == error("CaseUnknown", id=id_)


def test_objection__replayed_altered_or_by_the_wrong_hand__refused(world: World, firm: int) -> None:
    id_ = file_objection(world, firm, YEAR)
    assert _refused(world, firm) == error("CaseKnown", id=id_)
    stranger = EthereumSigner.create()
    assert _refused(world, firm, signer=stranger) == error("NotRepresentative", account=firm, signer=stranger.signer)
    for position, rights in ((1, APPROVE), (2, SURRENDER_ONLY)):
        signer = world.keys[firm][position]
        assert _refused(world, firm, signer=signer, statement="0x" + "45" * 32) == error(
            "InsufficientRights", account=firm, signer=signer.signer, rights=rights
        )
    assert _refused(world, firm, chainId=5).name == "WrongChain"
    assert _refused(world, firm, statement="0x" + "00" * 32).name == "ObjectionInvalid"
    call = objection_call(world.deployment, objection(world, firm, YEAR, statement="0x" + "46" * 32))
    altered = Call(call.target, call.data.replace(bytes.fromhex("46" * 32), bytes.fromhex("47" * 32)))
    assert world.refusal(altered).name == "InvalidSignature"


def test_recalculation__closed_by_a_table_that_took_effect_only(world: World) -> None:
    firm = world.open_account()
    world.issue(YEAR, {firm: 50})
    opened = ("cases", "openRecalculation", HERE, firm, YEAR, 2)
    world.office.act(*opened)
    id_ = keccak(encode(["uint64", "uint16", "uint16"], [firm, YEAR, 2]))
    assert world.refuse_act(*opened) == error("CaseKnown", id=id_)
    table = AllocationTable(YEAR, SECTOR, HERE, TableKind.RECALCULATION, (Row(firm, 40),), previous=50)
    close = ("cases", "closeRecalculation", HERE, id_)
    assert world.refuse_act(*close, table.id) == error("CaseTableWrong", id=id_, tableId=table.id)
    world.office.act("allocation", "approveTable", HERE, table.as_tuple())
    assert world.refuse_act(*close, table.id).name == "CaseTableWrong"
    world.carrier.carry([table.chunk_call(world.deployment, 0)])
    assert world.refuse_act("cases", "decideObjections", HERE, [id_], True) == error("CaseUnknown", id=id_)
    world.office.act(*close, table.id)
    assert _case(world, id_)["state"] == CaseState.DONE
    assert world.refuse_act(*close, bytes(32)) == error("CaseUnknown", id=id_)


def _at(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp())


def test_clocks__working_days_of_beijing__kept_late_or_running() -> None:
    # 2025-09-30 20:00 UTC is 1 October in Beijing; the national holiday ends on the 8th.
    filed = _at(2025, 9, 30, 20)
    due = date(2025, 10, 21)
    assert decision_clock(1, 2024, filed, 0, _at(2025, 10, 20)) == Clock(due, None)
    assert decision_clock(1, 2024, filed, _at(2025, 10, 21, 15), _at(2025, 11, 1)) == Clock(due, True)
    assert decision_clock(1, 2024, filed, _at(2025, 10, 21, 16), _at(2025, 11, 1)) == Clock(due, False)
    assert decision_clock(3, 2025, filed, 0, _at(2025, 11, 1)) == Clock(due, False)
    assert decision_clock(3, 2019, filed, 0, _at(2025, 11, 1)) is None
    assert filing_clock(_at(2025, 9, 1), _at(2025, 9, 10), _at(2025, 9, 12)) == Clock(date(2025, 9, 10), True)
