"""Whether a body may do a job: standing, conflicts of interest, rotation, ratings, staff (H-01, H-03, H-04, H-05)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol

from oracles.verification.bodies import Fact, low_years
from registry_sdk import parameters
from registry_sdk.calc.compliance.calendar import BEIJING
from registry_sdk.calc.result import Text

FOR_LIFE: Final = date.max


class Standing(Protocol):
    """A body as the register on the chain has it (``registry_sdk.reader.Body``)."""

    @property
    def number(self) -> int: ...

    @property
    def status(self) -> Any: ...

    def may_verify(self, sector: int, timestamp: int) -> bool: ...


@dataclass(frozen=True, slots=True)
class Question:
    """May this body do this job?

    Attributes:
        entity: names under which the entity is known: account number, others.
        history: compliance year to the body that verified the entity.
        team: persons who are to do it; empty before they are named.
        at: Unix seconds.
    """

    body: Standing
    facts: Sequence[Fact]
    entity: frozenset[str]
    sector: int
    province: int
    year: int
    project: str
    history: Mapping[int, int]
    team: Sequence[str]
    at: int

    @property
    def today(self) -> date:
        return datetime.fromtimestamp(self.at, BEIJING).date()

    def of(self, kind: str) -> Iterator[Any]:
        """Facts of one kind."""
        return (fact.value for fact in self.facts if fact.kind == kind)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A reason why not."""

    code: str
    rule: str
    text: Text

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "rule": self.rule, "text": self.text.to_json()}


def conflicts(question: Question) -> tuple[Conflict, ...]:
    """Every reason why the body may not do the job; empty where it may."""
    return tuple(_conflict(code, figures) for code, check in CHECKS.items() for figures in check(question))


def sentence(found: Iterable[Conflict]) -> Text:
    """Several reasons as one sentence."""
    rows = list(found)
    return Text(
        "；".join(f"[{each.rule}] {each.text.zh}" for each in rows),
        "; ".join(f"[{each.rule}] {each.text.en}" for each in rows),
    )


Figures = Iterator[dict[str, Any]]


def _standing(question: Question) -> Figures:
    if not question.body.may_verify(question.sector, question.at):
        yield {"status": getattr(question.body.status, "name", question.body.status)}


def _wrote(question: Question) -> Figures:
    span = int(parameters.get("verification_writing_years", question.today).value)
    for each in question.of("wrote"):
        if each.province == question.province and question.year <= each.year + span:
            yield {"year": each.year}


def _tie(question: Question) -> Figures:
    return ({"nature": each.nature} for each in question.of("tie") if each.entity in question.entity)


def _validated(question: Question) -> Figures:
    wanted = question.project
    return ({"project": wanted} for each in question.of("validated") if wanted and each.project == wanted)


def _rotation(question: Question) -> Figures:
    most = int(parameters.get("verification_rotation_years", question.today).value)
    years, year = 0, question.year - 1
    while question.history.get(year) == question.body.number:
        years, year = years + 1, year - 1
    if years >= most:
        yield {"years": years}


def _low_rated(question: Question) -> Figures:
    years = low_years(question.facts)
    if years >= int(parameters.get("verification_low_rating_years", question.today).value):
        yield {"years": years}


def _staff_unknown(question: Question) -> Figures:
    known = {each.person for each in question.of("staff")}
    return ({"person": person} for person in question.team if person not in known)


def _staff_banned(question: Question) -> Figures:
    for each in question.of("banned"):
        until = each.until or FOR_LIFE
        if each.person in question.team and question.today <= until:
            yield {"person": each.person, "until": "终身 / for life" if until == FOR_LIFE else until}


def _staff_tie(question: Question) -> Figures:
    span = int(parameters.get("verification_staff_tie_years", question.today).value)
    for each in question.of("employed"):
        close = each.until is None or question.today.year - each.until.year <= span
        if each.person in question.team and each.entity in question.entity and close:
            yield {"person": each.person, "until": each.until or "至今 / today"}


CHECKS: Final[Mapping[str, Callable[[Question], Figures]]] = {
    "STANDING": _standing,
    "WROTE": _wrote,
    "TIE": _tie,
    "VALIDATED": _validated,
    "ROTATION": _rotation,
    "LOW_RATED": _low_rated,
    "STAFF_UNKNOWN": _staff_unknown,
    "STAFF_BANNED": _staff_banned,
    "STAFF_TIE": _staff_tie,
}


def _conflict(code: str, figures: Mapping[str, Any]) -> Conflict:
    row = parameters.table("verification_conflicts").row(code=code)
    return Conflict(code, row["rule"], Text(row["zh"].format_map(figures), row["en"].format_map(figures)))
