"""Rounding is declared data: a purpose names its decimals and mode in the table ``rounding``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from types import MappingProxyType

from registry_sdk.calc.exact import show
from registry_sdk.parameters import ParameterSet


def _half_up(value: Fraction) -> int:
    return floor(abs(value) + Fraction(1, 2)) * (-1 if value < 0 else 1)


MODES: Mapping[str, Callable[[Fraction], int]] = MappingProxyType({"floor": floor, "ceil": ceil, "half_up": _half_up})


@dataclass(frozen=True, slots=True)
class RoundingStep:
    """One rounding that happened: what, how, from which value to which."""

    purpose: str
    rule: str
    mode: str
    decimals: int
    before: str
    after: str

    def to_json(self) -> dict[str, object]:
        return {
            "purpose": self.purpose,
            "rule": self.rule,
            "mode": self.mode,
            "decimals": self.decimals,
            "before": self.before,
            "after": self.after,
        }


def scale(value: Fraction, decimals: int, mode: str) -> int | Decimal:
    """``value`` rounded to ``decimals`` places: an int for 0 places, else a Decimal with exactly that many places."""
    units = MODES[mode](value * 10**decimals)
    return units if decimals == 0 else Decimal(f"{units}E-{decimals}")


def round_for(
    value: Fraction, purpose: str, parameters: ParameterSet
) -> tuple[int | Decimal | Fraction, RoundingStep | None]:
    """``value`` under the policy of ``purpose``, and the step taken; exact policies give the value back, no step."""
    policy = parameters.table("rounding").row(purpose=purpose)
    if policy["decimals"] is None:
        return value, None
    after = scale(value, policy["decimals"], policy["mode"])
    step = RoundingStep(purpose, policy["rule"], policy["mode"], policy["decimals"], show(value), show(after))
    return after, step
