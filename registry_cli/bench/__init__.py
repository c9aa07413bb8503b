"""``registry bench``: what the registry costs, measured on the spot."""

import typer

from registry_cli.bench.commands import gas
from registry_cli.bench.oracle import oracle

app = typer.Typer(help="性能与费用实测 measurements", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """性能与费用实测 Measure what the registry costs, beside its peers."""


app.command()(gas)
app.command()(oracle)
