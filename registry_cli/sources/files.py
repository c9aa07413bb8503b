"""Files of plants: templates, CEMS records, sheets of monthly evidence."""

from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Plain

from oracles.accounting import RefusedError, account, read_json, validate
from oracles.accounting.workbook import locate, read_workbook
from oracles.desk import unix_now
from oracles.sources.cems import read_cems
from oracles.sources.evidence_sheet import read_evidence
from oracles.sources.filing import MAX_BYTES, READERS, FileDesk
from oracles.sources.templates import TEMPLATES
from registry_cli.calc.emissions import show_refusals
from registry_cli.oracle_options import REFUSED, AsJson, Home
from registry_cli.output import emit, fail
from registry_cli.sources import place
from registry_cli.sources.place import opened

DEVIATES = 1
BOOKS = (".xlsx", ".csv")

Entity = Annotated[str | None, typer.Option(help="单位编号（CSV 必填） / entity; needed for a CSV file")]
Year = Annotated[int | None, typer.Option(help="年度（CSV 必填） / year; needed for a CSV file")]


def template(
    kind: Annotated[str, typer.Argument(help=", ".join(TEMPLATES))],
    path: Annotated[Path, typer.Argument(help="要写的 .xlsx 或 .csv / the file to write")],
    year: Annotated[int, typer.Option(min=2000, max=2100, help="年度 / year")] = 2025,
    month: Annotated[int | None, typer.Option(min=1, max=12, help="月份（月度存证） / month of evidence")] = None,
    as_json: AsJson = False,
) -> None:
    """写出填报模板：活动数据、月度存证、自动监测 / Write a template: activity data, monthly evidence, CEMS."""
    if kind not in TEMPLATES:
        fail(f"没有模板 {kind}；可用 / no such template; there are: {', '.join(TEMPLATES)}", REFUSED)
    if path.suffix.lower() not in BOOKS:
        fail(f"文件名须以 .xlsx 或 .csv 结尾 / the name must end in .xlsx or .csv: {path}", REFUSED)
    with place.told():
        TEMPLATES[kind](path, year, month)
    emit({"ok": True, "kind": kind, "file": str(path)}, as_json, lambda body: f"已写出 / written: {body['file']}")


def cems(
    path: Annotated[Path, typer.Argument(help="监测数据（.xlsx、.csv） / CEMS records")],
    resolution: Annotated[Literal["hourly", "daily"], typer.Option(help="小时或日 / hourly or daily")] = "hourly",
    entity: Entity = None,
    year: Year = None,
    report: Annotated[Path | None, typer.Option(help="核算报告，用于比对 / emission report to compare with")] = None,
    meter: Annotated[str, typer.Option(help="监测仪表编号 / meter of the instrument")] = "",
    calibrated_until: Annotated[date | None, typer.Option(parser=place.day, help="其证书有效期止 / last day")] = None,
    as_json: AsJson = False,
) -> None:
    """自动监测小时、日数据的质量、完整性与偏差 / Masses, completeness and deviation of CEMS records (D-15).

    Exit code 1: a month deviates from the calculation by more than the alarm ratio; 2: the file was refused.
    """
    with show_refusals(as_json):
        totals = read_cems(path, resolution, entity, year)
        result = None if report is None else _account(report)
        if result is not None:
            totals.findings += totals.compared(result.by_month())
    with path.open("rb") as content:
        document = file_digest(content, "sha256").digest()
    body = totals.to_json() | {"items": totals.items(document, meter, calibrated_until)}
    # D-15: whatever the instruments show, the calculated figure is the one that counts while they are on trial
    official = None if result is None else {"tonnes": f"{result.value:f}", "whole_tonnes": result.whole}
    body |= {
        "official": official,
        "note": {"zh": "试运行期间以核算值为准", "en": "the calculated value stays official"},
    }
    deviates = any(each.code == "Q-CEMS" for each in totals.findings)
    emit({"ok": not deviates, **body}, as_json, _totals)
    if deviates:
        raise typer.Exit(DEVIATES)


