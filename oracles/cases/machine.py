"""State machines as tables: (state, act) to the next state. What the table does not hold cannot be done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from oracles.refusals import refuse

NEW = ""
"""State of a case without entries."""


@dataclass(frozen=True, slots=True)
class Machine:
    """``moves``: what may be done in which state, and where it leads."""

    moves: Mapping[tuple[str, str], str]

    @property
    def acts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(act for _, act in self.moves))

    def next(self, case: str, state: str, act: str) -> str:
        """Where ``act`` leads from ``state``.

        Raises:
            OracleError: the table has no such move; the refusal names those it has.
        """
        after = self.moves.get((state, act))
        if after is None:
            valid = ", ".join(able for before, able in self.moves if before == state) or "-"
            raise refuse("ActNotNow", case=case, state=state or "-", act=act, valid=valid)
        return after

    def after(self, acts: Iterable[str]) -> str:
        """State that the acts of a journal lead to; entries of no move (notes) leave it as it is."""
        state = NEW
        for act in acts:
            state = self.moves.get((state, act), state)
        return state
