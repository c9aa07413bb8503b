"""What is filed and where it stands; what the chain says of the year: late and missing months."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text as Plain

from oracles.desk import unix_now
from oracles.evidence.office import EvidenceOffice
from registry_cli.evidence.options import STATES_ZH, told
from registry_cli.oracle_options import AsJson, Home, Rpc, Where, settings_of
from registry_cli.output import emit
from registry_sdk.deployment import Deployment
from registry_sdk.evidence.clock import missing_months, year_standing
from registry_sdk.evidence.duties import missing_duties
from registry_sdk.reader import Reader
from registry_sdk.rpc import RpcClient

STANDING_ZH = {
    "not_required": "无须存证",
    "not_over": "未结束",
    "due": "待存证",
    "in_time": "按期",
    "late": "逾期",
    "missing": "缺失",
}


def status(
    account: Annotated[int | None, typer.Option(help="只列此账户 / only this account")] = None,
    year: Annotated[int | None, typer.Option(help="只列此年 / only this year")] = None,
    items: Annotated[bool, typer.Option("--items", help="列出数据项 / list the items")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="不查询链 / do not ask the chain")] = False,
    home: Home = None,
    rpc: Rpc = None,
    deployment: Where = None,
    as_json: AsJson = False,
) -> None:
    """列出各月及其状态，链上逾期与缺失的月份 / List months, and from the chain which are late or missing."""
    with told():
        settings = settings_of(home=home, rpc_url=rpc, deployment=deployment)
        office = EvidenceOffice.open(settings)
        versions = list(_versions(office, account, year, with_items=items))
        years: list[dict[str, Any]] = []
        if not offline:
            client = RpcClient(settings.rpc_url, timeout=settings.rpc_timeout)
            reader = Reader(client, Deployment.load(settings.deployment))
            keys = sorted({(each["account"], each["year"], each["sector"]) for each in versions})
            years = [_year(reader, *key) for key in keys]
    emit({"versions": versions, "years": years}, as_json, _drawn)


def _versions(
    office: EvidenceOffice, account: int | None, year: int | None, *, with_items: bool
) -> Iterator[dict[str, Any]]:
    for version in office.months.versions(account, year):
        kinds = [filed.item for filed in office.months.items(version)]
        missing = missing_duties(version.sector, (item.code for item in kinds))
        body = {
            **version.names,
            "sector": version.sector,
            "state": office.state_of(version).value,
            "items": len(kinds),
            "root": version.root and "0x" + version.root.hex(),
            "missing": [duty.name.to_json() for duty in missing],
        }
        yield body | ({"filed": [item.to_json() for item in kinds]} if with_items else {})


def _year(reader: Reader, account: int, year: int, sector: str) -> dict[str, Any]:
    anchored = {each.month: each.is_late for each in reader.evidence(account, year).months if each.version}
    standing = year_standing(sector, year, anchored, unix_now())
    return {
        "account": account,
        "year": year,
        "sector": sector,
        "months": [{"month": s.month, "state": s.state.value, "deadline": s.deadline} for s in standing],
        "late": [month for month, is_late in anchored.items() if is_late],
        "missing": missing_months(standing),
    }


def _drawn(body: dict[str, Any]) -> Group:
    table = Table(title=Plain("月度存证 / monthly evidence"))
    for head in ("账户 / account", "月份 / month", "版本 / version", "数据项 / items"):
        table.add_column(head, justify="right")
    for head in ("状态 / state", "尚缺 / missing", "根 / root"):
        table.add_column(head, overflow="fold")
    for each in body["versions"]:
        missing = ", ".join(f"{name['zh']} {name['en']}" for name in each["missing"])
        place = (str(each["account"]), f"{each['year']}-{each['month']:02}", str(each["version"]), str(each["items"]))
        state = f"{STATES_ZH[each['state']]} {each['state']}"
        table.add_row(*place, state, Plain(missing), (each["root"] or "")[:18])
    lines = [
        Plain(
            f"{each['account']} {each['year']}: "
            + "，".join(f"{m['month']} 月{STANDING_ZH[m['state']]} {m['state']}" for m in each["months"])
        )
        for each in body["years"]
    ]
    return Group(table, *lines)
