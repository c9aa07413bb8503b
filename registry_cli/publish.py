"""`registry publish YEAR`: who surrendered in time, late, not at all, and the penalty (rule C-13)."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer
from rich.table import Table

from registry_cli.calc.sheets import write_tables
from registry_cli.output import emit, fail
from registry_cli.service import home_of, service_url
from registry_sdk.client import Problem, RegistryClient
from registry_sdk.papers.publication import publication_pdf
from registry_sdk.papers.typeface import UnprintableError

SUFFIXES: Final = (".xlsx", ".json", ".pdf")
FLAT: Final = ("law", "min_yuan", "max_yuan", "deduction_t", "still_owed_t")


def publish(
    year: Annotated[int, typer.Argument(help="履约年度 compliance year")],
    out: Annotated[Path | None, typer.Option(help=".xlsx、.json 或 .pdf 文件 file to write")] = None,
    names: Annotated[
        Path | None, typer.Option(help="单位名称 CSV：account,name；链上不存名称 names of firms, not on the chain")
    ] = None,
    mean_price: Annotated[
        str | None, typer.Option(help="清缴期限前一月均价(元/吨)，用于罚款区间 mean price of the month before, yuan/t")
    ] = None,
    decided_on: Annotated[str | None, typer.Option(help="处罚决定日 day of decision, 2027-01-15")] = None,
    url: Annotated[str | None, typer.Option(envvar="REGISTRY_URL", help="服务地址 service address")] = None,
    home: Annotated[Path | None, typer.Option(help="数据目录 home directory (REGISTRY_HOME)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON print JSON")] = False,
) -> None:
    """履约公布：谁按时、逾期、未清缴，及处罚 Who surrendered in time, late, not at all, and the penalty."""
    if out is not None and out.suffix.lower() not in SUFFIXES:
        fail(f"不能写 cannot write {out.suffix or out.name}（有效 valid: {', '.join(SUFFIXES)}）")
    called = _names(names)
    client = RegistryClient(url or service_url(home_of(home)))
    try:
        body = client.publication(year, mean_price_yuan=mean_price, decided_on=decided_on)
    except Problem as problem:
        fail(str(problem))
    rows = [{"account": row["account"], "name": called.get(row["account"], ""), **row} for row in body["items"]]
    body["items"] = rows
    if out is not None:
        _write(out, body)
    emit(body, as_json, lambda _: _table(year, rows))


def _write(out: Path, body: dict[str, Any]) -> None:
    kind = out.suffix.lower()
    if kind == ".json":
        out.write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    elif kind == ".xlsx":
        write_tables(out, {f"publication {body['year']}": [_flat(row) for row in body["items"]]})
    else:
        try:
            out.write_bytes(publication_pdf(body["year"], body["now"], body["items"]))
        except UnprintableError as error:
            fail(str(error))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    penalty = row["penalty"] or {}
    return {k: v for k, v in row.items() if k != "penalty"} | {f"penalty_{name}": penalty.get(name) for name in FLAT}


def _names(path: Path | None) -> dict[int, str]:
    if path is None:
        return {}
    found: dict[int, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened)
        if reader.fieldnames is None or not {"account", "name"} <= set(reader.fieldnames):
            fail(f"{path.name}: 首行须为 the first line must be account,name")
        for line, row in enumerate(reader, start=2):
            account = (row["account"] or "").strip()
            if not (account.isascii() and account.isdigit()) or not (row["name"] or "").strip():
                fail(f"{path.name} 第 {line} 行 row {line}: 须有账户号与名称 an account number and a name are needed")
            if int(account) in found:
                fail(f"{path.name} 第 {line} 行 row {line}: 账户 {account} 重复 account stands twice")
            found[int(account)] = row["name"].strip()
    return found


def _table(year: int, rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(title=f"{year} 年度履约公布 publication (C-13)")
    for head in ("账户 account", "单位 firm", "履约情况 standing"):
        table.add_column(head)
    for head in ("应清缴 owed", "按时 on time", "逾期 late", "未清缴 missing", "处罚 penalty (yuan)"):
        table.add_column(head, justify="right")
    for row in rows:
        fine = row["penalty"]
        text = "-" if fine is None else f"{fine['min_yuan']} - {fine['max_yuan']}"
        tonnes = [f"{row[name]:,}" for name in ("obligation", "on_time", "late", "missing")]
        table.add_row(str(row["account"]), row["name"], row["standing_zh"], *tonnes, text)
    return table
