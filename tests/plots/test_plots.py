"""The picture of a year: right figures, the same bytes again, readable without sight, whole in both forms."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quality.quality_builders import item, plant
from typer.testing import CliRunner

from oracles.plots import EntityYear, Mark, entity_year, plot
from oracles.plots.drawing import at, figure, scale
from oracles.quality import MonthlyItem, entity_findings
from registry_cli.oracle import app

SVG = "{http://www.w3.org/2000/svg}"


def rows(**scaled: int) -> list[MonthlyItem]:
    """A year with emissions of 200 000 t a month; ``m3=2`` doubles March, 0 leaves it out."""
    found = plant()
    for month in range(1, 13):
        times = scaled.get(f"m{month}", 1)
        if times:
            found.append(item("emissions", str(200_000 * times), month))
    return found


def year(**scaled: int) -> EntityYear:
    items = rows(**scaled)
    return entity_year(items, 2025, entity_findings(items, 2025))


def tree(figures: EntityYear) -> ElementTree.Element:
    return ElementTree.fromstring(plot(figures))


def test_entity_year__items__totals_and_intensity() -> None:
    figures = year()
    assert figures.total == 2_400_000
    generation = next(each.value for each in plant() if (each.item, each.month) == ("generation", 4))
    assert figures.intensity[4] == 200_000 / generation
    assert (str(figures.sector.zh), figures.intensity_unit) == ("发电", "tCO2/MWh")


def test_entity_year__two_units__added_up() -> None:
    figures = entity_year([*rows(), item("emissions", "5", 1, subunit="2")], 2025)
    assert figures.emissions[1] == 200_005


def test_entity_year__nothing_of_the_year__refused() -> None:
    with pytest.raises(ValueError, match="2024"):
        entity_year(rows(), 2024)


def test_plot__svg__bar_heights_follow_the_figures() -> None:
    bars = [each for each in tree(year(m3=2)).iter(f"{SVG}rect") if each.get("fill") == "#0072b2"][:12]
    heights = [Fraction(each.get("height", "0")) for each in bars]
    assert heights[2] == max(heights)
    assert abs(heights[2] - 2 * heights[0]) <= Fraction(1, 5)


def test_plot__svg__month_left_out_is_named_not_drawn_as_zero() -> None:
    said = [each.text or "" for each in tree(year(m8=0)).iter(f"{SVG}title")]
    assert "8: 缺 missing" in said
    assert sum(": 缺 missing" in each for each in said) == 1
    assert "1: 200,000 t" in said


def test_plot__svg__told_without_sight_and_with_marks_by_month() -> None:
    figures = replace(year(), entity="甲<乙>&Co", marks=(Mark(3, "high", "Q-UNIT"), Mark(3, "high", "Q-METER", True)))
    root = tree(figures)
    assert root.get("role") == "img"
    assert (root[0].tag, root[1].tag) == (f"{SVG}title", f"{SVG}desc")
    assert "甲<乙>&Co" in (root[0].text or "")
    titles = [each.text for each in root.iter(f"{SVG}title")]
    assert "3: Q-UNIT" in titles
    assert "3: Q-METER" in titles


def test_plot__no_emissions_at_all__still_a_picture() -> None:
    assert tree(entity_year(plant(), 2025)).tag == f"{SVG}svg"


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_plot__again__same_bytes(kind: str) -> None:
    assert plot(year(), kind) == plot(year(), kind)


def test_plot__png__twice_the_size_and_not_blank() -> None:
    content = plot(year(), "png")
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(content[16:20]), int.from_bytes(content[20:24])) == (1920, 1336)
    assert len(content) > 40_000  # half of that without any text


def test_plot__other_kind__refused() -> None:
    with pytest.raises(ValueError, match="svg, png"):
        plot(year(), "gif")


def test_cli__png_and_refusals(tmp_path: Path) -> None:
    document = {"kind": "monthly", "entity": "E-1", "sector": "power", "items": []}
    document["items"] = [
        {"year": 2025, "month": each.month, "item": each.item, "value": each.written, "unit": each.unit}
        for each in rows()
    ]
    data = tmp_path / "data.json"
    data.write_text(json.dumps(document))
    base = ["plot", "E-1", "--year", "2025", "--data", str(data), "--out"]
    done = CliRunner().invoke(app, [*base, str(tmp_path / "a.png"), "--json"])
    assert json.loads(done.stdout)["bytes"] == (tmp_path / "a.png").stat().st_size
    for words in ([*base, str(tmp_path / "a.pdf")], ["plot", "E-2", *base[2:], str(tmp_path / "b.svg")]):
        refused = CliRunner().invoke(app, words)
        assert refused.exit_code == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.png", "data.json"]


@given(st.fractions(0, 10**9))
def test_scale__any_figure__covered_by_few_round_steps(most: Fraction) -> None:
    ticks = scale(most)
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 6
    step = ticks[1]
    while step < 1:
        step *= 10
    while step >= 10:
        step /= 10
    assert step in (1, 2, 5)


@given(st.fractions(-10_000, 10_000))
def test_at__any__within_a_twentieth(value: Fraction) -> None:
    assert abs(Fraction(at(value)) - value) <= Fraction(1, 20)


@pytest.mark.parametrize(
    ("value", "shown"), [(Fraction(1200000), "1,200,000"), (Fraction(1, 4), "0.25"), (Fraction(1, 3), "0.333333")]
)
def test_figure__thousands_and_decimals(value: Fraction, shown: str) -> None:
    assert figure(value) == shown
