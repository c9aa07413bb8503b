"""The outlook: obligation from figures or evidence, the plan that costs least, and steps that carry it out."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_sdk import calc
from registry_sdk.calc.compliance.outlook import Standing, outlook

STANDING = Standing(
    account=1,
    year=2025,
    sector="power",
    verified=1_000_000,
    surrendered=0,
    offset=0,
    pending=0,
    in_registry=600_000,
    in_trading=300_000,
    credits=20_000,
    deadline=date(2026, 12, 31),
    signals=calc.Signals(),
)
NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)


def shown(standing: Standing = STANDING, now: datetime = NOW, **given: Any) -> dict[str, Any]:
    return outlook(standing, now, **given).to_json()


def test_outlook__credits_cheaper__used_to_the_cap_and_the_steps_add_up() -> None:
    body = shown(allowance_price_yuan="80.00", credit_price_yuan="60.00")
    assert (body["coverage"], body["level"], body["shortfall"]) == ("0.9200", "yellow", 80_000)
    # 5 % of a million may be credits: 20,000 held and 30,000 bought; 950,000 allowances, 50,000 of them bought
    assert (body["credits_used"], body["credits_to_buy"], body["allowances_to_buy"]) == (50_000, 30_000, 50_000)
    assert body["cash_cost_yuan"] == "5800000.00"
    assert [(step["rule"], step["until"]) for step in body["steps"]] == [
        ("C-03", "2026-12-31"), ("C-05", "2026-12-31"), ("C-05", "2026-12-31"), ("C-04", "2026-12-31"),
        ("C-04", "2026-12-31"),
    ]  # fmt: skip
    assert [due["step"] for due in body["windows"]] == ["surrender"]


def test_outlook__nothing_verified__projected_from_the_series_with_missing_months_named() -> None:
    running = replace(STANDING, year=2026, verified=None, deadline=date(2027, 12, 31))
    series = {f"2026-{month:02d}": "1000.5" for month in (*range(1, 8), 9)}
    body = shown(running, evidence=series)
    # September was due on 9 November, August on 9 October; October is due on 10 December
    assert (body["basis"], body["obligation"]) == ("PROJECTED", 12_006)
    assert body["explanations"][0]["outputs"]["missing"] == ["2026-08"]
    assert body["steps"][0]["en"] == "file the missing evidence of 2026-08"


def test_outlook__two_months_missing__red_with_its_reason() -> None:
    running = replace(STANDING, year=2026, verified=None, deadline=date(2027, 12, 31))
    body = shown(running, evidence={f"2026-{month:02d}": "100" for month in range(1, 8)})
    assert body["level"] == "red"
    assert any("2 months of evidence missing" in reason["en"] for reason in body["reasons"])


def test_outlook__neither_figure_nor_series__refused() -> None:
    with pytest.raises(calc.CalculationError, match="2026-03"):
        shown(replace(STANDING, verified=None))


def test_outlook__met__nothing_to_do_and_after_the_deadline__no_date_is_promised() -> None:
    assert shown(replace(STANDING, surrendered=1_000_000))["steps"] == [
        {"zh": "义务已清缴，无需操作", "en": "the obligation is met: nothing to do", "until": None, "rule": "C-04"}
    ]
    late = shown(now=datetime(2027, 1, 2, tzinfo=UTC))
    assert late["steps"][0]["rule"] == "C-08"
    assert {step["until"] for step in late["steps"]} == {None}


@given(
    st.integers(1, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**5),
    st.integers(1, 200),
    st.integers(1, 200),
)
def test_outlook__any_standing__plan_meets_the_obligation_inside_the_cap(
    owed: int, registry: int, trading: int, credits: int, price: int, credit: int
) -> None:
    standing = replace(STANDING, verified=owed, in_registry=registry, in_trading=trading, credits=credits)
    body = shown(standing, allowance_price_yuan=price, credit_price_yuan=credit)
    assert body["credits_used"] + body["allowances_used"] + body["allowances_to_buy"] == owed
    assert body["credits_used"] <= body["cap"] == owed * 5 // 100
    assert body["allowances_used"] <= registry + trading
    # no plan of only allowances is cheaper
    assert not body["saving_yuan"].startswith("-")
