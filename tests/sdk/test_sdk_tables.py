"""Allocation tables: the tree of the SDK is the one the contract checks."""

from collections.abc import Iterator

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st
from support.world import PROVINCES, SECTOR, World, start_world

from registry_sdk.allocation import ALL_FREE
from registry_sdk.tables import MAX_CHUNK, AllocationTable, Row

FIRMS = 12
#: Allocations by firm; in a table each account stands once, in any order.
ROWS = st.dictionaries(st.integers(0, FIRMS - 1), st.integers(0, 50), min_size=1).map(lambda d: list(d.items()))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    started = start_world(tmp_path_factory.mktemp("node"))
    started.keys = dict.fromkeys([started.open_account() for _ in range(FIRMS)], ())
    started.office.act("allowances", "openVintage", 2025)
    started.office.act("allocation", "setPlan", 2025, SECTOR, 1, 10**9, *ALL_FREE)
    yield started
    started.node.kill()


def _table(rows: tuple[Row, ...], size: int) -> AllocationTable:
    return AllocationTable(2025, SECTOR, PROVINCES[0], 2, rows, chunk_size=size)


def _climb(leaf: bytes, proof: list[bytes]) -> bytes:
    for sibling in proof:
        leaf = keccak(min(leaf, sibling) + max(leaf, sibling))
    return leaf


@given(rows=ROWS, size=st.integers(1, 9))
def test_proof__every_chunk_of_any_table__climbs_to_the_root(rows: list[tuple[int, int]], size: int) -> None:
    table = _table(tuple(Row(1000 + a, q) for a, q in rows), size)
    assert [row for chunk in table.chunks for row in chunk] == list(table.rows)
    for number, chunk in enumerate(table.chunks):
        leaf = keccak(keccak(encode(["uint32", "uint256[]"], [number, [row.packed for row in chunk]])))
        assert _climb(leaf, table.proof(number)) == table.root


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, size=st.integers(1, 9))
def test_table__any_rows__approved_and_issued_by_the_contract(
    world: World, rows: list[tuple[int, int]], size: int
) -> None:
    accounts = list(world.keys)
    table = _table(tuple(Row(accounts[a], q) for a, q in rows), size)
    world.remember()
    before = world.reader.totals("allowances", 2025).issued
    world.office.act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
    assert world.reader.read("allocation", "tableOf", table.id)["total"] == table.total
    outcome = world.carrier.carry([table.chunk_call(world.deployment, n) for n in range(len(table.chunks))])
    assert [c.error for c in outcome] == [None] * len(table.chunks)
    assert world.reader.totals("allowances", 2025).issued == before + table.total
    assert world.reader.read("allocation", "openTable", 2025, SECTOR, PROVINCES[0]) == bytes(32)
    world.go_back()


@pytest.mark.parametrize("size", [0, -1, MAX_CHUNK + 1])
def test_table__chunk_size_out_of_range__refused(size: int) -> None:
    with pytest.raises(ValueError, match="每批"):
        _table((Row(1, 1),), size)


@pytest.mark.parametrize("row", [Row(0, 1), Row(-1, 1), Row(1, -1), Row(2**64, 1), Row(1, 2**64)])
def test_table__row_out_of_range__refused(row: Row) -> None:
    with pytest.raises(ValueError, match="吨数不得为负"):
        _table((row,), 1)


def test_table__no_rows__refused() -> None:
    with pytest.raises(ValueError, match="须有行"):
        _table((), 1)


def _new_accounts(world: World, first: int, count: int) -> range:
    seats = [(bytes.fromhex(world.sender.address[2:]), 7)]
    numbers = range(first, first + count)
    openings = [(n, 1, SECTOR, PROVINCES[0], 1, b"\x01" * 32, seats) for n in numbers]
    parts = [("accounts", "openAccounts", openings[i : i + 100]) for i in range(0, count, 100)]
    world.office.acts(parts)
    return numbers


def test_table__largest_chunk__issued_in_one_transaction(world: World) -> None:
    table = _table(tuple(Row(n, 1) for n in _new_accounts(world, 50_000, MAX_CHUNK)), MAX_CHUNK)
    world.office.act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
    carried = world.carrier.carry([table.chunk_call(world.deployment, 0)])
    assert carried[0].error is None


def test_table__largest_chunk_with_its_last_account_a_second_time__refused_by_name(world: World) -> None:
    """A long chunk that is refused at its end is refused, and not taken for one that ran out of gas."""
    numbers = [*_new_accounts(world, 60_000, MAX_CHUNK - 1), 60_000]
    table = _table(tuple(Row(n, 1) for n in numbers), MAX_CHUNK)
    world.office.act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
    error = world.carrier.carry([table.chunk_call(world.deployment, 0)])[0].error
    assert error is not None
    assert (error.name, error.args["account"]) == ("RowSuperseded", 60_000)
    world.office.act("allocation", "withdrawTable", PROVINCES[0], table.id)


def test_carry__many_long_chunks_at_once__shared_out_over_transactions(world: World) -> None:
    table = _table(tuple(Row(n, 1) for n in _new_accounts(world, 70_000, 600)), 200)
    world.office.act("allocation", "approveTable", PROVINCES[0], table.as_tuple())
    carried = world.carrier.carry([table.chunk_call(world.deployment, n) for n in range(3)])
    assert [c.error for c in carried] == [None] * 3
    assert len({c.transaction for c in carried}) == 3
