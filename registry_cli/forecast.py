"""`registry forecast ACCOUNT`: the outlook of a compliance year for whoever may read the account."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from registry_cli.output import emit
from registry_cli.signing.command import expanded
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.options import OneKey, Place
from registry_cli.signing.reading import read_json, read_rows

COLOURS = {"green": "green", "yellow": "yellow", "orange": "dark_orange", "red": "red"}


def _forecast(
    place: Place,
    reader: OneKey,
    account: Annotated[int, typer.Argument(help="账户号 account number")],
    year: Annotated[int, typer.Option(help="履约年度 compliance year")],
    evidence: Annotated[
        Path | None, typer.Option(help="逐月排放 .json {月: 吨} 或 CSV month,tonnes monthly emissions")
    ] = None,
    allowance_price: Annotated[str | None, typer.Option(help="配额价格 yuan/t")] = None,
    credit_price: Annotated[str | None, typer.Option(help="减排量价格 yuan/t")] = None,
    dishonest_debtor: Annotated[bool, typer.Option(help="失信被执行人 dishonest-debtor record")] = False,
) -> None:
    """履约预测：义务、覆盖率、成本、风险与下一步 What an account will owe, what it costs, and what to do next."""
    client = place.client.sign_in(reader.signer(place))
    given: dict[str, Any] = {"evidence": _series(evidence), "dishonest_debtor": dishonest_debtor}
    prices = {"allowance_price": allowance_price, "credit_price": credit_price}
    given |= {name: price for name, price in prices.items() if price is not None}
    emit(client.forecast(account, year, **given), place.as_json, _shown)


forecast = expanded(_forecast)


def _series(path: Path | None) -> list[str]:
    if path is None:
        return []
    if path.suffix.lower() == ".csv":
        rows = [(str(row["month"]), str(row["tonnes"])) for _, row in read_rows(path, ("month", "tonnes"))]
    else:
        found = read_json(path)
        if not isinstance(found, dict):
            raise Mistake(f'{path.name}: 须为对象 must be an object such as {{"2026-03": "1234.5"}}')
        rows = [(str(month), str(tonnes)) for month, tonnes in found.items()]
    return [f"{month}={tonnes}" for month, tonnes in rows]


def _shown(body: dict[str, Any]) -> Group:
    head = Table(title=f"账户 account {body['account']} · {body['year']} 年度履约预测 forecast", show_header=False)
    head.add_column(no_wrap=True)
    head.add_column(justify="right")
    basis = "经核查 verified" if body["basis"] == "VERIFIED" else "预测 projected"
    rows = [
        (f"应清缴 obligation ({basis})", f"{body['obligation']:,} t"),
        ("已清缴、抵销、待审 surrendered, offset, pending",
         f"{body['surrendered']:,} / {body['offset']:,} / {body['pending']:,} t"),
        ("可用配额 usable allowances", f"{body['usable_allowances']:,} t"),
        ("可用减排量、剩余上限 credits, left under the cap", f"{body['eligible_credits']:,} / {body['cap_left']:,} t"),
        ("尚欠、缺口 still owed, shortfall", f"{body['still_owed']:,} / {body['shortfall']:,} t"),
        ("覆盖率 coverage", str(body["coverage"])),
    ]  # fmt: skip
    if "cash_cost_yuan" in body:
        rows.append(("现金成本、因抵销节省 cash cost, saved by credits (yuan)",
                     f"{body['cash_cost_yuan']} / {body['saving_yuan']}"))  # fmt: skip
    for label, value in rows:
        head.add_row(label, value)
    level = Text(f"风险 risk: {body['level'].upper()}", style=f"bold {COLOURS[body['level']]}")
    reasons = [Text(f"• {reason['zh']} {reason['en']}") for reason in body["reasons"]]
    steps = Table("", "下一步 what to do", "期限 until", "规则 rule")
    for number, step in enumerate(body["steps"], start=1):
        steps.add_row(str(number), f"{step['zh']}\n{step['en']}", step["until"] or "", step["rule"])
    return Group(head, level, *reasons, steps)
