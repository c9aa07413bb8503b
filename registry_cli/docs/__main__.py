"""``python -m registry_cli.docs [--check]``: write the generated pages, or verify that they are fresh."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from registry_cli.docs.pages import FOLDER, stale, write
from registry_cli.output import console, emit

_HINT_LINES = 12


def main(
    check: Annotated[
        bool, typer.Option("--check", help="只检查，过期即以 1 退出 / verify only, exit 1 when stale")
    ] = False,
    folder: Annotated[Path, typer.Option(help="页面所在目录 / folder of the pages")] = FOLDER,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / JSON on standard output")] = False,
) -> None:
    """生成的文档 / Generated documentation."""
    if not check:
        changed = write(folder)
        emit({"changed": changed}, as_json, lambda _: f"已更新 updated: {', '.join(changed) or '无 none'}")
        return
    found = stale(folder)
    if as_json:
        emit({"stale": [asdict(one) for one in found]}, True, str)
    for one in found:
        hint = "\n".join(one.diff.splitlines()[:_HINT_LINES])
        console.print(f"docs/{one.name} 已过期，请运行 make docs / is stale: run 'make docs'\n{hint}", markup=False)
    if found:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
