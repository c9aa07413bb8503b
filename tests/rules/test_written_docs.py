"""What the written pages name exists: files, routes, metrics, rule numbers, settings."""

import re
from pathlib import Path

import pytest

from registry_cli.docs import pages

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
SOURCE = "\n".join(path.read_text() for part in ("registry_api", "oracles") for path in (ROOT / part).rglob("*.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links__relative__point_at_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_routes__named__exist(page: Path) -> None:
    known = re.sub(r"\{\w+\}", "{}", pages()["api-routes.md"])
    for route in re.findall(r"(?:POST|GET) (/v1/[\w/{}-]+)", page.read_text()):
        assert f"`{re.sub(r'{[^}]*}', '{}', route)}`" in known, route


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_variables__named__are_settings(page: Path) -> None:
    for name in re.findall(r"\b(?:REGISTRY|ORACLE)_[A-Z_]*[A-Z]\b", page.read_text()):
        assert f"`{name}`" in pages()["settings.md"], name


def test_metrics__named_in_operations__are_measured() -> None:
    named = re.findall(r"`((?:registry|oracle)_[a-z_]+)(?:\{[\w,]*\})?`", (ROOT / "docs" / "operations.md").read_text())
    metrics = [name for name in named if not name.startswith("registry_api")]
    assert metrics
    for name in metrics:
        assert f'"{name}"' in SOURCE or f'"{name.removesuffix("_total")}"' in SOURCE, name


@pytest.mark.parametrize("name", ["threat-model.md", "operations.md", "api.md"])
def test_rules__numbers_named__are_in_the_generated_page(name: str) -> None:
    known = pages()["rules.md"]
    for number in re.findall(r"\b(?:[OLRGPTN])-\d{2}\b", (ROOT / "docs" / name).read_text()):
        assert f'id="{number}"' in known, number
