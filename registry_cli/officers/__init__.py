"""``registry officer``: propose, read, decide and execute officers' acts."""

from registry_cli.officers.carryover import app as carryover
from registry_cli.officers.decisions import app as decisions
from registry_cli.officers.proposals import app
from registry_cli.officers.shortcuts import app as shortcuts

# Commands of one group, written in files by what they are about.
app.registered_commands += decisions.registered_commands + shortcuts.registered_commands
app.add_typer(carryover, name="carryover")

__all__ = ["app"]
