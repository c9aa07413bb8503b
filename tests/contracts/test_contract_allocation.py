"""Allocation: within the plan, approved once, every chunk exactly once, in any order, by anybody (B-06, B-13, B-17)."""

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from support.errors import error
from support.world import PROVINCES, SECTOR, World

from registry_sdk.documents import Call
from registry_sdk.signers import EthereumSigner
from registry_sdk.tables import TABLE_TYPES, AllocationTable, Row

YEAR = 2025


@pytest.fixture(scope="module")
def accounts(world: World) -> list[int]:
    world.office.act("allowances", "openVintage", YEAR)
    world.office.act("allocation", "setPlan", YEAR, SECTOR, 1, 1_000_000)
    return [world.open_account() for _ in range(10)]


def _table(accounts: list[int], tonnes: int, chunk_size: int = 3, **fields: Any) -> AllocationTable:
    rows = tuple(Row(a, tonnes) for a in accounts)
    values = {"year": YEAR, "sector": SECTOR, "province": PROVINCES[0], "kind": 2}
    values.update(fields)
    return AllocationTable(**values, rows=rows, chunk_size=chunk_size)  # type: ignore[arg-type]


def _approve(world: World, table: AllocationTable) -> None:
    world.office.act("allocation", "approveTable", table.province, table.as_tuple())


def _chunk(world: World, table: AllocationTable, chunk: int) -> Call:
    return table.chunk_call(world.deployment, chunk)


def _raw_chunk(world: World, table: AllocationTable, chunk: int, rows: list[int], proof: list[bytes]) -> Call:
    data = world.deployment.contract("allocation").encode("issueChunk", table.id, chunk, rows, proof)
    return Call(world.deployment.address("allocation"), data)


def test_issue__chunks_in_any_order_by_anybody_and_again__each_once(world: World, accounts: list[int]) -> None:
    table = _table(accounts, 7)
    _approve(world, table)
    before = world.reader.totals("allowances", YEAR).issued
    anybody = EthereumSigner.create()
    for chunk in (2, 0, 3, 1):
        call = _chunk(world, table, chunk)
        assert world.send(anybody, call.target, call.data)
        again = world.refusal(call)
        assert again == error("ChunkIssuedAlready", tableId=table.id, chunk=chunk)
    assert world.reader.totals("allowances", YEAR).issued == before + 70
    state = world.reader.read("allocation", "tableOf", table.id)
    assert (state["issued"], state["issuedRows"], state["total"], state["rows"]) == (70, 10, 70, 10)
    assert all(world.reader.read("allocation", "isChunkIssued", table.id, n) for n in range(4))


def test_issue__rows_altered__refused(world: World, accounts: list[int]) -> None:
    table = _table(accounts, 11)
    _approve(world, table)
    rows = [r.packed for r in table.chunks[1]]
    proof = table.proof(1)
    attempts = {
        "more tonnes": (1, [rows[0] + 1, *rows[1:]], proof),
        "other account": (1, [rows[0] + (1 << 64), *rows[1:]], proof),
        "row left out": (1, rows[:-1], proof),
        "row added": (1, [*rows, rows[0]], proof),
        "other order": (1, rows[::-1], proof),
        "other number": (0, rows, proof),
        "number beyond the table": (4, rows, proof),
        "no proof": (1, rows, []),
        "wrong proof": (1, rows, table.proof(0)),
        "proof with a tail": (1, rows, [*proof, b"\x00" * 32]),
    }
    for name, (chunk, changed, given) in attempts.items():
        refused = world.refusal(_raw_chunk(world, table, chunk, changed, given))
        assert refused == error("ChunkMismatch", tableId=table.id, chunk=chunk), name
    assert world.reader.read("allocation", "tableOf", table.id)["issued"] == 0


def test_issue__table_never_approved__refused(world: World, accounts: list[int]) -> None:
    table = _table(accounts, 12)
    assert world.refusal(_chunk(world, table, 0)) == error("TableUnknown", tableId=table.id)


def test_approve__second_time__refused(world: World, accounts: list[int]) -> None:
    table = _table(accounts, 13)
    _approve(world, table)
    refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
    assert refused == error("TableKnown", tableId=table.id)


def test_withdraw__half_issued__rest_returns_to_the_plan_and_table_never_comes_back(
    world: World, accounts: list[int]
) -> None:
    table = _table(accounts, 100)
    before = world.reader.read("allocation", "planOf", YEAR, SECTOR)["approved"]
    _approve(world, table)
    world.carrier.carry([_chunk(world, table, 1)])
    world.office.act("allocation", "withdrawTable", PROVINCES[0], table.id)
    assert world.reader.read("allocation", "planOf", YEAR, SECTOR)["approved"] == before + 300
    assert world.refusal(_chunk(world, table, 0)) == error("TableUnknown", tableId=table.id)
    refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
    assert refused == error("TableKnown", tableId=table.id)
    refused = world.refuse_act("allocation", "withdrawTable", PROVINCES[0], table.id)
    assert refused == error("TableUnknown", tableId=table.id)


