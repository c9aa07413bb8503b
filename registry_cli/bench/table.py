"""The table of figures: measured gas beside its peer, its aim and the committed baseline."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from registry_cli.bench.measured import Measured

FOLDER: Final = Path(__file__).resolve().parent
FIGURES: Final = FOLDER / "figures.json"
BASELINE: Final = FOLDER / "baseline.json"
#: A figure may exceed its baseline by this many percent.
TOLERANCE: Final = 2


@dataclass(frozen=True)
class Figure:
    """What is known of a figure before it is measured; ``figures.json`` describes the fields."""

    name: str
    zh: str
    en: str
    peer: str | None = None
    aim: int | None = None
    at_most_peer: bool = False
    why: str | None = None


@cache
def figures() -> dict[str, Figure]:
    """Every figure by name, in the order of the table."""
    rows = json.loads(FIGURES.read_text())["figures"]
    return {row["name"]: Figure(**row) for row in rows}


def baseline() -> dict[str, int]:
    """Gas an item by name, as committed."""
    return dict(json.loads(BASELINE.read_text())["per_item"])


def save_baseline(rows: Iterable[Mapping[str, Any]]) -> None:
    """Make the figures of this run the baseline."""
    document = {
        "about": "Gas an item of `registry bench gas`; `registry bench gas --save-baseline` writes it.",
        "per_item": {row["name"]: row["per_item"] for row in rows},
    }
    BASELINE.write_text(json.dumps(document, indent=2) + "\n")


def table(measured: Iterable[Measured]) -> list[dict[str, Any]]:
    """One row a figure: name, zh, en, gas, per_item, items, peer, peer_per_item, ratio, aim, met, why, parts.

    Units are gas; ``ratio`` is per_item over the peer's; ``met`` is None where there is no aim; ``why`` says why an
    aim is missed.

    Raises:
        KeyError: a figure of the table was not measured.
    """
    found = {m.name: m for m in measured}
    return [_row(figure, found) for figure in figures().values()]


def _row(figure: Figure, found: Mapping[str, Measured]) -> dict[str, Any]:
    own = found[figure.name]
    peer = found[figure.peer].per_item if figure.peer else None
    aim = figure.aim
    if figure.at_most_peer and aim is not None and peer is not None:
        aim = min(aim, peer)
    met = None if aim is None else own.per_item <= aim
    return {
        "name": figure.name,
        "zh": figure.zh,
        "en": figure.en,
        "gas": own.gas,
        "per_item": own.per_item,
        "items": own.items,
        "peer": figure.peer,
        "peer_per_item": peer,
        "ratio": None if peer is None else round(own.per_item / peer, 3),
        "aim": aim,
        "met": met,
        "why": figure.why if met is False else None,
        "parts": own.parts,
    }


def regressions(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What became worse: above the baseline by more than the tolerance, or an aim missed for no stated reason."""
    known = baseline()
    worse = []
    for row in rows:
        name, now = row["name"], row["per_item"]
        before = known.get(name)
        if before is None:
            worse.append(f"{name}: 基线中没有 not in the baseline")
        elif 100 * now > (100 + TOLERANCE) * before:
            worse.append(f"{name}: {now} > {before} + {TOLERANCE} %")
        if row["met"] is False and not row["why"]:
            worse.append(f"{name}: {now} > 目标 aim {row['aim']}")
    return worse
