"""`registry oracle signer`: the signing process of one institution."""

import signal
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.table import Table
from rich.text import Text as Plain

from oracles.locking import HomeLockedError, locked_home
from oracles.logs import configure_logs
from oracles.refusals import OracleError
from oracles.signing.delivery import OracleAwayError, OracleClient
from oracles.signing.desk_folder import DeskFolder
from oracles.signing.history import HistoryError
from oracles.signing.process import SigningProcess
from registry_cli.output import emit, fail
from registry_cli.signing_desk import Cases, signing_desk
from registry_sdk import keystore
from registry_sdk.deployment import DeploymentError
from registry_sdk.keystore import KeystoreError
from registry_sdk.rpc import RpcError, RpcTransportError

NOT_NOW = 1
REFUSED = 2


def signer(
    home: Annotated[Path, typer.Argument(help="机构目录：reports、signed、refused / folder of the institution")],
    key: Annotated[Path, typer.Option(help="签名密钥文件 / keystore of the signer")],
    password_file: Annotated[Path, typer.Option(help="口令文件 / file with its password")],
    rpc: Annotated[str, typer.Option(envvar="ORACLE_RPC_URL", help="链接口 / JSON-RPC endpoint")],
    deployment: Annotated[Path, typer.Option(envvar="ORACLE_DEPLOYMENT", help="部署文件 / deployment file")],
    send: Annotated[str, typer.Option(help="预言机收件地址 / intake of the oracle")] = "http://127.0.0.1:8090",
    poll: Annotated[float, typer.Option(min=0.05, help="轮询间隔，秒 / seconds between two looks")] = 2.0,
    once: Annotated[
        bool, typer.Option("--once", help="处理现有报告后结束 / deal with what is there, then end")
    ] = False,
    cases: Cases = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / JSON on standard output")] = False,
) -> None:
    """机构签名进程：重新核算、比对、签署 / Sign what the institution puts into reports, each calculated again.

    With --once exit code 1: chain or oracle out of reach, 2: a report was refused.
    """
    configure_logs()
    folder = DeskFolder(home)
    try:
        with locked_home(folder.prepare()):
            desk = signing_desk(rpc, deployment, cases)
            own = keystore.load(key, password_file.read_text().rstrip("\r\n"))
            process = SigningProcess(folder, desk, own, OracleClient(send), poll)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: process.stop())
            if not once:
                process.run()
                return
            done = [outcome.to_json() for outcome in process.round()]
    except (HomeLockedError, OracleError, KeystoreError, DeploymentError) as error:
        fail(str(error), REFUSED)
    except (RpcTransportError, RpcError, HistoryError, httpx.TransportError, OracleAwayError) as error:
        fail(f"现在无法完成，请重试 / cannot be done now, try again: {error}", NOT_NOW)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", REFUSED)
    emit({"reports": done}, as_json, _table)
    if any(each["refused"] for each in done):
        raise typer.Exit(REFUSED)


def _table(body: dict[str, Any]) -> Table:
    table = Table(title="签署结果 / what was signed")
    for head in ("报告 / report", "声明 / statement", "拒绝理由 / refused because"):
        table.add_column(head, overflow="fold")
    for each in body["reports"]:
        reason = each["refused"]
        text = f"[{reason['rule']}] {reason['detail_zh']} / {reason['detail']}" if reason else ""
        table.add_row(each["report"], each["signed"] or "", Plain(text))
    return table
