"""Vintages, offsets, status and carry-over on their dates."""

from datetime import date

import pytest

from registry_sdk.calc import (
    CalculationError,
    Credit,
    Holding,
    Movement,
    Offset,
    Surrender,
    accept_offsets,
    allowed_vintages,
    apply_carryover,
    carryover_limit,
    check_credit,
    check_vintage,
    compliance_status,
    net_sales,
    obligation_of,
)


@pytest.mark.parametrize(
    ("year", "flags", "expected"),
    [
        (2019, {}, (2019, 2020)),
        (2020, {}, (2019, 2020)),
        (2021, {}, (2019, 2020, 2021)),
        (2022, {"borrowed": True}, (2019, 2020, 2021, 2022, 2023)),
        (2023, {}, tuple(range(2019, 2024))),
        (2024, {}, tuple(range(2019, 2025))),
        (2025, {}, (2025,)),
        (2027, {}, (2025, 2026, 2027)),
        (2023, {"arrears": True}, tuple(range(2019, 2027))),
        (2024, {"arrears": True}, tuple(range(2019, 2027))),
        (2025, {"arrears": True}, (2025,)),
        (2023, {"borrowed": True}, tuple(range(2019, 2024))),
    ],
)
def test_allowed_vintages__by_compliance_year__as_the_table(
    year: int, flags: dict[str, bool], expected: tuple[int, ...]
) -> None:
    assert allowed_vintages(year, **flags) == expected


def test_check_vintage__old_vintage_for_2025__is_refused_naming_what_pays() -> None:
    with pytest.raises(CalculationError, match="2025") as caught:
        check_vintage(2025, 2024)
    assert caught.value.rule == "C-03"
    with pytest.raises(CalculationError):
        allowed_vintages(2018)


@pytest.mark.parametrize(("verified", "expected"), [("4874491.74", 4874492), ("10.5", 11), ("10.49", 10), (0, 0)])
def test_obligation_of__verified_with_decimals__to_whole_tonnes(verified: str, expected: int) -> None:
    assert obligation_of(verified) == expected


@pytest.mark.parametrize(
    ("recorded", "used", "kind"),
    [
        (date(2017, 3, 13), date(2024, 12, 31), "OLD"),
        (date(2024, 1, 22), date(2024, 1, 22), "NEW"),
        (date(2025, 6, 1), date(2026, 12, 31), "NEW"),
    ],
)
def test_check_credit__inside_its_dates__is_accepted(recorded: date, used: date, kind: str) -> None:
    assert check_credit(Credit(recorded, 1), used) == kind


@pytest.mark.parametrize(
    ("credit", "used"),
    [
        (Credit(date(2017, 3, 13), 1), date(2025, 1, 1)),
        (Credit(date(2017, 3, 14), 1), date(2024, 12, 31)),
        (Credit(date(2024, 1, 21), 1), date(2024, 12, 31)),
        (Credit(date(2025, 6, 1), 1), date(2025, 5, 31)),
        (Credit(date(2025, 6, 1), 1, in_ets=True), date(2025, 12, 1)),
        (Credit(date(2025, 6, 1), 1, used_for=2024), date(2025, 12, 1)),
    ],
)
def test_check_credit__outside_its_dates_or_coverage__is_refused(credit: Credit, used: date) -> None:
    with pytest.raises(CalculationError) as caught:
        check_credit(credit, used)
    assert caught.value.rule in {"C-06", "C-06a"}


def test_accept_offsets__mixed_batches__eligible_up_to_the_cap() -> None:
    batches = [Credit(date(2016, 1, 1), 900, label="old"), Credit(date(2025, 1, 1), 30, label="a")]
    batches.append(Credit(date(2025, 1, 1), 30, label="b"))
    result = accept_offsets(obligation_t=1000, credits=batches, used_on=date(2025, 12, 1))
    assert (result["cap"], result["eligible"], result["accepted"], result["excess"]) == (50, 60, 50, 10)
    assert result["allowances_needed"] == 950
    assert [entry["credit"] for entry in result["refused"]] == ["old"]


def status(
    as_of: date, *surrenders: Surrender, offsets: tuple[Offset, ...] = (), owed: int = 100
) -> tuple[object, ...]:
    found = compliance_status(
        year=2024, sector="power", obligation_t=owed, surrenders=surrenders, offsets=offsets, as_of=as_of
    )
    return found.value, found["missing"], len(found["refused"])


DEADLINE = date(2025, 12, 31)


def test_compliance_status__over_time__each_state() -> None:
    on_time, late = Surrender(DEADLINE, 2024, 60), Surrender(date(2026, 1, 1), 2024, 40)
    assert status(DEADLINE) == ("OPEN", 100, 0)
    assert status(DEADLINE, on_time) == ("PARTIAL", 40, 0)
    assert status(date(2026, 1, 1)) == ("SHORT", 100, 0)
    assert status(date(2026, 1, 1), on_time) == ("SHORT_PARTIAL", 40, 0)
    assert status(date(2026, 1, 1), on_time, late) == ("COMPLETE_LATE", 0, 0)
    assert status(DEADLINE, on_time, Surrender(DEADLINE, 2023, 40)) == ("COMPLETE_ON_TIME", 0, 0)
    assert status(DEADLINE, owed=0) == ("COMPLETE_ON_TIME", 0, 0)


