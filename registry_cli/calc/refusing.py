"""How a table of rows is refused: every row at fault, on screen or as JSON, and exit code 2."""

from collections.abc import Sequence
from typing import Final, NoReturn

import typer

from registry_cli.calc import screen
from registry_cli.output import console, emit
from registry_sdk.calc.tables.sheet import RowError

REFUSED: Final = 2


def refuse(errors: Sequence[RowError], as_json: bool) -> NoReturn:
    """End the command with the errors of a file."""
    if as_json:
        emit({"ok": False, "errors": [each.to_json() for each in errors]}, True, str)
    else:
        console.print(screen.refusals(errors))
    raise typer.Exit(REFUSED)
