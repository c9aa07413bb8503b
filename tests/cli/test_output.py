"""Messages come out as they are."""

from pathlib import Path

import pytest
from typer import Exit

from registry_cli.output import fail
from registry_sdk.deployment import Deployment, DeploymentError


def test_fail__text_like_markup__printed_whole_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    message = "[/abc].csv: [red]not a file " + "x" * 200

    with pytest.raises(Exit) as ended:
        fail(message)

    assert ended.value.exit_code == 2
    assert capsys.readouterr().err.strip() == message


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[]", b"{}", b"not json"])
def test_load__not_a_deployment__says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "deployment.json"
    path.write_bytes(content)

    with pytest.raises(DeploymentError, match=r"deployment\.json|incomplete"):
        Deployment.load(path)


def test_load__a_folder__says_so(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match="cannot be read"):
        Deployment.load(tmp_path)
