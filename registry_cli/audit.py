"""`registry audit`: re-derive the registry from its events and compare. Needs no trust in the service."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import orjson
import typer
from rich.console import Group, RenderableType
from rich.table import Table

from registry_api.settings import Settings
from registry_cli.output import console, emit, fail
from registry_sdk.audit import AuditError, Difference, Report, audit
from registry_sdk.deployment import Deployment, DeploymentError
from registry_sdk.rpc import RpcClient

if TYPE_CHECKING:
    from registry_cli.audit_database import StoredProjection

CLEAN, DIFFERENT, UNUSABLE = 0, 1, 2
NONE: Final = "none"
SHOWN: Final = 50
DEPLOYMENT_FILE: Final = "deployment.json"
SERVICE_FILE: Final = "service.json"


def run(
    rpc: Annotated[
        str | None, typer.Option(help="JSON-RPC 地址；缺省为本机服务 / endpoint; this machine's service")
    ] = None,
    deployment: Annotated[
        Path | None, typer.Option(help="部署文件 / deployment file; by default in REGISTRY_HOME")
    ] = None,
    database: Annotated[str | None, typer.Option(help="数据库地址，none 不比对 / SQLAlchemy address, or none")] = None,
    block: Annotated[
        int | None, typer.Option(min=0, help="所审区块，缺省为最新 / block; the newest by default")
    ] = None,
    proofs: Annotated[int, typer.Option(min=0, help="逐一证明的持仓数 / holdings to prove one by one")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / JSON on standard output")] = False,
) -> None:
    """审计 / Audit: derive everything again from the events and compare.

    Exit code 0: clean; 1: something differs; 2: the audit could not be carried out.
    """
    try:
        report = _audit(rpc, deployment, database, block, proofs)
    except (AuditError, DeploymentError) as error:
        fail(str(error), UNUSABLE)
    emit(report.to_json(), as_json, lambda _: _render(report))
    raise typer.Exit(CLEAN if report.is_clean else DIFFERENT)


def _audit(rpc: str | None, deployment: Path | None, database: str | None, block: int | None, proofs: int) -> Report:
    settings = Settings()
    known = _deployment(deployment or settings.home / DEPLOYMENT_FILE)
    url = rpc or _service_rpc(settings.home)
    if not _is_address(url):
        raise AuditError(f"地址应为 not an address of a node, which is http(s)://主机 host:端口 port: {url}")
    stored = _stored(database or settings.database)
    with console.status("审计 auditing") as status:
        return audit(
            RpcClient(url, attempts=2),
            known,
            block=block,
            database=stored,
            proofs=proofs,
            step=lambda t: status.update(t),
        )


def _deployment(path: Path) -> Deployment:
    try:
        return Deployment.load(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise AuditError(f"{path}: 部署文件无法读取 the deployment file cannot be read: {reason}") from None


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _stored(database: str) -> "StoredProjection | None":
    if database == NONE:
        return None
    # The store and what belongs to it take seconds to load: only here, where it is read.
    from registry_cli.audit_database import read_projection

    return read_projection(database)


def _service_rpc(home: Path) -> str:
    try:
        url = orjson.loads((home / SERVICE_FILE).read_bytes())["url"]
    except (OSError, ValueError, KeyError, TypeError):
        raise AuditError(
            "本机服务未运行，请用 --rpc 给出节点地址 no service runs here; name a node with --rpc"
        ) from None
    return f"{url}/rpc"


def _render(report: Report) -> RenderableType:
    verdict = "[green]一致 clean[/green]" if report.is_clean else "[red]有差异 differences found[/red]"
    counts = Table(title=f"区块 block {report.block} · {verdict}")
    for heading in ("项目 checked", "合约 state", "数据库 database"):
        counts.add_column(heading, overflow="fold")
    for kind in dict.fromkeys([*report.checked, *report.checked_database]):
        state, stored = report.checked.get(kind), report.checked_database.get(kind)
        counts.add_row(kind, "" if state is None else str(state), "" if stored is None else str(stored))
    counts.add_row("storage root proven 存储根已证明", str(len(report.roots)), "")
    counts.add_row("storage words compared 逐字比对", str(sum(report.slots.values())), "")
    counts.add_row("holdings proven 持仓已证明", str(report.proofs), "")
    counts.caption = f"{report.logs} 条事件 events · {report.block_hash}"
    parts: list[RenderableType] = [counts]
    if report.findings:
        findings = Table(
            "规则 rule", "对象 key", "区块 block", "说明 what", title="事件不合规则 events against the rules"
        )
        for finding in report.findings[:SHOWN]:
            where = str(finding.block) if finding.block >= 0 else ""
            findings.add_row(finding.rule, _key(finding.key), where, finding.message)
        parts.append(findings)
    if report.differences:
        parts.append(_differences(report.differences))
    return Group(*parts)


def _key(key: tuple[object, ...]) -> str:
    return " ".join(map(str, key))


def _differences(differences: list[Difference]) -> Table:
    table = Table(
        "何处 place", "项目 kind", "对象 key", "字段 field", "应为 expected", "实为 found", title="差异 differences"
    )
    for one in differences[:SHOWN]:
        table.add_row(one.place, one.kind, _key(one.key), one.field, str(one.expected), str(one.found))
    if len(differences) > SHOWN:
        table.caption = f"另有 {len(differences) - SHOWN} 项 more; see --json"
    return table
