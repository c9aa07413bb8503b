"""Everything that comes before a signature, in one order for the command and for the signing process."""

from dataclasses import dataclass
from pathlib import Path

from oracles.accounting import Accounted
from oracles.refusals import refuse
from oracles.signing.months import require_anchored
from oracles.signing.recalculation import recalculate
from oracles.signing.report import OpenedReport, open_report
from oracles.signing.statements import Drafted, Signing
from registry_sdk.documents import SignedStatement
from registry_sdk.signers import Signer


@dataclass(frozen=True)
class Prepared:
    """A report checked to the end: what is to be signed and what it rests on.

    Attributes:
        calculated: the signer's own calculation; None where the report only declares a total.
        statement: the signer's own draft, or the received statement that equals it.
    """

    opened: OpenedReport
    calculated: Accounted | None
    drafted: Drafted
    statement: SignedStatement


def prepare(
    desk: Signing,
    signer: Signer,
    report: Path,
    *,
    received: SignedStatement | None = None,
    declared_total_accepted: bool = False,
) -> Prepared:
    """Read, calculate again, draft, and compare with what others signed.

    Args:
        received: a statement to join.
        declared_total_accepted: take a report without activity data.

    Raises:
        OracleError: the rule that keeps this signer from signing.
        RpcError, RpcTransportError, HistoryError: the chain cannot say now.
    """
    opened = open_report(report)
    evidence = desk.gate.evidence(opened) if desk.gate else None
    calculated = recalculate(opened, declared_total_accepted=declared_total_accepted, evidence=evidence)
    if opened.months:
        require_anchored(desk.rpc, desk.deployment, opened.account, opened.year, opened.months)
    drafted = desk.draft(opened, signer)
    if received is None and drafted.repeats:
        raise refuse("AlreadyRecorded", version=drafted.replaces.version, tonnes=drafted.replaces.tonnes)
    if desk.gate:
        desk.gate.require(opened, signer.signer, drafted.signer_class)
    statement = desk.join(drafted, received) if received else drafted.statement
    return Prepared(opened, calculated, drafted, statement)
