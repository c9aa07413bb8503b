"""What is wrong with a piece of evidence, and what would be valid (rule D-06)."""

from typing import Final

RULE: Final = "D-06"


class EvidenceError(ValueError):
    """``field`` names the member at fault; ``zh`` and ``en`` say what is wrong, ``valid_*`` what would be accepted."""

    def __init__(self, field: str, zh: str, en: str, valid_zh: str, valid_en: str) -> None:
        super().__init__(f"[{RULE}] {field}: {zh} / {en} (有效 valid: {valid_zh} / {valid_en})")
        self.rule, self.field = RULE, field
        self.zh, self.en, self.valid_zh, self.valid_en = zh, en, valid_zh, valid_en

    def to_json(self) -> dict[str, str]:
        names = ("rule", "field", "zh", "en", "valid_zh", "valid_en")
        return {name: getattr(self, name) for name in names}
