"""What the register says against tables, before anybody signs: the questions the contracts will ask, row by row."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from registry_cli.officers.drafts import Draft
from registry_cli.signing.mistakes import Mistake
from registry_sdk.acts import ActBuilder
from registry_sdk.allocation import WHOLE
from registry_sdk.calc.tables.sheet import RowError
from registry_sdk.client import Problem, RegistryClient
from registry_sdk.documents import ActMessage
from registry_sdk.reader import AccountKind, Reader
from registry_sdk.tables import TABLE_TYPES, Row, TableKind

ACCOUNT, TONNES, PROVINCE = range(3)
NOTHING: Final = {"determined": 0, "stage": int(TableKind.NONE), "is_differentiated": False}
Known = Mapping[int, Mapping[str, Any]]


def checked(client: RegistryClient, drafts: Sequence[Draft]) -> tuple[list[Draft], list[RowError]]:
    """The tables with what their accounts had determined before, and everything that stands against them."""
    accounts = {row["number"]: row for row in client.accounts()}
    entitlements = {
        year: {row["account"]: row for row in client.entitlements(year=year)} for year in {d.table.year for d in drafts}
    }
    found: list[RowError] = []
    ready = []
    for draft in drafts:
        known = entitlements[draft.table.year]
        found += _rows(draft, accounts, known)
        before = sum(known.get(row.account, NOTHING)["determined"] for row in draft.table.rows)
        ready.append(draft.with_previous(before))
    return ready, found or [*_plans(client, ready), *_places(client, ready)]


def compared(client: RegistryClient, drafts: Sequence[Draft], act: ActMessage) -> list[RowError]:
    """Where the table of a proposed act differs from the same one of ``drafts``, row by row (L-05).

    Raises:
        Mistake: the act approves no table, or none of these.
    """
    row, args = ActBuilder(client.contracts).describe(act)
    if (row.contract, row.function) != ("allocation", "approveTable"):
        raise Mistake(f"该操作不是批准分配表 the act approves no table: {row.contract}.{row.function}")
    proposed = args["table"]
    place = tuple(proposed[name] for name in ("year", "sector", "province", "kind"))
    mine = [d for d in drafts if (d.table.year, d.table.sector, d.table.province, d.table.kind) == place]
    if not mine:
        raise Mistake(f"文件中没有同年度、行业、省份、种类的表 the file has no such table: {place}")
    if mine[0].table.as_tuple() == tuple(proposed.values()):
        return []
    id_ = "0x" + keccak(encode(TABLE_TYPES, [tuple(proposed.values())])).hex()
    return list(_differences(mine[0], id_, _kept_rows(client, id_)))


def _rows(draft: Draft, accounts: Known, entitlements: Known) -> Iterator[RowError]:
    table = draft.table
    place = {"province": table.province, "sector": table.sector}
    for at, row in enumerate(table.rows):
        account = accounts.get(row.account)
        if account is None:
            yield draft.fails(at, ACCOUNT, "O-12", account=row.account)
            continue
        if account["kind"] != AccountKind.KEY_EMITTER.name or any(account[name] != place[name] for name in place):
            column = PROVINCE if account["province"] != table.province else ACCOUNT
            yield draft.fails(at, column, "A-01b", account=row.account, **place)
        yield from _order(draft, at, entitlements.get(row.account, NOTHING))


def _order(draft: Draft, at: int, known: Mapping[str, Any]) -> Iterator[RowError]:
    """Whether a row of this kind may come after what is determined (B-06, B-06a, B-09, B-16)."""
    kind, stage = draft.table.kind, known["stage"]
    args: dict[str, Any] = {"account": draft.table.rows[at].account, "year": draft.table.year}
    if kind == TableKind.PRE_ALLOCATION and stage != TableKind.NONE:
        yield draft.fails(at, ACCOUNT, "B-06", **args, stage=stage)
    elif kind == TableKind.PRE_ALLOCATION and known["is_differentiated"]:
        yield draft.fails(at, ACCOUNT, "B-09", **args)
    elif kind == TableKind.FINAL and stage > TableKind.PRE_ALLOCATION:
        yield draft.fails(at, ACCOUNT, "B-06a", **args)
    elif kind == TableKind.RECALCULATION and stage < TableKind.FINAL:
        yield draft.fails(at, ACCOUNT, "B-16", **args, stage=stage)


def _plans(client: RegistryClient, drafts: Sequence[Draft]) -> Iterator[RowError]:
    plans = {(plan["year"], plan["sector"]): plan for plan in client.plans()}
    wanted: dict[tuple[int, int], int] = defaultdict(int)
    for draft in drafts:
        place = (draft.table.year, draft.table.sector)
        if place not in plans:
            yield draft.fails(0, TONNES, "B-13a", year=place[0], sector=place[1])
            continue
        wanted[place] += draft.table.total - draft.table.previous
        cap = free_cap(plans[place])
        total = plans[place]["approved"] + wanted[place]
        if total > cap and draft.table.total > draft.table.previous:
            yield draft.fails(0, TONNES, "B-13", year=place[0], sector=place[1], cap=cap, wanted=total)


def _places(client: RegistryClient, drafts: Sequence[Draft]) -> Iterator[RowError]:
    reader = Reader(client.rpc, client.contracts)
    for draft in drafts:
        table = draft.table
        open_ = reader.read("allocation", "openTable", table.year, table.sector, table.province)
        if reader.read("allocation", "tableOf", table.id)["chunks"]:
            yield draft.fails(0, ACCOUNT, "L-02", tableId="0x" + table.id.hex())
        elif any(open_):
            yield draft.fails(0, ACCOUNT, "L-07", tableId="0x" + open_.hex())


def free_cap(plan: Mapping[str, Any]) -> int:
    """Free share of a plan's cap, tonnes."""
    return int(plan["cap"]) * int(plan["free_share"]) // WHOLE


def _kept_rows(client: RegistryClient, id_: str) -> Sequence[Row]:
    try:
        return [Row(item["account"], item["tonnes"]) for item in client.table(id_)["items"]]
    except Problem as problem:
        if problem.status != 404:
            raise
        return ()


def _differences(draft: Draft, id_: str, kept: Sequence[Row]) -> Iterator[RowError]:
    """The rows that differ; the first one where the rows are the same but not the root over them."""
    size = draft.table.chunk_size
    found = False
    for at, row in enumerate(draft.table.rows):
        other = kept[at] if at < len(kept) else None
        if other != row:
            found = True
            column = TONNES if other and other.account == row.account else ACCOUNT
            yield draft.fails(at, column, "L-05", tableId=id_, chunk=at // size)
    if not found:
        yield draft.fails(0, ACCOUNT, "L-05", tableId=id_, chunk=0)
