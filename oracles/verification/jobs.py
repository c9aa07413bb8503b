"""A verification job as its journal tells it: one per account, compliance year and sub-unit (D-08, D-20)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from oracles.cases import Entry, Machine
from oracles.verification.conservative import Target
from registry_sdk import parameters
from registry_sdk.calc.compliance.calendar import BEIJING
from registry_sdk.evidence.duties import sectors

KIND: Final = "verification"

FULL: Final = "full"
SIMPLIFIED: Final = "simplified"
TRACKS: Final = (FULL, SIMPLIFIED)

#: Where a job stands. What is done while reviewing leaves it there; what is open in it is told by its findings.
JOB: Final = Machine(
    {
        ("", "open"): "open",
        ("open", "assign"): "assigned",
        ("assigned", "start"): "reviewing",
        ("assigned", "release"): "open",
        ("reviewing", "release"): "open",
        ("reviewing", "check"): "reviewing",
        ("reviewing", "raise"): "reviewing",
        ("reviewing", "answer"): "reviewing",
        ("reviewing", "close"): "reviewing",
        ("reviewing", "return"): "reviewing",
        ("reviewing", "conserve"): "reviewing",
        ("reviewing", "conclude"): "concluded",
        ("concluded", "tell"): "told",
        ("concluded", "reopen"): "open",
        ("told", "reopen"): "open",
    }
)

#: Where a non-conformity of a job stands; ``closed`` and ``conserved`` are dealt with.
FINDING: Final = Machine(
    {
        ("", "raise"): "open",
        ("open", "answer"): "answered",
        ("answered", "answer"): "answered",
        ("answered", "close"): "closed",
        ("answered", "return"): "open",
        ("open", "conserve"): "conserved",
        # calculated anew after another finding brought a new version of the report
        ("conserved", "conserve"): "conserved",
    }
)
SETTLED: Final = ("closed", "conserved")
DONE: Final = ("concluded", "told")


@dataclass(frozen=True, slots=True)
class NonConformity:
    """A finding of the verifier. ``target`` is the contested figure; None where no single figure is meant."""

    name: str
    state: str
    rule: str
    text: str
    target: Target | None
    due: date
    entries: tuple[Entry, ...]

    def is_overdue(self, day: date) -> bool:
        return self.state not in SETTLED and day > self.due

    def to_json(self) -> dict[str, Any]:
        return {
            "finding": self.name,
            "state": self.state,
            "rule": self.rule,
            "text": self.text,
            "target": self.target and list(self.target),
            "due": self.due.isoformat(),
            "entries": [entry.to_json() for entry in self.entries],
        }


@dataclass(frozen=True, slots=True)
class Job:
    """One job.

    Attributes:
        round: how often it was opened for a draw, from 1.
        draw_block: block whose hash decides the draw of this round.
        body: number of the assigned body; None while it is open.
        team: persons who do it.
        checked: item of the checklist to its newest entry.
        reports: versions of the report so far, oldest first: {"hash", "tonnes"}.
    """

    name: str
    account: int
    year: int
    unit: int
    sector: str
    province: int
    project: str
    names: frozenset[str]
    track: str
    state: str
    round: int
    draw_block: int
    body: int | None
    team: tuple[str, ...]
    checked: Mapping[str, Entry]
    findings: tuple[NonConformity, ...]
    reports: tuple[Mapping[str, Any], ...]
    conclusion: Entry | None
    entries: tuple[Entry, ...] = field(repr=False)

    @property
    def tonnes(self) -> int | None:
        """Concluded figure."""
        return None if self.conclusion is None else int(self.conclusion.body["tonnes"])

    @property
    def correction(self) -> int | None:
        """Tonnes by which the conclusion differs from the first report."""
        return None if self.tonnes is None or not self.reports else abs(self.tonnes - int(self.reports[0]["tonnes"]))

    @property
    def unsettled(self) -> tuple[NonConformity, ...]:
        return tuple(each for each in self.findings if each.state not in SETTLED)

    @property
    def sector_number(self) -> int:
        """Number of the sector on the chain."""
        return sectors().index(self.sector) + 1

    def checklist(self, *, site: bool) -> tuple[Mapping[str, Any], ...]:
        """Rows of the checklist for this sector and year; without ``site`` those that need no visit."""
        return tuple(
            row
            for row in parameters.table("verification_checklist")
            if self.sector in row["sectors"]
            and row["year_from"] <= self.year
            and (row["year_to"] is None or self.year <= row["year_to"])
            and (site or not row["site"])
        )

    @property
    def conserved(self) -> dict[Target, str]:
        """Figures treated conservatively, to the finding that contests them."""
        return {each.target: each.name for each in self.findings if each.state == "conserved" and each.target}

    def finding(self, name: str) -> NonConformity | None:
        return next((each for each in self.findings if each.name == name), None)

    def to_json(self) -> dict[str, Any]:
        return {
            "job": self.name,
            "account": self.account,
            "year": self.year,
            "unit": self.unit,
            "sector": self.sector,
            "province": self.province,
            "track": self.track,
            "state": self.state,
            "round": self.round,
            "draw_block": self.draw_block,
            "body": self.body,
            "team": list(self.team),
            "checked": {code: dict(entry.body) for code, entry in self.checked.items()},
            "findings": [each.to_json() for each in self.findings],
            "reports": [dict(each) for each in self.reports],
            "tonnes": self.tonnes,
            "entries": [entry.to_json() for entry in self.entries],
        }


def job_name(account: int, year: int, unit: int = 1) -> str:
    """Name of a job's case."""
    return f"V-{account}-{year}-{unit}"


