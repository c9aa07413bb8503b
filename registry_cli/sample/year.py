"""The sample year through the real parts: readings, evidence, checks, verification, signatures, chain."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

from oracles.accounting import Accounted, Report, account
from oracles.evidence.checks import check_anchors, check_clock, check_version
from oracles.evidence.signing import EvidenceSigning
from oracles.quality.cases import QualityCases
from oracles.quality.findings import Finding
from oracles.signing.delivery import OracleClient
from oracles.store import open_store
from oracles.verification import Job, VerificationDesk
from registry_cli.demo.actors import Actors
from registry_cli.demo.stage import StageError
from registry_cli.sample.authorities import FREE, open_year
from registry_cli.sample.checking import Checked, check_year
from registry_cli.sample.firm import Firm
from registry_cli.sample.plants import MONTHS, PLANTS, POWER, STEEL, YEAR
from registry_cli.sample.stage import SampleStage
from registry_cli.sample.verifying import Handed, Verifying, report_bytes, write_desk
from registry_sdk.calc.compliance.calendar import BEIJING
from registry_sdk.evidence.on_chain import anchored_history
from registry_sdk.reader import Reader

#: Days after a month's end on which firms file it, and the one that comes too late.
FILED_AFTER: Final = timedelta(days=14)
LATE_MONTH: Final = (POWER.number, 7)
LATE_DAY: Final = datetime(YEAR, 9, 15, 10, tzinfo=BEIJING)
#: The annual report is due at the end of March; verification begins after it.
REPORTED: Final = datetime(YEAR + 1, 3, 25, 10, tzinfo=BEIJING)
#: What the steel works types wrong in its first report: the electrodes of June, a tenth of them.
TYPO: Final = (STEEL.number, "electrode@06", Decimal("0.1"))
#: What somebody changes in a firm's files after the month was sealed, and the document that is exchanged.
ALTERED_ITEM: Final = (POWER.number, 3, "fuel_amount/coal-1")
SWAPPED: Final = (STEEL.number, 5, "heat_value/washed_coking_coal")
DESKS: Final = ("verifier", "province")


@dataclass
class SampleYear:
    """The course of the year; what it leaves behind is read by :mod:`registry_cli.sample.findings`.

    Args:
        days: days of each month in which the plants run.
    """

    stage: SampleStage
    actors: Actors
    days: int
    refused_readings: list[dict[str, Any]] = field(default_factory=list)
    submitted: dict[tuple[int, int], date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.firms = [Firm(plant, self.stage.home / "firms" / plant.key, self.days) for plant in PLANTS]
        self.client = self.actors.client
        self.rpc, self.deployment = self.client.rpc, self.actors.deployment
        self.reader = Reader(self.rpc, self.deployment)
        self.oracle = OracleClient(self.stage.intake())
        self.engine = open_store(self.stage.home / "province" / "oracle.sqlite3")
        self.desk = VerificationDesk.open(self.engine, self.client.now)

    def run(self) -> None:
        """The whole year."""
        keys = {number: _bytes(self.stage.body(number).address) for number in (1, 2, 3)}
        open_year(self.actors, self.firms, keys, _bytes(self.stage.province.address))
        for firm in self.firms:
            firm.register(self.client.now())
        for month in MONTHS:
            self._month(month)
        self.client.advance_clock(int(REPORTED.timestamp()))
        self.checked = self._check()
        self.handed = list(self._reports())
        self.jobs = self._verify()
        self._attest()

    # EVIDENCE

    def _month(self, month: int) -> None:
        end = datetime(YEAR + month // 12, month % 12 + 1, 1, tzinfo=BEIJING)
        for done, firm in enumerate(self.firms, start=1):
            self.refused_readings += firm.send_hours(month)
            self.actors.step(f"{YEAR}-{month:02} 读数 readings", done, len(self.firms))
        self.client.advance_clock(int((end + FILED_AFTER).timestamp()))
        for firm in self.firms:
            if (firm.plant.number, month) != LATE_MONTH:
                self._file(firm, month)
        if month == LATE_MONTH[1] + 1:  # a month later somebody notices
            self.client.advance_clock(int(LATE_DAY.timestamp()))
            self._file(next(f for f in self.firms if f.plant.number == LATE_MONTH[0]), LATE_MONTH[1])
        self.actors.until(partial(self._are_anchored, month), f"evidence of {YEAR}-{month:02}")

    def _file(self, firm: Firm, month: int) -> None:
        now = self.client.now()
        version = firm.file_month(month, now)
        signed = EvidenceSigning(self.rpc, self.deployment, firm.months).sign(version, firm.key)
        answer = self.oracle.hand_in(signed)
        if answer.status not in (200, 201):
            raise StageError(f"evidence of {firm.plant.key} {month}: {answer.body}")
        self.submitted[firm.plant.number, month] = datetime.fromtimestamp(now, BEIJING).date()

    def _are_anchored(self, month: int) -> bool:
        filed = [number for number, filed in self.submitted if filed == month]
        return all(self.reader.evidence(number, YEAR).months[month - 1].version for number in filed)

    # CHECKS

    def _check(self) -> Checked:
        quality: QualityCases = self.desk.quality
        checked = check_year(self.firms, self.submitted, quality)
        self.actors.step("数据质量 data quality", 1, 1)
        return checked

    def findings(self, firm: Firm) -> list[Finding]:
        """What the checks of evidence say about a firm's files: seals, documents, meters, chain, clock."""
        history = anchored_history(self.rpc, self.deployment, firm.plant.number, YEAR)
        versions = firm.months.versions(firm.plant.number, YEAR)
        found = [each for version in versions for each in check_version(firm.months, version, firm.vault)]
        found += [each for version in versions for each in check_anchors(firm.months, version, history)]
        blocks = sorted({each.block for each in history})
        times = {at: int(self.rpc.call("eth_getBlockByNumber", hex(at), False)["timestamp"], 16) for at in blocks}
        return found + list(check_clock(firm.plant.sector, firm.plant.number, YEAR, history, self.client.now(), times))

    # REPORTS

    def _reports(self) -> Iterator[Handed]:
        for firm in self.firms:
            for unit in range(1, firm.plant.units + 1):
                right = firm.report(firm.sealed(), str(unit))
                yield Handed(firm, unit, _mistyped(firm, right), right)

    def _verify(self) -> list[Job]:
        verifying = Verifying(self.desk, self.rpc, self.reader, self._next_block)
        verifying.record_ties()
        jobs = verifying.open(self.handed)
        self.conflict_rule = verifying.refuse_conflicted(jobs[0], self.handed[0])
        done = []
        for number, (job, handed) in enumerate(zip(jobs, self.handed, strict=True), start=1):
            done.append(verifying.review(job, handed))
            self.actors.step("核查 verification", number, len(jobs))
        return done

    def _next_block(self) -> None:
        self.client.advance_clock(self.client.now() + 60)

    def _attest(self) -> None:
        """Both institutions sign in processes of their own; the oracle pushes what both have signed."""
        for name in DESKS:
            for handed in self.handed:
                folder = self.stage.desk(name) / "reports" / f"{handed.firm.plant.key}-{handed.unit}"
                write_desk(folder, dict(self._papers(handed)))
        name = "签署与上链 sign and record"
        with self.stage.signing(dict(zip(DESKS, (self.stage.body(FREE.number), self.stage.province), strict=True))):
            self.actors.count(name, lambda: sum(self._is_recorded(each) for each in self.handed), len(self.handed))

    def _papers(self, handed: Handed) -> Iterator[tuple[str, bytes]]:
        firm, job = handed.firm, next(j for j in self.desk.files.all(handed.firm.plant.number) if j.unit == handed.unit)
        report = {
            "account": firm.plant.number,
            "year": YEAR,
            "unit": handed.unit,
            "units": firm.plant.units,
            "tonnes": account(handed.right).whole,
            "entity": firm.entity,
            "document": "verification.json",
            "activity": "activity.json",
            "evidence": "evidence.json",
        }
        months = {str(month): [item.to_json() for item in items] for month, items in firm.sealed().items()}
        yield "verification.json", json.dumps(job.to_json(), ensure_ascii=False).encode()
        yield "activity.json", report_bytes(handed.right)
        yield "evidence.json", json.dumps({"plan": firm.plant.plan.to_json(), "months": months}).encode()
        yield "report.json", json.dumps(report).encode()

    def _is_recorded(self, handed: Handed) -> bool:
        return self.reader.figure(handed.firm.plant.number, YEAR, handed.unit).version > 0

    # WHAT GOES WRONG AFTER THE FACT

    def tamper(self) -> None:
        """Somebody with access to two firms' disks lowers a sealed amount and exchanges a test report."""
        number, month, kind = ALTERED_ITEM
        firm = self.firm(number)
        with sqlite3.connect(firm.home / "oracle.sqlite3") as database:
            database.execute(
                "UPDATE evidence_items SET value = '1' WHERE kind = ? AND month_id ="
                " (SELECT id FROM evidence_months WHERE year = ? AND month = ?)",
                (kind, YEAR, month),
            )
        number, month, kind = SWAPPED
        firm = self.firm(number)
        items = {item.kind: item for item in firm.sealed()[month]}
        other = {item.kind: item for item in firm.sealed()[month + 1]}
        place = partial(_document, firm.vault.folder)
        place(items[kind].document).write_bytes(place(other[kind].document).read_bytes())

    def figures(self) -> list[dict[str, Any]]:
        """Every sub-unit: what was reported first, what was concluded, what stands on the chain."""
        rows = []
        for handed, job in zip(self.handed, self.jobs, strict=True):
            plant = handed.firm.plant
            figure = self.reader.figure(plant.number, YEAR, handed.unit)
            rows.append(
                {
                    "account": plant.number,
                    "name": plant.name,
                    "unit": handed.unit,
                    "units": plant.units,
                    "first": account(handed.first).whole,
                    "verified": job.tonnes,
                    "recorded": figure.tonnes,
                    "version": figure.version,
                }
            )
        return rows

    def result_of(self, handed: Handed) -> Accounted:
        """What the accounting makes of a report."""
        return account(handed.right)

    def firm(self, number: int) -> Firm:
        """A firm by its account."""
        return next(each for each in self.firms if each.plant.number == number)


def _mistyped(firm: Firm, right: Report) -> Report:
    number, source, factor = TYPO
    if firm.plant.number != number:
        return right
    sources = tuple(
        each.model_copy(update={"amount": each.amount.model_copy(update={"value": each.amount.value * factor})})
        if each.id == source
        else each
        for each in right.sources
    )
    return right.model_copy(update={"sources": sources})


def _document(folder: Path, digest: bytes) -> Path:
    return folder / digest.hex()[:2] / f"{digest.hex()}.data"


def _bytes(address: str) -> bytes:
    return bytes.fromhex(address[2:])
