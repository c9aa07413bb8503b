"""Who verifies whom: conflicts found by themselves, draws that anybody can repeat, jobs that move when a body goes.

Invariants: a body with a conflict is never drawn; the draw follows from its record alone; over many jobs the draws
follow the weights; a job is never lost when its body goes.
"""

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verification_support import (
    ACCOUNT,
    BLOCK,
    BODIES,
    BODY_LEAD,
    POWER,
    PROVINCE,
    REPORT_1,
    SEED,
    YEAR,
    Stage,
    body,
)

from oracles.refusals import OracleError
from oracles.verification import draw
from oracles.verification.conflicts import CHECKS
from registry_sdk import parameters
from registry_sdk.reader import BodyStatus


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def excluded(stage: Stage, **more: Any) -> dict[str, list[str]]:
    """Codes by body after an assignment."""
    entry = stage.assigned(**more).entries[-1]
    return {number: [each["code"] for each in why] for number, why in entry.body["excluded"].items()}


CONFLICTS = [
    ("wrote", {"province": 44, "year": YEAR}, "WROTE"),
    ("wrote", {"province": 44, "year": YEAR + 1}, "WROTE"),
    ("tie", {"entity": str(ACCOUNT), "nature": "30% of the shares"}, "TIE"),
    ("tie", {"entity": "plant-1", "nature": "common director"}, "TIE"),
    ("validated", {"project": "CCER-7"}, "VALIDATED"),
]


@pytest.mark.parametrize(("kind", "fields", "code"), CONFLICTS)
def test_assign__conflict_on_file__body_excluded_with_the_reason(
    stage: Stage, kind: str, fields: dict[str, Any], code: str
) -> None:
    for number in (1, 3):
        stage.desk.bodies.record(number, kind, fields, PROVINCE)
    assert excluded(stage, project="CCER-7") == {"1": [code], "3": [code]}
    job = stage.desk.files.get(f"V-{ACCOUNT}-{YEAR}-1")
    assert (job.body, job.state) == (2, "assigned")
    assert job.entries[-1].body["excluded"]["1"][0]["rule"] == "H-03"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("wrote", {"province": 11, "year": YEAR}),
        ("wrote", {"province": 44, "year": YEAR - 2}),
        ("tie", {"entity": "1002", "nature": "shares"}),
        ("validated", {"project": "CCER-8"}),
        ("rated", {"province": 44, "year": 2024, "grade": "D"}),
        ("banned", {"person": "Sun"}),
    ],
)
def test_assign__fact_that_is_no_conflict__nobody_excluded(stage: Stage, kind: str, fields: dict[str, Any]) -> None:
    for number in (1, 2, 3):
        stage.desk.bodies.record(number, kind, fields, PROVINCE)
    assert excluded(stage, project="CCER-7") == {}


def test_assign__tie_that_ended__body_may_again(stage: Stage) -> None:
    entry = stage.desk.bodies.record(1, "tie", {"entity": str(ACCOUNT), "nature": "shares"}, PROVINCE)
    stage.desk.bodies.record(1, "end", {"number": entry.number}, PROVINCE)
    assert excluded(stage) == {}


def test_assign__low_rated_two_years__excluded_and_one_good_year_in_between_not(stage: Stage) -> None:
    for year in (2023, 2024):
        stage.desk.bodies.record(1, "rated", {"province": 44, "year": year, "grade": "D"}, PROVINCE)
    for year, grade in ((2022, "D"), (2023, "B"), (2024, "D")):
        stage.desk.bodies.record(2, "rated", {"province": 44, "year": year, "grade": grade}, PROVINCE)
    assert excluded(stage) == {"1": ["LOW_RATED"]}


@pytest.mark.parametrize(
    "unfit",
    [
        body(1, BodyStatus.SUSPENDED),
        body(1, scopes=1 << (POWER + 1)),
        replace(body(1), valid_until=1),
        replace(body(1), valid_from=2**39),
    ],
)
def test_assign__standing_on_the_chain_does_not_fit__excluded(stage: Stage, unfit: Any) -> None:
    job = stage.desk.assignment.assign(stage.job().name, PROVINCE, [unfit, body(2)], BLOCK, SEED)
    assert job.body == 2
    assert [each["rule"] for each in job.entries[-1].body["excluded"]["1"]] == ["H-01"]


def test_assign__nobody_left__refused_with_every_reason(stage: Stage) -> None:
    job = stage.job()
    with pytest.raises(OracleError, match=r"W-06.*1:.*2:"):
        stage.desk.assignment.assign(
            job.name, PROVINCE, [body(1, BodyStatus.SUSPENDED), body(2, scopes=0)], BLOCK, SEED
        )
    assert stage.desk.files.get(job.name).state == "open"
    with pytest.raises(OracleError, match="W-06"):
        stage.desk.assignment.assign(job.name, PROVINCE, [], BLOCK, SEED)


def test_assign__three_years_in_a_row__rotates(stage: Stage) -> None:
    only = [body(1)]
    for year in (2022, 2023, 2024):
        job = stage.desk.assignment.assign(stage.job(year=year).name, PROVINCE, only, BLOCK, SEED)
        stage.desk.bodies.record(1, "staff", {"person": "Zhao"}, PROVINCE)
        job = stage.desk.review.start(job.name, BODY_LEAD, body(1), ["Zhao"], REPORT_1, 10)
        stage.checked(job)
        stage.desk.review.conclude(job.name, "Qian, body", 10, REPORT_1, "fine")
    with pytest.raises(OracleError, match="3 years in a row"):
        stage.desk.assignment.assign(stage.job().name, PROVINCE, only, BLOCK, SEED)


