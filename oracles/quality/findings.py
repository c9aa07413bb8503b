"""A data-quality finding: what was seen, the figures behind it, and how the firm can answer. The texts are data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from registry_sdk import parameters
from registry_sdk.calc.exact import decimal_of, terminating
from registry_sdk.calc.result import Text

TABLE = "quality_findings"
_SHOWN_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """``subject`` says who and where: entity, sub-unit, year, month. ``figures`` fill the sentence, as text."""

    code: str
    severity: str
    rule: str
    subject: Mapping[str, str]
    figures: Mapping[str, str]
    message: Text
    answer: Text

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            "rule": self.rule,
            "subject": dict(self.subject),
            "figures": dict(self.figures),
            "message": self.message.to_json(),
            "answer": self.answer.to_json(),
        }


def shown(value: object) -> str:
    """Plain text of a figure; fractions without a short decimal form to six decimals, marked."""
    if isinstance(value, Fraction):
        finite = terminating(value)
        if finite is not None and -finite.as_tuple().exponent <= 12:  # type: ignore[operator]
            return f"{finite:f}"
        return f"≈{decimal_of(value, _SHOWN_DECIMALS):f}"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def finding(code: str, subject: Mapping[str, object], rule: str | None = None, /, **figures: object) -> Finding:
    """The finding ``code`` with its sentences filled. ``rule`` replaces the rule of the table where it is narrower."""
    row = parameters.table(TABLE).row(code=code)
    texts = {key: shown(value) for key, value in figures.items()}
    zh, en = dict(texts), dict(texts)
    for key in ("item", "ratio"):
        name = item_name(texts[key]) if key in texts else None
        if name is not None:
            zh[key], en[key] = name.zh, name.en
    return Finding(
        code=code,
        severity=row["severity"],
        rule=rule or row["rule"],
        subject={key: str(value) for key, value in subject.items() if value is not None},
        figures=texts,
        message=Text(row["zh"].format_map(zh), row["en"].format_map(en)),
        answer=Text(row["answer_zh"], row["answer_en"]),
    )


def item_name(key: str) -> Text | None:
    """Name of an item or ratio, or None."""
    for table, column in (("quality_items", "item"), ("quality_ratios", "ratio")):
        row = parameters.table(table).find(**{column: key})
        if row is not None:
            return Text(row["name_zh"], row["name_en"])
    return None


def threshold(key: str, on: date) -> Fraction:
    """The threshold in force on ``on``, exact."""
    return Fraction(parameters.get(key, on).value)
