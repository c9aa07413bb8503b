"""A desk over a fresh database with a clock of its own, bodies, and a report that can be calculated."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from oracles.accounting import Report, validate
from oracles.cases import Journal
from oracles.store import open_store
from oracles.verification import VerificationDesk
from oracles.verification.jobs import Job
from registry_sdk.calc.compliance.calendar import BEIJING
from registry_sdk.reader import Body, BodyStatus

PROVINCE = "Wang, province"
BODY_LEAD = "Zhao, body"
BODY_REVIEWER = "Qian, body"
FIRM = "Li, firm"
ACCOUNT = 1001
YEAR = 2025
SEED = "0x" + "5a" * 32
BLOCK = 77
POWER = 1
REPORT_1, REPORT_2 = "0x" + "11" * 32, "0x" + "22" * 32


def unix(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=BEIJING).timestamp())


def body(number: int, status: BodyStatus = BodyStatus.ACTIVE, scopes: int = 1 << POWER) -> Body:
    return Body(number, status, unix(date(2024, 1, 1)), unix(date(2029, 1, 1)), scopes)


BODIES = [body(1), body(2), body(3)]


@dataclass
class Stage:
    """``desk`` at the time ``day``; ``job`` opens one, ``reviewing`` brings it into review."""

    folder: Path
    day: date = date(2026, 4, 1)
    desk: VerificationDesk = field(init=False)

    def __post_init__(self) -> None:
        self.engine = open_store(self.folder / "oracle.sqlite3")
        self.desk = VerificationDesk.open(self.engine, lambda: unix(self.day))

    def journal(self, kind: str) -> Journal:
        return Journal(self.engine, kind, lambda: unix(self.day))

    def job(self, account: int = ACCOUNT, year: int = YEAR, **more: Any) -> Job:
        fields = {"sector": "power", "province": 44, "draw_block": BLOCK, "names": ["plant-1"], **more}
        return self.desk.assignment.create(PROVINCE, account, year, **fields)

    def assigned(self, **more: Any) -> Job:
        return self.desk.assignment.assign(self.job(**more).name, PROVINCE, BODIES, BLOCK, SEED)

    def reviewing(self, reported: int = 1000, **more: Any) -> Job:
        job = self.assigned(**more)
        assert job.body is not None
        self.desk.bodies.record(job.body, "staff", {"person": "Zhao"}, PROVINCE)
        mine = next(each for each in BODIES if each.number == job.body)
        return self.desk.review.start(job.name, BODY_LEAD, mine, ["Zhao"], REPORT_1, reported)

    def checked(self, job: Job, *, site: bool = True) -> Job:
        for row in job.checklist(site=site):
            job = self.desk.review.check(job.name, BODY_LEAD, row["code"], "met", "seen")
        return job

    def concluded(self, year: int, tonnes: int = 1000, reported: int = 1000) -> Job:
        job = self.checked(self.reviewing(reported, year=year))
        if reported != tonnes:
            review = self.desk.review
            review.raise_finding(job.name, BODY_LEAD, "D-02", "stock differs")
            review.answer(job.name, FIRM, "NC-1", "corrected", (REPORT_2, tonnes))
            review.decide(job.name, BODY_REVIEWER, "NC-1", "seen", accepted=True)
        return self.desk.review.conclude(job.name, BODY_REVIEWER, tonnes, REPORT_2, "reasonable assurance")


def report(**changes: Any) -> Report:
    """One coal row, tested by a laboratory with a mark."""
    lab = {"id": "L", "mark": "CMA", "items": ["heat_value", "carbon_per_heat", "carbon_content"], "report": "R-1"}
    lab |= {"validity": {"first": "2024-01-01", "last": "2027-01-01"}, "tested_on": "2025-06-01"}
    source = {
        "id": "coal",
        "flow": "fuel",
        "item": "bituminous",
        "unit_class": "conventional_coal",
        "amount": {"value": "1000", "unit": "t"},
        "heat_value": {"value": "22.3", "unit": "GJ/t", "lab": lab},
        "carbon_per_heat": {"value": "0.02618", "unit": "tC/GJ", "lab": lab},
        **changes,
    }
    made = validate(json.loads(json.dumps({"entity": "plant-1", "sector": "power", "year": YEAR, "sources": [source]})))
    assert isinstance(made, Report)
    return made
