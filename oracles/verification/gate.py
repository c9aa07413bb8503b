"""What keeps an institution from signing although the figure is right: the case behind it is not settled.

Asked before every signature where an institution works with a file of cases: the data-quality findings, the job and its
conclusion, and - for a verifier - whether the job is its own and still free of conflicts.
"""

from dataclasses import dataclass

from oracles.accounting import Evidence
from oracles.refusals import refuse
from oracles.signing.report import OpenedReport
from oracles.verification.conflicts import sentence
from oracles.verification.desk import VerificationDesk
from oracles.verification.jobs import DONE, Job, job_name, read_job
from oracles.verification.register import Register
from registry_sdk.reader import SignerClass


@dataclass(frozen=True)
class CaseGate:
    """Asks the cases of one database and the register on the chain."""

    desk: VerificationDesk
    register: Register

    def evidence(self, report: OpenedReport) -> Evidence:
        """How verification calculated the figure. Raises OracleError NoConcludedJob."""
        return self.desk.review.evidence(self._job(report))

    def require(self, report: OpenedReport, signer: bytes, signer_class: SignerClass) -> None:
        """Let the signature pass.

        Raises:
            OracleError: NoConcludedJob, ConclusionDiffers, FindingsOpen, SignerOfOtherBody or BodyConflicted.
            RpcError, RpcTransportError: the chain cannot say.
        """
        job = self._job(report)
        if job.tonnes != report.tonnes:
            raise refuse("ConclusionDiffers", case=job.name, concluded=job.tonnes, reported=report.tonnes)
        names = job.names | {report.entity}
        findings = self.desk.entities.findings(names, report.year)
        if blocking := sorted(each.case for each in findings if each.blocks):
            raise refuse("FindingsOpen", cases=", ".join(blocking))
        if signer_class == SignerClass.VERIFIER:
            self._own(job, signer)

    def _job(self, report: OpenedReport) -> Job:
        name = job_name(report.account, report.year, report.unit)
        entries = self.desk.files.journal.entries(name)
        job = read_job(entries) if entries else None
        if job is None or job.state not in DONE:
            raise refuse("NoConcludedJob", case=name, state=job.state if job else "-")
        return job

    def _own(self, job: Job, signer: bytes) -> None:
        given = self.register.body_of(signer)
        if given != job.body:
            raise refuse("SignerOfOtherBody", case=job.name, given=given, expected=job.body)
        bodies = [each for each in self.register.bodies() if each.number == given]
        if found := self.desk.assignment.conflicts_of(job, bodies):
            text = sentence(found)
            raise refuse("BodyConflicted", body=given, detail_zh=text.zh, detail=text.en)
