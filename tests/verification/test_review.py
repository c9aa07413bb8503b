"""From the report to the conclusion: checklist, findings mended or treated conservatively, four eyes, the due days.

Invariants: nothing is concluded while an item of the checklist, a non-conformity or a severe data-quality finding is
open; conservative data never lowers the figure; the concluded figure is the one that report or calculation gives.
"""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quality.quality_builders import item
from verification_support import (
    BLOCK,
    BODY_LEAD,
    BODY_REVIEWER,
    FIRM,
    PROVINCE,
    REPORT_1,
    REPORT_2,
    YEAR,
    Stage,
    report,
)

from oracles.accounting import account
from oracles.quality import single
from oracles.refusals import OracleError
from oracles.verification.conservative import conservative
from oracles.verification.jobs import FINDING, JOB


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_conclude__all_met__figure_of_the_report_told_in_time(stage: Stage) -> None:
    job = stage.checked(stage.reviewing(1000))
    job = stage.desk.review.conclude(job.name, BODY_REVIEWER, 1000, REPORT_1, "reasonable assurance")
    assert (job.state, job.tonnes, job.correction) == ("concluded", 1000, 0)
    stage.day = date(2026, 4, 13)  # the 7th working day after 1 April: 6 April is a public holiday
    told = stage.desk.review.tell(job.name, PROVINCE, "notice 12")
    assert told.entries[-1].body == {"text": "notice 12", "due": "2026-04-13", "late": False}


def test_conclude__checklist_open__names_what_is_missing(stage: Stage) -> None:
    job = stage.reviewing()
    with pytest.raises(OracleError, match=r"W-09.*METERS.*SITE"):
        stage.desk.review.conclude(job.name, BODY_REVIEWER, 1000, REPORT_1, "fine")


def test_conclude__by_who_checked__refused(stage: Stage) -> None:
    job = stage.checked(stage.reviewing())
    with pytest.raises(OracleError, match="W-04"):
        stage.desk.review.conclude(job.name, BODY_LEAD, 1000, REPORT_1, "fine")


def test_conclude__severe_quality_finding__blocked_until_accepted(stage: Stage) -> None:
    job = stage.checked(stage.reviewing())
    quality = stage.desk.quality
    wrong = item("heat_value", "20.12", entity="plant-1", unit="kJ/kg")
    case = quality.file(list(single([wrong])), PROVINCE)[0].case
    with pytest.raises(OracleError, match=rf"W-11.*{case}"):
        stage.desk.review.conclude(job.name, BODY_REVIEWER, 1000, REPORT_1, "fine")
    quality.answer(case, FIRM, "typed wrongly")
    quality.decide(case, PROVINCE, "seen", accepted=True)
    assert stage.desk.review.conclude(job.name, BODY_REVIEWER, 1000, REPORT_1, "fine").state == "concluded"


def test_finding__corrected_by_a_new_version__figure_of_the_new_report(stage: Stage) -> None:
    job = stage.checked(stage.reviewing(1000))
    review = stage.desk.review
    job = review.raise_finding(job.name, BODY_LEAD, "D-02", "stock differs from the ledger", ("coal", "amount"))
    assert job.findings[0].due == date(2026, 5, 1)
    with pytest.raises(OracleError, match=r"W-11.*NC-1"):
        review.conclude(job.name, BODY_REVIEWER, 1000, REPORT_1, "fine")
    review.answer(job.name, FIRM, "NC-1", "stock corrected", (REPORT_2, 1010), "ab" * 32)
    with pytest.raises(OracleError, match="W-04"):
        review.decide(job.name, FIRM, "NC-1", "fine", accepted=True)
    review.decide(job.name, BODY_LEAD, "NC-1", "not all of it", accepted=False)
    review.answer(job.name, FIRM, "NC-1", "all of it", ("0x" + "33" * 32, 1020))
    job = review.decide(job.name, BODY_LEAD, "NC-1", "seen", accepted=True)
    assert [each["tonnes"] for each in job.reports] == [1000, 1010, 1020]
    with pytest.raises(OracleError, match=r"W-13.*1020"):
        review.conclude(job.name, BODY_REVIEWER, 1000, REPORT_1, "fine")
    job = review.conclude(job.name, BODY_REVIEWER, 1020, "0x" + "33" * 32, "fine")
    assert job.correction == 20


def test_conserve__not_mended_in_thirty_days__default_by_the_rule_set_and_explained(stage: Stage) -> None:
    made = report()
    reported = account(made).whole
    job = stage.checked(stage.reviewing(reported))
    review = stage.desk.review
    review.raise_finding(job.name, BODY_LEAD, "D-03", "sample not traceable", ("coal", "carbon_per_heat"))
    stage.day = date(2026, 5, 1)
    with pytest.raises(OracleError, match="W-10"):
        review.conserve(job.name, PROVINCE, "NC-1", made, REPORT_1)
    stage.day = date(2026, 5, 2)
    with pytest.raises(OracleError, match="newest report"):
        review.conserve(job.name, PROVINCE, "NC-1", made, REPORT_2)
    job = review.conserve(job.name, PROVINCE, "NC-1", made, REPORT_1)
    said = job.entries[-1].body
    # 1000 x 22.3 x 0.03085 x 0.99 x 44/12
    assert (said["reported"], said["tonnes"]) == (reported, 2497)
    assert "NC-1" in said["explanation"][0]["zh"]
    assert said["uses"][0]["rule"] == "D-08"
    assert review.conclude(job.name, BODY_REVIEWER, 2497, REPORT_1, "fine").tonnes == 2497


