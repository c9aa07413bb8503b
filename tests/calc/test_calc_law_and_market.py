"""Sanctions by the law of the day, prices, calendar, forecast."""

from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from registry_sdk import parameters as law
from registry_sdk.calc import (
    CalculationError,
    Signals,
    Trade,
    add_working_days,
    beijing_day,
    deadlines,
    end_of_day,
    false_data_deduction,
    fine_window,
    forecast,
    is_trading_day,
    is_working_day,
    lot_allowed,
    mean_price,
    price_band,
    project_emissions,
    sanction,
    shortfall_fine,
    surrender_deadline,
)


@pytest.mark.parametrize(
    ("deadline", "low", "high", "name"),
    [
        (date(2023, 12, 31), "20000.00", "30000.00", "MEASURES_2021_ART_40"),
        (date(2024, 4, 30), "20000.00", "30000.00", "MEASURES_2021_ART_40"),
        (date(2024, 5, 1), "500.00", "1000.00", "REGULATION_775_ART_24"),
        (date(2025, 12, 31), "500.00", "1000.00", "REGULATION_775_ART_24"),
        (date(2026, 12, 31), "500.00", "1000.00", "ECOLOGICAL_CODE"),
    ],
)
def test_shortfall_fine__law_of_the_deadline__rules(deadline: date, low: str, high: str, name: str) -> None:
    result = shortfall_fine(short_t=1, deadline=deadline, mean_price_yuan=100)
    assert (str(result["min_yuan"]), str(result["max_yuan"]), result["law"]) == (low, high, name)


@pytest.mark.parametrize(
    ("decided", "deduction"), [(date(2025, 12, 31), 7), (date(2026, 8, 14), 7), (date(2026, 8, 15), 0), (None, 7)]
)
def test_shortfall_fine__deduction__only_by_decisions_before_the_code(decided: date | None, deduction: int) -> None:
    result = shortfall_fine(short_t=7, deadline=date(2025, 12, 31), mean_price_yuan=1, decided_on=decided)
    assert (result["deduction_t"], result["still_owed_t"]) == (deduction, 7)


def test_shortfall_fine__decided_under_the_code__fine_still_by_the_law_of_the_deadline() -> None:
    result = shortfall_fine(short_t=1, deadline=date(2025, 12, 31), mean_price_yuan=1, decided_on=date(2026, 9, 1))
    assert result["law"] == "REGULATION_775_ART_24"


def test_shortfall_fine__deadline_of_2026__has_no_deduction_and_says_why() -> None:
    result = shortfall_fine(short_t=7, deadline=date(2026, 12, 31), mean_price_yuan=1)
    assert result["deduction_t"] == 0
    assert len(result.notes) == 2


def test_shortfall_fine__nothing_short__costs_nothing() -> None:
    for year in (2023, 2025):
        result = shortfall_fine(short_t=0, deadline=date(year, 12, 31))
        assert (result["min_yuan"], result["max_yuan"]) == (0, 0)


def test_shortfall_fine__without_price_or_before_the_deadline__is_refused() -> None:
    with pytest.raises(CalculationError):
        shortfall_fine(short_t=1, deadline=date(2025, 12, 31))
    with pytest.raises(CalculationError):
        shortfall_fine(short_t=1, deadline=date(2025, 12, 31), mean_price_yuan=1, decided_on=date(2025, 12, 30))


@pytest.mark.parametrize(
    ("act", "gain", "low", "high"),
    [
        ("art22", None, 500000, 2000000),
        ("art22", 499999, 500000, 2000000),
        ("art22", 500000, 2500000, 5000000),
        ("art21", None, 50000, 500000),
        ("art25_manipulation", 600000, 600000, 6000000),
        ("art23_persons", None, 20000, 200000),
    ],
)
def test_sanction__gain_around_the_threshold__multiples_or_range(
    act: str, gain: int | None, low: int, high: int
) -> None:
    result = sanction(act=act, gain_yuan=gain, on=date(2025, 1, 1))
    assert (result["min_yuan"], result["max_yuan"]) == (low, high)


def test_sanction__before_the_regulation_or_unknown__is_refused() -> None:
    with pytest.raises(CalculationError):
        sanction(act="art21", on=date(2024, 4, 30))
    with pytest.raises(CalculationError, match="art26"):
        sanction(act="art99", on=date(2025, 1, 1))


