"""`registry oracle source`: registers of meters and devices, readings, files, and what was refused."""

from registry_cli.sources.commands import app

__all__ = ["app"]
