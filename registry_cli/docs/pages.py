"""Writes the generated pages, or tells which of them are stale."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Final

from registry_cli.docs.permissions import permissions_page
from registry_cli.docs.routes import routes_page
from registry_cli.docs.rules import rules_page
from registry_cli.docs.settings import settings_page
from registry_sdk.paths import ROOT

FOLDER: Final = ROOT / "docs"
PAGES: Final[dict[str, Callable[[], str]]] = {
    "permissions.md": permissions_page,
    "rules.md": rules_page,
    "settings.md": settings_page,
    "api-routes.md": routes_page,
}


@dataclass(frozen=True)
class Stale:
    """A page that is missing or not what its source gives; ``diff`` is a unified diff from file to source."""

    name: str
    diff: str


def pages() -> dict[str, str]:
    """Texts of the generated pages by file name."""
    return {name: make() for name, make in PAGES.items()}


def write(folder: Path = FOLDER) -> list[str]:
    """Write the pages that differ and return their names."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = [one.name for one in stale(folder)]
    for name, text in pages().items():
        if name in changed:
            (folder / name).write_text(text, encoding="utf-8")
    return changed


def stale(folder: Path = FOLDER) -> list[Stale]:
    """Pages that are missing or differ."""
    found = []
    for name, text in pages().items():
        path = folder / name
        present = path.read_text(encoding="utf-8") if path.exists() else ""
        if present != text:
            lines = unified_diff(
                present.splitlines(), text.splitlines(), f"docs/{name}", f"docs/{name} (source)", lineterm="", n=0
            )
            found.append(Stale(name, "\n".join(lines)))
    return found