def test_false_data_deduction__inside_the_range__also_under_the_code() -> None:
    assert false_data_deduction(next_allocation_t=1001, ratio="0.5", on=date(2026, 9, 1)).value == 500
    for ratio, day in (("0.49", date(2026, 9, 1)), ("1.01", date(2026, 9, 1)), ("0.5", date(2024, 4, 30))):
        with pytest.raises(CalculationError):
            false_data_deduction(next_allocation_t=1001, ratio=ratio, on=day)


def test_fine_window__month_before_the_deadline__by_calendar_or_by_thirty_days(tmp_path: Path) -> None:
    assert fine_window(date(2025, 12, 31)) == (date(2025, 11, 1), date(2025, 11, 30))
    file = tmp_path / "window.json"
    file.write_text(
        '{"parameters": {"price_window_for_fine": {"values": [{"value": "thirty_days_before_deadline",'
        '"from": "2024-05-01", "to": null, "source": ["design"], "confidence": "L"}]}}}'
    )
    assert fine_window(date(2025, 12, 31), law.load([file])) == (date(2025, 12, 1), date(2025, 12, 30))


def test_mean_price__weighted_by_volume_inside_the_window__exact() -> None:
    trades = [
        Trade(date(2025, 11, 1), 100, "70.00"),
        Trade(date(2025, 11, 30), 200, "73.01"),
        Trade(date(2025, 10, 31), 10**6, "1"),
        Trade(date(2025, 12, 1), 10**6, "1"),
    ]
    assert mean_price(trades, date(2025, 12, 31)).value == Fraction(21602, 300)
    with pytest.raises(CalculationError):
        mean_price(trades[2:], date(2025, 12, 31))


def test_price_band__default_rounding__never_leaves_the_band() -> None:
    result = price_band(previous_close="74.63", on=date(2026, 1, 5), method="block")
    assert (str(result["down"]), str(result["up"])) == ("52.25", "97.01")
    credits = price_band(previous_close="70.10", on=date(2026, 1, 5), market="ccer")
    assert (str(credits["down"]), str(credits["up"])) == ("63.09", "77.11")


@pytest.mark.parametrize(
    "arguments", [{"method": "auction"}, {"market": "pilot"}, {"rounding": "up"}, {"previous_close": 0}]
)
def test_price_band__unknown_kind__is_refused(arguments: dict[str, str]) -> None:
    with pytest.raises(CalculationError):
        price_band(**({"previous_close": "1", "on": date(2026, 1, 5)} | arguments))  # type: ignore[arg-type]


def test_lot_allowed__block_border__belongs_to_block() -> None:
    day = date(2026, 1, 5)
    assert [lot_allowed(method="listed", quantity_t=q, on=day) for q in (1, 99999, 100000)] == [True, True, False]
    assert [lot_allowed(method="block", quantity_t=q, on=day) for q in (99999, 100000)] == [False, True]
    with pytest.raises(CalculationError):
        lot_allowed(method="listed", quantity_t=0, on=day)


@pytest.mark.parametrize(
    ("year", "sector", "deadline"),
    [
        (2019, "power", date(2021, 12, 31)),
        (2020, "power", date(2021, 12, 31)),
        (2021, "power", date(2023, 12, 31)),
        (2022, "power", date(2023, 12, 31)),
        (2023, "power", date(2024, 12, 31)),
        (2024, "steel", date(2025, 12, 31)),
        (2025, "aluminium", date(2026, 12, 31)),
    ],
)
def test_surrender_deadline__by_year__as_published(year: int, sector: str, deadline: date) -> None:
    assert surrender_deadline(year, sector) == deadline


def test_deadlines__sector_not_yet_covered__is_refused() -> None:
    assert deadlines(2025, "power")["verification"] == date(2026, 6, 30)
    assert deadlines(2025, "cement")["verification"] == date(2026, 7, 31)
    with pytest.raises(CalculationError):
        deadlines(2023, "steel")


def test_beijing_day__around_midnight__follows_beijing_not_the_server() -> None:
    assert beijing_day(datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC)) == date(2025, 12, 31)
    assert beijing_day(datetime(2025, 12, 31, 16, 0, tzinfo=UTC)) == date(2026, 1, 1)
    assert end_of_day(date(2025, 12, 31)) == datetime(2025, 12, 31, 16, 0, tzinfo=UTC)
    with pytest.raises(CalculationError):
        beijing_day(datetime(2025, 12, 31))


