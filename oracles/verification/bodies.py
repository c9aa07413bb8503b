"""What is known of bodies beside their standing on the chain: ties, report writing, ratings, staff (H-03 ... H-05)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError

from oracles.accounting.model import Day, Name, Strict
from oracles.cases import Entry, Journal
from oracles.refusals import refuse
from registry_sdk import parameters

KIND: Final = "body"
ENDED: Final = "end"

Year = Annotated[int, Field(ge=2000, le=2100)]
Province = Annotated[int, Field(ge=1, le=255)]


class Wrote(Strict):
    """The body wrote emission reports of firms in a province."""

    province: Province
    year: Year


class Tie(Strict):
    """An asset or management tie to an entity."""

    entity: Name
    nature: Name


class Validated(Strict):
    """The body validated a project."""

    project: Name


class Rated(Strict):
    """A province's yearly rating."""

    province: Province
    year: Year
    grade: Annotated[str, Field(pattern=r"^[A-D]$")]


class Staff(Strict):
    """Somebody works for the body."""

    person: Name


class Employed(Strict):
    """Somebody of the body worked for an entity; None: still does."""

    person: Name
    entity: Name
    until: Day | None = None


class Banned(Strict):
    """Somebody may not work in verification; None: for life."""

    person: Name
    until: Day | None = None


class Ended(Strict):
    """The fact of an earlier entry is over."""

    number: Annotated[int, Field(ge=1)]


FACTS: Final[Mapping[str, type[Strict]]] = {
    "wrote": Wrote,
    "tie": Tie,
    "validated": Validated,
    "rated": Rated,
    "staff": Staff,
    "employed": Employed,
    "banned": Banned,
    ENDED: Ended,
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact in force; ``value`` is a model of :data:`FACTS`."""

    number: int
    kind: str
    value: Any


@dataclass(frozen=True)
class BodyFiles:
    """The files of all bodies in one database."""

    journal: Journal

    def record(self, body: int, kind: str, fields: Mapping[str, Any], who: str) -> Entry:
        """Add a fact.

        Raises:
            OracleError: InputInvalid, with the fields that the kind takes.
        """
        model = FACTS.get(kind)
        if model is None:
            names = ", ".join(FACTS)
            raise _invalid(kind, "未知事实", "unknown fact", names)
        try:
            value = model.model_validate(dict(fields))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = f"{kind}.{'.'.join(map(str, first['loc']))}"
            raise _invalid(where, first["msg"], first["msg"], ", ".join(model.model_fields)) from None
        return self.journal.append(name_of(body), str(body), kind, who, lambda _known: value.model_dump(mode="json"))

    def facts(self, body: int) -> tuple[Fact, ...]:
        """Facts of a body that are not ended."""
        return facts_of(self.journal.entries(name_of(body)))


def name_of(body: int) -> str:
    """Name of a body's case."""
    return f"body-{body}"


def facts_of(entries: Sequence[Entry]) -> tuple[Fact, ...]:
    """Facts of a file that no later entry ended."""
    ended = {entry.body["number"] for entry in entries if entry.act == ENDED}
    return tuple(
        Fact(entry.number, entry.act, FACTS[entry.act].model_validate(dict(entry.body)))
        for entry in entries
        if entry.act != ENDED and entry.number not in ended
    )


def rating(facts: Iterable[Fact]) -> str:
    """The grade that counts in the draw: the worst of the newest year; "-" where there is none."""
    rated = [fact.value for fact in facts if fact.kind == "rated"]
    newest = max((value.year for value in rated), default=None)
    return max((value.grade for value in rated if value.year == newest), default="-")


def low_years(facts: Iterable[Fact]) -> int:
    """Newest years in a row in which the worst grade was a low one."""
    worst: dict[int, str] = {}
    for fact in facts:
        if fact.kind == "rated":
            worst[fact.value.year] = max(worst.get(fact.value.year, "A"), fact.value.grade)
    table, row, expected = parameters.table("verification_ratings"), 0, max(worst, default=0)
    for year in sorted(worst, reverse=True):
        if year != expected or not table.row(grade=worst[year])["low"]:
            break
        row, expected = row + 1, year - 1
    return row


def _invalid(where: str, zh: str, en: str, valid: str) -> Exception:
    return refuse("InputInvalid", where=where, detail_zh=zh, detail=en, valid_zh=f"可用：{valid}。", valid=f"{valid}.")
