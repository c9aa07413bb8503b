"""What comes back from a table: rows of figures by section, the results behind them, and the errors."""

from dataclasses import dataclass, field
from typing import Any

from registry_sdk.calc.result import Result, plain
from registry_sdk.calc.tables.sheet import RowError


@dataclass(slots=True)
class Report:
    """``sections``: name -> rows of plain figures. ``results``: (label, result) in the order of the rows."""

    kind: str
    sections: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    results: list[tuple[str, Result]] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)

    def add(self, section: str, row: dict[str, Any]) -> None:
        self.sections.setdefault(section, []).append({name: plain(value) for name, value in row.items()})

    def to_json(self, *, explain: bool = False) -> dict[str, Any]:
        """Figures and errors; with ``explain`` every result with formula, inputs, parameter versions and roundings.

        Parts of a result stand on their own in the list, so none is written twice.
        """
        content: dict[str, Any] = {
            "kind": self.kind,
            "ok": not self.errors,
            **self.sections,
            "errors": [error.to_json() for error in self.errors],
        }
        if explain:
            content["explanations"] = [
                {"label": label, **result.to_json(nested=False)} for label, result in self.results
            ]
        return content
