"""`registry replay`: the registry run on records of the past, on a chain of its own."""

from registry_cli.replay.commands import app

__all__ = ["app"]
