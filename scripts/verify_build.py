"""``ape run verify_build [CONTRACT ...]``: compile with ape, apart from the registry's own build, and compare the code.

All contracts without names. The registry's artifacts carry no metadata and ape's do, so that is cut off; what is left
is compared byte by byte. Ends with an error on any difference.
"""

import json
from pathlib import Path

import ape
import click
from rich.console import Console
from rich.table import Table

from registry_sdk.codec import CONTRACTS, contract
from registry_sdk.paths import ARTIFACTS


def without_metadata(code: bytes) -> bytes:
    """Runtime code without the CBOR block, whose length stands in the last two bytes, and the INVALID before it."""
    return code[: -2 - int.from_bytes(code[-2:])].removesuffix(b"\xfe")


def compiled(names: list[str]) -> dict[str, bytes]:
    """Runtime code by name, as ape compiles the named contracts' sources now; the compiler's own cache is not asked."""
    sources = {Path(json.loads((ARTIFACTS / f"{name}.json").read_text())["source"]) for name in names}
    types = ape.compilers.compile(sorted(sources), project=ape.project)
    return {one.name: without_metadata(bytes(one.runtime_bytecode.to_bytes())) for one in types if one.name in names}


@click.command()
@click.argument("names", metavar="[CONTRACT]...", nargs=-1, type=click.Choice(list(CONTRACTS.values())))
@click.option("--json", "as_json", is_flag=True, help="print JSON")
def cli(names: tuple[str, ...], as_json: bool) -> None:
    """Compare every contract of the registry, or the named ones."""
    chosen = [name for name in CONTRACTS.values() if not names or name in names]
    theirs = compiled(chosen)
    rows = []
    for name in chosen:
        ours = contract(name).deployed_bytecode
        rows.append({"contract": name, "bytes": len(ours), "equal": theirs[name] == ours})
    if as_json:
        click.echo(json.dumps(rows))
    else:
        table = Table("contract", "bytes", "equal")
        for row in rows:
            table.add_row(row["contract"], str(row["bytes"]), "yes" if row["equal"] else "NO")
        Console().print(table)
    if not all(row["equal"] for row in rows):
        raise SystemExit(1)
