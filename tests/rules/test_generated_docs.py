"""The generated pages say what their sources say, and a stale one is noticed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from oracles.settings import OracleSettings
from registry_api.settings import Settings
from registry_cli.docs import pages, stale, write
from registry_cli.docs.__main__ import main
from registry_cli.docs.settings import ZH
from registry_sdk.permissions import permissions, roles
from registry_sdk.rules import catalogue


def test_write__then_check__nothing_stale(tmp_path: Path) -> None:
    assert sorted(write(tmp_path)) == ["api-routes.md", "permissions.md", "rules.md", "settings.md"]
    assert stale(tmp_path) == []
    assert write(tmp_path) == []


def test_check__one_changed_word__exit_1_with_a_hint(tmp_path: Path) -> None:
    write(tmp_path)
    page = tmp_path / "rules.md"
    page.write_text(page.read_text().replace("offset cap exceeded", "offset cap is fine"))
    command = [sys.executable, "-m", "registry_cli.docs", "--check", "--folder", str(tmp_path), "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "rules.md" in result.stderr
    assert "make docs" in result.stderr
    assert [one["name"] for one in json.loads(result.stdout)["stale"]] == ["rules.md"]


def test_check__missing_pages__exit_1_and_fresh_pages__exit_0(tmp_path: Path) -> None:
    with pytest.raises(typer.Exit) as ended:
        main(check=True, folder=tmp_path / "new")
    assert ended.value.exit_code == 1
    main(folder=tmp_path / "new")
    main(check=True, folder=tmp_path / "new")


def test_pages__rules__every_number_once_in_both_languages() -> None:
    text = pages()["rules.md"]
    for rule in catalogue().values():
        assert text.count(f'id="{rule.number}"') == 1
        assert rule.zh in text
        assert rule.en in text


def test_pages__permissions__every_row_and_role() -> None:
    text = pages()["permissions.md"]
    for row in permissions():
        assert f"`{row.function}`<br>`0x{row.selector.hex()}`" in text
        assert row.zh in text
        assert row.en in text
    assert all(f"| `{name}` |" in text for name in roles())


def test_pages__permissions__functions_without_role__listed_and_not_those_with_one() -> None:
    listed = pages()["permissions.md"].split("Functions without a role")[1]
    for name in ("transfer", "surrender", "offset", "submit", "issueChunk", "propose", "relay", "retire"):
        assert f"`{name}`" in listed, name
    assert "`openAccounts`" not in listed
    assert "`setYearRules`" not in listed


def test_pages__settings__every_variable_in_both_languages_and_no_secret() -> None:
    text = pages()["settings.md"]
    for settings, prefix in ((Settings, "REGISTRY_"), (OracleSettings, "ORACLE_")):
        for name in settings.model_fields:
            assert f"`{prefix}{name.upper()}`" in text
            assert ZH.get(name), f"no Chinese text for the setting {name}"


def test_pages__routes__documents_open_and_holdings_behind_sign_in() -> None:
    lines = pages()["api-routes.md"].splitlines()
    assert any("`/v1/orders`" in line and "POST" in line and "no |" in line for line in lines)
    assert any("`/v1/accounts/{number}/holdings`" in line and "yes |" in line for line in lines)
    assert any("`/v1/readings`" in line and "POST" in line and "no |" in line for line in lines)


def test_pages__tables__same_number_of_cells_in_every_row() -> None:
    for text in pages().values():
        width = 0
        for line in text.splitlines():
            if not line.startswith("|"):
                width = 0
                continue
            cells = line.replace("\\|", "").count("|")
            assert width in (0, cells), line
            width = cells
