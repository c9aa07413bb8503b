"""Commands whose common options live in dataclasses, and whose failures all end in the same way.

Exit codes: 0 done, 1 refused by a rule or out of reach, 2 the input cannot be used (nothing was signed).
"""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from typing import Any, Final, get_type_hints

import typer
from rich.table import Table
from rich.text import Text

from registry_cli.output import console, emit, fail
from registry_cli.signing.mistakes import Mistake
from registry_sdk.client import ClientError, Problem
from registry_sdk.deployment import DeploymentError
from registry_sdk.keystore import KeystoreError

REFUSED: Final = 1
UNUSABLE: Final = 2

Command = Callable[..., None]


def command(app: typer.Typer, name: str) -> Callable[[Command], Command]:
    """Register a command; parameters whose type is a dataclass become one option per field."""

    def register(function: Command) -> Command:
        app.command(name)(expanded(function))
        return function

    return register


def expanded(function: Command) -> Command:
    """The function as Typer needs it: flat keyword parameters; errors become messages and exit codes."""
    hints = get_type_hints(function, include_extras=True)
    given = inspect.signature(function).parameters
    groups = {name: kind for name, kind in hints.items() if name in given and is_dataclass(kind)}
    flat: list[inspect.Parameter] = []
    for name, parameter in given.items():
        flat.extend(_options(groups[name]) if name in groups else [_flat(name, hints[name], parameter.default)])
    # Python asks for parameters without a default first; Typer takes them by name.
    flat.sort(key=lambda p: p.default is not inspect.Parameter.empty)

    @wraps(function)
    def run(**values: Any) -> None:
        objects = {
            name: kind(**{field.name: values.pop(field.name) for field in fields(kind)})  # type: ignore[operator]
            for name, kind in groups.items()
        }
        as_json = any(getattr(each, "as_json", False) for each in objects.values())
        try:
            function(**values, **objects)
        except Problem as problem:
            refused(problem, as_json)
        except ClientError as error:
            fail(str(error), REFUSED)
        except (Mistake, KeystoreError, DeploymentError) as error:
            fail(str(error))

    run.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in flat}
    return run


def refused(problem: Problem, as_json: bool) -> None:
    """Say which rule refused, why and what would be valid; ends the command."""
    table = Table(title=Text(f"拒绝 refused · {problem.rule}", style="bold red"), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    document = problem.document
    for label, zh, en in (
        ("规则 rule", document.get("title_zh"), document.get("title")),
        ("原因 why", problem.zh, problem.en),
        ("应当 remedy", problem.remedy_zh, problem.remedy),
        ("依据 source", document.get("source_zh"), document.get("source")),
    ):
        table.add_row(label, Text("\n".join(str(part) for part in (zh, en) if part)))
    console.print(table)
    if as_json:
        emit({"refusal": document}, True, str)
    raise typer.Exit(REFUSED)


def _options(group: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    empty = inspect.Parameter.empty
    return [_flat(f.name, hints[f.name], empty if f.default is MISSING else f.default) for f in fields(group)]


def _flat(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
