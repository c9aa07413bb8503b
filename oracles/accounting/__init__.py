"""Emission accounting: versioned calculators, exact arithmetic, results that explain themselves.

    report = validate(read_json(text))
    result = account(report)

``account`` takes any input model; ``calculate``, ``calculate_cems`` and ``calculate_offshore`` take their own.
"""

from pydantic import BaseModel

from oracles.accounting.calculators import calculate
from oracles.accounting.cems import calculate_cems
from oracles.accounting.evidence import Evidence, LabRegister, RegisteredLab
from oracles.accounting.model import CemsReport, OffshoreWindReport, Report
from oracles.accounting.offshore import calculate_offshore
from oracles.accounting.reading import read_json, validate
from oracles.accounting.refusal import Refusal, RefusedError
from oracles.accounting.result import Accounted, DefaultUse, Line
from oracles.accounting.versions import CALCULATORS, Calculator, select
from registry_sdk.parameters import ParameterSet


def account(report: BaseModel, evidence: Evidence | None = None, numbers: ParameterSet | None = None) -> Accounted:
    """The figure of any input model. Raises RefusedError with every mistake found, TypeError for another model."""
    if isinstance(report, Report):
        return calculate(report, evidence, numbers)
    if isinstance(report, CemsReport):
        return calculate_cems(report, evidence, numbers)
    if isinstance(report, OffshoreWindReport):
        return calculate_offshore(report, numbers)
    raise TypeError(f"no calculator takes a {type(report).__name__}")


__all__ = [
    "CALCULATORS",
    "Accounted",
    "Calculator",
    "CemsReport",
    "DefaultUse",
    "Evidence",
    "LabRegister",
    "Line",
    "OffshoreWindReport",
    "Refusal",
    "RefusedError",
    "RegisteredLab",
    "Report",
    "account",
    "calculate",
    "calculate_cems",
    "calculate_offshore",
    "read_json",
    "select",
    "validate",
]
