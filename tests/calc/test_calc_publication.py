"""The public list: what counts as paid in time, and the penalty of what was missing at the deadline."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_sdk import calc
from registry_sdk.calc.compliance.publication import Paid, Payment, payments, publication

DEADLINE = int(calc.end_of_day(date(2025, 12, 31)).timestamp())
YEAR = 2024


def paid(at: int, quantity: int, firm: int = 1, event: str = "Surrendered") -> Payment:
    who = {"account": firm} if event == "Offset" else {"beneficiary": firm, "account": firm}
    return Payment(event, {**who, "year": YEAR, "quantity": quantity}, at)


def listed(*events: Payment, owed: int = 100, **more: object) -> object:
    now = DEADLINE + 86_400
    values = {"mean_price_yuan": "78.50", "now": now} | more
    found = publication(
        year=YEAR, deadline=DEADLINE, obligations={1: owed}, paid=payments(events, YEAR, DEADLINE), **values
    )  # type: ignore[arg-type]
    return found[0]


@pytest.mark.parametrize(
    ("events", "standing", "figures"),
    [
        ((paid(DEADLINE, 100),), "ON_TIME", (100, 0, 0, 0)),
        ((paid(DEADLINE + 1, 100),), "LATE", (0, 100, 0, 100)),
        ((paid(DEADLINE - 9, 60), paid(DEADLINE + 9, 40)), "LATE", (60, 40, 0, 40)),
        ((paid(DEADLINE, 60), paid(DEADLINE, 5, event="Offset")), "PARTIAL", (65, 0, 35, 35)),
        ((), "NONE", (0, 0, 100, 100)),
        # given back after the deadline: the later payment goes first
        ((paid(1, 80), paid(DEADLINE + 1, 20), paid(DEADLINE + 2, 30, event="SurrenderReversed")), "PARTIAL",
         (70, 0, 30, 30)),
        # another year's and another firm's payments count nothing here
        ((Payment("Surrendered", {"beneficiary": 1, "account": 1, "year": 2023, "quantity": 9}, 1), paid(1, 9, 2)),
         "NONE", (0, 0, 100, 100)),
    ],
)  # fmt: skip
def test_publication__payments__standing_and_tonnes(
    events: tuple[Payment, ...], standing: str, figures: tuple[int, ...]
) -> None:
    entry = listed(*events)
    assert (entry.standing, (entry.on_time, entry.late, entry.missing, entry.short_at_deadline)) == (standing, figures)
    assert (entry.penalty is None) == (figures[3] == 0)


def test_payments__accepted_by_the_province_after_the_deadline__counts_from_the_request() -> None:
    events = [
        Payment("SurrenderRequested", {"lockId": 7, "year": YEAR}, DEADLINE - 5),
        Payment("SurrenderAccepted", {"lockId": 7}, DEADLINE + 50),
        paid(DEADLINE + 50, 100),
        paid(DEADLINE + 60, 3),
    ]
    assert payments(events, YEAR, DEADLINE)[1] == Paid(100, 3)


def test_publication__help_from_another_firm__counts_for_the_beneficiary() -> None:
    helped = Payment("Surrendered", {"beneficiary": 1, "account": 2, "year": YEAR, "quantity": 100}, DEADLINE)
    assert payments([helped], YEAR, DEADLINE) == {1: Paid(100, 0)}


def test_publication__fine__from_the_price_and_deduction_only_while_the_law_has_it() -> None:
    before = listed(decided_on=date(2026, 8, 14), owed=10_000)
    assert [before.to_json()["penalty"][name] for name in ("min_yuan", "max_yuan", "deduction_t")] == [
        "3925000.00", "7850000.00", 10_000,
    ]  # fmt: skip
    after = listed(decided_on=date(2026, 8, 15), owed=10_000)
    assert after.to_json()["penalty"]["deduction_t"] == 0
    assert after.to_json()["penalty"]["still_owed_t"] == 10_000


def test_publication__no_price__the_range_is_left_open_not_invented() -> None:
    assert listed(mean_price_yuan=None).to_json()["penalty"] is None
    with pytest.raises(calc.CalculationError):
        listed(mean_price_yuan="-3")


def test_publication__before_the_deadline__open_without_penalty() -> None:
    entry = listed(paid(5, 40), now=DEADLINE)
    assert (entry.standing, entry.missing, entry.penalty) == ("OPEN", 60, None)


@given(
    st.integers(0, 500),
    st.lists(st.tuples(st.integers(DEADLINE - 3, DEADLINE + 3), st.integers(1, 100), st.booleans()), max_size=8),
)
def test_publication__any_payments__tonnes_are_those_paid(owed: int, moves: list[tuple[int, int, bool]]) -> None:
    held, events = 0, []
    for at, quantity, is_back in sorted(moves):
        if is_back and quantity > held:
            continue
        held += -quantity if is_back else quantity
        events.append(paid(at, quantity, event="SurrenderReversed" if is_back else "Surrendered"))
    entry = listed(*events, owed=owed)
    assert entry.on_time + entry.late == held
    assert entry.missing == max(0, owed - held)
    assert (entry.standing in ("ON_TIME", "LATE")) == (held >= owed)
    assert datetime.fromtimestamp(DEADLINE, UTC).hour == 16