def test_conserve__amount__raised_by_the_largest_error_of_the_meter(stage: Stage) -> None:
    made = report()
    decided = conservative(made, {("coal", "amount"): "NC-1"})
    use = next(each for each in decided.decided.defaults if each.rule == "D-08")
    assert use.used == 1020
    assert decided.decided.whole > decided.reported.whole


def test_conserve__default_would_help_the_firm__measurement_stays() -> None:
    lab = {"id": "L", "mark": "CMA", "items": ["carbon_per_heat"], "report": "R-1", "tested_on": "2025-06-01"}
    lab |= {"validity": {"first": "2024-01-01", "last": "2027-01-01"}}
    made = report(carbon_per_heat={"value": "0.0400", "unit": "tC/GJ", "lab": lab})
    decided = conservative(made, {("coal", "carbon_per_heat"): "NC-1"})
    assert decided.decided.whole == decided.reported.whole


@settings(deadline=None, max_examples=40)
@given(
    heat=st.integers(5_000, 45_000),
    carbon=st.integers(1_000, 8_000),
    figures=st.sets(st.sampled_from(["amount", "heat_value", "carbon_per_heat"]), min_size=1),
)
def test_conserve__any_figures__never_below_the_report(heat: int, carbon: int, figures: set[str]) -> None:
    base = report().sources[0]
    assert base.heat_value
    lab = base.heat_value.lab.model_dump(mode="json") if base.heat_value.lab else None
    made = report(
        heat_value={"value": f"{heat / 1000:.3f}", "unit": "GJ/t", "lab": lab},
        carbon_per_heat={"value": f"{carbon / 100000:.5f}", "unit": "tC/GJ", "lab": lab},
    )
    decided = conservative(made, {("coal", figure): "NC-1" for figure in figures})
    assert decided.decided.exact >= decided.reported.exact


@pytest.mark.parametrize("target", [("oil", "amount"), ("coal", "anode_ash"), ("coal", "carbon_content")])
def test_conserve__report_has_no_such_figure__refused(target: tuple[str, str]) -> None:
    with pytest.raises(OracleError, match="W-05"):
        conservative(report(), {target: "NC-1"})


def test_conserve__another_finding_corrected_later__calculated_anew_on_the_newest_report(stage: Stage) -> None:
    made = report()
    job = stage.checked(stage.reviewing(account(made).whole))
    review = stage.desk.review
    review.raise_finding(job.name, BODY_LEAD, "D-03", "not traceable", ("coal", "carbon_per_heat"))
    review.raise_finding(job.name, BODY_LEAD, "D-02", "stock differs", ("coal", "amount"))
    stage.day = date(2026, 5, 2)
    review.conserve(job.name, PROVINCE, "NC-1", made, REPORT_1)
    larger = report(amount={"value": "2000", "unit": "t"})
    review.answer(job.name, FIRM, "NC-2", "stock corrected", (REPORT_2, account(larger).whole))
    review.decide(job.name, BODY_LEAD, "NC-2", "seen", accepted=True)
    with pytest.raises(OracleError, match="anew"):
        review.conclude(job.name, BODY_REVIEWER, 2497, REPORT_1, "fine")
    job = review.conserve(job.name, PROVINCE, "NC-1", larger, REPORT_2)
    assert job.entries[-1].body["tonnes"] == 4995
    assert review.conclude(job.name, BODY_REVIEWER, 4995, REPORT_2, "fine").state == "concluded"


def test_reopen__verified_data_were_wrong__drawn_and_checked_again(stage: Stage) -> None:
    job = stage.concluded(YEAR)
    job = stage.desk.assignment.reopen(job.name, PROVINCE, "false weighing found", BLOCK + 5)
    assert (job.state, job.body, job.tonnes, job.checked) == ("open", None, None, {})


def test_act__out_of_turn__names_what_can_be_done(stage: Stage) -> None:
    job = stage.job()
    with pytest.raises(OracleError, match=r"W-01.*assign"):
        stage.desk.review.check(job.name, BODY_LEAD, "PLAN", "met", "seen")
    with pytest.raises(OracleError, match="W-01"):
        stage.job(province=11)
    with pytest.raises(OracleError, match="W-02"):
        stage.desk.files.get("V-9-2025-1")


def test_checklist__by_sector_and_year__items_of_its_own(stage: Stage) -> None:
    early = stage.job(year=2019)
    codes = [row["code"] for row in early.checklist(site=True)]
    assert "EVIDENCE" not in codes
    assert "SITE" in codes
    assert "SITE" not in [row["code"] for row in early.checklist(site=False)]
    steel = stage.job(account=7, sector="steel")
    assert "CEMS" not in [row["code"] for row in steel.checklist(site=True)]
    with pytest.raises(OracleError, match=r"W-05.*METERS"):
        stage.desk.review.check(stage.reviewing().name, BODY_LEAD, "TEA", "met", "good")


@given(st.lists(st.sampled_from(JOB.acts), max_size=14))
def test_machine__any_acts__body_only_while_assigned(acts: list[str]) -> None:
    state = ""
    for act in acts:
        after = JOB.moves.get((state, act))
        if after is None:
            continue
        assert (
            act in ("open", "release", "reopen") or state not in ("", "concluded", "told") or act in ("tell", "reopen")
        )
        state = after
    assert state in {"", *JOB.moves.values()}


def test_machine__settled_finding__cannot_be_answered_again() -> None:
    assert not [act for (state, act) in FINDING.moves if state == "closed"]
