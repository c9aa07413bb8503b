"""The measurement of the oracle at a small size: the command's whole output, and gas that repeats."""

import importlib
import json

import pytest
from typer.testing import CliRunner

from registry_cli.bench import app


def test_oracle__small_size__every_figure_and_batches_of_exactly_1_10_and_100(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("registry_cli.bench.oracle"), "SIZES", (300, 3_000))
    ran = CliRunner().invoke(app, ["oracle", "--entities", "200", "--months", "4", "--json"])
    assert ran.exit_code == 0, ran.output
    body = json.loads(ran.stdout)
    assert body["volume"] == {"entities": 200, "items_a_month": 60, "items_a_year": 144_000}
    assert all(value > 0 for value in body["evidence"].values())
    small, large = (each["peak_kib"] for each in body["memory"])
    assert large < 1.1 * small
    for kind, ceiling in (("reports", 130_000), ("anchors", 85_000)):
        figures = body["pushes"][kind]
        assert figures["documents"] == 200
        assert [(g["batch"], g["transactions"]) for g in figures["gas"]] == [(1, 20), (10, 8), (100, 1)]
        each = [g["gas_each"] for g in figures["gas"]]
        assert ceiling > each[0] > each[1] > each[2] > 21_000
