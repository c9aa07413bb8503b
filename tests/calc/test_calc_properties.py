"""Properties of the calculators, on invented inputs."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_sdk.calc import (
    CalculationError,
    Credit,
    Holding,
    IndustryMember,
    Plan,
    PowerUnit,
    accept_offsets,
    adjust,
    allocate_entity,
    allocate_sector,
    allocate_unit,
    apply_carryover,
    apply_plan,
    carryover_limit,
    differentiated_issue,
    forecast,
    gap_cap,
    price_band,
)
from registry_sdk.calc.industry.alpha import Curve
from registry_sdk.calc.industry.balance import balance_value
from registry_sdk.calc.rounding import MODES
from registry_sdk.calc.tables.allocation import allocate_table

CURVE = Curve(Fraction("0.15"), Fraction("0.03"), Fraction("0.20"))
TONNES = st.integers(0, 10**9)
MWH = st.decimals(0, 10**8, places=3)
YEARS = st.sampled_from([2019, 2021, 2022, 2023, 2024, 2025, 2026])
CLASSES = st.sampled_from(["I", "II", "III", "IV"])
LOADS = st.decimals(0, 100, places=2)
MEMBERS = st.lists(st.tuples(st.integers(30_000, 10**8), st.decimals("0.05", "3", places=4)), min_size=1, max_size=25)


def unit(
    year: int, unit_class: str, output: Decimal, heat: Decimal, load: Decimal, verified: int | None = None
) -> PowerUnit:
    return PowerUnit(
        year=year, unit_class=unit_class, generation_mwh=output, supplied_mwh=output, heat_gj=heat,
        load_factor_pct=load, verified_t=verified,
    )  # fmt: skip


@given(st.lists(TONNES, max_size=40), TONNES, st.fractions(0, 1, max_denominator=100))
def test_plan__absolute_mode__free_sum_never_above_cap_and_order_is_irrelevant(
    amounts: list[int], cap: int, auction: Fraction
) -> None:
    plan = Plan("cement", 2026, "ABSOLUTE", cap, auction_share=auction)
    result = apply_plan(plan, amounts)
    assert result["sum_free"] <= cap * (1 - auction)
    assert all(given <= asked for given, asked in zip(result["allocations"], amounts, strict=True))
    mirrored = apply_plan(plan, amounts[::-1])
    assert mirrored["allocations"] == result["allocations"][::-1]


@given(MEMBERS)
def test_balance_value__any_sector__is_an_exact_root(members: list[tuple[int, Decimal]]) -> None:
    exact = [(Fraction(e), Fraction(i)) for e, i in members]
    found = balance_value(exact, CURVE)
    assert sum(e * CURVE.alpha((found.value - i) / found.value) for e, i in exact) == 0
    if found.interval is not None:
        for point in found.interval:
            assert sum(e * CURVE.alpha((point - i) / point) for e, i in exact) == 0


LEVELS = st.fractions(Fraction(1, 20), 3, max_denominator=1000)


@given(st.lists(st.integers(30_000, 10**8), min_size=1, max_size=20), LEVELS)
def test_sector__equal_intensities__everybody_gets_what_was_emitted(emitted: list[int], level: Fraction) -> None:
    """Invariant: where nobody is better than another, the balance value is the common intensity and alpha is 0."""
    result = allocate_sector("cement", [IndustryMember(year=2026, verified_t=e, intensity=level) for e in emitted])
    assert result["balance_value_exact"] == level
    assert list(result["allocations"]) == emitted


@given(
    st.lists(st.tuples(st.integers(30_000, 10**8), st.booleans()), min_size=2, max_size=20).filter(
        lambda rows: len({low for _, low in rows}) == 2
    ),
    LEVELS,
    st.fractions(2, 9, max_denominator=10),
)
def test_sector__two_distant_groups__clipped_and_still_sums_to_verified(
    rows: list[tuple[int, bool]], level: Fraction, distance: Fraction
) -> None:
    """Invariant: clipping moves the balance value, never the sum, and each side is clipped as a whole.

    Groups further apart than 1.2 / 0.8 cannot both be inside the clips, so at least the lighter one sits at its limit;
    with equal weights both do.
    """
    members = [IndustryMember(year=2025, verified_t=e, intensity=level * (1 if low else distance)) for e, low in rows]
    result = allocate_sector("aluminium", members)
    assert -len(rows) < result["difference"] <= 0
    sums = [sum(e for e, low in rows if low is side) for side in (True, False)]
    clipped = {True: result["clipped_upper"], False: result["clipped_lower"]}
    lighter = sums[0] <= sums[1]
    assert clipped[lighter] == sum(1 for _, low in rows if low is lighter)
    if sums[0] == sums[1]:
        assert result["clipped_upper"] + result["clipped_lower"] == len(rows)


@given(MEMBERS, st.randoms())
def test_sector__any_order__sums_to_verified_within_rounding_and_does_not_move(
    members: list[tuple[int, Decimal]], random: object
) -> None:
    rows = [IndustryMember(year=2025, verified_t=e, intensity=i, entity_id=str(n)) for n, (e, i) in enumerate(members)]
    result = allocate_sector("cement", rows)
    assert -len(rows) < result["difference"] <= 0
    given_to = dict(zip((row.entity_id for row in rows), result["allocations"], strict=True))
    shuffled = rows[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = allocate_sector("cement", shuffled)
    assert dict(zip((row.entity_id for row in shuffled), again["allocations"], strict=True)) == given_to
    assert again["balance_value_exact"] == result["balance_value_exact"]


@given(MEMBERS)
def test_sector__lower_intensity__never_gets_less_per_tonne(members: list[tuple[int, Decimal]]) -> None:
    level = [(10**7, intensity) for _, intensity in members]
    rows = [IndustryMember(year=2026, verified_t=e, intensity=i) for e, i in level]
    allocations = allocate_sector("aluminium", rows)["allocations"]
    ranked = sorted(zip((i for _, i in level), allocations, strict=True))
    assert all(better[1] >= worse[1] for better, worse in pairwise(ranked))
    assert all(9_700_000 <= amount <= 10_300_000 for amount in allocations)


@given(YEARS, CLASSES, MWH, MWH, MWH, LOADS)
def test_unit__more_output_or_heat__never_gets_less(
    year: int, unit_class: str, output: Decimal, heat: Decimal, more: Decimal, load: Decimal
) -> None:
    # condensing fixed: in 2019-2020 heat itself decides whether the load correction applies
    base = allocate_unit(unit(year, unit_class, output, heat + 1, load))
    assert allocate_unit(unit(year, unit_class, output + more, heat + 1, load)).value >= base.value
    assert allocate_unit(unit(year, unit_class, output, heat + 1 + more, load)).value >= base.value


@given(st.sampled_from([2023, 2024, 2025, 2026]), MWH)
def test_unit__higher_benchmark__never_gets_less(year: int, output: Decimal) -> None:
    full = Decimal(100)
    amounts = [allocate_unit(unit(year, name, output, Decimal(0), full)).value for name in ("IV", "I", "II", "III")]
    assert amounts == sorted(amounts)


@given(YEARS, MWH, MWH, LOADS)
def test_unit__higher_benchmark_at_any_load__never_gets_less(
    year: int, output: Decimal, heat: Decimal, load: Decimal
) -> None:
    """Invariant: II has the higher benchmark and the same load correction as I, so no load turns their order round."""
    first, second = (allocate_unit(unit(year, name, output, heat, load)).value for name in ("I", "II"))
    assert first <= second


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), CLASSES), min_size=1, max_size=6),
    st.integers(0, 10**6),
    st.sampled_from(["0", "0.1", "0.375"]),
)
def test_table__absolute_cap__free_issue_never_above_it_and_no_order_matters(
    rows: list[tuple[int, int, str]], cap: int, auction: str
) -> None:
    """Invariant: after exemption, gap cap and scaling the sum of what firms get free stays within cap x free share."""
    units = [
        {
            "entity_id": str(n), "sector": "power", "year": 2026, "unit_id": "1", "unit_class": name,
            "generation_MWh": output, "load_factor_pct": 40, "verified_t": verified,
        }
        for n, (output, verified, name) in enumerate(rows)
    ]  # fmt: skip
    plan = {"sector": "power", "year": 2026, "cap_mode": "ABSOLUTE", "cap_t": cap, "auction_share": auction}
    given_to = []
    for order in (units, units[::-1]):
        report = allocate_table(enumerate(order, 1), [(1, plan)])
        given_to.append({row["entity_id"]: row["total_issued"] for row in report.sections["entities"]})
    assert given_to[0] == given_to[1]
    assert sum(given_to[0].values()) <= cap * (1 - Fraction(auction))


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_gap_cap__either_sense__firm_never_short_by_more_than_a_fifth(initial: int, verified: int) -> None:
    newer = gap_cap(year=2024, initial_t=initial, verified_t=verified)
    older = gap_cap(year=2022, initial_t=initial, verified_t=verified)
    assert newer["obligation"] - newer["allocation"] <= -(-verified // 5)
    assert older["obligation"] - older["allocation"] <= verified // 5
    assert newer["allocation"] >= initial
    assert older["obligation"] <= verified


@settings(max_examples=50)
@given(
    st.lists(st.tuples(CLASSES, MWH, st.integers(0, 10**8), LOADS), min_size=1, max_size=8),
    st.sampled_from([2022, 2024, 2026]),
)
def test_entity__order_of_units__does_not_change_the_result(
    rows: list[tuple[str, Decimal, int, Decimal]], year: int
) -> None:
    units = [unit(year, name, output, Decimal(0), load, verified) for name, output, verified, load in rows]
    assert dict(allocate_entity(units).outputs) == dict(allocate_entity(units[::-1]).outputs)


@given(TONNES, TONNES, TONNES)
def test_adjust__any_amounts__total_is_final_less_due_and_nothing_is_lost(pre: int, final: int, due: int) -> None:
    result = adjust(pre_allocation_t=pre, final_allocation_t=final, deduction_due_t=due)
    assert result["total_issued"] == max(0, final - due)
    assert result["remaining_deduction_next"] == max(0, due - final)
    assert result["total_issued"] == result["pre_issued"] + result["final_issued"]


@given(TONNES, TONNES)
def test_differentiated_issue__every_tonne__has_one_place(issued: int, obligation: int) -> None:
    result = differentiated_issue(issued_t=issued, obligation_t=obligation)
    assert result["surrendered"] + result["released"] == issued
    assert result["surrendered"] + result["short"] == obligation


@given(TONNES, TONNES, TONNES, TONNES, TONNES, TONNES, TONNES)
def test_carryover__any_trades__never_above_holding_or_formula(
    sold: int, bought: int, registry: int, trading: int, frozen: int, pending: int, cancelling: int
) -> None:
    holding = Holding(registry, trading, frozen, pending, cancelling)
    result = carryover_limit(sold_t=sold, bought_t=bought, holding=holding)
    held = max(0, registry + trading + frozen - pending - cancelling)
    assert 0 <= result.value <= min(held, 10_000 + max(0, sold - bought) * Fraction(3, 2))
    assert result.value + result["not_carried"] == held


@given(TONNES, TONNES, st.lists(st.tuples(st.integers(1, 10**9), st.dates(date(2026, 1, 1), date(2026, 6, 10)))))
def test_carryover__many_applications__never_more_than_limit_or_holding(
    limit: int, held: int, wanted: list[tuple[int, date]]
) -> None:
    """Invariant: however a firm cuts and dates its applications, they add up to no more than limit and holding."""
    taken = 0
    for quantity, day in sorted(wanted, key=lambda each: each[1]):
        apply = partial(
            apply_carryover,
            limit_t=limit, already_applied_t=taken, quantity_t=quantity, vintage=2024, registry_free_t=held - taken,
            day=day,
        )  # fmt: skip
        if quantity > min(limit, held) - taken:
            with pytest.raises(CalculationError, match="more than the"):
                apply()
        else:
            assert apply()["remaining"] == limit - taken - quantity
            taken += quantity
    assert taken <= min(limit, held)


@given(TONNES, st.lists(st.tuples(TONNES, st.booleans(), st.integers(2010, 2026)), max_size=8))
def test_offsets__any_batches__never_above_the_cap(obligation: int, rows: list[tuple[int, bool, int]]) -> None:
    credits = [Credit(date(year, 6, 1), quantity, in_ets) for quantity, in_ets, year in rows]
    result = accept_offsets(obligation_t=obligation, credits=credits, used_on=date(2026, 12, 1))
    assert 20 * result["accepted"] <= obligation
    assert result["accepted"] + result["allowances_needed"] == obligation
    assert result["accepted"] + result["excess"] == result["eligible"] <= result["offered"]


@given(st.integers(0, 10**6), TONNES, TONNES, st.decimals("0.01", 200, places=2), st.decimals("0.01", 200, places=2))
def test_forecast__cheapest_mix__no_other_mix_is_cheaper(
    obligation: int, allowances: int, credits: int, price: Decimal, credit_price: Decimal
) -> None:
    result = forecast(
        obligation_t=obligation, usable_allowances_t=allowances, eligible_credits_t=credits, allowance_price_yuan=price,
        credit_price_yuan=credit_price, on=date(2026, 11, 1),
    )  # fmt: skip

    def cost(used: int) -> Fraction:
        return (used - credits) * Fraction(credit_price) + (obligation - used - allowances) * Fraction(price)

    cap = result["cap"]
    assert 0 <= result["credits_used"] <= cap
    assert cost(result["credits_used"]) == min(cost(used) for used in {0, cap, cap // 2, min(credits, cap)})


@given(st.decimals("0.01", 10_000, places=2), st.sampled_from(["listed", "block"]))
def test_price_band__rounded_inside__stays_in_the_band_on_the_step(close: Decimal, method: str) -> None:
    ratio = Fraction(1, 10) if method == "listed" else Fraction(3, 10)
    result = price_band(previous_close=close, on=date(2026, 1, 5), method=method)
    assert Fraction(result["up"]) <= Fraction(close) * (1 + ratio) < Fraction(result["up"]) + Fraction(1, 100)
    assert Fraction(result["down"]) >= Fraction(close) * (1 - ratio) > Fraction(result["down"]) - Fraction(1, 100)


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_modes__half_up__within_a_half_and_away_from_zero_on_ties(numerator: int, denominator: int) -> None:
    value, rounded = Fraction(numerator, denominator), MODES["half_up"](numerator, denominator)
    assert abs(rounded - value) <= Fraction(1, 2)
    assert MODES["half_up"](-numerator, denominator) == -rounded
    assert MODES["floor"](numerator, denominator) <= value <= MODES["ceil"](numerator, denominator)
