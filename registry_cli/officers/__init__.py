"""``registry officer``: propose, read, decide and execute officers' acts."""

from registry_cli.officers.carryover import app as carryover
from registry_cli.officers.decisions import app as decisions
from registry_cli.officers.proposals import app
from registry_cli.officers.shortcuts import app as shortcuts
from registry_cli.officers.table_commands import app as tables

# Commands of one group, written in files by what they are about.
app.registered_commands += decisions.registered_commands + shortcuts.registered_commands
app.add_typer(carryover, name="carryover")
app.add_typer(tables, name="table")

__all__ = ["app"]