def read_job(entries: Sequence[Entry]) -> Job:
    """The job that a journal tells of."""
    head = entries[0].body
    state, opened = "", 0
    body: int | None = None
    team: tuple[str, ...] = ()
    checked: dict[str, Entry] = {}
    reports: list[Mapping[str, Any]] = []
    conclusion: Entry | None = None
    draw_block = 0
    for entry in entries:
        state = JOB.next(entry.case, state, entry.act)
        match entry.act:
            case "open" | "release" | "reopen":
                opened, draw_block = opened + 1, entry.body["draw_block"]
                # another body checks everything itself; findings and reports stay
                body, team, conclusion, checked = None, (), None, {}
            case "assign":
                body = entry.body["body"]
            case "start":
                team = tuple(entry.body["team"])
            case "check":
                checked[entry.body["code"]] = entry
            case "conclude":
                conclusion = entry
        if (report := entry.body.get("report")) and report not in reports:
            reports.append(report)
    return Job(
        name=entries[0].case,
        account=head["account"],
        year=head["year"],
        unit=head["unit"],
        sector=head["sector"],
        province=head["province"],
        project=head["project"],
        names=frozenset(head["names"]),
        track=head["track"],
        state=state,
        round=opened,
        draw_block=draw_block,
        body=body,
        team=team,
        checked=checked,
        findings=tuple(_findings(entries)),
        reports=tuple(reports),
        conclusion=conclusion,
        entries=tuple(entries),
    )


def _findings(entries: Sequence[Entry]) -> Iterable[NonConformity]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        if name := entry.body.get("finding"):
            groups.setdefault(name, []).append(entry)
    for name, group in groups.items():
        first = group[0].body
        target = first["target"]
        yield NonConformity(
            name=name,
            state=FINDING.after(entry.act for entry in group),
            rule=first["rule"],
            text=first["text"],
            target=None if target is None else (target[0], target[1]),
            due=date.fromisoformat(first["due"]),
            entries=tuple(group),
        )


def beijing(at: int) -> date:
    """The day in Beijing at a moment in Unix seconds."""
    return datetime.fromtimestamp(at, BEIJING).date()
