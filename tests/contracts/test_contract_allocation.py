"""Allocation: within the plan, approved once, every chunk exactly once, in any order, by anybody (B-06, B-13, B-17)."""

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from support.errors import error
from support.world import PROVINCES, SECTOR, World

from registry_sdk.allocation import ALL_FREE
from registry_sdk.calls import Call
from registry_sdk.reader import AccountKind
from registry_sdk.signers import EthereumSigner
from registry_sdk.tables import TABLE_FIELDS, TABLE_TYPES, AllocationTable, Row

YEAR = 2025


@pytest.fixture
def accounts(world: World) -> list[int]:
    """Ten firms without any allocation."""
    if YEAR not in world.reader.read("allowances", "units"):
        world.office.act("allowances", "openVintage", YEAR)
    world.raise_cap(YEAR, SECTOR, 10_000)
    return [world.open_account() for _ in range(10)]


def _table(accounts: list[int], tonnes: int, chunk_size: int = 3, **fields: Any) -> AllocationTable:
    rows = tuple(Row(a, tonnes) for a in accounts)
    values = {"year": YEAR, "sector": SECTOR, "province": PROVINCES[0], "kind": 2}
    values.update(fields)
    return AllocationTable(**values, rows=rows, chunk_size=chunk_size)  # type: ignore[arg-type]


def _approve(world: World, table: AllocationTable) -> None:
    world.office.act("allocation", "approveTable", table.province, table.as_tuple())


def _withdraw(world: World, table: AllocationTable) -> None:
    world.office.act("allocation", "withdrawTable", table.province, table.id)


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
    assert (state["applied"], state["deliveredRows"], state["total"], state["rows"]) == (70, 10, 70, 10)
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
    assert world.reader.read("allocation", "tableOf", table.id)["applied"] == 0
    _withdraw(world, table)


def test_issue__table_never_approved__refused(world: World, accounts: list[int]) -> None:
    table = _table(accounts, 12)
    assert world.refusal(_chunk(world, table, 0)) == error("TableUnknown", tableId=table.id)


def test_approve__second_time__refused(world: World, accounts: list[int]) -> None:
    table = _table(accounts, 13)
    _approve(world, table)
    refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
    assert refused == error("TableKnown", tableId=table.id)
    other = _table(accounts, 14)
    refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], other.as_tuple())
    assert refused == error("TableOpen", tableId=table.id)
    _withdraw(world, table)


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
    _withdraw(world, table)


def test_withdraw__all_issued__nothing_left(world: World, accounts: list[int]) -> None:
    table = _table(accounts[:2], 14)
    _approve(world, table)
    world.carrier.carry([_chunk(world, table, 0)])
    refused = world.refuse_act("allocation", "withdrawTable", PROVINCES[0], table.id)
    assert refused == error("TableDone", tableId=table.id)


def test_approve__above_the_plan__refused_to_the_tonne(world: World) -> None:
    world.office.act("allocation", "setPlan", YEAR, 5, 2, 100, *ALL_FREE)
    one, two, three = (world.open_account(sector=5) for _ in range(3))
    for tonnes in (101, 2**64 - 1):
        table = _table([one], tonnes, sector=5)
        refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
        assert refused == error("PlanExceeded", year=YEAR, sector=5, cap=100, wanted=tonnes)
    first = _table([one], 99, sector=5)
    _approve(world, first)
    world.carrier.carry([_chunk(world, first, 0)])
    table = _table([two], 2, sector=5)
    refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
    assert refused == error("PlanExceeded", year=YEAR, sector=5, cap=100, wanted=101)
    last = _table([two], 1, sector=5)
    _approve(world, last)
    world.carrier.carry([_chunk(world, last, 0)])
    head = _table([three], 1, sector=5).as_tuple()
    huge = (*head[:4], 2**64 - 1, 0, 1, 1, 0, b"\x01" * 32)
    refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], huge)
    assert refused == error("PlanExceeded", year=YEAR, sector=5, cap=100, wanted=2**64 - 1)


def test_approve__no_plan__refused(world: World, accounts: list[int]) -> None:
    table = _table(accounts, 1, sector=77)
    refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
    assert refused == error("PlanMissing", year=YEAR, sector=77)


def test_set_plan__below_what_is_approved_or_without_mode__refused(world: World) -> None:
    plan = ("allocation", "setPlan", YEAR, 6)
    world.office.act(*plan, 1, 50, *ALL_FREE)
    _approve(world, _table([world.open_account(sector=6)], 40, sector=6))
    assert world.refuse_act(*plan, 1, 39, *ALL_FREE) == error("PlanBelowApproved", cap=39, approved=40)
    assert world.refuse_act(*plan, 0, 60, *ALL_FREE) == error("PlanBelowApproved", cap=60, approved=40)
    assert world.refuse_act(*plan, 1, 79, 5_000, 5_000, 0) == error("PlanBelowApproved", cap=39, approved=40)
    world.office.act(*plan, 2, 40, *ALL_FREE)


