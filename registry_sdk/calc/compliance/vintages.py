"""C-03: which vintage pays which compliance year."""

from collections.abc import Mapping
from typing import Any

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet, default


def _rule(year: int, arrears: bool, law: ParameterSet) -> Mapping[str, Any]:
    kinds = ("arrears", "current") if arrears else ("current",)
    for kind in kinds:
        for row in law.table("vintage_rules"):
            if row["kind"] == kind and row["year_from"] <= year and (row["year_to"] is None or year <= row["year_to"]):
                return row
    known = ", ".join(f"{row['year_from']}..{row['year_to'] or ''}" for row in law.table("vintage_rules"))
    raise CalculationError(
        "C-03", "year", f"履约年度 {year} 没有配额年度规则", f"no vintage rule for compliance year {year}", known, known
    )


def note_rule(year: int, *, arrears: bool, trace: Trace) -> None:
    """Keeps in ``trace`` which rule decides the vintages of ``year``."""
    row = _rule(year, arrears, trace.law)
    for column in ("vintage_from", "vintage_to"):
        if row[column] is not None:
            trace.row("vintage_rules", column, kind=row["kind"], year_from=row["year_from"])


def allowed_vintages(
    year: int, *, arrears: bool = False, borrowed: bool = False, parameters: ParameterSet | None = None
) -> tuple[int, ...]:
    """Vintages that may pay compliance year ``year``.

    Args:
        arrears: the year's deadline has passed and the obligation is still open.
        borrowed: the firm holds units borrowed under B-12, which may pay as well.
    """
    row = _rule(year, arrears, parameters or default())
    last = row["vintage_to"] if row["vintage_to"] is not None else year
    if row["own_year_limit"]:
        last = min(last, year)
    vintages = tuple(range(row["vintage_from"], last + 1))
    extra = row["borrowed_vintage"]
    return (*vintages, extra) if borrowed and extra is not None else vintages


def arrears_vintages(year: int, *, parameters: ParameterSet | None = None) -> tuple[int, int]:
    """Oldest and newest vintage that pay what is owed for ``year`` after its deadline; (0, 0): those of before."""
    if _rule(year, True, parameters or default())["kind"] != "arrears":
        return 0, 0
    vintages = allowed_vintages(year, arrears=True, parameters=parameters)
    return vintages[0], vintages[-1]


def check_vintage(
    year: int, vintage: int, *, arrears: bool = False, borrowed: bool = False, parameters: ParameterSet | None = None
) -> None:
    """Raises CalculationError (C-03) naming the vintages that would pay, unless ``vintage`` does."""
    allowed = allowed_vintages(year, arrears=arrears, borrowed=borrowed, parameters=parameters)
    if vintage not in allowed:
        text = ", ".join(map(str, allowed))
        raise CalculationError(
            "C-03",
            "vintage",
            f"{vintage} 年度配额不能用于 {year} 年度{'欠缴' if arrears else ''}履约",
            f"vintage {vintage} cannot pay {'arrears of ' if arrears else ''}compliance year {year}",
            text,
            text,
        )
