"""The five things that go wrong in the sample year, and where each must have left its trace."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from registry_sdk.calc.result import Text

#: What goes wrong, in the order in which it is told.
EVENTS: Final[dict[str, Text]] = {
    "tampered": Text("一条读数被篡改", "a reading is tampered with"),
    "swapped": Text("一份文件被调换", "a document is swapped"),
    "expired": Text("一份计量证书过期", "a meter certificate has expired"),
    "conflicted": Text("一家核查机构有利益冲突", "a verifier is in conflict"),
    "late": Text("一个月存证迟交", "a month is late"),
}


@dataclass(frozen=True)
class Trace:
    """One trace that an event must leave.

    Attributes:
        event: key of :data:`EVENTS`.
        rule: its rule number, and the code of the finding or refusal.
        where: what holds it.
        seen: what was found there; empty where nothing was.
    """

    event: str
    rule: str
    where: Text
    seen: str

    @property
    def is_found(self) -> bool:
        return bool(self.seen)

    def to_json(self) -> dict[str, Any]:
        return {
            "event": self.event,
            "rule": self.rule,
            "where": self.where.to_json(),
            "found": self.is_found,
            "seen": self.seen,
        }


def first(found: Iterable[Any], show: Callable[[Any], str]) -> str:
    """The first thing found, shown; empty where there is nothing."""
    return next((show(each) for each in found), "")


def missing(traces: Iterable[Trace]) -> list[str]:
    """Events without any trace, and traces that were expected and are not there."""
    listed = list(traces)
    gone = [f"{each.event}: {each.where}" for each in listed if not each.is_found]
    return gone + [event for event in EVENTS if event not in {each.event for each in listed}]
