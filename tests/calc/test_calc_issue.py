"""Issue steps: rates by year, remainders, borrowing, shares and caps, changed data."""

from datetime import date
from fractions import Fraction

import pytest

from registry_sdk.calc import (
    CalculationError,
    Plan,
    adjust,
    apply_plan,
    borrow,
    check_plans,
    preallocate,
    recalculate,
    settle,
)


@pytest.mark.parametrize(
    ("year", "sector", "base", "expected"),
    [
        (2020, "power", 1000001, 700000),
        (2022, "power", 10, 7),
        (2024, "steel", 1000000, 0),
        (2025, "power", 3, 1),
        (2025, "cement", 10, 7),
        (2026, "aluminium", 10, 5),
    ],
)
def test_preallocate__rate_of_the_year__rounded_down(year: int, sector: str, base: int, expected: int) -> None:
    assert preallocate(year=year, sector=sector, base_t=base).value == expected


def test_preallocate__lower_rate__only_where_the_rate_is_a_maximum() -> None:
    assert preallocate(year=2025, base_t=1000, rate="0.3").value == 300
    for year, rate in ((2025, "0.51"), (2024, "0.5")):
        with pytest.raises(CalculationError) as caught:
            preallocate(year=year, base_t=1000, rate=rate)
        assert caught.value.rule == "B-06"


@pytest.mark.parametrize(("pre", "final", "issue", "back"), [(70, 100, 30, 0), (100, 70, 0, 30), (5, 5, 0, 0)])
def test_settle__more_is_refunded_less_is_clawed_back(pre: int, final: int, issue: int, back: int) -> None:
    result = settle(pre_allocation_t=pre, final_allocation_t=final)
    assert (result["final_issue"], result["claw_back"]) == (issue, back)


@pytest.mark.parametrize(
    ("pre", "final", "due", "expected"),
    [
        (50, 80, 20, {"pre_issued": 30, "final_issued": 30, "total_issued": 60, "remaining_deduction_next": 0}),
        (50, 80, 60, {"pre_issued": 0, "final_issued": 20, "total_issued": 20, "remaining_deduction_next": 0}),
        (50, 80, 100, {"pre_issued": 0, "final_issued": 0, "total_issued": 0, "remaining_deduction_next": 20}),
        (50, 30, 20, {"pre_issued": 30, "final_issued": -20, "claw_back": 20, "total_issued": 10}),
        (50, 30, 40, {"pre_issued": 10, "returned_deduction": 10, "final_issued": -10, "total_issued": 0}),
        (0, 0, 10, {"total_issued": 0, "remaining_deduction_next": 10}),
    ],
)
def test_adjust__every_relation_of_pre_final_and_due__carries_the_remainder(
    pre: int, final: int, due: int, expected: dict[str, int]
) -> None:
    result = adjust(pre_allocation_t=pre, final_allocation_t=final, deduction_due_t=due)
    assert {name: result[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("allocation", "eligible", "limit"),
    [(900000, True, 50000), (900001, False, 0), (899999, True, 50000), (0, True, 500000)],
)
def test_borrow__ten_percent_border__met_at_or_above(allocation: int, eligible: bool, limit: int) -> None:
    result = borrow(year=2021, obligation_t=1000000, allocation_t=allocation)
    assert (result["eligible"], result["max_borrow"]) == (eligible, limit)


def test_borrow__able_to_comply__may_not() -> None:
    assert borrow(year=2022, obligation_t=100, allocation_t=50, cannot_comply=False)["max_borrow"] == 0
    assert borrow(year=2022, obligation_t=0, allocation_t=0)["max_borrow"] == 0
    assert borrow(year=2022, obligation_t=100, allocation_t=50, lender_preallocation_t=7)["max_borrow"] == 7


@pytest.mark.parametrize("year", [2020, 2023, 2024, 2025])
def test_borrow__any_other_year__is_refused(year: int) -> None:
    with pytest.raises(CalculationError) as caught:
        borrow(year=year, obligation_t=100, allocation_t=50)
    assert caught.value.rule == "B-12"


def test_apply_plan__intensity_without_cap__leaves_allocations_alone() -> None:
    result = apply_plan(Plan("power", 2025), [10, 20])
    assert (result["allocations"], result["factor_exact"], result["auction"]) == ((10, 20), 1, 0)


def test_apply_plan__absolute_cap__scales_down_and_records_the_factor() -> None:
    plan = Plan("cement", 2026, "ABSOLUTE", 100, auction_share="0.1", reserve_share="0.05")
    result = apply_plan(plan, [60, 60, 1])
    assert result["factor_exact"] == Fraction(85, 121)
    assert result["allocations"] == (42, 42, 0)
    assert (result["free_cap"], result["not_issued"], result["auction"], result["reserve"]) == (85, 1, 10, 5)


def test_apply_plan__cap_above_the_formulas__factor_one() -> None:
    assert apply_plan(Plan("cement", 2026, "ABSOLUTE", 1000), [60, 60])["allocations"] == (60, 60)


@pytest.mark.parametrize(
    ("plan", "pre"),
    [
        (Plan("power", 2026, "ABSOLUTE"), 0),
        (Plan("power", 2026, "ABSOLUTE", 100), 101),
        (Plan("power", 2026, "ABSOLUTE", 100, auction_share="0.5"), 51),
        (Plan("power", 2026, "RELATIVE", 100), 0),
        (Plan("power", 2026, "ABSOLUTE", 100, "0.9", "0.2"), 0),
        (Plan("power", 2026, "ABSOLUTE", 100, None, "0.6", "0.6"), 0),
        (Plan("power", 2026, "ABSOLUTE", 100, "1.2"), 0),
    ],
)
def test_apply_plan__plan_that_cannot_hold__is_refused(plan: Plan, pre: int) -> None:
    with pytest.raises(CalculationError) as caught:
        apply_plan(plan, [10], pre_allocated_t=pre)
    assert caught.value.rule.startswith("B-1")


def test_check_plans__two_of_one_sector_and_year__are_refused() -> None:
    check_plans([Plan("power", 2025), Plan("power", 2026), Plan("steel", 2025)])
    with pytest.raises(CalculationError):
        check_plans([Plan("power", 2025), Plan("power", 2025)])


def test_recalculate__changed_data__issue_or_return_with_its_clock() -> None:
    assert recalculate(year=2025, issued_t=100, recalculated_t=90)["return"] == 10
    assert recalculate(year=2025, issued_t=100, recalculated_t=130)["issue"] == 30
    clock = recalculate(year=2025, issued_t=100, recalculated_t=130, changed_on=date(2026, 9, 28))
    assert (clock["working_days"], clock["due_on"]) == (10, date(2026, 10, 16))
