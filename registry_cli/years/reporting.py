"""Verified emissions: each firm's report is calculated again and signed by a verifier and by its province, in processes
of their own; the oracle process pushes the statements."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from registry_cli.demo.stage import Key
from registry_cli.years.country import Firm, corrected
from registry_cli.years.run import Run


def report(run: Run, year: int, firms: Sequence[Firm]) -> None:
    """Verified figures of a year for these firms."""
    _sign(run, year, firms, f"{year}")
    known = len(run.client.emissions(year=year))
    run.count(f"{year} 排放核查 verified emissions", lambda: len(run.client.emissions(year=year)) - known, len(firms))
    for firm in firms:
        run.book.owed[firm.number, year] = firm.verified(year)


def correct(run: Run, year: int, firm: Firm, per_mille: int) -> Firm:
    """A correction after issue: a new version that names the one it replaces. The firm with its new figures."""
    changed = replace(firm, years={**firm.years, year: corrected(firm, year, per_mille)})
    run.firms = [changed if each.number == firm.number else each for each in run.firms]
    run.__dict__.pop("parts", None)
    _sign(run, year, [changed], f"{year}-correction")
    tonnes = changed.verified(year)
    run.until(lambda: run.reader.position(firm.number, year).obligation == tonnes, "correction")
    run.book.owed[firm.number, year] = tonnes
    return changed


def _sign(run: Run, year: int, firms: Sequence[Firm], name: str) -> None:
    reports = {firm: _write(run.folder(f"reports-{name}"), firm, year) for firm in firms}
    statements = run.folder(f"statements-{name}")
    _signed_by(run, run.stage.verifier, statements, list(reports.values()))
    for province, key in run.provinces.items():
        own = [path for firm, path in reports.items() if firm.province == province]
        if own:
            _signed_by(run, key, statements, own)
    inbox = run.stage.oracle_home / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    for statement in sorted(statements.glob("*.json")):
        statement.replace(inbox / f"{name}-{statement.name}")


def _signed_by(run: Run, key: Key, statements: Path, reports: Sequence[Path]) -> None:
    words = ("--key", str(key.path), "--password-file", str(key.password), "--out", str(statements))
    run.stage.repeat("oracle", "sign", *map(str, reports), *words, "--rpc", run.client.url + "/rpc", "--yes")


def _write(folder: Path, firm: Firm, year: int) -> Path:
    figures = firm.years[year]
    path = folder / f"{firm.number}.json"
    head = {"account": firm.number, "year": year, "tonnes": figures.verified}
    path.write_text(json.dumps({**head, "activity": figures.activity}, ensure_ascii=False))
    return path
