"""Rounding is declared data: a purpose names its decimals and mode in the table ``rounding``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from registry_sdk.calc.exact import show
from registry_sdk.parameters import ParameterSet


def _half_up(numerator: int, denominator: int) -> int:
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -size if numerator < 0 else size


MODES: Mapping[str, Callable[[int, int], int]] = MappingProxyType(
    {
        "floor": lambda numerator, denominator: numerator // denominator,
        "ceil": lambda numerator, denominator: -(-numerator // denominator),
        "half_up": _half_up,
    }
)
"""Ways to bring numerator / denominator (denominator above 0) to an integer."""


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
    return _scale(value.numerator, value.denominator, decimals, mode)


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


def round_ratio(
    numerator: int, denominator: int, purpose: str, parameters: ParameterSet
) -> tuple[int | Decimal, RoundingStep]:
    """Like ``round_for`` for numbers too long to be reduced; the policy of ``purpose`` must name its decimals."""
    policy = parameters.table("rounding").row(purpose=purpose)
    after = _scale(numerator, denominator, policy["decimals"], policy["mode"])
    before = show(_scale(numerator, denominator, policy["decimals"] + _SHOWN, "floor"))
    return after, RoundingStep(purpose, policy["rule"], policy["mode"], policy["decimals"], before, show(after))


_SHOWN = 6


def _scale(numerator: int, denominator: int, decimals: int, mode: str) -> int | Decimal:
    units = MODES[mode](numerator * 10**decimals, denominator)
    return units if decimals == 0 else Decimal(f"{units}E-{decimals}")
