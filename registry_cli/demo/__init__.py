"""``registry demo``: an invented province's compliance year through the public API, with live progress."""

import contextlib
import json
import signal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table

from registry_cli.demo.home import clear_home
from registry_cli.demo.progress import progress
from registry_cli.demo.province import COMPLIANCE_YEAR, EMITTERS, NOTICE, PROVINCE, PROVINCE_NAME, Emitter, invent
from registry_cli.demo.stage import Stage, StageError
from registry_cli.demo.year import Year
from registry_cli.output import console, emit, fail
from registry_sdk.client import ClientError, RegistryClient
from registry_sdk.office import Staff

#: What shells report for Ctrl-C.
INTERRUPTED = 130
Json = Annotated[bool, typer.Option("--json", help="输出 JSON print JSON")]
STATUS_ZH = {"COMPLETE": "已履约", "SHORT": "未足额", "OPEN": "未到期", "NOT_REPORTED": "未报告"}


def demo(
    home: Annotated[Path, typer.Option(help="数据目录，旧的会清空 home, emptied first")] = Path("data/demo"),
    port: Annotated[int, typer.Option(help="服务端口，0 为任意 port, 0 for any")] = 0,
    emitters: Annotated[int, typer.Option(min=14, max=500, help="企业数 number of emitters")] = EMITTERS,
    end: Annotated[bool, typer.Option("--exit", help="完成后结束服务 end the service afterwards")] = False,
    as_json: Json = False,
) -> None:
    """运行虚构省份的一个履约年度 Run an invented province's compliance year."""
    console.print(Panel(f"{PROVINCE_NAME} · {COMPLIANCE_YEAR}\n[yellow]{NOTICE}[/yellow]", title="registry demo"))
    clear_home(home)
    stage = Stage(home.absolute(), port)
    try:
        with stage.ending():
            result = _play(stage, invent(emitters))
            emit(result, as_json, _show)
            is_clean = result["audit"]["exit"] == 0
            if is_clean and not end:
                _stay()
    except (StageError, ClientError) as error:
        fail(str(error), 1)
    except KeyboardInterrupt:
        fail("已中断，全部进程已结束 interrupted, all processes have ended", INTERRUPTED)
    if not is_clean:
        raise typer.Exit(1)


def _play(stage: Stage, emitters: list[Emitter]) -> dict[str, Any]:
    with progress() as step:
        staff = Staff.create([PROVINCE])
        step("启动服务 start the service", 0, 1)
        stage.start_service()
        step("启动服务 start the service", 1, 1)
        step("部署合约 deploy", 0, 1)
        stage.deploy(staff.officers())
        step("部署合约 deploy", 1, 1)
        client = RegistryClient(stage.url)
        stage.wait_ready(client)
        stage.start_oracle()
        year = Year(stage=stage, client=client, staff=staff, step=step, emitters=emitters)
        year.run()
        step("审计 audit", 0, 1)
        audited = stage.run("audit", "--json", check=False)
        step("审计 audit", 1, 1)
    names = {e.number: e.name for e in emitters}
    rows = [row | {"name": names[row["account"]]} for row in client.compliance(COMPLIANCE_YEAR)]
    return {
        "notice": NOTICE,
        "url": client.url,
        "year": COMPLIANCE_YEAR,
        "compliance": rows,
        "units": client.units(),
        "refusals": [
            {"rule": p["rule"], "title_zh": p["title_zh"], "detail_zh": p["detail_zh"]} for p in year.refusals
        ],
        "audit": {"exit": audited.returncode, "report": _json(audited.stdout)},
        "head": client.deployment()["head"],
    }


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace")[-500:]


def _show(result: dict[str, Any]) -> RenderableType:
    table = Table(title=f"{result['year']} 年度履约情况 compliance", caption=NOTICE)
    for heading in ("账户 account", "企业 firm"):
        table.add_column(heading)
    for heading in ("义务 owed", "清缴 surrendered", "抵销 offset"):
        table.add_column(heading, justify="right")
    table.add_column("状态 status")
    for row in result["compliance"]:
        status = row["frozen"] or row["status"]
        colour = "green" if status == "COMPLETE" else "red"
        figures = [f"{row[name]:,}" for name in ("obligation", "surrendered", "offset")]
        text = f"[{colour}]{STATUS_ZH.get(status, status)} {status}[/{colour}]"
        table.add_row(str(row["account"]), row["name"], *figures, text)
    units = Table(title="单位总量 units")
    for heading in ("资产 asset", "单位 unit", "签发 issued", "清缴 surrendered", "注销 cancelled", "持有 held"):
        units.add_column(heading, justify="right")
    for row in result["units"]:
        numbers = [f"{row[name]:,}" for name in ("issued", "surrendered", "cancelled", "held")]
        units.add_row(row["asset"], str(row["unit"]), *numbers)
    refusals = [f"拒绝 refused {p['rule']}：{p['detail_zh']}" for p in result["refusals"]]
    clean = "审计无差异 audit clean" if result["audit"]["exit"] == 0 else "审计有差异 AUDIT FOUND DIFFERENCES"
    return Group(table, units, *refusals, clean, f"服务地址 service: {result['url']}  文档 docs: {result['url']}/docs")


def _stay() -> None:
    """Leave the service running until the person ends it."""
    console.print("服务继续运行，按 Ctrl-C 结束 the service goes on; Ctrl-C ends it")
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()
