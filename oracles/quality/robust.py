"""Robust statistics in exact arithmetic: median, median absolute deviation, robust z-score."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

CONSISTENCY = Fraction(6745, 10000)
"""Makes the score of a normal sample comparable with standard deviations (0.6745 is its upper quartile)."""

FAR = Fraction(10**6)
"""Score of a value that differs from a history without any spread."""


def median(values: Sequence[Fraction]) -> Fraction:
    """Middle value, mean of the two middle ones for an even count. Raises ValueError for no values."""
    if not values:
        raise ValueError("the median of no values is not defined")
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


@dataclass(frozen=True, slots=True)
class Centre:
    """Where values lie (median) and how far they spread (median absolute deviation, at least the floor)."""

    middle: Fraction
    spread: Fraction

    def score(self, value: Fraction) -> Fraction:
        """Robust z-score of ``value``: its distance from the middle in comparable standard deviations."""
        if self.spread == 0:
            return Fraction(0) if value == self.middle else FAR
        return CONSISTENCY * abs(value - self.middle) / self.spread


def centre(values: Sequence[Fraction], floor_ratio: Fraction) -> Centre:
    """The centre of ``values``.

    The spread is at least ``floor_ratio`` of the median, so that a very even history does not turn noise into a jump.
    Raises ValueError for no values.
    """
    middle = median(values)
    return Centre(middle, max(median([abs(each - middle) for each in values]), abs(middle) * floor_ratio))
