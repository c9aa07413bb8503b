"""Pages of ``docs/`` that are generated from data, so that they cannot differ from what runs."""

from registry_cli.docs.pages import Stale, pages, stale, write

__all__ = ["Stale", "pages", "stale", "write"]
