"""From an opened report to a signed statement, and a second signature under a statement that came from another."""

from dataclasses import dataclass
from typing import Protocol

from oracles.accounting import Evidence
from oracles.attestation.facts import Facts, FactsReader
from oracles.attestation.rules import figure_key, judge_report, judge_signer
from oracles.attestation.signatures import SignatureChecker
from oracles.refusals import OracleError, refuse
from oracles.signing.history import statement_in_force
from oracles.signing.report import OpenedReport
from registry_sdk.deployment import Deployment
from registry_sdk.documents import Domain, ReportMessage, SignedStatement
from registry_sdk.reader import Figure, SignerClass
from registry_sdk.rpc import RpcClient
from registry_sdk.signers import Signer


@dataclass(frozen=True)
class Drafted:
    """An unsigned statement, the figure it replaces, and the class the signer would sign for.

    Attributes:
        repeats: the figure in force has the very report of this statement; there is nothing to correct.
    """

    statement: SignedStatement
    replaces: Figure
    signer_class: SignerClass
    repeats: bool


class Gate(Protocol):
    """What an institution asks of its own files before it signs (:class:`oracles.verification.gate.CaseGate`)."""

    def evidence(self, report: OpenedReport) -> Evidence:
        """How the figure is to be calculated: what verification decided to treat conservatively."""

    def require(self, report: OpenedReport, signer: bytes, signer_class: SignerClass) -> None:
        """Let the signature pass, or raise OracleError."""


@dataclass(frozen=True)
class Signing:
    """A signer's desk at one chain; ``gate`` where the institution keeps files of cases."""

    rpc: RpcClient
    deployment: Deployment
    gate: Gate | None = None

    def draft(self, report: OpenedReport, signer: Signer) -> Drafted:
        """The statement that this report amounts to now, before anybody signs it.

        Raises:
            OracleError: the account is no key emitter, or this signer may not sign for it.
            RpcError, RpcTransportError, HistoryError: the chain cannot say.
        """
        name = "0x" + signer.signer.hex()
        key = (report.account, report.year, report.unit)
        facts = FactsReader(self.rpc, self.deployment).read([key], [name])
        figure = facts.figures[key]
        replaced = statement_in_force(self.rpc, self.deployment, report.account, report.year, figure, report.unit)
        message = ReportMessage(
            chainId=facts.chain_id,
            oracle=facts.oracle,
            epoch=facts.epoch,
            account=report.account,
            year=report.year,
            unit=report.unit,
            units=report.units,
            version=figure.version + 1,
            tonnes=report.tonnes,
            reportHash=report.report_hash,
            previous="0x" + replaced.digest.hex(),
        )
        statement = SignedStatement(domain=Domain(chain_id=facts.chain_id, contract=facts.oracle), message=message)
        if refused := judge_report(statement, facts) or judge_signer(name, report.account, facts):
            raise OracleError(refused)
        repeats = "0x" + replaced.report_hash.hex() == report.report_hash
        return Drafted(statement, figure, facts.signers[name].signer_class, repeats)

    def join(self, drafted: Drafted, received: SignedStatement) -> SignedStatement:
        """The received statement, once every field of it is what we would have written ourselves.

        Raises:
            OracleError: StatementDiffers with the field, or a signature in it that does not count.
        """
        ours = drafted.statement
        for part in ("domain", "message"):
            expected, given = getattr(ours, part).model_dump(), getattr(received, part).model_dump()
            for field, value in expected.items():
                if given[field] != value:
                    raise refuse("StatementDiffers", field=field, given=given[field], expected=value)
        self._check_approvals(received)
        return received

    def sign(self, statement: SignedStatement, signer: Signer) -> SignedStatement:
        """The statement with this signer's approval; unchanged where it is there already."""
        name = "0x" + signer.signer.hex()
        return statement if any(a.signer == name for a in statement.approvals) else statement.approve(signer)

    def _check_approvals(self, received: SignedStatement) -> None:
        account = received.message.account
        signers = [approval.signer for approval in received.approvals]
        facts: Facts = FactsReader(self.rpc, self.deployment).read([figure_key(received)], signers)
        checker = SignatureChecker(self.rpc, self.deployment)
        for approval in received.approvals:
            refused = judge_signer(approval.signer, account, facts) or checker.judge(approval, received.digest())
            if refused:
                raise OracleError(refused)
