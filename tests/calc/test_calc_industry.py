"""Industry sectors: alpha on its borders, balance value with clipping and flat regions, special cases."""

from fractions import Fraction

import pytest

from registry_sdk.calc import (
    CalculationError,
    IndustryMember,
    allocate_sector,
    allocate_with_balance,
    carbide_replacement,
)


def members(*pairs: tuple[int, str], year: int = 2025) -> list[IndustryMember]:
    return [IndustryMember(year=year, verified_t=e, intensity=i, entity_id=f"e{n}") for n, (e, i) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("intensity", "alpha"),
    [
        ("0.8", "0.030000"),
        ("0.800001", "0.030000"),
        ("0.81", "0.028500"),
        ("1", "0.000000"),
        ("1.2", "-0.030000"),
        ("1.199999", "-0.030000"),
        ("1.19", "-0.028500"),
        ("5", "-0.030000"),
        ("0.0001", "0.030000"),
    ],
)
def test_allocate_with_balance__around_the_clip__is_continuous(intensity: str, alpha: str) -> None:
    result = allocate_with_balance(year=2026, balance_value=1, intensity=intensity, verified_t=1000000)
    assert str(result["alpha"]) == alpha


def test_allocate_sector__2024__equals_verified_rounded_down() -> None:
    result = allocate_sector("steel", [IndustryMember(year=2024, verified_t="4874491.74")])
    assert (result["allocations"], result["balance_value"], result.rules[0]) == ((4874491,), None, "B-10a")


def test_allocate_sector__one_member_clipped__root_still_exact() -> None:
    result = allocate_sector("cement", members((1000000, "0.50"), (1000000, "1.00"), (1000000, "1.00")))
    # upper clip of the first: 0.03 x 1M; the others: 0.15 x 2M x (BP - 1)/BP = -0.03M -> BP = 10/11
    assert result["balance_value_exact"] == Fraction(10, 11)
    assert result["clipped_upper"] == 1
    assert result["allocations"] == (1030000, 985000, 985000)


def test_allocate_sector__all_clipped_and_equal__every_value_of_the_interval_balances() -> None:
    result = allocate_sector("aluminium", members((1000000, "0.5"), (1000000, "1.5")))
    assert result["interval"] == (Fraction(5, 8), Fraction(5, 4))
    assert (result["balance_value_exact"], result["allocations"]) == (1, (1030000, 970000))
    assert result.notes


def test_allocate_sector__weighted_mean_outside_the_interval__moved_into_it() -> None:
    result = allocate_sector("aluminium", members((1000000, "0.1"), (1000000, "10")))
    assert result["interval"] == (Fraction(1, 8), Fraction(25, 3))
    assert result["balance_value_exact"] == Fraction("5.05")


def test_allocate_sector__one_intensity__nobody_gains() -> None:
    result = allocate_sector("cement", members((100001, "0.9"), (200000, "0.9")))
    assert result["allocations"] == (100001, 200000)


def test_allocate_sector__special_members__stay_out_of_the_balance() -> None:
    plain = members((1000000, "0.80"), (2000000, "0.90"), (1500000, "1.00"))
    white = IndustryMember(year=2025, verified_t="50000.9", flags=("WHITE_CLINKER",), entity_id="w")
    small = IndustryMember(year=2025, verified_t=25999, intensity="0.1", entity_id="s")
    result = allocate_sector("cement", [*plain, white, small])
    assert result["balance_value_exact"] == Fraction(41, 45)
    assert result["allocations"][3:] == (50000, 25999)


@pytest.mark.parametrize(("ratio", "special"), [("0.30", False), ("0.300001", True)])
def test_allocate_sector__carbide_share_at_the_border__special_only_above(ratio: str, special: bool) -> None:
    line = IndustryMember(year=2026, verified_t=100000, intensity="0.9", shares={"carbide_slag_replacement": ratio})
    result = allocate_sector("cement", [line])
    assert (result.parts[0]["treatment"] == "EQUALS_VERIFIED") is special


def test_allocate_sector__published_rounded_balance__is_taken_as_it_is() -> None:
    result = allocate_sector("cement", members((1000000, "0.80")), published_balance_value="0.9111")
    assert result["allocations"][0] == 1018291  # 1 + 0.15 x 0.1111 / 0.9111
    assert result["balance_value_exact"] == Fraction("0.9111")


def test_allocate_sector__output_in_place_of_intensity__divided_exactly() -> None:
    lines = [
        IndustryMember(year=2025, verified_t=800000, product_t=1000000),
        IndustryMember(year=2025, verified_t=900000, intensity_emissions_t=600000, product_t=600000),
    ]
    result = allocate_sector("cement", lines)
    assert result["balance_value_exact"] == (Fraction(4, 5) * 800000 + 900000) / 1700000


@pytest.mark.parametrize(
    ("sector", "rows"),
    [
        ("glass", [IndustryMember(year=2025, verified_t=1, intensity=1)]),
        ("cement", [IndustryMember(year=2025, verified_t=1, intensity=1), IndustryMember(year=2026, verified_t=1)]),
        ("cement", [IndustryMember(year=2025, verified_t=100000)]),
        ("cement", [IndustryMember(year=2025, verified_t=100000, intensity=0)]),
        ("cement", [IndustryMember(year=2025, verified_t=100000, product_t=0)]),
        ("cement", [IndustryMember(year=2027, verified_t=100000, intensity=1)]),
        ("steel", [IndustryMember(year=2025, verified_t=100000, intensity=1, flags=("WHITE_CLINKER",))]),
        ("cement", []),
    ],
)
def test_allocate_sector__wrong_input__is_refused_with_a_rule(sector: str, rows: list[IndustryMember]) -> None:
    with pytest.raises(CalculationError) as caught:
        allocate_sector(sector, rows)
    assert caught.value.rule
    assert caught.value.valid_zh


def test_carbide_replacement__factors_from_the_tables__as_the_example() -> None:
    result = carbide_replacement(clinker_t=1000000, carbide_slag_t=200000)
    assert str(result["carbide_substitution_pct"]) == "17.94"
    assert carbide_replacement(clinker_t=160, carbide_slag_t="53.5")["special_case"] is False  # exactly 30%
    assert carbide_replacement(clinker_t=160, carbide_slag_t="53.51")["special_case"] is True
