"""Where documents arrive: statements of emissions go to one desk, those of evidence to the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from oracles.desk import Desk, Receipt
from oracles.evidence.desk import EvidenceDesk
from oracles.intake.documents import read_either
from registry_sdk.documents import SignedEvidence, SignedStatement

#: What is handed in.
Paper = SignedStatement | SignedEvidence


@dataclass(frozen=True)
class Reception:
    """The two desks of one oracle; ``max_bytes``: larger documents are not read."""

    desk: Desk
    evidence: EvidenceDesk
    max_bytes: int

    def receive(self, payload: bytes) -> Receipt:
        """Read, check and file.

        Raises:
            OracleError: it is no document, or none that is filed.
            RpcTransportError: the chain does not answer; nothing is filed.
        """
        return self.file([self.read(payload)])[0]

    def read(self, payload: bytes) -> Paper:
        """The document in a payload. Raises OracleError."""
        return read_either(payload, self.max_bytes)

    def file(self, papers: Sequence[Paper]) -> list[Receipt]:
        """Check and file documents of both kinds, those of a kind together.

        Raises:
            RpcTransportError: the chain does not answer; hand them in again, what is filed already stays so.
        """
        months = [each for each in papers if isinstance(each, SignedEvidence)]
        reports = [each for each in papers if isinstance(each, SignedStatement)]
        filed_months = iter(self.evidence.receive_all(months))
        filed_reports = iter(self.desk.receive_all(reports))
        return [next(filed_months if isinstance(each, SignedEvidence) else filed_reports) for each in papers]
