"""Findings on file: states, answers, decisions, and a journal that cannot be altered unseen.

Invariants: a finding is filed once however often it is found; nothing is ever deleted; only an answered finding is
decided, never by the person who answered; a changed entry breaks the chain of hashes.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quality_builders import item
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from oracles.cases import Journal, verify_chain
from oracles.quality import single
from oracles.quality.cases import DECISIONS, KIND, MACHINE, STATES, QualityCases
from oracles.refusals import OracleError
from oracles.store import open_store, writing

FIRM, PROVINCE = "Li, plant 1001", "Wang, province"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_store(tmp_path / "oracle.sqlite3")
    yield engine
    engine.dispose()


@pytest.fixture
def cases(engine: Engine) -> QualityCases:
    times = count(1_760_000_000)
    return QualityCases(Journal(engine, KIND, lambda: next(times)))


def filed(cases: QualityCases) -> str:
    found = list(single([item("heat_value", "20.12", unit="kJ/kg")]))
    return cases.file(found, PROVINCE)[0].case


def test_file__same_finding_again__one_case_with_its_state_kept(cases: QualityCases) -> None:
    case = filed(cases)
    cases.answer(case, FIRM, "the unit was a slip")
    assert filed(cases) == case
    assert [(each.case, each.state) for each in cases.all()] == [(case, "answered")]
    assert [entry.act for entry in cases.get(case).entries] == ["find", "answer"]


def test_decide__answered__accepted_and_no_longer_blocking(cases: QualityCases) -> None:
    case = filed(cases)
    assert cases.get(case).blocks
    cases.answer(case, FIRM, "the unit was a slip", "ab" * 32)
    found = cases.decide(case, PROVINCE, "seen in the log book", accepted=True)
    assert (found.state, found.blocks) == ("accepted", False)
    answer = found.entries[1]
    assert (answer.who, answer.body["document"], answer.at) == (FIRM, "ab" * 32, 1_760_000_001)


def test_decide__upheld__blocks_until_a_new_answer_is_accepted(cases: QualityCases) -> None:
    case = filed(cases)
    cases.answer(case, FIRM, "it is right")
    assert cases.decide(case, PROVINCE, "it is not", accepted=False).blocks
    cases.answer(case, FIRM, "corrected in version 2")
    assert not cases.decide(case, PROVINCE, "seen", accepted=True).blocks
    assert [entry.act for entry in cases.get(case).entries] == ["find", "answer", "uphold", "answer", "accept"]


def test_decide__by_who_answered__refused(cases: QualityCases) -> None:
    case = filed(cases)
    cases.answer(case, FIRM, "the unit was a slip")
    with pytest.raises(OracleError, match="W-04"):
        cases.decide(case, f" {FIRM} ", "seen", accepted=True)


@pytest.mark.parametrize(("who", "said", "rule"), [("", "x", "W-03"), ("a" * 121, "x", "W-03"), ("x", "  ", "W-05")])
def test_answer__without_name_or_text__refused(cases: QualityCases, who: str, said: str, rule: str) -> None:
    case = filed(cases)
    with pytest.raises(OracleError, match=rule):
        cases.answer(case, who, said)
    assert cases.get(case).state == "open"


def test_decide__unanswered_or_settled_or_unknown__names_what_is_valid(cases: QualityCases) -> None:
    case = filed(cases)
    with pytest.raises(OracleError, match=r"W-01.*answer"):
        cases.decide(case, PROVINCE, "seen", accepted=True)
    cases.answer(case, FIRM, "so")
    cases.decide(case, PROVINCE, "seen", accepted=True)
    with pytest.raises(OracleError, match="W-01"):
        cases.answer(case, FIRM, "more")
    with pytest.raises(OracleError, match="W-02"):
        cases.answer("Q-RANGE-000", FIRM, "more")


def test_act__repeated_after_a_crash__one_entry(cases: QualityCases) -> None:
    case = filed(cases)
    for _ in range(3):
        cases.answer(case, FIRM, "so")
    for _ in range(2):
        cases.decide(case, PROVINCE, "seen", accepted=True)
    assert [entry.act for entry in cases.get(case).entries] == ["find", "answer", "accept"]


def test_journal__update_or_delete__refused_by_the_database(cases: QualityCases, engine: Engine) -> None:
    filed(cases)
    for act in ("UPDATE case_entries SET who = 'x'", "DELETE FROM case_entries"):
        with pytest.raises(IntegrityError), writing(engine) as connection:
            connection.execute(text(act))


@pytest.mark.parametrize("column", ["who", "act", "body", "at"])
def test_verify_chain__entry_altered_behind_our_back__named(cases: QualityCases, engine: Engine, column: str) -> None:
    case = filed(cases)
    cases.answer(case, FIRM, "so")
    cases.decide(case, PROVINCE, "seen", accepted=True)
    assert verify_chain(cases.get(case).entries) is None
    value = {"who": "somebody", "act": "uphold", "body": '{"text": "no"}', "at": 1}[column]
    with writing(engine) as connection:
        connection.execute(text("DROP TRIGGER case_entries_keep"))
        connection.execute(text(f'UPDATE case_entries SET "{column}" = :value WHERE number = 2'), {"value": value})
    assert verify_chain(cases.journal.entries(case)) == 2


@given(st.lists(st.sampled_from(MACHINE.acts), max_size=12))
def test_machine__any_acts__only_moves_of_the_table(acts: list[str]) -> None:
    state = ""
    for act in acts:
        try:
            after = MACHINE.next("case", state, act)
        except OracleError:
            assert (state, act) not in MACHINE.moves
            continue
        assert after in STATES
        assert act not in DECISIONS or state == "answered"
        assert state != "accepted"
        state = after
