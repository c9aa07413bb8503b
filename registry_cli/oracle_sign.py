"""`registry oracle sign`: a verifier or a province checks a report itself and signs what it amounts to."""

import sys
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.table import Table
from rich.text import Text as Plain

from oracles.intake.documents import read_statement
from oracles.refusals import OracleError
from oracles.signing import Prepared, Signing, prepare
from oracles.signing.delivery import Answer, OracleClient
from oracles.signing.desk_folder import write_whole
from oracles.signing.history import HistoryError
from registry_cli.output import console, emit, fail
from registry_cli.signing_desk import Cases, signing_desk
from registry_sdk import keystore
from registry_sdk.deployment import DeploymentError
from registry_sdk.documents import SignedStatement
from registry_sdk.keystore import KeystoreError
from registry_sdk.reader import SignerClass
from registry_sdk.rpc import RpcError, RpcTransportError
from registry_sdk.signers import Signer

REFUSED = 2
NOT_NOW = 1
MAX_STATEMENT_BYTES = 262_144

CLASSES = {
    SignerClass.VERIFIER: "核查机构 / verifier",
    SignerClass.PROVINCE: "省级主管部门 / province",
    SignerClass.CENTRE: "国家机构 / centre",
}


def sign(
    reports: Annotated[list[Path], typer.Argument(help="核查报告（JSON），可多份 / verified reports, JSON")],
    key: Annotated[Path, typer.Option(help="签名密钥文件 / keystore of the signer")],
    password_file: Annotated[Path, typer.Option(help="口令文件 / file with its password")],
    rpc: Annotated[str, typer.Option(envvar="ORACLE_RPC_URL", help="链接口 / JSON-RPC endpoint")],
    deployment: Annotated[Path, typer.Option(envvar="ORACLE_DEPLOYMENT", help="部署文件 / deployment file")],
    statement: Annotated[Path | None, typer.Option(help="在此声明上加签 / add the signature to this statement")] = None,
    out: Annotated[
        Path | None, typer.Option(help="写入文件或目录（已有则加签） / file or folder; a statement there is joined")
    ] = None,
    send: Annotated[str | None, typer.Option(help="发送到预言机 / send to an oracle, http://127.0.0.1:8090")] = None,
    declared_total_accepted: Annotated[
        bool, typer.Option(help="无活动数据时接受申报总量 / sign a total that cannot be calculated again")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 / do not ask")] = False,
    cases: Cases = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / JSON on standard output")] = False,
) -> None:
    """重新核算后签署排放声明 / Calculate again, then sign. Exit code 1: chain or oracle out of reach, 2: refused.

    With several reports ``--out`` is a folder; a report that is refused ends the command, those before it are signed.
    """
    if out is None and send is None:
        fail("须给出 --out 或 --send / give --out or --send")
    if len(reports) > 1 and (statement is not None or (out is not None and not out.is_dir())):
        fail("多份报告时 --out 须为目录，且不用 --statement / several reports need a folder as --out, no --statement")
    bodies = []
    try:
        desk = signing_desk(rpc, deployment, cases)
        signer = keystore.load(key, password_file.read_text().rstrip("\r\n"))
        for report in reports:
            target = out / report.name if out is not None and out.is_dir() else out
            bodies.append(_sign_one(desk, signer, report, statement, target, send, declared_total_accepted, yes))
    except (OracleError, KeystoreError, DeploymentError) as error:
        fail(str(error), REFUSED)
    except (RpcTransportError, RpcError, HistoryError, httpx.TransportError) as error:
        fail(f"现在无法完成，请重试 / cannot be done now, try again: {error}", NOT_NOW)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", REFUSED)
    signed = ", ".join(body["digest"] for body in bodies)
    emit(bodies[0] if len(bodies) == 1 else bodies, as_json, lambda _: Plain(f"已签署 / signed: {signed}"))
    failed = [body["oracle"]["status"] for body in bodies if body["oracle"] and body["oracle"]["status"] >= 400]
    if failed:
        raise typer.Exit(NOT_NOW if 503 in failed else REFUSED)


def _sign_one(
    desk: Signing,
    signer: Signer,
    report: Path,
    statement: Path | None,
    out: Path | None,
    send: str | None,
    declared_total_accepted: bool,
    yes: bool,
) -> dict[str, Any]:
    received = _received(statement, out)
    ready = prepare(desk, signer, report, received=received, declared_total_accepted=declared_total_accepted)
    console.print(_shown(ready))
    if not yes and sys.stdin.isatty():
        typer.confirm("签署？ / sign?", abort=True, err=True)
    signed = desk.sign(ready.statement, signer)
    if out:
        write_whole(out, signed.model_dump(mode="json"))
    return _result(signed, ready, OracleClient(send).hand_in(signed) if send else None)


def _received(statement: Path | None, out: Path | None) -> SignedStatement | None:
    """The statement to join: the one named, else the one that lies where ours is to be written."""
    source = statement or (out if out and out.exists() else None)
    if source is None:
        return None
    with source.open("rb") as file:
        return read_statement(file.read(MAX_STATEMENT_BYTES + 1), MAX_STATEMENT_BYTES)


def _result(signed: SignedStatement, ready: Prepared, answer: Answer | None) -> dict[str, Any]:
    figure = ready.drafted.replaces
    return {
        "digest": "0x" + signed.digest().hex(),
        "signer_class": ready.drafted.signer_class.name,
        "signatures": len(signed.approvals),
        "recalculated_tonnes": None if ready.calculated is None else ready.calculated.whole,
        "replaces": {"version": figure.version, "tonnes": figure.tonnes} if figure.version else None,
        "statement": signed.model_dump(mode="json"),
        "oracle": answer and answer.to_json(),
    }


def _shown(ready: Prepared) -> Table:
    """Everything the signature says, as the signer reads it."""
    message, figure, calculated = ready.statement.message, ready.drafted.replaces, ready.calculated
    replaced = f"{figure.tonnes:,} t (版本 / version {figure.version})" if figure.version else "—"
    recalculated = (
        f"{calculated.whole:,} t ({calculated.calculator} {calculated.version})"
        if calculated
        else "无活动数据，仅为申报总量 / no activity data: a declared total only"
    )
    table = Table(title="将签署 / about to sign", show_header=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for name, value in (
        ("签名类别 / signing as", CLASSES[ready.drafted.signer_class]),
        ("账户 / account", str(message.account)),
        ("年度 / year", str(message.year)),
        ("机组 / sub-unit", f"{message.unit} / {message.units}"),
        ("排放量 / emissions", f"{message.tonnes:,} tCO2e"),
        ("重新核算 / calculated again", recalculated),
        ("报告 / report", ready.opened.document),
        ("报告哈希 / report hash", message.reportHash),
        ("版本 / version", str(message.version)),
        ("取代 / replaces", replaced),
        ("前一声明 / previous statement", message.previous),
        ("配置 / configuration", str(message.epoch)),
        ("链与合约 / chain and contract", f"{message.chainId} {message.oracle}"),
        ("已有签名 / signatures so far", str(len(ready.statement.approvals))),
    ):
        table.add_row(name, Plain(value))
    return table
