"""How many findings and jobs stand where, counted in the journal whenever somebody asks."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from sqlalchemy import Engine

from oracles.cases.journal import unix_now
from oracles.metrics import Count
from oracles.quality.cases import STATES as QUALITY_STATES
from oracles.verification.desk import VerificationDesk
from oracles.verification.jobs import FINDING, JOB, beijing
from registry_sdk import parameters

#: Name of a gauge to what it counts.
HELP: Final = {
    "oracle_quality_findings": "data-quality findings on file",
    "oracle_verification_jobs": "verification jobs",
    "oracle_nonconformities": "non-conformities of verification",
    "oracle_nonconformities_overdue": "non-conformities that were not mended by their due day",
}


def case_counts(engine: Engine, now: Callable[[], int] = unix_now) -> Iterator[Count]:
    """Every gauge of :data:`HELP` with its labels; states without a case count 0."""
    desk = VerificationDesk.open(engine, now)
    severities = [row["severity"] for row in parameters.table("quality_severities")]
    findings = Counter((each.state, each.finding["severity"]) for each in desk.quality.all())
    for state in QUALITY_STATES:
        for severity in severities:
            yield "oracle_quality_findings", {"state": state, "severity": severity}, findings[state, severity]
    jobs: Counter[str] = Counter()
    mended: Counter[str] = Counter()
    today, overdue = beijing(now()), 0
    for job in desk.files.all():
        jobs[job.state] += 1
        mended.update(each.state for each in job.findings)
        overdue += sum(each.is_overdue(today) for each in job.findings)
    for state in dict.fromkeys(JOB.moves.values()):
        yield "oracle_verification_jobs", {"state": state}, jobs[state]
    for state in dict.fromkeys(FINDING.moves.values()):
        yield "oracle_nonconformities", {"state": state}, mended[state]
    yield "oracle_nonconformities_overdue", {}, overdue
