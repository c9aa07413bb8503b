"""Removing a replay's folder: only what is a replay's, and only when nobody works in it."""

import fcntl
from pathlib import Path

import pytest

from registry_cli.replay.home import CHAIN, LOCK, NOTE, forget
from registry_cli.replay.records import RecordsError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / CHAIN).mkdir()
    (tmp_path / CHAIN / LOCK).touch()
    (tmp_path / NOTE).write_text("{}")
    return tmp_path


def test_forget__nobody_there__folder_removed(home: Path) -> None:
    forget(home)

    assert not home.exists()


def test_forget__replay_running__refused_and_left_alone(home: Path) -> None:
    with (home / CHAIN / LOCK).open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

        with pytest.raises(RecordsError, match="a replay is running here"):
            forget(home)

    assert (home / NOTE).exists()
    assert (home / CHAIN / LOCK).exists()


def test_forget__a_file__refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(RecordsError, match="not a folder"):
        forget(tmp_path / "file")
