"""The home of a demonstration: emptied before a new one, and nothing else is ever deleted."""

import shutil
from pathlib import Path

from registry_cli.demo.stage import is_served
from registry_cli.output import fail


def clear_home(home: Path) -> None:
    """Empty a demonstration's own home; refuses one that is none, or where its service still runs."""
    if home.exists():
        if not (home / "demo-keys").is_dir() and any(home.iterdir()):
            fail(f"{home.name}: 目录非空且不是演示目录 not empty and not a demo's home")
        if is_served(home):
            fail(
                f"{home.name}: 演示服务正在运行，请先结束它或另选 --home (a service runs there: end it, or use --home)"
            )
        shutil.rmtree(home)
    home.mkdir(parents=True, mode=0o700)
