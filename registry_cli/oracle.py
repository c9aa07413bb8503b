"""`registry oracle`: the oracle process, its environment, its statements, and signing for verifier and province."""

import signal
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.table import Table
from rich.text import Text as Plain

from oracles.environment import check_environment
from oracles.locking import HomeLockedError, locked_home
from oracles.logs import configure_logs
from oracles.presentation import statement_json
from oracles.process import Cycle, Oracle
from oracles.push import PushError
from oracles.refusals import OracleError
from oracles.server import IntakeStartError, served
from oracles.settings import OracleSettings
from oracles.store import PushStore, State, StatementStore, open_store
from oracles.store.statements import StaleStateError
from registry_cli.oracle_plot import draw
from registry_cli.oracle_quality import app as quality
from registry_cli.oracle_sign import sign
from registry_cli.oracle_signer import signer
from registry_cli.output import console, emit, fail
from registry_cli.sources import app as source
from registry_cli.sources.files import template
from registry_cli.verification import app as verify
from registry_sdk.deployment import DeploymentError
from registry_sdk.keystore import KeystoreError
from registry_sdk.rpc import RpcError, RpcTransportError

app = typer.Typer(no_args_is_help=True, help="排放量预言机 / the emissions oracle")
app.command()(sign)
app.command()(signer)
app.command("plot")(draw)
app.add_typer(quality, name="quality")
app.add_typer(source, name="source")
app.command()(template)
app.add_typer(verify, name="verify")

NOT_DONE = 1
REFUSED = 2

Home = Annotated[Path | None, typer.Option(help="工作目录 / home folder [ORACLE_HOME]")]
Rpc = Annotated[str | None, typer.Option(help="链接口 / JSON-RPC endpoint [ORACLE_RPC_URL]")]
Where = Annotated[Path | None, typer.Option(help="部署文件 / deployment file [ORACLE_DEPLOYMENT]")]
Key = Annotated[Path | None, typer.Option(help="推送密钥文件 / sender keystore [ORACLE_KEYSTORE]")]
Password = Annotated[Path | None, typer.Option(help="口令文件 / file with its password [ORACLE_PASSWORD_FILE]")]
Inbox = Annotated[Path | None, typer.Option(help="收件目录 / inbox folder [ORACLE_INBOX]")]
Live = Annotated[
    bool | None, typer.Option("--live/--dry-run", help="推送；默认只演练 / push; the default only rehearses")
]
AsJson = Annotated[bool, typer.Option("--json", help="机器可读 / JSON on standard output")]

STATES_ZH = {
    State.COLLECTING: "收集签名",
    State.WAITING: "等待前一版本",
    State.CONFLICT: "声明冲突",
    State.READY: "可推送",
    State.PUSHED: "已发送",
    State.RECORDED: "已上链",
    State.REFUSED: "被拒绝",
}


def settings_of(**given: Any) -> OracleSettings:
    """Settings from the environment, with what the command line gives in front."""
    try:
        return OracleSettings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_input=False, include_context=False)
        fail("设置有误 / wrong setting: " + "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in mistakes))
    except OSError as error:
        fail(f"口令文件无法读取 / the password file cannot be read: {error.strerror}")


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
    configure_logs()
    try:
        with locked_home(settings.prepare_home()):
            done = Oracle.open(settings).cycle(statement)
    except (HomeLockedError, OracleError, DeploymentError, KeystoreError) as error:
        fail(str(error), REFUSED)
    except (RpcTransportError, RpcError, PushError, StaleStateError) as error:
        fail(f"未完成，可安全重试 / not done, safe to run again: {error}", NOT_DONE)
    emit({"live": settings.live, "complete": done.is_complete, **done.to_json()}, as_json, lambda _: _pushed(done))
    if not done.is_complete:
        raise typer.Exit(NOT_DONE)


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


def _pushed(done: Cycle) -> Plain:
    if done.planned:
        console.print("演练，未发送；加 --live 推送 / dry run, nothing was sent; --live pushes")
    lines = [f"收到文件 / files taken in: {done.collected}", f"完成交易 / transactions settled: {done.settled}"]
    lines += [
        f"将推送 / would push: {len(planned.digests)}，链上将接受 / the chain would accept {accepted}"
        for planned, accepted in done.planned
    ]
    return Plain("\n".join(lines))
