"""Why an input is refused: where, by which rule, and what would be valid."""

from collections.abc import Iterable
from dataclasses import dataclass

from registry_sdk.calc.result import Text


@dataclass(frozen=True, slots=True)
class Refusal:
    """One mistake. ``where`` is a field path ("sources[2].amount.unit") or a sheet and cell ("Sources!D7")."""

    where: str
    rule: str
    problem: Text
    valid: Text

    def __str__(self) -> str:
        return (
            f"[{self.rule}] {self.where}: {self.problem.zh}；正确填法：{self.valid.zh} / "
            f"{self.problem.en}; valid: {self.valid.en}"
        )

    def to_json(self) -> dict[str, object]:
        return {
            "where": self.where,
            "rule": self.rule,
            "problem": self.problem.to_json(),
            "valid": self.valid.to_json(),
        }


class RefusedError(Exception):
    """An input that cannot be calculated; carries every mistake found, in the order of the input."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("\n".join(str(refusal) for refusal in self.refusals))


def refuse(where: str, rule: str, problem: Text, valid: Text) -> RefusedError:
    """A RefusedError with a single mistake."""
    return RefusedError([Refusal(where, rule, problem, valid)])