def test_assign__other_block_than_announced__refused(stage: Stage) -> None:
    with pytest.raises(OracleError, match="77"):
        stage.desk.assignment.assign(stage.job().name, PROVINCE, BODIES, BLOCK + 1, SEED)


def test_assign__repeated_after_a_crash__one_entry_and_the_same_body(stage: Stage) -> None:
    first = stage.assigned()
    again = stage.desk.assignment.assign(first.name, PROVINCE, BODIES, BLOCK, SEED)
    assert again.entries == first.entries


def test_redraw__from_the_record__same_body(stage: Stage) -> None:
    job = stage.assigned()
    assert stage.desk.assignment.redraw(job)
    entry = job.entries[-1]
    forged = replace(entry, body={**entry.body, "body": entry.body["body"] % 3 + 1})
    assert not stage.desk.assignment.redraw(replace(job, entries=(*job.entries[:-1], forged)))


def test_sweep__body_suspended__job_moves_and_keeps_findings(stage: Stage) -> None:
    job = stage.reviewing()
    stage.desk.review.raise_finding(job.name, BODY_LEAD, "D-16", "certificate missing")
    stage.checked(job)
    suspended = [body(n, BodyStatus.SUSPENDED if n == job.body else BodyStatus.ACTIVE) for n in (1, 2, 3)]
    moved = stage.desk.assignment.sweep(PROVINCE, suspended, BLOCK + 9)
    assert [each.name for each in moved] == [job.name]
    assert stage.desk.assignment.sweep(PROVINCE, suspended, BLOCK + 10) == []
    after = stage.desk.assignment.assign(job.name, PROVINCE, suspended, BLOCK + 9, "0x" + "77" * 32)
    assert after.body not in (None, job.body)
    assert (after.round, after.checked, [each.state for each in after.findings]) == (2, {}, ["open"])


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ([], "staff list"),
        ([("staff", {"person": "Zhao"}), ("banned", {"person": "Zhao"})], "banned"),
        ([("staff", {"person": "Zhao"}), ("banned", {"person": "Zhao", "until": "2027-01-01"})], "banned"),
        ([("staff", {"person": "Zhao"}), ("employed", {"person": "Zhao", "entity": "plant-1"})], "worked"),
        (
            [("staff", {"person": "Zhao"}), ("employed", {"person": "Zhao", "entity": "1001", "until": "2023-05-01"})],
            "worked",
        ),
    ],
)
def test_start__person_with_a_conflict__refused(stage: Stage, facts: list[tuple[str, Any]], told: str) -> None:
    job = stage.assigned()
    assert job.body
    for kind, fields in facts:
        stage.desk.bodies.record(job.body, kind, fields, PROVINCE)
    with pytest.raises(OracleError, match=rf"W-07.*{told}"):
        stage.desk.review.start(job.name, BODY_LEAD, body(job.body), ["Zhao"], REPORT_1, 10)


def test_start__ban_and_employment_over__allowed(stage: Stage) -> None:
    job = stage.assigned()
    assert job.body
    for kind, fields in (
        ("staff", {"person": "Zhao"}),
        ("banned", {"person": "Zhao", "until": "2026-03-31"}),
        ("employed", {"person": "Zhao", "entity": "plant-1", "until": "2022-12-31"}),
    ):
        stage.desk.bodies.record(job.body, kind, fields, PROVINCE)
    assert stage.desk.review.start(job.name, BODY_LEAD, body(job.body), ["Zhao"], REPORT_1, 10).state == "reviewing"


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        ("owns", {}, "tie"),
        ("tie", {"entity": "x"}, "nature"),
        ("rated", {"province": 0, "year": 2024, "grade": "A"}, ""),
    ],
)
def test_record__bad_fact__names_what_is_valid(stage: Stage, kind: str, fields: dict[str, Any], told: str) -> None:
    with pytest.raises(OracleError, match=rf"W-05.*{told}"):
        stage.desk.bodies.record(1, kind, fields, PROVINCE)
    assert stage.desk.bodies.facts(1) == ()


@given(st.binary(min_size=32, max_size=32), st.dictionaries(st.integers(1, 10**6), st.integers(1, 9), min_size=1))
def test_draw__any_seed__a_body_of_the_pool_and_the_order_does_not_matter(seed: bytes, weights: dict[int, int]) -> None:
    one = draw(seed.hex(), "V-1-2025-1", 1, weights)
    other = draw(seed.hex(), "V-1-2025-1", 1, dict(reversed(weights.items())))
    assert one == other
    assert one.body in weights
    assert 0 <= one.position < sum(weights.values())


def test_draw__many_jobs__follows_the_weights() -> None:
    weights = {1: 4, 2: 3, 3: 2, 4: 1}
    count = Counter(draw(SEED, f"V-{job}-2025-1", 1, weights).body for job in range(4000))
    for number, weight in weights.items():
        assert abs(count[number] - 400 * weight) < 120


def test_draw__vector__as_written_in_the_documentation() -> None:
    drawn = draw(SEED, "V-1001-2025-1", 1, {1: 4, 2: 3, 3: 2})
    digest = hashlib.sha256(f"registry draw 1\x1f{SEED}\x1fV-1001-2025-1\x1f1".encode()).digest()
    assert (drawn.position, drawn.body) == (int.from_bytes(digest) % 9, 2) == (5, 2)
    with pytest.raises(ValueError, match="positive"):
        draw(SEED, "V-1001-2025-1", 1, {1: 0})


def test_conflicts__table__has_a_check_for_every_row_and_the_reverse() -> None:
    assert [row["code"] for row in parameters.table("verification_conflicts")] == list(CHECKS)
