"""Verification of the year: bodies drawn free of conflict, reports reviewed, a finding mended, figures concluded."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from oracles.accounting import Report, account
from oracles.annual import differences
from oracles.refusals import OracleError
from oracles.verification import Job, VerificationDesk
from registry_cli.demo.stage import StageError
from registry_cli.sample.authorities import BODIES, CONFLICTED, FREE
from registry_cli.sample.checking import CLERK, OFFICER
from registry_cli.sample.firm import Firm
from registry_cli.sample.plants import PROVINCE, YEAR
from registry_sdk.reader import Reader
from registry_sdk.rpc import RpcClient

LEAD, REVIEWER = "Zhao, body two", "Qian, body two"
TEAM: Final = ("Zhao", "Qian")
#: Blocks until the one whose hash decides the draw.
AHEAD: Final = 2


@dataclass(frozen=True)
class Handed:
    """A report as the firm handed it in first, and the one that its months give."""

    firm: Firm
    unit: int
    first: Report
    right: Report


@dataclass
class Verifying:
    """The province's desk and the body's, over one home folder.

    Args:
        next_block: makes the chain go on by a block.
    """

    desk: VerificationDesk
    rpc: RpcClient
    reader: Reader
    next_block: Callable[[], None]

    def record_ties(self) -> None:
        """What the province knows of the bodies: one wrote reports here (H-03)."""
        record = self.desk.bodies.record
        record(CONFLICTED.number, "wrote", {"province": PROVINCE, "year": YEAR}, OFFICER)
        for person in TEAM:
            record(FREE.number, "staff", {"person": person}, OFFICER)

    def open(self, reports: Sequence[Handed]) -> list[Job]:
        """A job for each sub-unit, then the draw by the hash of a block that nobody knew."""
        number = self._height() + AHEAD
        jobs = [
            self.desk.assignment.create(
                OFFICER,
                each.firm.plant.number,
                YEAR,
                sector=each.firm.plant.sector,
                province=PROVINCE,
                draw_block=number,
                unit=each.unit,
            )
            for each in reports
        ]
        while self._height() < number:
            self.next_block()
        block = self.rpc.call("eth_getBlockByNumber", hex(number), False)
        bodies = [self.reader.body(body.number) for body in BODIES]
        assign = self.desk.assignment.assign
        return [assign(job.name, OFFICER, bodies, number, block["hash"]) for job in jobs]

    def refuse_conflicted(self, job: Job, handed: Handed) -> str:
        """The body with a conflict tries to start all the same; gives the rule that stops it."""
        body = self.reader.body(CONFLICTED.number)
        try:
            self.desk.review.start(job.name, "Zhou, body one", body, ["Zhou"], report_hash(handed.first), 0)
        except OracleError as error:
            return error.refusal.rule
        raise StageError("a body in conflict could start a verification")

    def review(self, job: Job, handed: Handed) -> Job:
        """Check everything; what differs from the months becomes a finding that the firm mends."""
        review, first = self.desk.review, handed.first
        body = self.reader.body(FREE.number)
        review.start(job.name, LEAD, body, TEAM, report_hash(first), account(first).whole)
        for row in job.checklist(site=True):
            review.check(job.name, LEAD, row["code"], "met", "查阅并现场核实 read and seen on site")
        for target, text in self._wrong(handed):
            job = review.raise_finding(job.name, LEAD, "D-06", text, target)
        if job.unsettled:
            mended = report_hash(handed.right), account(handed.right).whole
            for finding in job.unsettled:
                review.answer(job.name, CLERK, finding.name, "录入有误，已更正 typing error, corrected", mended)
                review.decide(job.name, LEAD, finding.name, "与存证一致 agrees with the evidence", accepted=True)
        tonnes = account(handed.right).whole
        review.conclude(job.name, REVIEWER, tonnes, report_hash(handed.right), "合理保证 reasonable assurance")
        return review.tell(job.name, OFFICER, "核查结果 result of the verification")

    def _wrong(self, handed: Handed) -> Iterator[tuple[tuple[str, str], str]]:
        firm = handed.firm
        for each in differences(handed.first, firm.plant.plan, firm.sealed(), subunit=str(handed.unit)):
            source, _, figure = each.where.partition(" ")
            text = f"报告 {each.reported}，存证 {each.evidence} report {each.reported}, evidence {each.evidence}"
            yield (source, figure or "amount"), text

    def _height(self) -> int:
        return int(self.rpc.call("eth_blockNumber"), 16)


def report_hash(report: Report) -> str:
    """SHA-256 over the report's canonical JSON."""
    return "0x" + hashlib.sha256(report_bytes(report)).hexdigest()


def report_bytes(report: Report) -> bytes:
    """A report as it is handed in."""
    return report.model_dump_json(exclude_none=True).encode()


def write_desk(folder: Path, files: dict[str, bytes]) -> None:
    """Lay a report on a signing desk: the folder appears whole."""
    draft = folder.with_name(f".{folder.name}")
    draft.mkdir(parents=True)
    for name, content in files.items():
        (draft / name).write_bytes(content)
    draft.rename(folder)