def test_compliance_status__wrong_vintage__never_pays() -> None:
    assert status(DEADLINE, Surrender(date(2025, 12, 1), 2025, 100)) == ("OPEN", 100, 1)
    assert status(date(2026, 2, 1), Surrender(DEADLINE, 2025, 100)) == ("SHORT", 100, 1)
    assert status(date(2026, 2, 1), Surrender(date(2026, 2, 1), 2025, 100)) == ("COMPLETE_LATE", 0, 0)


def test_compliance_status__offsets_beyond_the_cap__count_nothing() -> None:
    offsets = tuple(Offset(date(2025, 11, day), Credit(date(2025, 1, 1), 4)) for day in (1, 2))
    assert status(DEADLINE, Surrender(DEADLINE, 2024, 95), offsets=offsets) == ("COMPLETE_ON_TIME", 0, 0)
    assert status(DEADLINE, Surrender(DEADLINE, 2024, 94), offsets=offsets) == ("PARTIAL", 1, 0)


def test_compliance_status__short_at_deadline__stays_known_after_late_completion() -> None:
    late = Surrender(date(2026, 2, 1), 2025, 100)
    found = compliance_status(year=2024, sector="power", obligation_t=100, surrenders=[late], as_of=date(2026, 3, 1))
    assert (found["short_at_deadline"], found["completed_on"]) == (100, date(2026, 2, 1))


def test_net_sales__window_vintage_and_repo__decide_what_counts() -> None:
    movements = [
        Movement(date(2024, 1, 1), "SOLD", 2022, 5),
        Movement(date(2025, 12, 31), "SOLD", 2024, 7),
        Movement(date(2023, 12, 31), "SOLD", 2022, 100),
        Movement(date(2026, 1, 1), "SOLD", 2024, 100),
        Movement(date(2025, 6, 1), "SOLD", 2025, 100),
        Movement(date(2025, 6, 1), "SOLD", 2024, 100, repo=True),
        Movement(date(2025, 6, 1), "BOUGHT", 2023, 3),
    ]
    assert net_sales(movements) == (12, 3)


def test_carryover_limit__odd_net_sales__cap_rounded_down() -> None:
    result = carryover_limit(sold_t=1, bought_t=0, holding=Holding(registry_available_t=20000))
    assert result["formula_cap"] == 10001


def test_carryover_limit__holding__counts_frozen_and_takes_pending_off() -> None:
    holding = Holding(4000, 3000, 2000, 1500, 500)
    assert carryover_limit(sold_t=0, bought_t=0, holding=holding)["holding"] == 7000
    assert carryover_limit(sold_t=0, bought_t=0, holding=Holding(1, 0, 0, 5))["max_carry"] == 0


@pytest.mark.parametrize(("years", "most"), [([2023, 2024], 500), ([2023], 0), ([], 0), (None, 500)])
def test_carryover_limit__a_year_missed__nothing_may_be_carried(years: list[int] | None, most: int) -> None:
    result = carryover_limit(sold_t=0, bought_t=0, holding=Holding(registry_available_t=500), years_met_on_time=years)
    assert result["max_carry"] == most


def application(
    day: date, quantity: int = 10, vintage: int = 2024, *, lifted: bool = False
) -> tuple[object, object, object]:
    found = apply_carryover(
        limit_t=100, already_applied_t=90, quantity_t=quantity, vintage=vintage, registry_free_t=50, day=day,
        freeze_lifted=lifted,
    )  # fmt: skip
    return found.value, found["process_by"], found["remaining"]


def test_apply_carryover__dates_of_the_batches__decide() -> None:
    assert application(date(2026, 3, 20)) == (1, date(2026, 3, 27), 0)
    assert application(date(2026, 3, 21)) == (2, date(2026, 6, 26), 0)
    assert application(date(2026, 6, 10), 1) == (2, date(2026, 6, 26), 9)
    assert application(date(2026, 7, 1), lifted=True) == (None, None, 0)


@pytest.mark.parametrize(
    ("day", "quantity", "vintage"),
    [
        (date(2026, 6, 11), 10, 2024),
        (date(2025, 12, 31), 10, 2024),
        (date(2026, 3, 1), 11, 2024),
        (date(2026, 3, 1), 0, 2024),
        (date(2026, 3, 1), 10, 2025),
    ],
)
def test_apply_carryover__wrong_day_quantity_or_vintage__is_refused(day: date, quantity: int, vintage: int) -> None:
    with pytest.raises(CalculationError):
        application(day, quantity, vintage)
