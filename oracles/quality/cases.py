"""Findings on file: how each is answered and decided. A finding is never deleted, whatever becomes of it (D-06)."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from oracles.cases import Entry, Journal, Machine
from oracles.cases.journal import Body, Judge
from oracles.quality.findings import Finding
from oracles.refusals import refuse
from registry_sdk import parameters

KIND: Final = "quality"

MACHINE: Final = Machine(
    {
        ("", "find"): "open",
        ("open", "answer"): "answered",
        ("answered", "answer"): "answered",
        ("answered", "accept"): "accepted",
        ("answered", "uphold"): "upheld",
        ("upheld", "answer"): "answered",
    }
)
STATES: Final = tuple(dict.fromkeys(MACHINE.moves.values()))
DECISIONS: Final = ("accept", "uphold")
SETTLED: Final = "accepted"


@dataclass(frozen=True, slots=True)
class FiledFinding:
    """A finding with everything that was said about it."""

    case: str
    entity: str
    state: str
    finding: dict[str, Any]
    entries: tuple[Entry, ...]

    @property
    def year(self) -> int | None:
        """Year of the figure; None where the finding is about several."""
        found = self.finding["subject"].get("year")
        return None if found is None else int(found)

    @property
    def blocks(self) -> bool:
        """Whether nothing may be signed while it stands: severe, and not accepted."""
        row = parameters.table("quality_severities").row(severity=self.finding["severity"])
        return bool(row["blocks"]) and self.state != SETTLED

    def to_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "entity": self.entity,
            "state": self.state,
            "blocks": self.blocks,
            "finding": self.finding,
            "entries": [entry.to_json() for entry in self.entries],
        }


def case_of(found: Finding) -> str:
    """Name of a finding: the same figures give the same name, so that a second check files nothing twice."""
    content = orjson.dumps([found.code, dict(found.subject), dict(found.figures)], option=orjson.OPT_SORT_KEYS)
    return f"{found.code}-{hashlib.sha256(content).hexdigest()[:12]}"


@dataclass(frozen=True)
class QualityCases:
    """The findings of one database."""

    journal: Journal

    def file(self, findings: Iterable[Finding], who: str) -> list[FiledFinding]:
        """File findings; those that are there already keep their state. Gives all of them as they stand."""
        filed = []
        for each in findings:
            case, body = case_of(each), each.to_json()
            if not self.journal.entries(case):
                self.journal.append(case, each.subject["entity"], "find", who, _first(body))
            filed.append(self.get(case))
        return filed

    def get(self, case: str) -> FiledFinding:
        """One finding. Raises OracleError UnknownCase."""
        entries = self.journal.entries(case)
        if not entries:
            raise refuse("UnknownCase", case=case)
        return _filed(entries)

    def all(
        self, entity: str | None = None, year: int | None = None, states: Sequence[str] = ()
    ) -> Iterator[FiledFinding]:
        """Findings in the order of their names."""
        for entries in self.journal.cases(entity):
            found = _filed(entries)
            if (year is None or found.year in (year, None)) and (not states or found.state in states):
                yield found

    def answer(self, case: str, who: str, text: str, document: str = "") -> FiledFinding:
        """The firm's answer.

        Args:
            document: SHA-256 of the paper that proves it, hex; empty without one.

        Raises:
            OracleError: unknown case, accepted already, or an empty text.
        """
        return self._act(case, "answer", who, {"text": _said(text), "document": document})

    def decide(self, case: str, who: str, text: str, *, accepted: bool) -> FiledFinding:
        """Accept an answer or uphold the finding.

        Raises:
            OracleError: nothing was answered, or the person who answered would decide.
        """
        return self._act(case, "accept" if accepted else "uphold", who, {"text": _said(text)})

    def _act(self, case: str, act: str, who: str, body: dict[str, Any]) -> FiledFinding:
        known = self.get(case)

        def judge(entries: Sequence[Entry]) -> dict[str, Any]:
            MACHINE.next(case, MACHINE.after(entry.act for entry in entries), act)
            if act in DECISIONS and who.strip() in {entry.who for entry in entries if entry.act == "answer"}:
                raise refuse("SamePerson", who=who.strip(), done_zh="答复", done="answered")
            return body

        self.journal.append(case, known.entity, act, who, judge)
        return self.get(case)


def _first(body: dict[str, Any]) -> Judge:
    def judge(entries: Sequence[Entry]) -> Body | None:
        # another process may have filed it a moment ago
        return None if entries else body

    return judge


def _filed(entries: Sequence[Entry]) -> FiledFinding:
    first = entries[0]
    state = MACHINE.after(entry.act for entry in entries)
    return FiledFinding(first.case, first.entity, state, dict(first.body), tuple(entries))


def _said(text: str) -> str:
    said = text.strip()
    if not said:
        raise refuse(
            "InputInvalid",
            where="--text",
            detail_zh="没有写明理由",
            detail="no reason is given",
            valid_zh="写明理由。",
            valid="say why.",
        )
    return said
