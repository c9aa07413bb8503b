"""Robust statistics in exact arithmetic: median, median absolute deviation, robust z-score."""

from collections.abc import Sequence
from fractions import Fraction

CONSISTENCY = Fraction(6745, 10000)
"""Makes the score of a normal sample comparable with standard deviations (0.6745 is its upper quartile)."""


def median(values: Sequence[Fraction]) -> Fraction:
    """Middle value, mean of the two middle ones for an even count. Raises ValueError for no values."""
    if not values:
        raise ValueError("the median of no values is not defined")
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def score(value: Fraction, values: Sequence[Fraction], floor_ratio: Fraction) -> tuple[Fraction, Fraction]:
    """(robust z-score of ``value`` against ``values``, their median).

    The spread is at least ``floor_ratio`` of the median, so that a very even history does not turn noise into a jump.
    """
    middle = median(values)
    spread = max(median([abs(each - middle) for each in values]), abs(middle) * floor_ratio)
    if spread == 0:
        return (Fraction(0) if value == middle else Fraction(10**6)), middle
    return CONSISTENCY * abs(value - middle) / spread, middle