def items(
    path: Annotated[Path, typer.Argument(help="月度存证表（.xlsx、.csv） / sheet of monthly evidence")],
    out: Annotated[Path | None, typer.Option(help="写入数据项清单，供 evidence add / list of items to write")] = None,
    entity: Entity = None,
    sector: Annotated[str | None, typer.Option(help="行业（CSV 必填） / sector; needed for a CSV file")] = None,
    year: Year = None,
    month: Annotated[int | None, typer.Option(help="月份（CSV 必填） / month; needed for a CSV file")] = None,
    as_json: AsJson = False,
) -> None:
    """读取月度存证表，列出数据项 / Read a sheet of monthly evidence into items. Exit code 2: refused, cell by cell."""
    given = {"entity": entity, "sector": sector, "year": year, "month": month}
    with show_refusals(as_json):
        found = read_evidence(path, {key: value for key, value in given.items() if value is not None})
    rows = found.to_json()
    if out is not None:
        with place.told():
            out.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    head = {"entity": found.entity, "sector": found.sector, "year": found.year, "month": found.month}
    emit({"ok": True, **head, "items": rows}, as_json, _items)


def file(
    kind: Annotated[str, typer.Argument(help=", ".join(READERS))],
    path: Annotated[Path, typer.Argument(help="文件 / the file")],
    entity: Entity = None,
    year: Year = None,
    month: Annotated[int | None, typer.Option(help="月份（CSV 必填） / month; needed for a CSV file")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """收存填报文件，读不通的逐格说明 / Keep a file once it reads well. Exit code 2: refused, cell by cell."""
    given = {"entity": entity, "year": year, "month": month}
    with opened(home) as engine:
        if path.stat().st_size > MAX_BYTES:
            fail(f"文件过大 / the file is too large: ≤ {MAX_BYTES}", REFUSED)
        known = {key: value for key, value in given.items() if value is not None}
        receipt = FileDesk(engine).take(path.read_bytes(), kind, path.name, known, "file", unix_now())
    with show_refusals(as_json):
        if receipt.refusals:
            raise RefusedError(receipt.refusals)
    emit({"ok": True, **receipt.to_json()}, as_json, lambda body: f"已收存 / kept: {body['sha256']}")


def _account(path: Path) -> Any:
    if path.suffix.lower() in BOOKS:
        report, places = read_workbook(path)
        return locate(places, lambda: account(report))
    with place.told():
        content = path.read_bytes()
    return account(validate(read_json(content)))


def _totals(body: dict[str, Any]) -> RenderableType:
    table = Table(title=Plain(f"自动监测 / CEMS — {body['entity']} {body['year']}"))
    for head in ("月 / month", "tCO2", "有效值 / values", "应有 / needed", "有效日 / valid days", "应有 / needed"):
        table.add_column(head, justify="right")
    for each in body["months"]:
        counts = (each["values"], each["values_needed"], each["valid_days"], each["days_needed"])
        table.add_row(str(each["month"]), each["tonnes"], *map(str, counts))
    table.add_row("合计 / total", body["tonnes"], style="bold")
    found = [Plain(f"[{f['rule']}] {f['message']['zh']}\n  {f['message']['en']}") for f in body["findings"]]
    official = body["official"]
    line = "" if official is None else f"核算值 / calculated: {official['tonnes']} t"
    return Group(table, *found, Plain(f"[D-15] {body['note']['zh']} / {body['note']['en']}. {line}".rstrip()))


def _items(body: dict[str, Any]) -> Table:
    table = Table(title=Plain(f"{body['entity']} {body['year']}-{body['month']:02}"))
    for head in (
        "数据项 / item",
        "数值 / value",
        "单位 / unit",
        "计量器具 / meter",
        "证书止 / until",
        "文件 / document",
    ):
        table.add_column(head, overflow="fold")
    for each in body["items"]:
        paper = each.get("file", each.get("document", ""))
        cells = (each["kind"], each["value"], each["unit"], each["meter"], each["calibrated_until"] or "", paper)
        table.add_row(*(Plain(cell) for cell in cells))
    return table
