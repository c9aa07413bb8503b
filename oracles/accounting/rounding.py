"""Declared rounding (D-17): which steps are rounded, and whether totals come from exact values or rounded lines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from oracles.accounting.factors import Factors
from oracles.accounting.numbers import rounded
from oracles.accounting.refusal import refuse
from registry_sdk.calc.exact import show
from registry_sdk.calc.result import Text
from registry_sdk.calc.rounding import RoundingStep

FROM_EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Rounding:
    """A policy read from the parameter tables. ``steps`` and ``figures`` map a name to (decimals, mode)."""

    name: str
    version: str
    totals_from: str
    label: Text
    steps: Mapping[str, tuple[int, str]]
    figures: Mapping[str, tuple[int, str]]

    def step(self, name: str, value: Fraction) -> Fraction:
        """``value`` as it enters the next step; exact where the policy does not name the step."""
        rule = self.steps.get(name)
        return value if rule is None else Fraction(rounded(value, *rule))

    def figure(self, name: str, value: Fraction) -> Decimal:
        """``value`` as it is shown or signed."""
        return rounded(value, *self.figures[name])

    def total(self, lines: Iterable[Fraction]) -> Fraction:
        """Sum of the lines: of their exact values, or of what is shown, as the policy declares."""
        if self.totals_from == FROM_EXACT:
            return sum(lines, Fraction(0))
        return sum((Fraction(self.figure("source", line)) for line in lines), Fraction(0))

    def taken(self, name: str, value: Fraction) -> RoundingStep:
        """The rounding of ``figure(name, value)`` as the explained result lists it."""
        decimals, mode = self.figures[name]
        return RoundingStep(name, "D-17", mode, decimals, show(value), show(self.figure(name, value)))

    def to_json(self) -> dict[str, object]:
        return {
            "policy": self.name,
            "version": self.version,
            "rule": "D-17",
            "totals_from": self.totals_from,
            "steps": {name: {"decimals": decimals, "mode": mode} for name, (decimals, mode) in self.steps.items()},
            "label": self.label.to_json(),
        }


def policy(name: str, sector: str, factors: Factors) -> Rounding:
    """The policy ``name``, refused (D-17) where it does not exist or is not for ``sector``."""
    rows = factors.rows("emission_rounding_policies")
    row = next((each for each in rows if each["policy"] == name and sector in each["sectors"]), None)
    if row is None:
        valid = ", ".join(each["policy"] for each in rows if sector in each["sectors"])
        raise refuse(
            "rounding",
            "D-17",
            Text(f"行业 {sector} 没有取整办法 {name}", f"sector {sector} has no rounding policy {name}"),
            Text(valid, valid),
        )
    steps = {
        each["step"]: (each["decimals"], each["mode"])
        for each in factors.rows("emission_rounding_steps")
        if each["policy"] == name
    }
    figures = {each["figure"]: (each["decimals"], each["mode"]) for each in factors.rows("emission_shown")}
    return Rounding(name, row["version"], row["totals_from"], Text(row["label_zh"], row["label_en"]), steps, figures)
