"""Small invented records through the real contracts on a real chain, also when the process is killed on the way."""

import json
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from replay_support import OFFSETS, SMALL, many, run, start, write

from registry_cli.replay.compliance import compliance_plan
from registry_cli.replay.home import Running, running
from registry_cli.replay.people import MARKET_ACCOUNT, People
from registry_cli.replay.reconciling import Difference, compliance_differences
from registry_cli.replay.records import read_records
from registry_cli.replay.running import Runner, blocks
from registry_cli.replay.selection import select
from registry_cli.replay.truth import Truth
from registry_sdk.reader import ComplianceStatus

DAY = 86_400


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, People]]:
    """The small file, replayed, with its chain still running."""
    folder = tmp_path_factory.mktemp("replayed")
    selection = select(read_records(write(folder / "r.csv", SMALL)), None, None)
    people = People("small", selection.registries)
    plan, _ = compliance_plan(selection, people)
    with running(folder / "home", "small", {}, people, plan.stages[0].time - DAY) as started:
        Runner(started, people).run(plan, lambda title, done: None)
        yield started, people


@pytest.mark.parametrize(
    ("operator", "year", "changed", "what", "tonnes"),
    [
        ("XA-1", 2015, {"running_surrendered": 601}, "XA-1 2013-2020 surrendered", (600, 601)),
        ("XA-4", 2015, {"running_verified": 149}, "XA-4 2013-2020 verified", (150, 149)),
        ("XB-2", 2013, {"allocated": 1}, "issued allowances 2013", (620, 621)),
    ],
)
def test_compliance_differences__data_off_by_a_tonne__is_named(
    replayed: tuple[Running, People],
    tmp_path: Path,
    operator: str,
    year: int,
    changed: dict[str, int],
    what: str,
    tonnes: tuple[int, int],
) -> None:
    started, people = replayed
    selection = select(read_records(write(tmp_path / "r.csv", SMALL)), None, None)
    plan, _ = compliance_plan(selection, people)
    truth = Truth(started, plan)
    positions = truth.positions([(plan.accounts[row.operator], row.year) for row in selection.rows])
    assert compliance_differences(truth, selection.rows, positions) == []
    rows = [replace(r, **changed) if (r.operator, r.year) == (operator, year) else r for r in selection.rows]
    assert compliance_differences(truth, rows, positions) == [Difference(what, *tonnes)]


def test_eutl__small_file__codes_bookings_and_totals(tmp_path: Path) -> None:
    code, result, _ = run(write(tmp_path / "r.csv", SMALL), "--home", str(tmp_path / "home"))
    assert code == 0
    assert (result["rows"], result["compared"], result["agree"]) == (21, 17, 15)
    assert result["skipped"] == {
        "no_official_code": 1,
        "code_not_verified_in_time": 1,
        "code_set_by_authority": 1,
        "code_not_applicable": 1,
    }
    assert [(d["id"], d["year"], d["registry"], d["note"]) for d in result["disagree"]] == [
        ("XB-3", 2013, "B", "official_code_differs_from_totals"),
        ("XB-3", 2014, "B", "no_running_surrendered"),
    ]
    assert result["codes"]["C*"] == {"C": 1}
    # Surrendered: XA-1 600, XA-2 240, XA-3 40, XA-4 150, XB-1 nothing after the reversal, XB-3 60 and 15.
    assert result["all_units"] == {"issued": 1070 + 190, "held": 155, "surrendered": 1105, "cancelled": 0}
    assert result["bought_from_market"] == {"2015": 190}
    assert (result["reconciled"], result["differences"], result["refused"]) == (True, [], {})


def test_eutl__done_before__answers_from_its_chain(tmp_path: Path) -> None:
    file = write(tmp_path / "r.csv", SMALL)
    _, first, _ = run(file, "--home", str(tmp_path / "home"))
    _, again, _ = run(file, "--home", str(tmp_path / "home"))
    assert (first.pop("resumed"), again.pop("resumed")) == (False, True)
    assert again == first


def test_eutl__folder_of_another_replay__exit_two_unless_fresh(tmp_path: Path) -> None:
    file = write(tmp_path / "r.csv", SMALL)
    home = ("--home", str(tmp_path / "home"))
    assert run(file, *home, "--years", "2022")[0] == 0
    code, _, said = run(file, *home, "--years", "2021-2022")
    assert (code, "belongstoanotherreplay" in "".join(said.split())) == (2, True)
    code, result, _ = run(file, *home, "--years", "2021-2022", "--fresh")
    assert (code, result["resumed"]) == (0, False)


def test_eutl__years_from_mid_phase__totals_carry_the_years_before(tmp_path: Path) -> None:
    code, result, _ = run(write(tmp_path / "r.csv", SMALL), "--home", str(tmp_path / "home"), "--years", "2015")
    assert code == 0
    assert (result["rows"], result["rows_before_first_year"]) == (6, 11)
    assert (result["compared"], result["agree"]) == (4, 4)


