"""Findings about evidence; their texts are the table ``evidence_findings``."""

from typing import Final

from oracles.quality.findings import Finding, shown
from registry_sdk import parameters
from registry_sdk.calc.result import Text
from registry_sdk.evidence import Month

TABLE: Final = "evidence_findings"


def finding(code: str, month: Month, **figures: object) -> Finding:
    """The finding ``code`` about a month, its sentences filled."""
    row = parameters.table(TABLE).row(code=code)
    texts = {key: shown(value) for key, value in figures.items()}
    filled = {"month": f"{month.month}", **texts}
    return Finding(
        code=code,
        severity=row["severity"],
        rule=row["rule"],
        subject={"entity": str(month.account), "year": str(month.year), "month": str(month.month)},
        figures=texts,
        message=Text(row["zh"].format_map(filled), row["en"].format_map(filled)),
        answer=Text(row["answer_zh"], row["answer_en"]),
    )
