"""One way for every command to speak: JSON on standard output for machines, tables for people, progress beside it."""

import sys
from collections.abc import Callable
from typing import Any, NoReturn

import orjson
import typer
from rich.console import Console, RenderableType
from rich.text import Text

#: Progress and messages; standard output is for results alone.
console = Console(stderr=True)
_out = Console()


def emit(data: Any, as_json: bool, render: Callable[[Any], RenderableType]) -> None:
    """Print a result: as JSON (two spaces, keys as given), or as ``render`` draws it."""
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE, default=str))
        sys.stdout.flush()
    else:
        _out.print(render(data))


def fail(message: str, code: int = 2) -> NoReturn:
    """End with a message on standard error."""
    # Plain text: a path in a message may look like markup; unwrapped, so that it can be searched.
    console.print(Text(message, style="red"), soft_wrap=True)
    raise typer.Exit(code)
