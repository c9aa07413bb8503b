"""Where documents arrive: statements of emissions go to one desk, those of evidence to the other."""

from dataclasses import dataclass

from oracles.desk import Desk, Receipt
from oracles.evidence.desk import EvidenceDesk
from oracles.intake.documents import read_either
from registry_sdk.documents import SignedEvidence


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
        document = read_either(payload, self.max_bytes)
        if isinstance(document, SignedEvidence):
            return self.evidence.receive(document)
        return self.desk.receive(document)
