"""The formulas of the law written a second time, from the text alone, and compared at every border."""

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_sdk.calc import IndustryMember, PowerUnit, allocate_sector, allocate_unit, gap_cap

BENCHMARKS = {
    2019: ("0.877", "0.979", "1.146", "0.392", "0.126", "0.059"),
    2020: ("0.877", "0.979", "1.146", "0.392", "0.126", "0.059"),
    2021: ("0.8218", "0.8773", "0.9350", "0.3920", "0.1111", "0.0560"),
    2022: ("0.8177", "0.8729", "0.9303", "0.3901", "0.1105", "0.0557"),
    2023: ("0.7950", "0.8090", "0.8285", "0.3305", "0.1038", "0.0536"),
    2024: ("0.7910", "0.8049", "0.8244", "0.3288", "0.1033", "0.0533"),
    2025: ("0.7902", "0.8017", "0.8162", "0.3288", "0.1027", "0.0533"),
    2026: ("0.7894", "0.7985", "0.8080", "0.3288", "0.1021", "0.0533"),
}
CLASSES = ("I", "II", "III", "IV")
LOADS = ("0", "33.37", "49.999", "50", "64.999", "65", "74.999", "75", "79.999", "80", "84.999", "85", "100")
COOLING = {"WATER": Fraction(1), "AIR": Fraction("1.05"), "BACK_PRESSURE": Fraction(1)}


def six_places(value: Fraction) -> Fraction:
    return Fraction((value * 10**6 + Fraction(1, 2)).__floor__(), 10**6)


def load_factor(year: int, unit_class: str, load: str, condensing: bool) -> Fraction:
    if unit_class not in ("I", "II") or (year <= 2020 and not condensing):
        return Fraction(1)
    part = Fraction(load)
    with localcontext() as context:
        context.prec = 90
        number = Decimal(load)
        curve = Fraction((Decimal("1.015").ln() * (16 - 20 * number / 100)).exp())
        falling = Fraction(
            Decimal("7.254")
            - Decimal("0.633") * (1 - (-number / Decimal("29.822")).exp())
            - Decimal("5.643") * (1 - (-number / Decimal("6.871")).exp())
        )
    if year >= 2025:
        return six_places(falling) if part < 50 else Fraction(1)
    if year >= 2023:
        return six_places(curve) if part < 65 else Fraction(1)
    steps = (
        (85, Fraction(1)),
        (80, 1 + Fraction("0.0014") * (85 - part)),
        (75, Fraction("1.007") + Fraction("0.0016") * (80 - part)),
        (0, curve),
    )
    return six_places(next(value for least, value in steps if part >= least))


@pytest.mark.parametrize(("year", "unit_class"), list(product(BENCHMARKS, CLASSES)))
def test_allocate_unit__every_cycle_and_border__equals_the_text(year: int, unit_class: str) -> None:
    row = BENCHMARKS[year]
    supplied = year <= 2022
    for number, load in enumerate(LOADS):
        heat, ratio = ("0", "345678.9")[number % 2], ("0", "0.173", "1", "0.5")[number % 4]
        cooling = tuple(COOLING)[number % 3]
        unit = PowerUnit(
            year=year, unit_class=unit_class, heat_gj=heat, load_factor_pct=load, heat_ratio=ratio, cooling=cooling,
            supplied_mwh="1234567.891" if supplied else None, generation_mwh=None if supplied else "1234567.891",
        )  # fmt: skip
        fixed = Fraction("1234567.891") * Fraction(row[CLASSES.index(unit_class)])
        if supplied and unit_class == "IV":
            fixed *= 1 - Fraction("0.6") * Fraction(ratio)
        elif supplied:
            fixed *= COOLING[cooling] * (1 - Fraction("0.22") * Fraction(ratio))
        factor = load_factor(year, unit_class, load, heat == "0")
        heat_part = (Fraction(heat) * Fraction(row[5 if unit_class == "IV" else 4])).__floor__()
        result = allocate_unit(unit)
        assert Fraction(result["peak_factor"]) == factor
        assert (result["Ae"], result["Ah"]) == ((fixed * factor).__floor__(), heat_part)


@given(
    year=st.sampled_from(tuple(BENCHMARKS)),
    initial=st.integers(0, 3_000_000),
    verified=st.integers(0, 3_000_000),
)
def test_gap_cap__either_sense__equals_the_text(year: int, initial: int, verified: int) -> None:
    result = gap_cap(year=year, initial_t=initial, verified_t=verified)
    raised = (initial if initial * 5 >= verified * 4 else verified * 4 // 5, verified)
    lowered = (initial, min(verified, (initial * 5 + verified) // 5))
    assert (result["final_allocation"], result["obligation"]) == (lowered if year <= 2022 else raised)


def alpha(point: Fraction, level: Fraction) -> Fraction:
    deviation = (point - level) / point
    if deviation >= Fraction(1, 5):
        return Fraction(3, 100)
    return Fraction(-3, 100) if deviation <= -Fraction(1, 5) else Fraction(15, 100) * deviation


@given(st.lists(st.tuples(st.integers(1, 10**7), st.integers(20, 400)), min_size=1, max_size=12))
def test_allocate_sector__members_clipped_or_not__bisection_finds_the_same_root(rows: list[tuple[int, int]]) -> None:
    levels = [(Fraction(verified), Fraction(level, 100)) for verified, level in rows]
    members = [IndustryMember(year=2025, verified_t=verified, intensity=level) for verified, level in levels]
    result = allocate_sector("cement", members)
    point = result["balance_value_exact"]

    def excess(at: Fraction) -> Fraction:
        return sum((verified * alpha(at, level) for verified, level in levels), Fraction(0))

    assert excess(point) == 0
    low, high = 1, 100 * 2**80
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if excess(Fraction(middle, 2**80)) < 0 else (low, middle)
    first = result["interval"][0] if result["interval"] else point
    assert abs(first - Fraction(high, 2**80)) <= Fraction(1, 2**80)
    assert list(result["allocations"]) == [(v * (1 + alpha(point, level))).__floor__() for v, level in levels]