def test_eutl__one_registry__the_others_stay_out(tmp_path: Path) -> None:
    code, result, _ = run(write(tmp_path / "r.csv", SMALL), "--home", str(tmp_path / "home"), "--registries", "XA")
    assert code == 0
    assert (result["operators"], result["compared"], result["agree"]) == (4, 10, 10)


def test_eutl__offsets__above_cap_refused_by_c_05(tmp_path: Path) -> None:
    file = write(tmp_path / "r.csv", OFFSETS)
    code, result, _ = run(file, "--home", str(tmp_path / "home"), "--offsets")
    assert code == 0
    assert result["skipped"] == {"surrender_figure_missing": 1, "verified_figure_missing": 1, "no_offsets": 1}
    assert (result["compared"], result["agree"]) == (6, 6)
    assert (result["accepted"], result["refused"]) == (4, {"C-05": 2})
    assert result["all_units"] == {"issued": 154, "held": 52, "surrendered": 102, "cancelled": 0}


def test_replay__late_figure__status_frozen_at_the_deadline_stays(replayed: tuple[Running, People]) -> None:
    started, people = replayed
    position = started.reader.position(people.account("XA", 3), 2014)
    assert (position.is_reported, position.obligation) == (True, 25)
    assert position.frozen is ComplianceStatus.NOT_REPORTED


def test_replay__corrected_year__second_version_on_chain(replayed: tuple[Running, People]) -> None:
    started, people = replayed
    figure = started.reader.figure(people.account("XA", 4), 2014)
    assert (figure.version, figure.tonnes) == (2, 100)


def test_replay__closed_operator__reversed_and_year_stays_complete(replayed: tuple[Running, People]) -> None:
    started, people = replayed
    closed = people.account("XB", 1)
    position = started.reader.position(closed, 2013)
    assert (position.obligation, position.surrendered) == (0, 0)
    assert position.frozen is ComplianceStatus.COMPLETE
    assert started.reader.holding("allowances", closed, 2013).registry == 40


def test_replay__oldest_vintages_pay_first__and_market_ends_empty(replayed: tuple[Running, People]) -> None:
    started, people = replayed
    first = people.account("XA", 1)
    assert [started.reader.holding("allowances", first, year).held for year in (2013, 2014, 2015)] == [0, 0, 0]
    assert started.reader.holding("allowances", MARKET_ACCOUNT, 2015).held == 0


def test_replay__dates__each_deadline_passes_before_its_year_is_closed(replayed: tuple[Running, People]) -> None:
    started, _ = replayed
    closed = started.deployment.contract("compliance")
    topic = next(topic for topic, event in closed.events.items() if event.name == "YearClosed")
    query = {"address": started.deployment.address("compliance"), "fromBlock": "0x0", "topics": ["0x" + topic.hex()]}
    logs = started.chain.rpc.call("eth_getLogs", query)
    assert len(logs) == 5
    for log in logs:
        year = int(log["topics"][1], 16)
        mined = int(started.chain.rpc.call("eth_getBlockByNumber", log["blockNumber"], False)["timestamp"], 16)
        deadline = started.reader.read("compliance", "yearRules", year)["deadline"]
        assert deadline < mined < deadline + 2 * DAY


def test_blocks__whatever_is_planned__each_transaction_once_in_order(tmp_path: Path) -> None:
    selection = select(read_records(write(tmp_path / "r.csv", many(400))), None, None)
    plan, _ = compliance_plan(selection, People("order", selection.registries))
    numbers = [block.first + i for block in blocks(plan) for i in range(len(block.groups))]
    assert numbers == list(range(len(numbers)))
    items = [item for block in blocks(plan) for one in block.groups for item in one]
    assert items == [item for stage in plan.stages for item in stage.items]


def wait_for(path: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.005)


@pytest.mark.kill
def test_eutl__killed_again_and_again__same_head_as_an_undisturbed_run(tmp_path: Path) -> None:
    file = write(tmp_path / "r.csv", many(120))
    code, whole, _ = run(file, "--home", str(tmp_path / "whole"))
    assert (code, whole["agree"]) == (0, 480)

    moments = random.Random(20130430)
    home = tmp_path / "killed"
    kills = 0
    for marker in (home / "chain", *[home / "deployment.json"] * 8):
        process = start(file, home)
        wait_for(marker)
        time.sleep(moments.uniform(0, 0.6))
        if process.poll() is None:
            process.kill()
            kills += 1
        process.communicate()
    assert kills >= 3

    process = start(file, home)
    output, _ = process.communicate(timeout=120)
    resumed = json.loads(output)
    assert process.returncode == 0
    assert (resumed.pop("resumed"), whole.pop("resumed")) == (True, False)
    assert resumed == whole
