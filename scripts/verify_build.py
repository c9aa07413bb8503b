"""``ape run verify_build``: compile with ape, apart from the registry's own build, and compare the code byte by byte.

The registry's artifacts carry no metadata and ape's do, so that is cut off. Ends with an error on any difference.
"""

import json

import ape
import click
from rich.console import Console
from rich.table import Table

from registry_sdk.codec import CONTRACTS, contract


def without_metadata(code: bytes) -> bytes:
    """Runtime code without the CBOR block, whose length stands in the last two bytes, and the INVALID before it."""
    return code[: -2 - int.from_bytes(code[-2:])].removesuffix(b"\xfe")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="print JSON")
def cli(as_json: bool) -> None:
    """Compare every contract of the registry."""
    rows = []
    for name in CONTRACTS.values():
        theirs = without_metadata(bytes(ape.project.contracts[name].contract_type.runtime_bytecode.to_bytes()))
        ours = contract(name).deployed_bytecode
        rows.append({"contract": name, "bytes": len(ours), "equal": theirs == ours})
    if as_json:
        click.echo(json.dumps(rows))
    else:
        table = Table("contract", "bytes", "equal")
        for row in rows:
            table.add_row(row["contract"], str(row["bytes"]), "yes" if row["equal"] else "NO")
        Console().print(table)
    if not all(row["equal"] for row in rows):
        raise SystemExit(1)
