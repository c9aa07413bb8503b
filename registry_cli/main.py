"""The one program: ``registry``. Each command group is a module of its own; this file only puts them together."""

import importlib
import sys
from typing import Final

import typer

HELP: Final = "碳排放权登记系统 The allowance registry: one ledger, signed orders, no trust in the operator."
#: Groups by name and the module that has their ``app``.
GROUPS: Final = {
    "audit": "registry_cli.audit",
    "bench": "registry_cli.bench",
    "calc": "registry_cli.calc",
    "key": "registry_cli.keys",
    "officer": "registry_cli.officers",
    "oracle": "registry_cli.oracle",
    "order": "registry_cli.orders",
    "replay": "registry_cli.replay",
}
#: Single commands by name: module and function.
COMMANDS: Final = {
    "up": ("registry_cli.service", "up"),
    "deploy": ("registry_cli.service", "deploy"),
    "demo": ("registry_cli.demo", "demo"),
}


def build(only: str | None = None) -> typer.Typer:
    """The program with all its groups, or with the one that is called: loading the rest would take seconds."""
    app = typer.Typer(help=HELP, no_args_is_help=True, pretty_exceptions_enable=False)
    for name, module in GROUPS.items():
        if only in (None, name):
            app.add_typer(importlib.import_module(module).app, name=name)
    for name, (module, function) in COMMANDS.items():
        if only in (None, name):
            app.command(name)(getattr(importlib.import_module(module), function))

    @app.callback()
    def program() -> None:
        """Keeps the program a group even where one command is loaded."""

    return app


def run() -> None:
    """Entry point."""
    called = sys.argv[1] if len(sys.argv) > 1 else None
    build(called if called in {*GROUPS, *COMMANDS} else None)()


if __name__ == "__main__":
    run()