@pytest.mark.parametrize("shares", [(10_000, 1, 0), (0, 0, 0), (9_999, 0, 0), (65_535, 65_535, 65_535)])
def test_set_plan__shares_not_the_whole_cap__refused(world: World, shares: tuple[int, int, int]) -> None:
    refused = world.refuse_act("allocation", "setPlan", YEAR, 7, 1, 1_000, *shares)
    assert refused == error("PlanSharesInvalid", sum=sum(shares))


def test_issue_share__auction_and_reserve__each_within_its_share(world: World) -> None:
    year = 2041
    world.office.act("allowances", "openVintage", year)
    world.office.act("allocation", "setPlan", year, SECTOR, 2, 1_009, 9_000, 700, 300)
    market, reserve = (world.open_account(kind) for kind in (AccountKind.MARKET, AccountKind.RESERVE))
    share = ("allocation", "issueShare", year, SECTOR)
    world.office.act(*share, 1, market, 70)
    world.office.act(*share, 2, reserve, 30)
    assert world.refuse_act(*share, 1, market, 1) == error("PlanExceeded", year=year, sector=SECTOR, cap=70, wanted=71)
    assert world.refuse_act(*share, 2, reserve, 1).args["cap"] == 30
    for number, account, tonnes in ((1, reserve, 1), (2, market, 1), (0, market, 1), (1, market, 0), (1, 777_777, 1)):
        refused = world.refuse_act(*share, number, account, tonnes)
        assert refused == error("ShareInvalid", share=number, account=account, tonnes=tonnes)
    plan = ("allocation", "setPlan", year, SECTOR)
    assert world.refuse_act(*plan, 2, 1_009, 9_100, 600, 300) == error("PlanBelowApproved", cap=60, approved=70)
    assert world.refuse_act(*plan, 2, 1_009, 9_100, 700, 200) == error("PlanBelowApproved", cap=20, approved=30)
    table = _table([world.open_account()], 909, year=year)
    refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
    assert refused == error("PlanExceeded", year=year, sector=SECTOR, cap=908, wanted=909)
    assert world.reader.totals("allowances", year).issued == 100


@pytest.mark.parametrize("field", ["province", "kind", "rows", "chunks", "root"])
def test_approve__incomplete_table__refused(world: World, accounts: list[int], field: str) -> None:
    values = dict(
        zip(
            TABLE_FIELDS,
            _table(accounts, 1).as_tuple(),
            strict=True,
        )
    )
    values[field] = {"province": PROVINCES[1], "root": b"\x00" * 32}.get(field, 0)
    refused = world.refuse_act("allocation", "approveTable", PROVINCES[0], tuple(values.values()))
    assert refused == error("TableInvalid")


@pytest.mark.parametrize(("total", "rows"), [(8, 3), (9, 2), (10, 3)])
def test_issue__rows_are_not_the_approved_totals__refused(
    world: World, accounts: list[int], total: int, rows: int
) -> None:
    table = _table(accounts[:3], 3)
    head = (YEAR, SECTOR, PROVINCES[0], 2, total, 0, rows, 1, 0, table.root)
    world.office.act("allocation", "approveTable", PROVINCES[0], head)
    number = keccak(encode(TABLE_TYPES, [head]))
    packed = [r.packed for r in table.rows]
    data = world.deployment.contract("allocation").encode("issueChunk", number, 0, packed, [])
    refused = world.refusal(Call(world.deployment.address("allocation"), data))
    assert refused == error("TableTotalsWrong", tableId=number, total=total, found=9)
    world.office.act("allocation", "withdrawTable", PROVINCES[0], number)


def test_issue__vintage_not_open__refused(world: World, accounts: list[int]) -> None:
    world.office.act("allocation", "setPlan", 2040, SECTOR, 1, 1_000, *ALL_FREE)
    table = _table(accounts, 1, year=2040)
    _approve(world, table)
    assert world.refusal(_chunk(world, table, 0)) == error("UnitUnknown", unit=2040)
    world.office.act("allowances", "openVintage", 2040)
    world.carrier.carry([_chunk(world, table, 0)])
    assert world.reader.totals("allowances", 2040).issued == 3


@pytest.mark.parametrize("vintage", [0, YEAR])
def test_open_vintage__none_or_twice__refused(world: World, accounts: list[int], vintage: int) -> None:
    assert world.refuse_act("allowances", "openVintage", vintage) == error("UnitUnknown", unit=vintage)


def test_issue__tonnes_beyond_64_bits_in_total__refused(world: World) -> None:
    world.office.act("allocation", "setPlan", YEAR, 8, 1, 2**64 - 1, *ALL_FREE)
    first = _table([world.open_account(sector=8)], 2**64 - 1, sector=8)
    _approve(world, first)
    assert world.refusal(_chunk(world, first, 0)).name == "Panic"  # other sectors have the vintage issued too
    _withdraw(world, first)
