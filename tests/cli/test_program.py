"""The program as a process: its overview, what it says about wrong settings, how it ends when told to."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from typer.main import get_command

from registry_cli.main import COMMANDS, GROUPS, build, outline

PROGRAM: Final = (sys.executable, "-m", "registry_cli.main")


def run_program(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("REGISTRY_", "ORACLE_"))}
    return subprocess.run([*PROGRAM, *words], env=environment | variables, capture_output=True, text=True, check=False)


def test_outline__every_command__same_line_as_the_command_itself() -> None:
    full, shown = get_command(build()), get_command(outline())

    assert list(shown.commands) == list(full.commands) == [*COMMANDS, *GROUPS]  # type: ignore[attr-defined]
    for name in full.commands:  # type: ignore[attr-defined]
        first = str(full.commands[name].help).split("\n\n")[0]  # type: ignore[attr-defined]
        assert " ".join(first.split()) == shown.commands[name].help  # type: ignore[attr-defined]


def test_overview__loads_no_command() -> None:
    seen = "import sys; from registry_cli.main import outline; outline(); print('sqlalchemy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True).stdout == "False\n"


def test_unknown_command__exit_2() -> None:
    ended = run_program("nonsense")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "nonsense" in ended.stderr


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("REGISTRY_CHAIN_ID", "abc", "REGISTRY_CHAIN_ID"),
        ("REGISTRY_PORT", "70000", "REGISTRY_PORT"),
        ("REGISTRY_RELAYER_PASSWORD_FILE", "/absent", "/absent"),
    ],
)
def test_settings__wrong_value__named_without_it_and_exit_2(name: str, value: str, named: str) -> None:
    ended = run_program("audit", "--json", **{name: value})

    assert (ended.returncode, ended.stdout) == (2, "")
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr


def test_oracle_check__deployment_is_a_folder__a_failed_check(tmp_path: Path) -> None:
    ended = run_program("oracle", "check", "--json", ORACLE_DEPLOYMENT=str(tmp_path), ORACLE_HOME=str(tmp_path / "o"))

    assert ended.returncode == 1
    assert "cannot be read" in json.dumps(json.loads(ended.stdout), ensure_ascii=False)
    assert "Traceback" not in ended.stderr


def test_completion__after_a_group__its_commands() -> None:
    words = {"_REGISTRY_COMPLETE": "complete_bash", "COMP_WORDS": "registry oracle ", "COMP_CWORD": "2"}
    script = Path(sys.executable).with_name("registry")

    ended = subprocess.run([str(script)], env=os.environ | words, capture_output=True, text=True, check=False)

    assert "status" in ended.stdout.split()


def test_terminated__gauging__ends_with_143_and_leaves_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "bench", "gas", "--json"],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline()  # it measures: node and folder exist

    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)

    assert (process.returncode, out) == (143, "")
    assert list(tmp_path.iterdir()) == []