def test_withdraw__by_another_province__refused(world: World, accounts: list[int]) -> None:
    table = _table(accounts, 14)
    _approve(world, table)
    refused = world.refuse_act("allocation", "withdrawTable", PROVINCES[1], table.id)
    assert refused == error("TableUnknown", tableId=table.id)
    world.carrier.carry([_chunk(world, table, 0)])
    assert world.reader.read("allocation", "isChunkIssued", table.id, 0)


def test_approve__above_the_plan__refused_to_the_tonne(world: World, accounts: list[int]) -> None:
    world.office.act("allocation", "setPlan", YEAR, 5, 2, 100)
    for tonnes in (101, 2**64 - 1):
        table = _table(accounts[:1], tonnes, sector=5)
        refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
        assert refused == error("PlanExceeded", year=YEAR, sector=5, cap=100, wanted=tonnes)
    _approve(world, _table(accounts[:1], 99, sector=5))
    table = _table(accounts[:1], 2, sector=5)
    refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
    assert refused == error("PlanExceeded", year=YEAR, sector=5, cap=100, wanted=101)
    _approve(world, _table(accounts[:1], 1, sector=5))
    huge = (*_table(accounts[:1], 1, sector=5).as_tuple()[:4], 2**64 - 1, 1, 1, b"\x01" * 32)
    refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], huge)
    assert refused == error("PlanExceeded", year=YEAR, sector=5, cap=100, wanted=2**64 - 1)


def test_approve__no_plan__refused(world: World, accounts: list[int]) -> None:
    table = _table(accounts, 1, sector=77)
    refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
    assert refused == error("PlanMissing", year=YEAR, sector=77)


def test_set_plan__below_what_is_approved_or_without_mode__refused(world: World, accounts: list[int]) -> None:
    world.office.act("allocation", "setPlan", YEAR, 6, 1, 50)
    _approve(world, _table(accounts[:1], 40, sector=6))
    assert world.refuse_act("allocation", "setPlan", YEAR, 6, 1, 39) == error("PlanBelowApproved", cap=39, approved=40)
    assert world.refuse_act("allocation", "setPlan", YEAR, 6, 0, 60) == error("PlanBelowApproved", cap=60, approved=40)
    world.office.act("allocation", "setPlan", YEAR, 6, 2, 40)


@pytest.mark.parametrize("field", ["province", "kind", "rows", "chunks", "root"])
def test_approve__incomplete_table__refused(world: World, accounts: list[int], field: str) -> None:
    values = dict(
        zip(
            ("year", "sector", "province", "kind", "total", "rows", "chunks", "root"),
            _table(accounts, 1).as_tuple(),
            strict=True,
        )
    )
    values[field] = {"province": PROVINCES[1], "root": b"\x00" * 32}.get(field, 0)
    refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], tuple(values.values()))
    assert refused == error("TableInvalid")


@pytest.mark.parametrize(("total", "rows"), [(8, 3), (9, 2)])
def test_issue__rows_exceed_the_approved_totals__refused(
    world: World, accounts: list[int], total: int, rows: int
) -> None:
    table = _table(accounts[:3], 3)
    head = (YEAR, SECTOR, PROVINCES[0], 2, total, rows, 1, table.root)
    world.office.act("allocation", "approveTable", PROVINCES[0], head)
    number = keccak(encode(TABLE_TYPES, [head]))
    packed = [r.packed for r in table.rows]
    data = world.deployment.contract("allocation").encode("issueChunk", number, 0, packed, [])
    refused = world.refusal(Call(world.deployment.address("allocation"), data))
    assert refused == error("TableExceeded", tableId=number)


def test_issue__vintage_not_open__refused(world: World, accounts: list[int]) -> None:
    world.office.act("allocation", "setPlan", 2040, SECTOR, 1, 1_000)
    table = _table(accounts, 1, year=2040)
    _approve(world, table)
    assert world.refusal(_chunk(world, table, 0)) == error("UnitUnknown", unit=2040)
    world.office.act("allowances", "openVintage", 2040)
    world.carrier.carry([_chunk(world, table, 0)])
    assert world.reader.totals("allowances", 2040).issued == 3


@pytest.mark.parametrize("vintage", [0, YEAR])
def test_open_vintage__none_or_twice__refused(world: World, accounts: list[int], vintage: int) -> None:
    assert world.refuse_act("allowances", "openVintage", vintage) == error("UnitUnknown", unit=vintage)


def test_issue__one_account_blocked__whole_chunk_waits_and_counts_nothing(world: World, accounts: list[int]) -> None:
    table = _table([*accounts[:2], 555_555], 15)
    _approve(world, table)
    before = world.reader.totals("allowances", YEAR)
    assert world.refusal(_chunk(world, table, 0)) == error("AccountBlocked", account=555_555)
    assert world.reader.totals("allowances", YEAR) == before
    assert not world.reader.read("allocation", "isChunkIssued", table.id, 0)


def test_issue__tonnes_beyond_64_bits_in_total__refused(world: World, accounts: list[int]) -> None:
    world.office.act("allocation", "setPlan", YEAR, 8, 1, 2**64 - 1)
    table = _table(accounts[:1], 2**64 - 1, sector=8)
    _approve(world, table)
    assert world.refusal(_chunk(world, table, 0)).name == "Panic"
