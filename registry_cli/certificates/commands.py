"""`registry certificate print|verify`: everything is read from a node, nothing is taken on trust from a service."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from registry_cli.output import emit, fail
from registry_cli.service import home_of, service_url
from registry_sdk.deployment import Deployment, DeploymentError
from registry_sdk.papers.certificate import certificate_pdf, read_certificate_pdf
from registry_sdk.papers.chain import Check, certificate_facts, check_certificate
from registry_sdk.papers.page import PaperError, beijing
from registry_sdk.papers.typeface import UnprintableError
from registry_sdk.reader import Reader
from registry_sdk.rpc import RpcClient, RpcError, RpcTransportError

app = typer.Typer(help="履约证明：打印、核验 certificates of compliance: print, verify", no_args_is_help=True)
FALSE: Final = 1

Home = Annotated[Path | None, typer.Option(help="数据目录 home directory (REGISTRY_HOME)")]
Rpc = Annotated[str | None, typer.Option(help="节点的 JSON-RPC 地址 address of a node (default: the service in home)")]
Contracts = Annotated[Path | None, typer.Option(help="部署文件 deployment file (default: the one in home)")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON print JSON")]


@app.command("print")
def print_certificate(
    account: Annotated[int, typer.Argument(help="账户号 account number")],
    year: Annotated[int, typer.Argument(help="履约年度 compliance year")],
    out: Annotated[Path, typer.Option(help="要写的 PDF 文件 PDF file to write")],
    holder: Annotated[str, typer.Option(help="印在证明上的单位名称 name printed on it")] = "",
    home: Home = None,
    rpc: Rpc = None,
    deployment: Contracts = None,
    as_json: AsJson = False,
) -> None:
    """打印有效的履约证明 Print the certificate that stands. Exit code 2: none stands, or it cannot be printed."""
    reader = _reader(home, rpc, deployment)
    try:
        facts = certificate_facts(reader, account, year, holder.strip())
        if facts is None:
            fail(
                f"账户 {account} {year} 年度没有有效的履约证明：须已足额清缴（C-04） "
                f"no certificate stands for account {account} and {year}: the obligation must be met in full (C-04)"
            )
        out.write_bytes(certificate_pdf(facts))
    except (PaperError, UnprintableError, ValueError) as error:
        fail(str(error))
    except (RpcError, RpcTransportError) as error:
        fail(f"节点无法应答 the node does not answer: {error}")
    emit({"file": str(out), **asdict(facts)}, as_json, lambda body: f"已写出 written: {body['file']}")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="履约证明 PDF certificate of compliance, PDF")],
    home: Home = None,
    rpc: Rpc = None,
    deployment: Contracts = None,
    as_json: AsJson = False,
) -> None:
    """与链核对一份履约证明 Check a certificate against the chain. Exit code 1: not all true; 2: no certificate."""
    try:
        data = file.read_bytes()
        facts = read_certificate_pdf(data)
        checks = check_certificate(data, _reader(home, rpc, deployment))
    except (PaperError, ValueError) as error:
        fail(f"{file.name}: {error}")
    except (RpcError, RpcTransportError) as error:
        fail(f"节点无法应答 the node does not answer: {error}")
    is_true = all(check.is_true for check in checks)
    body: dict[str, Any] = {"ok": is_true, "checks": [check.to_json() for check in checks], "stated": asdict(facts)}
    title = f"履约证明 No. {facts.year}-{facts.number:06d} · {facts.account} · {beijing(facts.issued_at)}"
    emit(body, as_json, lambda _: _table(title, checks))
    if not is_true:
        raise typer.Exit(FALSE)


def _reader(home: Path | None, rpc: str | None, deployment: Path | None) -> Reader:
    folder = home_of(home)
    path = deployment or folder / "deployment.json"
    try:
        contracts = Deployment.load(path)
    except (OSError, DeploymentError, json.JSONDecodeError) as error:
        fail(f"部署文件无法使用，请以 --deployment 给出 the deployment file cannot be used, give --deployment: {error}")
    return Reader(RpcClient(rpc or service_url(folder) + "/rpc", attempts=3), contracts)


def _table(title: str, checks: list[Check]) -> Table:
    table = Table(title=title, show_lines=True)
    for head in ("核对 / question", "", "依据 / answer"):
        table.add_column(head, overflow="fold")
    for check in checks:
        mark = "[green]✓[/]" if check.is_true else "[red]✗[/]"
        table.add_row(f"{check.question.zh}\n{check.question.en}", mark, _two_lines(check))
    return table


def _two_lines(check: Check) -> str:
    zh, en = check.detail.zh, check.detail.en
    return zh if zh == en else f"{zh}\n{en}"
