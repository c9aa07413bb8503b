"""The simplified track: three good years, lost at once; a fifth of the sites drawn so that anybody can repeat it."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quality.quality_builders import item
from verification_support import ACCOUNT, BODY_REVIEWER, FIRM, PROVINCE, REPORT_1, SEED, YEAR, Stage, unix

from oracles.quality import single
from oracles.refusals import OracleError
from oracles.verification import VerificationDesk, sample
from oracles.verification.track import MEASURES
from registry_sdk import parameters

TODAY = date(2026, 4, 1)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    for year in (2022, 2023, 2024):
        made.concluded(year)
    return made


def breaches(stage: Stage) -> list[tuple[str, int]]:
    found = stage.desk.entities.eligibility(ACCOUNT, YEAR, TODAY)
    return [(each.code, each.year) for each in found.breaches]


def test_eligibility__three_good_years__simplified_without_site(stage: Stage) -> None:
    assert breaches(stage) == []
    job = stage.checked(stage.reviewing(track="simplified"), site=False)
    assert stage.desk.review.conclude(job.name, BODY_REVIEWER, 1000, REPORT_1, "fine").state == "concluded"


def test_eligibility__table__has_a_measure_for_every_row_and_the_reverse() -> None:
    assert {row["code"] for row in parameters.table("simplified_criteria")} == set(MEASURES)


def test_eligibility__year_without_conclusion__named(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.concluded(2024)
    assert breaches(stage) == [("VERIFIED", 2022), ("VERIFIED", 2023)]
    with pytest.raises(OracleError, match="2022 VERIFIED"):
        stage.job(track="simplified")


@pytest.mark.parametrize(("tonnes", "broken"), [(1010, False), (1011, True), (989, True), (990, True), (991, False)])
def test_eligibility__correction__limit_is_one_percent_of_the_verified(
    tmp_path: Path, tonnes: int, broken: bool
) -> None:
    stage = Stage(tmp_path)
    for year in (2022, 2023):
        stage.concluded(year)
    stage.concluded(2024, tonnes=tonnes)
    assert breaches(stage) == ([("CORRECTION", 2024)] if broken else [])


@pytest.mark.parametrize(("kind", "code"), [("penalty", "PENALTY"), ("late_month", "LATE"), ("invalid_meter", "METER")])
@pytest.mark.parametrize("year", [2022, YEAR])
def test_eligibility__fact_on_file__lost_at_once(stage: Stage, kind: str, code: str, year: int) -> None:
    stage.desk.entities.record(ACCOUNT, kind, year, "decision 7", PROVINCE)
    assert breaches(stage) == [(code, year)]


def test_eligibility__fact_older_than_the_years_asked__forgotten(stage: Stage) -> None:
    stage.desk.entities.record(ACCOUNT, "penalty", 2021, "decision 7", PROVINCE)
    assert breaches(stage) == []


def test_conclude__breach_while_the_job_runs__site_visit_needed_after_all(stage: Stage) -> None:
    job = stage.checked(stage.reviewing(track="simplified"), site=False)
    stage.desk.entities.record(ACCOUNT, "penalty", YEAR, "decision 7", PROVINCE)
    with pytest.raises(OracleError, match=r"W-09.*SITE"):
        stage.desk.review.conclude(job.name, BODY_REVIEWER, 1000, REPORT_1, "fine")


@pytest.mark.parametrize(("late_year", "lost"), [(2024, 1), (YEAR, 1), (2021, 0)])
def test_conclude__month_late_on_the_chain__simplified_track_lost_at_once(
    stage: Stage, late_year: int, lost: int
) -> None:
    job = stage.checked(stage.reviewing(track="simplified"), site=False)
    late: dict[int, list[int]] = {}
    stage.desk = VerificationDesk.open(
        stage.engine, lambda: unix(stage.day), lambda account, year, now: late.get(year, []) if account else []
    )
    assert breaches(stage) == []
    late[late_year] = [3]
    assert breaches(stage) == [("LATE", late_year)] * lost
    if lost:
        with pytest.raises(OracleError, match=r"W-09.*SITE"):
            stage.desk.review.conclude(job.name, BODY_REVIEWER, 1000, REPORT_1, "fine")


def test_conclude__drawn_into_the_sample__site_visit_needed(stage: Stage) -> None:
    job = stage.checked(stage.reviewing(track="simplified"), site=False)
    stage.desk.assignment.sample(PROVINCE, YEAR, [ACCOUNT], 5, SEED)
    with pytest.raises(OracleError, match=r"W-09.*SITE"):
        stage.desk.review.conclude(job.name, BODY_REVIEWER, 1000, REPORT_1, "fine")


def test_eligibility__severe_finding__counts_until_accepted(stage: Stage) -> None:
    wrong = item("heat_value", "20.12", entity="plant-1", unit="kJ/kg", year=2024)
    case = stage.desk.quality.file(list(single([wrong])), PROVINCE)[0].case
    assert breaches(stage) == [("ANOMALY", 2024)]
    stage.desk.quality.answer(case, FIRM, "typed wrongly")
    stage.desk.quality.decide(case, PROVINCE, "seen", accepted=True)
    assert breaches(stage) == []


def test_sample__drawn_once__same_again_and_other_data_refused(stage: Stage) -> None:
    accounts = list(range(1000, 1033))
    first = stage.desk.assignment.sample(PROVINCE, YEAR, accounts, 5, SEED)
    assert stage.desk.assignment.sample("Sun, province", YEAR, reversed(accounts), 5, SEED) == first
    assert len(first["chosen"]) == 7
    with pytest.raises(OracleError, match="W-01"):
        stage.desk.assignment.sample(PROVINCE, YEAR, accounts, 6, "0x" + "6b" * 32)
    with pytest.raises(OracleError, match="W-05"):
        stage.desk.assignment.sample(PROVINCE, YEAR + 1, [], 6, SEED)


@given(st.binary(min_size=32, max_size=32), st.sets(st.integers(1, 10**6), max_size=60), st.fractions(0, 1))
def test_sample__any__rounded_up_among_them_and_independent_of_the_order(
    seed: bytes, accounts: set[int], share: Fraction
) -> None:
    chosen = sample(seed.hex(), YEAR, accounts, share)
    assert chosen == sample(seed.hex(), YEAR, sorted(accounts, reverse=True), share)
    assert set(chosen) <= accounts
    assert len(chosen) == -(-len(accounts) * share.numerator // share.denominator)
