"""A calculation that cannot be done. Carries the rule, the field, and what would be valid, in zh and en."""

from dataclasses import dataclass


@dataclass(eq=False)
class CalculationError(Exception):
    """``field`` names the input at fault; ``zh`` and ``en`` say what is wrong, ``valid_*`` what would be accepted."""

    rule: str
    field: str
    zh: str
    en: str
    valid_zh: str
    valid_en: str

    def __str__(self) -> str:
        return f"[{self.rule}] {self.field}: {self.zh} / {self.en} (有效 valid: {self.valid_zh} / {self.valid_en})"

    def to_json(self) -> dict[str, str]:
        return {
            "rule": self.rule,
            "field": self.field,
            "zh": self.zh,
            "en": self.en,
            "valid_zh": self.valid_zh,
            "valid_en": self.valid_en,
        }
