"""The demonstration empties its own home, and nobody else's."""

import json
import os
from pathlib import Path

import pytest
from typer import Exit

from registry_cli.demo.home import clear_home


def test_clear__home_of_a_running_service__left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo-keys").mkdir()
    (tmp_path / "service.json").write_text(json.dumps({"url": "http://127.0.0.1:1", "pid": os.getpid()}))

    with pytest.raises(Exit):
        clear_home(tmp_path)

    assert (tmp_path / "demo-keys").is_dir()


def test_clear__somebody_elses_folder__left_alone(tmp_path: Path) -> None:
    (tmp_path / "papers.txt").write_text("mine")

    with pytest.raises(Exit):
        clear_home(tmp_path)

    assert (tmp_path / "papers.txt").read_text() == "mine"


def test_clear__home_of_an_ended_demo__emptied(tmp_path: Path) -> None:
    (tmp_path / "demo-keys").mkdir()
    (tmp_path / "service.json").write_text("{}")

    clear_home(tmp_path)

    assert list(tmp_path.iterdir()) == []
