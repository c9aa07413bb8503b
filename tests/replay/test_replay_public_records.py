"""The public records beside the project, through the real contracts."""

from pathlib import Path

import pytest
from replay_support import run

FILE = Path(__file__).resolve().parents[2] / "../shared/data/eutl/compliance.csv.xz"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not FILE.exists(), reason="the public records are not beside the checkout"),
]


def test_eutl__three_registries_2013_2020__official_code_on_all_comparable_rows(tmp_path: Path) -> None:
    words = ("--registries", "EE,LU,SI", "--years", "2013-2020", "--home", str(tmp_path / "home"))
    code, result, _ = run(FILE, *words)
    assert code == 0
    assert (result["rows"], result["compared"], result["agree"], result["disagree"]) == (1_270, 1_168, 1_168, [])
    assert sum(result["skipped"].values()) == 1_270 - 1_168
    # The rows that are not compared come out as the file has them, too.
    assert result["codes"]["C"] == {"C": 36}
    assert (result["reconciled"], result["differences"], result["refused"]) == (True, [], {})
    total = result["all_units"]
    assert total["issued"] == total["held"] + total["surrendered"]


def test_eutl__offsets_2008_2012__589_refused_by_c_05_and_27_accepted(tmp_path: Path) -> None:
    code, result, _ = run(FILE, "--years", "2008-2012", "--offsets", "--home", str(tmp_path / "home"))
    assert code == 0
    assert (result["compared"], result["refused"], result["accepted"]) == (616, {"C-05": 589}, 27)
    assert result["reconciled"] is True


@pytest.mark.parametrize(
    ("registries", "years", "compared", "agree", "notes"),
    [
        # Closed operators: totals fall to nothing, surrenders are reversed.
        ("IE", "2008-2012", 578, 578, set()),
        # Codes that do not follow from the file's own totals.
        ("DK,EE", "2021-2022", 718, 708, {"no_running_surrendered", "official_code_differs_from_totals"}),
    ],
)
def test_eutl__other_registries_and_years__reconciled_and_hand_made_codes_named(
    tmp_path: Path, registries: str, years: str, compared: int, agree: int, notes: set[str]
) -> None:
    words = ("--registries", registries, "--years", years, "--home", str(tmp_path / "home"))
    code, result, _ = run(FILE, *words)
    assert code == 0
    assert result["reconciled"] is True
    assert (result["compared"], result["agree"]) == (compared, agree)
    assert {found["note"] for found in result["disagree"]} == notes
