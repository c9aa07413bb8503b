"""The end of a year: statuses frozen, certificates printed and verified, the list published."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from registry_cli.demo.stage import StageError
from registry_cli.years.country import Firm, Part
from registry_cli.years.run import Run, law_day
from registry_sdk.allocation import DebtCause

#: Days after the deadline on which the penalty is decided.
DECISION_DAYS: Final = 14
#: Mean price of the month before each deadline, yuan a tonne: invented, as every figure of this run.
PRICES: Final = {2024: "74.20", 2025: "71.60"}


def close(run: Run, year: int) -> None:
    """The deadline passes, two officers close the year, the service freezes what each firm had reached (C-13)."""
    run.to(law_day(year, "surrender_deadline") + timedelta(days=1), hours=9)
    run.office.act("compliance", "closeYear", year)
    run.count(f"{year} 年度关闭 year closed", lambda: len(_frozen(run, year)), len(run.firms))
    statuses = _frozen(run, year)
    expected = {firm.number: "COMPLETE" if run.book.left(firm.number, year) <= 0 else "SHORT" for firm in run.firms}
    run.statuses[year] = statuses
    run.shown[f"statuses_{year}"] = {str(number): status for number, status in statuses.items()}
    if statuses != expected:
        wrong = {
            number: (expected[number], status) for number, status in statuses.items() if status != expected[number]
        }
        raise StageError(f"statuses of {year} differ from what was paid: {wrong}")


def _frozen(run: Run, year: int) -> dict[int, str]:
    return {row["account"]: row["frozen"] for row in run.client.compliance(year) if row["frozen"] is not None}


def publish(run: Run, year: int) -> None:
    """The public list of the year, and a certificate of one firm as PDF, checked against the chain."""
    folder = run.folder("papers")
    names = folder / "names.csv"
    names.write_text("account,name\n" + "".join(f"{firm.number},{firm.name}\n" for firm in run.firms))
    decided = law_day(year, "surrender_deadline") + timedelta(days=DECISION_DAYS)
    listed = folder / f"publication-{year}.pdf"
    words = ("--names", str(names), "--mean-price", PRICES[year], "--decided-on", decided.isoformat())
    body = json.loads(run.stage.run("publish", str(year), *words, "--out", str(listed), "--json").stdout)
    late = [row for row in body["items"] if row["account"] == run.parts[Part.SHORT].number]
    run.shown[f"publication_{year}"] = {"file": str(listed), "firms": len(body["items"]), "short": late}
    run.shown[f"certificate_{year}"] = certificate(run, run.parts[Part.HELPED], year, folder)
    run.step(f"{year} 公布与证明 publication and certificate", 1, 1)


def deduct(run: Run, year: int) -> None:
    """What was not surrendered becomes a debt that the next issue settles, while the law of the day has it (C-08)."""
    for row in run.shown[f"publication_{year}"]["short"]:
        tonnes = row["penalty"]["deduction_t"]
        if tonnes:
            act = ("recordDebt", row["province"], row["account"], int(DebtCause.UNPAID_SURRENDER), tonnes)
            run.office.act("allocation", *act)
            run.book.debt[row["account"]] += tonnes


def certificate(run: Run, firm: Firm, year: int, folder: Path) -> dict[str, Any]:
    """A certificate as PDF, verified against the chain in another process."""
    run.until(lambda: _stands(run, firm, year), f"certificate of {firm.number}")
    path = folder / f"certificate-{firm.number}-{year}.pdf"
    run.stage.run("certificate", "print", str(firm.number), str(year), "--out", str(path), "--holder", firm.name)
    verified = json.loads(run.stage.run("certificate", "verify", str(path), "--json").stdout)
    return {"file": str(path), "account": firm.number, "verified": verified["ok"]}


def _stands(run: Run, firm: Firm, year: int) -> bool:
    return bool(run.reader.read("compliance", "certificateOf", firm.number, year)["number"])
