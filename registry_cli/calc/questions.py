"""Single questions by rule number, and worked examples compared with what they expect."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from oracles.accounting.worked import covered
from registry_cli.calc.documents import FILE_RULE
from registry_sdk.calc.cases import CASES, explained
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.result import plain
from registry_sdk.calc.tables.report import Report
from registry_sdk.calc.tables.sheet import RowError
from registry_sdk.parameters import ParameterSet


def answer(cases: Sequence[Any], parameters: ParameterSet | None) -> Report:
    """Figures of every question; where "expected" is given, ``equal`` says whether each expected figure is met.

    Examples of emission rules, which `registry calc emissions` compares, are left out when they carry "expected";
    a rule that no calculator knows is refused, or never equal when an expectation goes with it. Inputs that the rule
    has no use for are listed as ``unread``, so that a misspelt name is seen.
    """
    report = Report("cases")
    for number, case in enumerate(cases, start=1):
        if (
            not isinstance(case, dict)
            or not isinstance(case.get("inputs"), dict)
            or not isinstance(case.get("rule"), str)
        ):
            form = "{rule, inputs}"
            error = CalculationError(FILE_RULE, "cases", "问题的形式不符", "the question has a wrong form", form, form)
            report.errors.append(RowError("cases", number, error))
            continue
        if "expected" in case and case["rule"] not in CASES:
            if not covered(case):
                valid = ", ".join(CASES)
                row = {"id": str(case.get("id", number)), "rule": case["rule"], "figures": {}, "valid_rules": valid}
                report.add("cases", row | {"expected": case["expected"], "equal": False})
            continue
        try:
            found = explained(case["rule"], case["inputs"], parameters)
        except CalculationError as error:
            report.errors.append(RowError("cases", number, error))
            continue
        figures = plain(found.figures)
        row = {"id": str(case.get("id", number)), "rule": case["rule"], "figures": figures}
        if found.unread:
            row["unread"] = found.unread
        report.results.extend((row["id"], result) for result in found.results)
        if isinstance(case.get("expected"), dict):
            row["expected"] = case["expected"]
            row["equal"] = same(case["expected"], figures)
        report.add("cases", row)
    return report


def same(expected: Any, figures: Any) -> bool:
    """Whether every expected figure is met; 82.1 and "82.10" are the same number."""
    if isinstance(expected, Mapping):
        return isinstance(figures, Mapping) and all(
            name in figures and same(value, figures[name]) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(figures, list)
            and len(expected) == len(figures)
            and all(same(one, other) for one, other in zip(expected, figures, strict=True))
        )
    if isinstance(expected, bool) or isinstance(figures, bool) or expected is None:
        return expected is figures
    try:
        return Decimal(expected) == Decimal(figures)
    except (InvalidOperation, TypeError, ValueError):
        return str(expected) == str(figures)
