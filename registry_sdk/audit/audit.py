"""The audit: everything the events tell, against contract state, code and a database, at one pinned block."""

from collections.abc import Callable
from typing import Any, Final

from registry_sdk.audit.calls import PinnedCalls
from registry_sdk.audit.database import Database
from registry_sdk.audit.errors import AuditError
from registry_sdk.audit.invariants import CHECKS, check_invariants
from registry_sdk.audit.proofs import check_storage, prove_holdings
from registry_sdk.audit.reads import compare_empty, compare_lists, compare_state, compare_statuses
from registry_sdk.audit.report import Report
from registry_sdk.audit.structure import structure
from registry_sdk.deployment import Deployment
from registry_sdk.projection import LogError, State, fetch_logs, finish, fold_all
from registry_sdk.rpc import RpcClient, RpcError, RpcTransportError

#: Told what is being done.
Step = Callable[[str], None]
QUIET: Final[Step] = lambda text: None  # noqa: E731 - a default that does nothing


def audit(
    rpc: RpcClient,
    deployment: Deployment,
    *,
    block: int | None = None,
    database: Database | None = None,
    proofs: int = 0,
    step: Step = QUIET,
) -> Report:
    """Derive the registry's state from its events and compare it with everything else.

    Args:
        rpc: any JSON-RPC endpoint of the chain; the service is not needed.
        block: block to audit; the newest one by default. Older ones need a node that keeps old states.
        database: a projection to compare as well; it may lag behind.
        proofs: how many holding words to prove against the block's state root.
        step: told what is being done.

    Raises:
        AuditError: the audit cannot be carried out; says why and what would help.
    """
    try:
        return _audit(rpc, deployment, block, database, proofs, step)
    except (RpcError, RpcTransportError) as error:
        raise AuditError(f"节点无应答或拒绝 the node does not answer or refuses: {error}") from error
    except LogError as error:
        raise AuditError(f"节点给出的事件无法解读 the node's logs cannot be read: {error}") from error


def _audit(
    rpc: RpcClient, deployment: Deployment, block: int | None, database: Database | None, proofs: int, step: Step
) -> Report:
    header = _pin(rpc, deployment, block)
    number = int(header["number"], 16)
    report = Report(deployment.chain_id, number, header["hash"], int(header["timestamp"], 16))
    if database and database.block > number:
        raise AuditError(f"数据库已到区块 {database.block}，超过所审区块 the database is beyond block {number}")

    state = State(deployment)
    step("读取事件 reading events")
    first = deployment.block
    if database:
        _check_database(report, rpc, state, database, step)
        first = database.block + 1
    fold_all(state, fetch_logs(rpc, deployment, first, number))
    finish(state)
    report.logs = state.logs
    report.findings = [*state.findings, *check_invariants(state)]
    report.checked["invariants"] = len(CHECKS)

    calls = PinnedCalls(rpc, deployment, header["hash"])
    step("核对合约代码 checking code")
    for kind, (count, differences) in structure(state, calls).items():
        report.checked[kind] = count
        report.differences += differences
    step("比对合约状态 comparing contract state")
    for kind, count, differences in compare_state(state, calls):
        report.checked[kind] = max(count, report.checked.get(kind, 0))
        report.differences += differences
    for kind, (count, differences) in {
        "statuses": compare_statuses(state, calls, report.timestamp),
        "lists": compare_lists(state, calls),
        "empty_holdings": compare_empty(state, calls),
    }.items():
        report.checked[kind] = count
        report.differences += differences

    step("证明合约存储 proving storage")
    _prove(report, state, calls, header["stateRoot"], proofs)

    again = rpc.call("eth_getBlockByNumber", hex(number), False)
    if not again or again["hash"] != report.block_hash:
        raise AuditError("审计期间链发生重组，请重试 the chain was reorganised meanwhile; run the audit again")
    return report


def _prove(report: Report, state: State, calls: PinnedCalls, state_root: str, count: int) -> None:
    for check in check_storage(state, calls, state_root):
        report.differences += check.differences
        if check.words is not None:
            report.slots[check.name] = check.words
        elif not check.differences:
            report.roots.append(check.name)
    report.proofs, differences = prove_holdings(state, calls, state_root, count)
    report.differences += differences


def _pin(rpc: RpcClient, deployment: Deployment, block: int | None) -> dict[str, Any]:
    chain_id = int(rpc.call("eth_chainId"), 16)
    if chain_id != deployment.chain_id:
        raise AuditError(f"链编号 {chain_id} 与部署文件 {deployment.chain_id} 不符 another chain than the deployment's")
    header = rpc.call("eth_getBlockByNumber", "latest" if block is None else hex(block), False)
    if not header or int(header["number"], 16) < deployment.block:
        raise AuditError(f"区块不存在或早于部署 no such block, or before the deployment (block {deployment.block})")
    return dict(header)


def _check_database(report: Report, rpc: RpcClient, state: State, database: Database, step: Step) -> None:
    """Fold up to where the database stands, and compare there."""
    logs = list(fetch_logs(rpc, state.deployment, state.deployment.block, database.block))
    fold_all(state, logs)
    step("比对数据库 comparing the database")
    header = rpc.call("eth_getBlockByNumber", hex(database.block), False)
    report.database_block = database.block
    for kind, count, differences in database.check(state, logs, header["hash"]):
        report.checked_database[kind] = count
        report.differences += differences
