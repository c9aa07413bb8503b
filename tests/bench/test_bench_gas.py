"""Gas figures: measured once on a real node and held against the aims and the committed baseline."""

import pytest

from registry_cli.bench import table as tables
from registry_cli.bench.commands import measure
from registry_cli.bench.measured import Measured, calldata_gas


@pytest.fixture(scope="module")
def result() -> dict:
    return measure()


@pytest.fixture(scope="module")
def rows(result: dict) -> dict[str, dict]:
    return {row["name"]: row for row in result["rows"]}


def test_gas__every_figure__within_two_percent_of_the_baseline_and_its_aim(result: dict) -> None:
    assert tables.regressions(result["rows"]) == []


def test_gas__baseline__names_the_same_figures(rows: dict[str, dict]) -> None:
    assert set(tables.baseline()) == set(rows)


def test_gas__reasons_for_missed_aims__stand_only_where_an_aim_is_missed(rows: dict[str, dict]) -> None:
    explained = {figure.name for figure in tables.figures().values() if figure.why}
    assert explained == {name for name, row in rows.items() if row["met"] is False}


def test_gas__second_run__same_figures_but_for_the_salt_of_acts(rows: dict[str, dict]) -> None:
    acts = {name for name in rows if name.startswith(("freeze.", "account."))}
    again = {row["name"]: row["gas"] for row in measure()["rows"]}
    assert {n: g for n, g in again.items() if n not in acts} == {n: r["gas"] for n, r in rows.items() if n not in acts}
    assert all(abs(again[n] - rows[n]["gas"]) < 1_000 for n in acts)


@pytest.mark.parametrize("name", ["transfer.signed", "surrender.signed", "surrender.signed_50", "offset.signed"])
def test_without_signature__parts__add_up_to_the_whole_transaction(rows: dict[str, dict], name: str) -> None:
    row = rows[f"{name}.without_signature"]
    parts = row["parts"]
    assert parts["transaction"] == rows[name]["gas"]
    assert row["gas"] == parts["transaction"] - parts["authorize_frames"] - parts["approvals_calldata"]
    assert parts["authorize_frames"] > 3_000 * row["items"]  # a signature check alone costs that


def test_regressions__figure_above_the_tolerance__named(rows: dict[str, dict]) -> None:
    name, before = next(iter(tables.baseline().items()))
    worse = {**rows[name], "per_item": before * 103 // 100, "met": None}
    assert [line.split(":")[0] for line in tables.regressions([worse])] == [name]


def test_regressions__aim_missed_without_a_reason__named(rows: dict[str, dict]) -> None:
    name, before = next(iter(tables.baseline().items()))
    missed = {**rows[name], "per_item": before, "aim": before - 1, "met": False, "why": None}
    assert [line.split(":")[0] for line in tables.regressions([missed])] == [name]


def test_calldata_gas__zero_and_other_bytes__priced_apart() -> None:
    assert calldata_gas(bytes(3) + b"\x01\x02") == 3 * 4 + 2 * 16


def test_per_item__remainder__rounded_up() -> None:
    assert Measured("x", 101, 50).per_item == 3
