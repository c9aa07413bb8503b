"""What the two years came to: the chain against the run's own book, the audit, and what each part was there to show."""

import json
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from registry_cli.years.country import NOTICE, YEARS
from registry_cli.years.run import Run


def result_of(run: Run) -> dict[str, Any]:
    """Everything that is told at the end; ``ok``: every figure is the book's and the audit is clean."""
    differences = run.book.differences(run.reader)
    audited = run.stage.run("audit", "--json", check=False)
    report = json.loads(audited.stdout) if audited.stdout.startswith(b"{") else {}
    run.step("核对与审计 reconcile and audit", 1, 1)
    return {
        "ok": not differences and audited.returncode == 0,
        "notice": NOTICE,
        "firms": len(run.firms),
        "figures_compared": run.book.figures,
        "differences": differences,
        "audit": {"exit": audited.returncode, "report": report},
        "refusals": [{"rule": p["rule"], "detail_zh": p["detail_zh"]} for p in run.refusals],
        "units": run.client.units(),
        "years": [_year(run, year) for year in YEARS],
        "shown": run.shown,
    }


def _year(run: Run, year: int) -> dict[str, Any]:
    numbers = [firm.number for firm in run.firms]
    return {
        "year": year,
        "obligation": sum(run.book.owed[number, year] for number in numbers),
        "surrendered": sum(run.book.surrendered[number, year] for number in numbers),
        "offset": sum(run.book.offset[number, year] for number in numbers),
        "allocated": sum(run.book.net[number, year] for number in numbers),
        "complete": sum(status == "COMPLETE" for status in run.shown[f"statuses_{year}"].values()),
        "short": sum(status == "SHORT" for status in run.shown[f"statuses_{year}"].values()),
    }


def show(result: dict[str, Any]) -> RenderableType:
    """Tables for people."""
    years = Table(title="两个履约年度 two compliance years", caption=NOTICE)
    for heading in ("年度 year", "义务 owed", "配额 allocated", "清缴 surrendered", "抵销 offset"):
        years.add_column(heading, justify="right")
    for heading in ("已履约 complete", "未足额 short"):
        years.add_column(heading, justify="right")
    for row in result["years"]:
        figures = [row[name] for name in ("obligation", "allocated", "surrendered", "offset", "complete", "short")]
        years.add_row(str(row["year"]), *(f"{figure:,}" for figure in figures))
    units = Table(title="单位总量 units, t")
    for heading in ("资产 asset", "单位 unit", "签发 issued", "清缴 surrendered", "注销 cancelled", "持有 held"):
        units.add_column(heading, justify="right")
    for row in result["units"]:
        numbers = [f"{row[name]:,}" for name in ("issued", "surrendered", "cancelled", "held")]
        units.add_row(row["asset"], str(row["unit"]), *numbers)
    lines = [Text(f"拒绝 refused {p['rule']}：{p['detail_zh']}") for p in result["refusals"]]
    for year in YEARS:
        lines.append(Text(f"公布 published: {result['shown'][f'publication_{year}']['file']}"))
        lines.append(Text(f"证明 certificate: {result['shown'][f'certificate_{year}']['file']}"))
    compared = f"{result['figures_compared']:,} 个数字逐吨相符 figures equal to the tonne"
    if result["differences"]:
        compared = f"{len(result['differences'])} 个数字不符 figures differ: {result['differences'][:3]}"
    audit = "审计无差异 audit clean" if result["audit"]["exit"] == 0 else "审计有差异 AUDIT FOUND DIFFERENCES"
    return Group(years, units, *lines, Text(compared), Text(audit))