def test_working_days__holidays_and_make_up_days() -> None:
    assert is_working_day(date(2025, 9, 28))  # a Sunday worked for the national holiday
    assert not is_trading_day(date(2025, 9, 28))
    assert not is_working_day(date(2025, 10, 8))
    assert add_working_days(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert add_working_days(date(2025, 9, 26), 1) == date(2025, 9, 28)
    assert add_working_days(date(2025, 9, 26), 0) == date(2025, 9, 26)


def test_is_trading_day__whole_of_2025__as_many_days_as_the_market_was_open() -> None:
    days = (date.fromordinal(number) for number in range(date(2025, 1, 1).toordinal(), date(2026, 1, 1).toordinal()))
    assert sum(is_trading_day(day) for day in days) == 243


def test_is_working_day__year_without_published_holidays__says_so_and_takes_an_override(tmp_path: Path) -> None:
    with pytest.raises(CalculationError, match="2090") as caught:
        add_working_days(date(2089, 12, 31), 1)
    assert "working_day_exceptions" in caught.value.valid_en
    file = tmp_path / "holidays.json"
    file.write_text(
        '{"tables": {"working_day_years": {"rows": [[2090, true]]},'
        ' "working_day_exceptions": {"rows": [["2090-01-02", false, "new year"], ["2090-01-07", true, "make-up"]]}}}'
    )
    numbers = law.load([file])
    assert not is_working_day(date(2090, 1, 2), numbers)
    assert is_working_day(date(2090, 1, 7), numbers)
    assert is_working_day(date(2090, 1, 3), numbers)


ON = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("allowances", "level"),
    [(100, "green"), (99, "yellow"), (90, "yellow"), (89, "orange"), (70, "orange"), (69, "red")],
)
def test_forecast__coverage_on_the_borders__gives_the_level(allowances: int, level: str) -> None:
    assert forecast(obligation_t=100, usable_allowances_t=allowances, on=ON).value == level


@pytest.mark.parametrize(
    "signals",
    [
        Signals(judicial_freeze=True),
        Signals(unpaid_earlier_year=True),
        Signals(missing_evidence_months=2),
        Signals(closed=True),
        Signals(dishonest_debtor=True),
        Signals(pledged_t=51, held_t=100),
    ],
)
def test_forecast__a_red_sign__is_red_whatever_the_coverage(signals: Signals) -> None:
    result = forecast(obligation_t=100, usable_allowances_t=200, on=ON, signals=signals)
    assert (result.value, len(result["reasons"])) == ("red", 2)


def test_forecast__signs_below_their_borders__stay_green() -> None:
    signals = Signals(missing_evidence_months=1, pledged_t=50, held_t=100)
    assert forecast(obligation_t=100, usable_allowances_t=100, on=ON, signals=signals).value == "green"
    assert forecast(obligation_t=0, usable_allowances_t=0, on=ON).value == "green"


@pytest.mark.parametrize(
    ("credit_price", "resale", "expected"),
    [
        ("60", True, (50, 30, 950, 50, "5300.00")),
        ("80", True, (0, 0, 1000, 100, "7000.00")),
        ("80", False, (20, 0, 900, 80, "5600.00")),
        ("70", True, (20, 0, 900, 80, "5600.00")),
    ],
)
def test_forecast__prices__choose_the_cheapest_mix(
    credit_price: str, resale: bool, expected: tuple[int, int, int, int, str]
) -> None:
    result = forecast(
        obligation_t=1000, usable_allowances_t=900, eligible_credits_t=20, allowance_price_yuan="70",
        credit_price_yuan=credit_price, on=ON, resale=resale,
    )  # fmt: skip
    used, bought, allowances, buy, cash = expected
    assert (result["credits_used"], result["credits_to_buy"]) == (used, bought)
    assert result["allowances_to_buy"] == buy
    assert str(result["cash_cost_yuan"]) == cash
    assert result["allowances_used"] + result["allowances_to_buy"] + result["credits_used"] == 1000
    assert allowances >= result["allowances_used"]


def test_forecast__partly_paid__uses_up_the_cap() -> None:
    result = forecast(
        obligation_t=1000, usable_allowances_t=0, eligible_credits_t=100, surrendered_t=900, offsets_used_t=40, on=ON
    )
    assert (result["cap_left"], result["still_owed"], result["shortfall"]) == (10, 60, 50)


def test_project_emissions__months_missing__take_last_year_then_the_mean() -> None:
    evidence = {f"2026-{month:02d}": 100 for month in range(1, 7)} | {"2025-07": 40}
    result = project_emissions(year=2026, evidence=evidence, through_month=8)
    mean = Fraction(640, 7)
    assert result["projected"] == 600 + 40 + 5 * mean
    assert result["missing"] == ("2026-07", "2026-08")
    for bad in ({}, {"2026-13": 1}, {"2024-01": 1}, {"2026-01": -1}):
        with pytest.raises(CalculationError):
            project_emissions(year=2026, evidence=bad)
