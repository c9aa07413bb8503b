"""The signing process of one institution: its own key, its own copy of the evidence, its own calculation.

Nobody sits between report and signature, so the process signs less than a person could: it takes no declared totals,
and it refuses where another institution has already signed something else for the same entity, year and version.
At every moment it may be killed: what it signed is written before it is handed in, and handing in may be repeated.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import structlog

from oracles.intake.documents import read_statement
from oracles.push.backoff import Backoff
from oracles.refusals import OracleError, refuse
from oracles.signing.delivery import Answer, OracleAwayError, OracleClient
from oracles.signing.desk_folder import REPORT, STATEMENT, DeskFolder, write_whole
from oracles.signing.history import HistoryError
from oracles.signing.prepare import prepare
from oracles.signing.statements import Signing
from registry_sdk.documents import ReportMessage, SignedStatement
from registry_sdk.rpc import RpcError, RpcTransportError
from registry_sdk.signers import Signer

log = structlog.get_logger()

MAX_STATEMENT_BYTES = 262_144
#: As the intake shows a statement, and the name in the message.
COMPARED = {"tonnes": "tonnes", "report_hash": "reportHash", "previous": "previous"}


@dataclass(frozen=True)
class Outcome:
    """What became of one report: ``statement`` where it was signed and taken, ``reason`` where it was refused."""

    name: str
    statement: SignedStatement | None
    reason: dict[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        digest = None if self.statement is None else "0x" + self.statement.digest().hex()
        return {"report": self.name, "signed": digest, "refused": self.reason}


@dataclass
class SigningProcess:
    """Signs what lies in its folder.

    Args:
        poll: seconds between two looks.
        first, most: pauses while chain or oracle are out of reach.
    """

    folder: DeskFolder
    desk: Signing
    signer: Signer
    oracle: OracleClient
    poll: float = 2.0
    first: float = 1.0
    most: float = 60.0
    stopping: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Finish the report at hand and end. Safe from a signal handler."""
        self.stopping.set()

    def round(self) -> Iterator[Outcome]:
        """Deal with every report that waits.

        Raises:
            RpcError, RpcTransportError, HistoryError, httpx.TransportError, OracleAwayError: try again later.
        """
        for path in self.folder.waiting():
            if self.stopping.is_set():
                return
            yield self._deal(path)

    def run(self) -> None:
        """Round after round until stopped; failures only make the pause longer."""
        backoff = Backoff(self.first, self.most)
        while not self.stopping.is_set():
            try:
                for _ in self.round():
                    backoff.succeeded()
                pause = self.poll
            except (RpcError, RpcTransportError, HistoryError, httpx.TransportError, OracleAwayError, OSError) as error:
                pause = backoff.failed()
                log.error("signer_waits", error=str(error), kind=type(error).__name__, pause=round(pause, 2))
            self.stopping.wait(pause)
        log.info("stopped")

    def _deal(self, path: Path) -> Outcome:
        try:
            statement = self._sign(path)
        except OracleError as error:
            return self._refused(path, error.refusal.to_json())
        answer = self.oracle.hand_in(statement)
        if answer.is_not_now:
            raise OracleAwayError(f"HTTP {answer.status}")
        if answer.is_refused:
            return self._refused(path, _reason(answer))
        self.folder.file_signed(path)
        outcome = Outcome(path.name, statement, None)
        log.info("statement_signed", **outcome.to_json())
        return outcome

    def _sign(self, path: Path) -> SignedStatement:
        kept = _kept(path / STATEMENT)
        if kept and any(approval.signer == self._name for approval in kept.approvals):
            return kept  # of a run that was killed; drafted again it could become a correction of itself
        ready = prepare(self.desk, self.signer, path / REPORT, received=kept)
        self._compare(ready.statement.message)
        signed = self.desk.sign(ready.statement, self.signer)
        write_whole(path / STATEMENT, signed.model_dump(mode="json"))
        return signed

    def _compare(self, message: ReportMessage) -> None:
        """Refuse where another institution has signed something else that may still count."""
        ours = message.model_dump()
        for other in self.oracle.rivals(message):
            if other["is_final"] or other["epoch"] != message.epoch:
                continue
            for shown, name in COMPARED.items():
                if other[shown] != ours[name]:
                    raise refuse("StatementDiffers", field=name, given=other[shown], expected=ours[name])

    @property
    def _name(self) -> str:
        return "0x" + self.signer.signer.hex()

    def _refused(self, path: Path, reason: dict[str, Any]) -> Outcome:
        self.folder.file_refused(path, reason)
        outcome = Outcome(path.name, None, reason)
        log.warning("statement_not_signed", **outcome.to_json())
        return outcome


def _kept(path: Path) -> SignedStatement | None:
    """The statement beside a report: our own of an earlier run, or another institution's to be joined."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return read_statement(file.read(MAX_STATEMENT_BYTES + 1), MAX_STATEMENT_BYTES)


def _reason(answer: Answer) -> dict[str, Any]:
    return answer.body if isinstance(answer.body, dict) else {"status": answer.status, "detail": str(answer.body)}
