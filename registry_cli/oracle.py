"""`registry oracle`: the oracle process, its environment, its statements, and signing for verifier and province."""

import signal
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text as Plain

from oracles.environment import check_environment
from oracles.locking import HomeLockedError, locked_home
from oracles.logs import configure_logs
from oracles.presentation import statement_json
from oracles.process import Oracle
from oracles.refusals import OracleError
from oracles.server import IntakeStartError, served
from oracles.store import PushStore, State, StatementStore, open_store
from registry_cli.evidence import app as evidence
from registry_cli.oracle_cycle import one_cycle
from registry_cli.oracle_options import (
    NOT_DONE,
    AsJson,
    Home,
    Inbox,
    Key,
    Live,
    Password,
    Rpc,
    Where,
    settings_of,
)
from registry_cli.oracle_plot import draw
from registry_cli.oracle_quality import app as quality
from registry_cli.oracle_sign import sign
from registry_cli.oracle_signer import signer
from registry_cli.output import emit, fail
from registry_cli.sample.command import sample
from registry_cli.sources import app as source
from registry_cli.sources.files import template
from registry_cli.verification import app as verify
from registry_sdk.deployment import DeploymentError
from registry_sdk.keystore import KeystoreError

app = typer.Typer(no_args_is_help=True, help="排放量预言机 / the emissions oracle")
app.command()(sign)
app.command()(signer)
app.command()(sample)
app.command("plot")(draw)
app.add_typer(quality, name="quality")
app.add_typer(source, name="source")
app.command()(template)
app.add_typer(verify, name="verify")
app.add_typer(evidence, name="evidence")

STATES_ZH = {
    State.COLLECTING: "收集签名",
    State.WAITING: "等待前一版本",
    State.CONFLICT: "声明冲突",
    State.READY: "可推送",
    State.PUSHED: "已发送",
    State.RECORDED: "已上链",
    State.REFUSED: "被拒绝",
}


@app.command()
def run(
    home: Home = None,
    rpc: Rpc = None,
    deployment: Where = None,
    key: Key = None,
    password_file: Password = None,
    inbox: Inbox = None,
    port: Annotated[int | None, typer.Option(help="收件与指标端口 / port of intake and metrics [ORACLE_PORT]")] = None,
    live: Live = None,
    as_json: AsJson = False,
) -> None:
    """收集、检查、组装、推送，直到停止 / Collect, check, assemble and push until stopped (SIGTERM or Ctrl-C)."""
    settings = settings_of(
        home=home,
        rpc_url=rpc,
        deployment=deployment,
        keystore=key,
        password_file=password_file,
        inbox=inbox,
        port=port,
        live=live,
    )
    configure_logs()
    try:
        with locked_home(settings.prepare_home()):
            oracle = Oracle.open(settings)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: oracle.stop())
            with served(oracle) as address:
                emit({"intake": address, "live": settings.live}, as_json, _started)
                oracle.run()
    except (HomeLockedError, IntakeStartError, OracleError, DeploymentError, KeystoreError) as error:
        fail(str(error))


@app.command()
def check(
    home: Home = None,
    rpc: Rpc = None,
    deployment: Where = None,
    key: Key = None,
    password_file: Password = None,
    as_json: AsJson = False,
) -> None:
    """检查运行环境 / Test the environment: chain, contracts, clock, threshold, key. Exit code 1: something is wrong."""
    settings = settings_of(home=home, rpc_url=rpc, deployment=deployment, keystore=key, password_file=password_file)
    found = check_environment(settings)
    is_ok = all(each.is_ok for each in found)
    emit({"ok": is_ok, "checks": [each.to_json() for each in found]}, as_json, _checks)
    if not is_ok:
        raise typer.Exit(NOT_DONE)


@app.command()
def status(
    home: Home = None,
    state: Annotated[list[State] | None, typer.Option(help="只列此状态 / only this state")] = None,
    as_json: AsJson = False,
) -> None:
    """列出声明及其状态 / List statements with their states; needs no chain."""
    settings = settings_of(home=home)
    if not settings.database.exists():
        fail(f"{settings.home} 中没有预言机数据 / no oracle has worked in {settings.home} yet")
    engine = open_store(settings.database)
    statements, pushes = StatementStore(engine), PushStore(engine)
    items: list[dict[str, Any]] = []
    after = ""
    while page := statements.page(state or (), after):
        for record in page:
            sent = [{"hash": h, "state": s, "block": b} for h, s, b in pushes.transactions_of(record.digest)]
            items.append(statement_json(record) | {"transactions": sent})
        after = page[-1].digest
    contested = [{"account": a, "year": y, "unit": u, "version": v} for a, y, u, v in statements.contested()]
    counts = {each.value: number for each, number in statements.count().items()}
    emit({"counts": counts, "conflicts": contested, "statements": items}, as_json, _statements)


@app.command()
def push(
    home: Home = None,
    rpc: Rpc = None,
    deployment: Where = None,
    key: Key = None,
    password_file: Password = None,
    inbox: Inbox = None,
    live: Live = None,
    statement: Annotated[
        str | None, typer.Option(help="只推此声明（摘要） / push this statement alone (digest)")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """做一轮 / One cycle: collect, check, assemble, push. Exit code 1: try again, 2: refused."""
    settings = settings_of(
        home=home,
        rpc_url=rpc,
        deployment=deployment,
        keystore=key,
        password_file=password_file,
        inbox=inbox,
        live=live,
    )
    one_cycle(settings, as_json, statement)


def _started(body: dict[str, Any]) -> Plain:
    mode = "推送 / live" if body["live"] else "演练 / dry run"
    return Plain(f"收件地址 / intake: {body['intake']}  ({mode})")


def _checks(body: dict[str, Any]) -> Table:
    table = Table(title="运行环境 / environment")
    for head in ("", "项目 / check", "结果 / result"):
        table.add_column(head, overflow="fold")
    for each in body["checks"]:
        table.add_row("✓" if each["ok"] else "✗", each["name"], Plain(f"{each['zh']}\n{each['en']}"))
    return table


def _statements(body: dict[str, Any]) -> Table:
    table = Table(title=Plain("排放声明 / statements"))
    for head in ("账户 / account", "年度 / year", "单元 / unit", "版本 / version"):
        table.add_column(head, justify="right")
    table.add_column("吨 / t", justify="right")
    for head in ("状态 / state", "说明 / note", "摘要 / digest"):
        table.add_column(head, overflow="fold")
    for each in body["statements"]:
        state = State(each["state"])
        entity = (str(each["account"]), str(each["year"]), f"{each['unit']}/{each['units']}")
        figure = (str(each["version"]), f"{each['tonnes']:,}")
        table.add_row(*entity, *figure, f"{STATES_ZH[state]} {state.value}", Plain(_note(each)), each["digest"][:18])
    return table


def _note(statement: dict[str, Any]) -> str:
    refusal = statement["refusal"]
    if refusal:
        return f"[{refusal['rule']}] {refusal['detail_zh']} / {refusal['detail']}"
    return next((f"{t['hash'][:18]} #{t['block']}" for t in reversed(statement["transactions"]) if t["block"]), "")
