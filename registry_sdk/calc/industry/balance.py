"""The sector balance value of B-10b: the BP for which the allocations, before rounding down, sum to verified emissions.

With the excess g(BP) = sum of E_i x alpha((BP - I_i) / BP) we look for g(BP) = 0.

* Each alpha rises with BP, so g never falls. Far below every I_i all members sit at -cap and g = -cap x sum(E) < 0;
  far above, g = +cap x sum(E) > 0; alpha has no jump (``curve_of`` refuses numbers that would make one), so g is
  continuous and a root always exists. Clipping moves it but cannot remove it.
* Member i leaves the lower clip at BP = I_i / (1 + clip) and reaches the upper clip at BP = I_i / (1 - clip). Between
  two neighbouring breakpoints the sets H (upper), L (lower) and U (neither) are fixed and
      g(BP) = cap x (E_H - E_L) + slope x (E_U - S_U / BP),  S_U = sum of E_i x I_i over U,
  so once a binary search over the sorted breakpoints has found the two that enclose the sign change, the root is the
  exact fraction slope x S_U / (slope x E_U + cap x (E_H - E_L)). No tolerance, no iteration to convergence.
* Where U is empty g is flat, and if it is zero there (E_H = E_L) every BP of the interval balances the sector and gives
  every member the same allocation. We then publish the emission-weighted mean intensity, moved into the interval, and
  say so: ``interval`` holds both ends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.industry.alpha import Curve

Member = tuple[Fraction, Fraction]
"""Verified emissions E (>= 0) and intensity I (> 0)."""

_Bounded = tuple[Fraction, Fraction, Fraction, Fraction]
"""E, I, and the BP up to which the member sits at the lower limit and from which it sits at the upper one."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The root; ``interval`` is set when a whole interval of roots exists; counts of members clipped and not."""

    value: Fraction
    interval: tuple[Fraction, Fraction] | None
    upper: int
    lower: int
    free: int


def balance_value(members: Sequence[Member], curve: Curve) -> Balance:
    """Balance value of ``members``. Raises CalculationError when nobody has emissions."""
    weighted = [
        (emissions, level, level / (1 + curve.clip), level / (1 - curve.clip))
        for emissions, level in members
        if emissions > 0
    ]
    if not weighted:
        raise CalculationError(
            "B-10b",
            "verified_t",
            "行业内没有排放量",
            "the sector has no emissions",
            "至少一个成员排放量大于 0",
            "one member above 0",
        )
    points = sorted({bound for _, _, lower, upper in weighted for bound in (lower, upper)})
    low, high = 0, len(points) - 1
    while low < high:
        middle = (low + high) // 2
        if _excess_sign(weighted, points[middle], curve) >= 0:
            high = middle
        else:
            low = middle + 1
    # points[low] is the first breakpoint with g >= 0; at points[0] nobody has left the lower clip, so low >= 1
    value = _root_between(weighted, points[low - 1], points[low], curve)
    interval = _flat_interval(weighted, points, low, curve)
    if interval is not None:
        mean = total(e * i for e, i, _, _ in weighted) / total(e for e, _, _, _ in weighted)
        value = min(max(mean, interval[0]), interval[1])
    high_side = sum(1 for _, _, _, upper in weighted if value >= upper)
    low_side = sum(1 for _, _, lower, _ in weighted if value <= lower)
    return Balance(value, interval, high_side, low_side, len(weighted) - high_side - low_side)


def _parts(members: Iterable[_Bounded], point: Fraction) -> tuple[list[Member], Fraction]:
    """Members free at ``point`` and E_H - E_L of the others."""
    free: list[Member] = []
    clipped: list[Fraction] = []
    for emissions, level, lower, upper in members:
        if point >= upper:
            clipped.append(emissions)
        elif point <= lower:
            clipped.append(-emissions)
        else:
            free.append((emissions, level))
    return free, total(clipped)


def _excess_sign(members: Sequence[_Bounded], point: Fraction, curve: Curve) -> int:
    free, clipped = _parts(members, point)
    level = total(e * i for e, i in free)
    excess = (curve.cap * clipped + curve.slope * total(e for e, _ in free)) * point - curve.slope * level
    return (excess > 0) - (excess < 0)


def _root_between(members: Sequence[_Bounded], left: Fraction, right: Fraction, curve: Curve) -> Fraction:
    free, clipped = _parts(members, (left + right) / 2)
    slope = curve.slope * total(e for e, _ in free) + curve.cap * clipped
    if not free or slope <= 0:
        return right
    return curve.slope * total(e * i for e, i in free) / slope


def _flat_interval(
    members: Sequence[_Bounded], points: Sequence[Fraction], first: int, curve: Curve
) -> tuple[Fraction, Fraction] | None:
    if first + 1 >= len(points) or _excess_sign(members, points[first], curve) != 0:
        return None
    free, _ = _parts(members, (points[first] + points[first + 1]) / 2)
    return None if free else (points[first], points[first + 1])


def total(values: Iterable[Fraction]) -> Fraction:
    """Exact sum, added pairwise so that thousands of unlike denominators stay affordable."""
    level = list(values)
    if not level:
        return Fraction(0)
    while len(level) > 1:
        level = [sum(level[index : index + 2], Fraction(0)) for index in range(0, len(level), 2)]
    return level[0]
