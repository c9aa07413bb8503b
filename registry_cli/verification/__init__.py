"""`registry oracle verify`: jobs from opening and draw to conclusion."""

import typer

from registry_cli.verification import province, review, show

app = typer.Typer(no_args_is_help=True, help="核查：指派、清单、不符合项、结论 / verification: draw, review, conclude")
for module in (province, review, show):
    app.registered_commands += module.app.registered_commands

__all__ = ["app"]
