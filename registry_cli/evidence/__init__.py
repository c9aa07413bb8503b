"""`registry oracle evidence`: monthly evidence (D-06) from items and documents to roots on chain and proofs."""

import typer

from registry_cli.evidence.chain import anchor, sign
from registry_cli.evidence.filing import add, rotate_keys, seal
from registry_cli.evidence.proving import prove
from registry_cli.evidence.status import status
from registry_cli.evidence.verifying import verify

app = typer.Typer(no_args_is_help=True, help="月度存证：数据项、封存、签署、上链、证明 / monthly evidence")
for command in (add, seal, sign, anchor, status, prove, verify):
    app.command()(command)
app.command("rotate-keys")(rotate_keys)

__all__ = ["app"]
