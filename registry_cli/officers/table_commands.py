"""``registry officer table``: from a calculation's result to tables that are handed in and proposed, checked before."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table

from registry_cli.calc.documents import NotAResultError, UnreadableError
from registry_cli.calc.issue import Kind
from registry_cli.calc.refusing import refuse
from registry_cli.officers.calculated import read_drafts
from registry_cli.officers.decisions import find_act
from registry_cli.officers.desk import ActDesk, Proposer, outcome_table
from registry_cli.officers.drafts import Draft
from registry_cli.officers.table_checks import ACCOUNT, checked, compared, free_cap
from registry_cli.officers.tables import read_table, table_json
from registry_cli.output import emit
from registry_cli.signing.command import command
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.options import Place
from registry_sdk.calc.tables.sheet import RowError
from registry_sdk.client import RegistryClient
from registry_sdk.tables import MAX_CHUNK, TableKind

app = typer.Typer(
    no_args_is_help=True,
    help="分配表：核对、交存、提请批准 allocation tables: check, hand in, propose their approval",
)

File = Annotated[
    Path,
    typer.Argument(
        help="calc allocation --out 的结果，或一张表 a result of it, or one table: JSON, or CSV account,tonnes"
    ),
]


@dataclass(frozen=True)
class Wanted:
    """Which tables of a calculation's result, or the head of a table in CSV."""

    year: Annotated[int | None, typer.Option(help="年度 year")] = None
    sector: Annotated[int | None, typer.Option(help="行业代码 sector")] = None
    province: Annotated[int | None, typer.Option(help="省份代码 province code")] = None
    kind: Annotated[Kind | None, typer.Option(help="种类 kind (default for a result: FINAL)")] = None
    chunk_size: Annotated[int | None, typer.Option(min=1, max=MAX_CHUNK, help="每笔交易行数 rows a transaction")] = None
    edition: Annotated[int | None, typer.Option(min=0, max=65_535, help="同样的行再次批准的版次 edition")] = None

    def read(self, file: Path) -> list[Draft]:
        """The tables of a file. Raises UnreadableError, Mistake."""
        head = {name: getattr(self, name) for name in ("year", "sector", "province", "kind", "chunk_size", "edition")}
        if file.suffix.lower() == ".csv":
            return [read_table(file, head)]
        try:
            drafts = read_drafts(file, self.kind or "FINAL", self.chunk_size, self.edition or 0)
        except NotAResultError:
            return [read_table(file, head)]
        found = [draft for draft in drafts if self._is_wanted(draft)]
        if not found:
            raise Mistake(f"{file.name}: 没有所选的表 no such table; 有 there are: {', '.join(map(_place, drafts))}")
        return found

    def _is_wanted(self, draft: Draft) -> bool:
        names = ("year", "sector", "province")
        return all(getattr(self, name) in (None, getattr(draft.table, name)) for name in names)


@command(app, "check")
def check(
    place: Place,
    wanted: Wanted,
    file: File,
    act: Annotated[
        str | None, typer.Option(help="复核：与此待批准操作逐行比对 compare with this proposed act, row by row")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="不查登记簿 do not ask the register")] = False,
) -> None:
    """核对分配表，不提出操作 Check tables as the contracts will, propose nothing. Exit code 2: refused row by row."""
    try:
        drafts = wanted.read(file)
        found = [] if offline else _against_register(place.client, drafts)
        if act is not None:
            _require_none(compared(place.client, found or drafts, find_act(place, act).message))
    except UnreadableError as error:
        refuse(error.errors, place.as_json)
    plans = [] if offline else place.client.plans()
    emit({"ok": True, "tables": [_shown(draft, plans) for draft in found or drafts]}, place.as_json, _listing)


@command(app, "approve")
def approve(place: Place, officer: Proposer, wanted: Wanted, file: File) -> None:
    """核对、交存各表并逐表提请批准 Check the tables, hand in their rows and propose the approval of each."""
    desk = ActDesk(place, officer)
    try:
        drafts = _against_register(place.client, wanted.read(file))
        kept = [_handed_in(place.client, draft) for draft in drafts]
    except UnreadableError as error:
        refuse(error.errors, place.as_json)
    plans = place.client.plans()
    shown = [_shown(draft, plans) for draft in drafts]
    notes = {"各表 tables": "; ".join(f"{_place(d)}: {len(d.table.rows)} 行 rows, {d.table.total:,} t" for d in drafts)}
    args = [[draft.table.province, [_written(value) for value in draft.table.as_tuple()]] for draft in drafts]
    body = desk.propose_all("allocation", "approveTable", args, notes)
    emit(body | {"tables": [one | {"state": each["state"]} for one, each in zip(shown, kept, strict=True)]},
         place.as_json, lambda found: Group(_listing(found), outcome_table(found)))  # fmt: skip


def _against_register(client: RegistryClient, drafts: list[Draft]) -> list[Draft]:
    ready, errors = checked(client, drafts)
    _require_none(errors)
    return ready


def _require_none(errors: list[RowError]) -> None:
    if errors:
        raise UnreadableError(errors)


def _handed_in(client: RegistryClient, draft: Draft) -> dict[str, Any]:
    """Rows are kept by the service; the root it finds over them must be the one found here."""
    kept = client.post_table(table_json(draft.table))
    if kept["root"] != "0x" + draft.table.root.hex():
        raise UnreadableError([draft.fails(0, ACCOUNT, "L-05", tableId=kept["id"], chunk=0)])
    return kept


def _place(draft: Draft) -> str:
    table = draft.table
    return f"{table.year}/{table.sector}/{table.province}/{TableKind(table.kind).name}"


def _shown(draft: Draft, plans: list[dict[str, Any]]) -> dict[str, Any]:
    """A table's totals and, where the register was asked, what the plan leaves after it, tonnes."""
    table = draft.table
    found = {
        "id": "0x" + table.id.hex(),
        "root": "0x" + table.root.hex(),
        "year": table.year,
        "sector": table.sector,
        "province": table.province,
        "kind": TableKind(table.kind).name,
        "rows": len(table.rows),
        "chunks": len(table.chunks),
        "chunk_size": table.chunk_size,
        "edition": table.edition,
        "total": table.total,
        "previous": table.previous,
    }
    for plan in plans:
        if (plan["year"], plan["sector"]) == (table.year, table.sector):
            found |= {"free_cap": free_cap(plan), "approved": plan["approved"]}
    return found


def _listing(body: dict[str, Any]) -> Table:
    heads = ("年度 year", "行业 sector", "省份 province", "种类 kind", "行 rows", "合计 total t", "原核定 previous t")
    table = Table(*heads, "免费总量 free cap t", "已批准 approved t")
    table.add_column("根 root", overflow="fold")
    for row in body["tables"]:
        figures = (row["rows"], row["total"], row["previous"], row.get("free_cap"), row.get("approved"))
        texts = ("—" if figure is None else f"{figure:,}" for figure in figures)
        table.add_row(*(str(row[name]) for name in ("year", "sector", "province")), row["kind"], *texts, row["root"])
    return table


def _written(value: int | bytes) -> int | str:
    return "0x" + value.hex() if isinstance(value, bytes) else value
