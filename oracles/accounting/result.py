"""What a calculator gives back: the figure, every line behind it, and why each number is what it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from oracles.accounting import units
from oracles.accounting.flows import ENTERPRISE
from registry_sdk.calc.exact import show
from registry_sdk.calc.result import Result, Text, Used, plain
from registry_sdk.calc.rounding import RoundingStep


@dataclass(frozen=True, slots=True)
class DefaultUse:
    """A published default or a conservative treatment that took the place of a measurement, and how it was decided."""

    where: str
    source: str
    figure: Text
    used: Fraction
    default: Fraction | None
    rejected: Fraction | None
    unit: str
    rule: str
    reason: Text
    decision: Text

    def to_json(self) -> dict[str, Any]:
        return {
            "where": self.where,
            "source": self.source,
            "figure": self.figure.to_json(),
            "used": show(self.used),
            "default": None if self.default is None else show(self.default),
            "rejected_measurement": None if self.rejected is None else show(self.rejected),
            "unit": self.unit,
            "rule": self.rule,
            "reason": self.reason.to_json(),
            "decision": self.decision.to_json(),
        }

    def text(self) -> Text:
        """One sentence for people; a plain ratio is shown without a unit."""
        amount = show(self.used) if self.unit == units.RATIO else f"{show(self.used)} {self.unit}"
        return Text(
            f"[{self.rule}] 排放源 {self.source} {self.figure.zh} 采用 {amount}：{self.reason.zh}；{self.decision.zh}",
            f"[{self.rule}] source {self.source}, {self.figure.en}: {amount} is used "
            f"because {self.reason.en}; {self.decision.en}",
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One source's contribution. ``amount`` is what entered (after any conservative treatment);
    ``exact`` carries its sign; ``value`` is ``exact`` as it is shown."""

    source: str
    subunit: str
    scope: str
    flow: str
    group: str
    key: str
    item: Text
    amount: Fraction
    exact: Fraction
    value: Decimal
    formula: str
    rules: tuple[str, ...]
    gas_tonnes: Fraction
    gas: str = "CO2"
    month: int | None = None
    process: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "subunit": self.subunit,
            "month": self.month,
            "scope": self.scope,
            "process": self.process,
            "flow": self.flow,
            "group": self.group,
            "item": self.key,
            "label": self.item.to_json(),
            "amount": show(self.amount),
            "gas": self.gas,
            "value": show(self.value),
            "exact": f"{self.exact.numerator}/{self.exact.denominator}",
            "formula": self.formula,
            "rules": list(self.rules),
        }


@dataclass(frozen=True, slots=True)
class Accounted:
    """A calculated figure with everything needed to follow it by hand.

    ``value`` is in ``unit`` with the declared decimals, ``whole`` the same sum in whole tonnes. ``subunits`` holds the
    total and ``intensities`` the tonnes per unit of product of each sub-unit.
    """

    calculator: str
    version: str
    title: Text
    formula: Text
    entity: str
    year: int
    sector: str
    unit: str
    value: Decimal
    whole: int
    exact: Fraction
    lines: tuple[Line, ...]
    groups: Mapping[str, Decimal]
    scopes: Mapping[str, Decimal]
    subunits: Mapping[str, Decimal]
    intensities: Mapping[str, Decimal]
    gases: Mapping[str, Mapping[str, Decimal]]
    metrics: Mapping[str, Decimal | bool]
    defaults: tuple[DefaultUse, ...]
    notes: tuple[Text, ...]
    rules: tuple[str, ...]
    parameters: tuple[Used, ...]
    policy: Mapping[str, Any]
    rounding: tuple[RoundingStep, ...]
    inputs: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """JSON form: decimals as text, nothing lost."""
        return {
            "calculator": {"id": self.calculator, "version": self.version, "title": self.title.to_json()},
            "entity": self.entity,
            "year": self.year,
            "sector": self.sector,
            "value": show(self.value),
            "unit": self.unit,
            "whole_tonnes": self.whole,
            "exact": f"{self.exact.numerator}/{self.exact.denominator}",
            "groups": plain(self.groups),
            "scopes": plain(self.scopes),
            "subunits": plain(self.subunits),
            "intensities": plain(self.intensities),
            "gases": plain(self.gases),
            "metrics": plain(self.metrics),
            "lines": [line.to_json() for line in self.lines],
            "defaults": [use.to_json() for use in self.defaults],
            "notes": [note.to_json() for note in self.notes],
            "rules": list(self.rules),
            "parameters": [used.to_json() for used in self.parameters],
            "policy": dict(self.policy),
            "rounding": [step.to_json() for step in self.rounding],
            "inputs": plain(self.inputs),
        }

    def by_month(self) -> dict[int, Fraction]:
        """Exact counted tonnes of each month, from the lines that carry one; for comparison with monitoring (D-15)."""
        inner = ENTERPRISE in self.scopes
        found: dict[int, Fraction] = {}
        for line in self.lines:
            if line.month is not None and (line.scope == ENTERPRISE or not inner):
                found[line.month] = found.get(line.month, Fraction(0)) + line.exact
        return dict(sorted(found.items()))

    def explained(self) -> Result:
        """The same figure as the registry's explained result: one part per line."""
        return Result(
            name=f"{self.calculator}.{self.version}",
            title=self.title,
            value=self.value,
            unit=self.unit,
            formula=self.formula,
            inputs={"entity": self.entity, "year": self.year, "sector": self.sector},
            outputs={"whole_tonnes": self.whole, **_named(self.groups), **self.metrics},
            rules=self.rules,
            parameters=self.parameters,
            rounding=self.rounding,
            notes=(*self.notes, *(use.text() for use in self.defaults)),
            parts=tuple(_part(line, self.unit) for line in self.lines),
        )

    def explain(self) -> str:
        """Readable text, Chinese first, English beside it."""
        return self.explained().explain()


def _named(groups: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {f"group.{name}": value for name, value in groups.items()}


def _part(line: Line, unit: str) -> Result:
    place = {"subunit": line.subunit, "month": line.month, "process": line.process, "scope": line.scope}
    return Result(
        name=line.source,
        title=Text(f"{line.source} {line.item.zh}", line.item.en),
        value=line.value,
        unit=unit,
        formula=Text(line.formula, line.formula),
        inputs=place,
        rules=line.rules,
    )
