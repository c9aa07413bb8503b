"""The register of meters decides in the review and before a signature alike (D-16), whatever a report says of itself.

Invariants: both calculations give the same figure; a certificate that ran out never lowers it; without any registered
meter the report's own certificates count.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from verification_support import BODY_LEAD, BODY_REVIEWER, PROVINCE, REPORT_1, YEAR, Stage, report, unix

from oracles.accounting import account
from oracles.refusals import OracleError
from oracles.signing import open_report, recalculate
from oracles.sources import Certificate, Meter, Registers
from oracles.verification.gate import CaseGate
from oracles.verification.jobs import Job

CLAIMED = {"first": f"{YEAR}-01-01", "last": f"{YEAR}-12-31"}
METERED = {
    "amount": {"value": "1000", "unit": "t", "meter": {"id": "M-1", "kind": "belt_scale", "certificates": [CLAIMED]}}
}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def register(stage: Stage, meter: str, last: date) -> None:
    registers, now = Registers(stage.engine), unix(stage.day)
    registers.add_meter(Meter(meter, "plant-1", "belt_scale"), now)
    registers.add_certificate(Certificate(meter, "C-1", date(YEAR, 1, 1), last, "0x" + "ab" * 32), now)


def report_file(stage: Stage, job: Job, tonnes: int) -> Path:
    activity = report(**METERED).model_dump(mode="json", exclude_none=True)
    body: dict[str, Any] = {"account": job.account, "year": job.year, "entity": "plant-1", "tonnes": tonnes}
    path = stage.folder / f"report-{tonnes}.json"
    path.write_text(json.dumps(body | {"activity": activity}))
    return path


def signed_figure(stage: Stage, job: Job, tonnes: int) -> int | None:
    """What a signer calculates before it signs a report of so many tonnes."""
    opened = open_report(report_file(stage, job, tonnes))
    gate = CaseGate(stage.desk, None)  # type: ignore[arg-type]  # the chain is not asked for evidence
    found = recalculate(opened, declared_total_accepted=False, evidence=gate.evidence(opened))
    return found and found.whole


def concluded(stage: Stage, tonnes: int) -> Job:
    job = stage.checked(stage.reviewing(tonnes))
    return stage.desk.review.conclude(job.name, BODY_REVIEWER, tonnes, REPORT_1, "fine")


@pytest.mark.parametrize(
    ("meter", "last"),
    [("M-1", date(YEAR, 8, 31)), ("M-2", date(YEAR, 12, 31))],
    ids=["certificate-ran-out", "meter-not-registered"],
)
def test_sign__meter_not_covered_by_the_register__refused_until_the_figure_is_conservative(
    stage: Stage, meter: str, last: date
) -> None:
    believed = account(report(**METERED)).whole
    register(stage, meter, last)
    raised = account(report(amount={"value": "1005", "unit": "t"})).whole
    assert raised > believed
    job = concluded(stage, raised)
    with pytest.raises(OracleError, match=rf"V-06.*{raised}.*{believed}"):
        signed_figure(stage, job, believed)
    assert signed_figure(stage, job, raised) == raised


@pytest.mark.parametrize("registered", [True, False])
def test_sign__meter_covered_or_register_empty__figure_as_reported(stage: Stage, registered: bool) -> None:
    if registered:
        register(stage, "M-1", date(YEAR, 12, 31))
    believed = account(report(**METERED)).whole
    assert signed_figure(stage, concluded(stage, believed), believed) == believed


def test_conserve__certificate_ran_out__review_and_signature_give_one_figure(stage: Stage) -> None:
    register(stage, "M-1", date(YEAR, 8, 31))
    job = stage.checked(stage.reviewing(2000))
    review = stage.desk.review
    review.raise_finding(job.name, BODY_LEAD, "D-03", "sample not traceable", ("coal", "carbon_per_heat"))
    stage.day = date(2026, 5, 2)
    decided = review.conserve(job.name, PROVINCE, "NC-1", report(**METERED), REPORT_1).entries[-1].body["tonnes"]
    # 1005 x 22.3 x 0.03085 x 0.99 x 44/12
    assert decided == 2510
    job = review.conclude(job.name, BODY_REVIEWER, decided, REPORT_1, "fine")
    assert signed_figure(stage, job, decided) == decided
