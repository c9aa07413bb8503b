"""Check proofs of third parties against the chain, or everything in a home folder against seal, documents and chain."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text as Plain

from oracles.desk import unix_now
from oracles.evidence.checks import check_anchors, check_clock, check_version
from oracles.evidence.office import EvidenceOffice
from oracles.evidence.vault import hash_file
from oracles.intake.documents import read_json
from oracles.quality.findings import Finding
from oracles.refusals import refuse
from oracles.settings import OracleSettings
from registry_cli.evidence.filing import VaultPassword
from registry_cli.evidence.options import both, told
from registry_cli.oracle_options import NOT_DONE, AsJson, Home, Rpc, Where, settings_of
from registry_cli.output import emit
from registry_sdk.deployment import Deployment
from registry_sdk.evidence.files import ProofFile
from registry_sdk.evidence.on_chain import anchored_history
from registry_sdk.rpc import RpcClient

MAX_PROOF_BYTES = 65_536


def verify(
    proofs: Annotated[
        list[Path] | None, typer.Argument(help="证明文件；不给则检查工作目录 / proofs; else the home")
    ] = None,
    document: Annotated[Path | None, typer.Option(help="核对此文件即证明所指 / the document the proof names")] = None,
    account: Annotated[int | None, typer.Option(help="只查此账户 / only this account")] = None,
    year: Annotated[int | None, typer.Option(help="只查此年 / only this year")] = None,
    month: Annotated[
        int | None, typer.Option(min=1, max=12, help="只查此月的数据项 / items of this month only")
    ] = None,
    home: Home = None,
    rpc: Rpc = None,
    deployment: Where = None,
    vault_password_file: VaultPassword = None,
    as_json: AsJson = False,
) -> None:
    """核对证明或全部存证 / Verify proofs, or all that is filed. Exit code 1: something is wrong or out of reach."""
    with told():
        settings = settings_of(home=home, rpc_url=rpc, deployment=deployment, vault_password_file=vault_password_file)
        if proofs:
            checked = [_check_proof(settings, path, document) for path in proofs]
            emit({"ok": all(each["ok"] for each in checked), "proofs": checked}, as_json, _proofs)
            is_well = all(each["ok"] for each in checked)
        else:
            found = list(_check_home(settings, account, year, month))
            emit({"ok": not found, "findings": [each.to_json() for each in found]}, as_json, lambda _: _findings(found))
            is_well = not found
    if not is_well:
        raise typer.Exit(NOT_DONE)


def _check_proof(settings: OracleSettings, path: Path, document: Path | None) -> dict[str, Any]:
    with path.open("rb") as source:
        content = source.read(MAX_PROOF_BYTES + 1)
    if len(content) > MAX_PROOF_BYTES:
        raise refuse("TooLarge", size=len(content), limit=MAX_PROOF_BYTES)
    file = ProofFile.from_json(read_json(content))
    client = RpcClient(settings.rpc_url, timeout=settings.rpc_timeout)
    verdict = file.verify(client, Deployment.load(settings.deployment))
    is_document = None if document is None else hash_file(document) == file.item.document
    return {
        "file": path.name,
        "ok": verdict.is_in_force and is_document is not False,
        "item": file.item.to_json(),
        "document": is_document,
        **verdict.to_json(),
    }


def _check_home(
    settings: OracleSettings, account: int | None, year: int | None, month: int | None
) -> Iterator[Finding]:
    office = EvidenceOffice.open(settings)
    client, where = RpcClient(settings.rpc_url, timeout=settings.rpc_timeout), Deployment.load(settings.deployment)
    versions = office.months.versions(account, year, month)
    with office.vault() as vault:
        for version in versions:
            yield from check_version(office.months, version, vault)
    for key in sorted({(each.month.account, each.month.year, each.sector) for each in versions}):
        history = anchored_history(client, where, *key[:2])
        for version in versions:
            if (version.month.account, version.month.year) == key[:2] and version.root:
                yield from check_anchors(office.months, version, history)
        if month is None:
            blocks = sorted({each.block for each in history})
            heads = client.batch([("eth_getBlockByNumber", [hex(block), False]) for block in blocks]) if blocks else []
            times = {block: int(head["timestamp"], 16) for block, head in zip(blocks, heads, strict=True)}
            yield from check_clock(key[2], key[0], key[1], history, unix_now(), times)


def _proofs(body: dict[str, Any]) -> Table:
    table = Table(title=Plain("证明 / proofs"))
    for head in ("", "文件 / file", "数据项 / item", "结论 / verdict"):
        table.add_column(head, overflow="fold")
    for each in body["proofs"]:
        verdict = [
            ("已存证 proven" if each["proven"] else "不在链上任何版本中 under no anchored root"),
            (f"第 {each['version']} 版，最新第 {each['newest_version']} 版 newest" if each["proven"] else ""),
            ("逾期 late" if each["late"] else ""),
            {None: "", True: "文件相符 document fits", False: "文件不符 another document"}[each["document"]],
        ]
        item = each["item"]
        shown = f"{item['kind']} {item['value']} {item['unit']}"
        table.add_row("✓" if each["ok"] else "✗", each["file"], Plain(shown), Plain("\n".join(filter(None, verdict))))
    return table


def _findings(found: list[Finding]) -> Table:
    table = Table(title=Plain(f"存证检查 / checks of evidence: {len(found)}"))
    for head in ("代码 / code", "规则 / rule", "月份 / month", "发现 / finding", "处理 / what mends it"):
        table.add_column(head, overflow="fold")
    for each in found:
        subject = each.subject
        where = f"{subject['entity']} {subject['year']}-{subject['month']}"
        table.add_row(each.code, each.rule, where, Plain(both(each.message)), Plain(both(each.answer)))
    return table
