"""The files of verification in one database: jobs, and what is known of entities beside them."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from oracles.cases import Entry, Journal
from oracles.quality.cases import FiledFinding, QualityCases
from oracles.refusals import refuse
from oracles.verification.jobs import DONE, JOB, Job, read_job
from oracles.verification.track import ENTITY_FACTS, LATE_MONTH, Eligibility, YearRecord, eligibility, years_asked

ENTITY: Final = "entity"
SAMPLE: Final = "sample"
#: Account, compliance year and now (Unix seconds) to the months of evidence that came late or are missing.
Tardy = Callable[[int, int, int], Sequence[int]]


@dataclass(frozen=True)
class JobFiles:
    """Jobs by name; every act goes through the table of moves."""

    journal: Journal

    def get(self, name: str) -> Job:
        """One job. Raises OracleError UnknownCase."""
        entries = self.journal.entries(name)
        if not entries:
            raise refuse("UnknownCase", case=name)
        return read_job(entries)

    def all(self, account: int | None = None, year: int | None = None) -> Iterator[Job]:
        """Jobs in the order of their names."""
        for entries in self.journal.cases(None if account is None else str(account)):
            job = read_job(entries)
            if year in (None, job.year):
                yield job

    def create(self, name: str, account: int, who: str, head: Mapping[str, Any]) -> Job:
        """Write the first entry of a job."""

        def judge(entries: Sequence[Entry]) -> Mapping[str, Any]:
            JOB.next(name, JOB.after(entry.act for entry in entries), "open")
            return head

        self.journal.append(name, str(account), "open", who, judge)
        return self.get(name)

    def act(self, name: str, act: str, who: str, judge: Callable[[Job], Mapping[str, Any]]) -> Job:
        """Write an entry.

        Args:
            judge: called with the job as it stands, under the write lock; gives the entry's body or refuses.

        Raises:
            OracleError: no such job, no such move, or what ``judge`` refuses.
        """
        known = self.get(name)

        def under_lock(entries: Sequence[Entry]) -> Mapping[str, Any]:
            job = read_job(entries)
            JOB.next(name, job.state, act)
            return judge(job)

        self.journal.append(name, str(known.account), act, who, under_lock)
        return self.get(name)

    def history(self, account: int) -> dict[int, int]:
        """Compliance year to the body that concluded it."""
        return {job.year: job.body for job in self.all(account) if job.body is not None and job.state in DONE}


@dataclass(frozen=True)
class EntityFiles:
    """What the simplified track asks of an entity: facts on file, jobs, findings, and the chain's late months.

    Attributes:
        tardy: asks the chain; None where months are judged by what is on file alone.
    """

    journal: Journal
    jobs: JobFiles
    quality: QualityCases
    now: Callable[[], int]
    tardy: Tardy | None = None

    def record(self, account: int, kind: str, year: int, text: str, who: str) -> Entry:
        """Put a penalty, a late month or an invalid meter certificate of a compliance year on file."""
        if kind not in ENTITY_FACTS:
            raise refuse(
                "InputInvalid",
                where=kind,
                detail_zh="未知事实",
                detail="unknown fact",
                valid_zh=f"可用：{', '.join(ENTITY_FACTS)}。",
                valid=f"{', '.join(ENTITY_FACTS)}.",
            )
        body = {"year": year, "text": text}
        return self.journal.append(f"entity-{account}", str(account), kind, who, lambda _known: body)

    def findings(self, job_names: frozenset[str], year: int | None) -> list[FiledFinding]:
        """Data-quality findings under any of the entity's names."""
        return [found for name in sorted(job_names) for found in self.quality.all(name, year)]

    def eligibility(self, account: int, year: int, on: date) -> Eligibility:
        """Whether an account may have the simplified track in ``year``.

        Raises:
            RpcError, RpcTransportError: the chain cannot say which months came late.
        """
        facts = self.journal.entries(f"entity-{account}")
        jobs = list(self.jobs.all(account))
        names = frozenset({str(account)}).union(*(job.names for job in jobs))
        findings = self.findings(names, None)
        records = [
            YearRecord(
                asked,
                [job for job in jobs if job.year == asked],
                [each for each in findings if each.year in (asked, None)],
                Counter(entry.act for entry in facts if entry.body["year"] == asked)
                + Counter({LATE_MONTH: len(self.tardy(account, asked, self.now()) if self.tardy else ())}),
            )
            for asked in (*years_asked(year, on), year)
        ]
        return eligibility(year, on, records)
