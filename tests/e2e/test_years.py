"""Two compliance years through real processes, the smallest country in which every part is played."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from registry_cli.years.country import FEWEST, YEARS, Part, cast, invent

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("years") / "home"
    words = ["years", "--home", str(home), "--emitters", str(FEWEST), "--json"]
    done = subprocess.run([sys.executable, "-m", "registry_cli.main", *words], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return dict(json.loads(done.stdout))


def test_years__every_figure__is_the_second_books(result: dict[str, Any]) -> None:
    assert result["differences"] == []
    assert result["figures_compared"] > 8 * FEWEST
    assert result["audit"]["exit"] == 0


def test_years__who_stays_short__alone_and_listed_with_its_fine(result: dict[str, Any]) -> None:
    short = cast(invent(FEWEST))[Part.SHORT].number
    for year in YEARS:
        assert {n: s for n, s in result["shown"][f"statuses_{year}"].items() if s != "COMPLETE"} == {
            str(short): "SHORT"
        }
        listed = result["shown"][f"publication_{year}"]
        assert listed["firms"] == FEWEST
        assert [row["account"] for row in listed["short"]] == [short]
        # The law in force on the day of the decision: an equal deduction for 2024, none any more for 2025.
        missing = listed["short"][0]["short_at_deadline"]
        assert listed["short"][0]["penalty"]["deduction_t"] == (missing if year == YEARS[0] else 0)


def test_years__certificate__verified_against_the_chain(result: dict[str, Any]) -> None:
    for year in YEARS:
        shown = result["shown"][f"certificate_{year}"]
        assert shown["verified"] is True
        assert Path(shown["file"]).read_bytes().startswith(b"%PDF")


def test_years__what_must_be_refused__is_by_its_rule(result: dict[str, Any]) -> None:
    assert [p["rule"] for p in result["refusals"]] == ["C-05", "C-03a", "C-05", "C-03b"]


def test_years__old_vintage__carried_over_and_nothing_else_converted(result: dict[str, Any]) -> None:
    units = {row["unit"]: row for row in result["units"] if row["asset"] == "allowances"}
    carried = result["shown"]["carried"]
    assert carried["tonnes"] > 0
    assert carried["released"] > 0
    assert units[2024]["issued"] == units[2024]["held"] + units[2024]["surrendered"] + units[2024]["cancelled"]
    assert units[2024]["cancelled"] >= carried["tonnes"]
