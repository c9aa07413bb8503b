"""What `registry oracle quality` and `plot` read: files of figures, and sealed months of evidence in a home folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from oracles.accounting.model import Meter
from oracles.annual import Plan, read_plan
from oracles.evidence.months import MonthStore
from oracles.intake.documents import read_json
from oracles.quality.from_evidence import evidence_emissions, evidence_items
from oracles.quality.reading import Filed, invalid, read_items
from oracles.settings import OracleSettings
from oracles.sources import Registers
from oracles.store import open_store

MAX_PLAN_BYTES = 1_000_000

Evidence = Annotated[
    list[int] | None,
    typer.Option(
        "--evidence", min=1, help="账户，取工作目录中已封存的月份 / account: its sealed months in the home folder"
    ),
]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan", help="该账户的数据质量控制方案，据以核算月度排放 / its plan: sub-units, and emissions of each month"
    ),
]


def read_all(
    files: Sequence[Path], accounts: Sequence[int], plan: Path | None, year: int, home: Path | None
) -> list[Filed]:
    """Figures of every file and account.

    Raises:
        OracleError: what cannot be read, nothing at all, or one plan for several accounts.
        OSError: a file cannot be read.
    """
    if not files and not accounts:
        raise invalid("FILES, --evidence", "没有数据", "nothing to read")
    if plan and len(accounts) != 1:
        raise invalid("--plan", "须恰有一个 --evidence 账户", "goes with exactly one account of --evidence")
    return [*map(read_items, files), *_stored(accounts, _plan(plan) if plan else None, year, home)]


def _stored(accounts: Sequence[int], plan: Plan | None, year: int, home: Path | None) -> list[Filed]:
    if not accounts:
        return []
    settings = OracleSettings() if home is None else OracleSettings(home=home)
    settings.prepare_home()
    engine = open_store(settings.database)
    store, registered = MonthStore(engine), Registers(engine).for_accounting()
    meters = {
        each.id: Meter(id=each.id, kind=each.kind, certificates=each.certificates) for each in registered.values()
    }
    return [
        Filed(
            (
                *evidence_items(store, account, plan),
                *(evidence_emissions(store, account, year, plan, meters) if plan else ()),
            ),
            is_monthly=True,
        )
        for account in accounts
    ]


def _plan(path: Path) -> Plan:
    with path.open("rb") as file:
        content = file.read(MAX_PLAN_BYTES + 1)
    if len(content) > MAX_PLAN_BYTES:
        raise invalid(path.name, f"超过 {MAX_PLAN_BYTES} 字节", f"more than {MAX_PLAN_BYTES} bytes")
    return read_plan(read_json(content))
