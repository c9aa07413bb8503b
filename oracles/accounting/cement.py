"""Cement: the process part of one clinker line and month is not below 0 (D-13)."""

from collections.abc import Iterable
from fractions import Fraction

from oracles.accounting.flows import ENTERPRISE
from oracles.accounting.result import Line
from oracles.accounting.work import Work
from registry_sdk.calc.exact import show
from registry_sdk.calc.result import Text

FLOOR = "process_floor"


def floor_lines(work: Work, lines: Iterable[Line]) -> list[Line]:
    """One balancing line for each clinker line and month whose deductions exceed its clinker term.

    The floor lies on the process part alone, so surplus deductions can offset neither fuel nor another month.
    Rows without a month form one period, the whole year.
    """
    sums: dict[tuple[str, int | None], Fraction] = {}
    for line in lines:
        if line.group == "process":
            place = line.subunit, line.month
            sums[place] = sums.get(place, Fraction(0)) + line.exact
    found = []
    for (subunit, month), total in sums.items():
        if total < 0:
            work.note(
                "[D-13] 过程排放按月不低于 0：超出的扣除不抵减燃料排放或其他月份",
                "[D-13] the monthly process part is not below 0: a surplus offsets neither fuel nor other months",
            )
            found.append(
                Line(
                    source=f"{FLOOR}:{subunit}:{month or 'year'}",
                    subunit=subunit,
                    scope=ENTERPRISE,
                    flow=FLOOR,
                    group="process",
                    key=FLOOR,
                    item=Text("过程排放不低于 0 的调整", "adjustment so that the process part is not below 0"),
                    amount=Fraction(0),
                    exact=-total,
                    value=work.rounding.figure("source", -total),
                    formula=f"max(0, {show(total)}) - ({show(total)})",
                    rules=("D-13",),
                    gas_tonnes=-total,
                    month=month,
                )
            )
    return found
