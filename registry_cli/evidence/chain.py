"""Commands that bring a month to the chain: the representative signs, the pusher anchors."""

import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table
from rich.text import Text as Plain

from oracles.evidence.months import Version
from oracles.evidence.office import EvidenceOffice
from oracles.evidence.signing import EvidenceSigning
from oracles.process import Oracle
from oracles.refusals import explain
from registry_cli.evidence.options import Account, OfMonth, month_of, told
from registry_cli.oracle_cycle import one_cycle
from registry_cli.oracle_options import REFUSED, AsJson, Home, Inbox, Key, Live, Password, Rpc, Where, settings_of
from registry_cli.output import console, emit, fail
from registry_sdk import keystore
from registry_sdk.deployment import Deployment
from registry_sdk.documents import SignedEvidence
from registry_sdk.rpc import RpcClient


def sign(
    account: Account,
    month: OfMonth,
    key: Annotated[Path, typer.Option(help="代表人密钥文件 / keystore of the representative")],
    password_file: Annotated[Path, typer.Option(help="口令文件 / file with its password")],
    out: Annotated[
        Path | None, typer.Option(help="写入文件，可交他处上链 / write a file that anybody may anchor")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 / do not ask")] = False,
    home: Home = None,
    rpc: Rpc = None,
    deployment: Where = None,
    as_json: AsJson = False,
) -> None:
    """核对封存后由代表人签署 / Check the sealed items again, then sign. Exit code 1: chain out of reach, 2: refused."""
    with told():
        settings = settings_of(home=home, rpc_url=rpc, deployment=deployment)
        office = EvidenceOffice.open(settings)
        where = Deployment.load(settings.deployment)
        client = RpcClient(settings.rpc_url, timeout=settings.rpc_timeout)
        version = office.months.newest(month_of(account, month))
        signer = keystore.load(key, password_file.read_text().rstrip("\r\n"))
        signed = EvidenceSigning(client, where, office.months).sign(version, signer)
        console.print(_shown(version, signed))
        if not yes and sys.stdin.isatty():
            typer.confirm("签署？ / sign?", abort=True, err=True)
        receipt = Oracle.open(settings).evidence.receive(signed)
        if receipt.refused:
            fail(str(explain(receipt.refused[0])), REFUSED)
        content = orjson.dumps(signed.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        if out:
            fresh = out.with_name(f".{out.name}.part")
            fresh.write_bytes(content)
            fresh.replace(out)
    body = {"digest": receipt.digest, **version.names, "root": signed.message.root, "previous": signed.message.previous}
    emit(body, as_json, lambda each: Plain(f"已签署 / signed: {each['digest']}"))


def anchor(
    files: Annotated[
        list[Path] | None, typer.Argument(help="已签署的存证文件 / signed evidence from elsewhere")
    ] = None,
    home: Home = None,
    rpc: Rpc = None,
    deployment: Where = None,
    key: Key = None,
    password_file: Password = None,
    inbox: Inbox = None,
    live: Live = None,
    as_json: AsJson = False,
) -> None:
    """收取已签署的存证并成批上链 / Take signed months in and anchor all that are ready, many in a transaction.

    Exit code 1: try again, 2: refused.
    """
    settings = settings_of(
        home=home,
        rpc_url=rpc,
        deployment=deployment,
        keystore=key,
        password_file=password_file,
        inbox=inbox,
        live=live,
    )
    with told():
        reception = Oracle.open(settings).reception
        for file in files or []:
            with file.open("rb") as source:
                receipt = reception.receive(source.read(settings.max_file_bytes + 1))
            if receipt.refused:
                fail(f"{file.name}: {explain(receipt.refused[0])}", REFUSED)
    one_cycle(settings, as_json)


def _shown(version: Version, signed: SignedEvidence) -> Table:
    message = signed.message
    table = Table(title=Plain("月度存证声明 / statement of evidence"), show_header=False)
    rows: dict[str, Any] = {
        "账户 / account": message.account,
        "月份 / month": f"{message.year}-{message.month:02}",
        "版本 / version": message.version,
        "行业 / sector": version.sector,
        "数据项 / items": message.items,
        "根 / root": message.root,
        "替代 / replaces": message.previous,
    }
    for name, value in rows.items():
        table.add_row(name, Plain(str(value), overflow="fold"))
    return table
