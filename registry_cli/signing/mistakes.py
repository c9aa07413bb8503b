"""What a person typed or wrote into a file cannot be meant: said before anything is signed."""

from typing import Any

from registry_sdk import rules


class Mistake(Exception):
    """Input that cannot be used; the text is Chinese and English and says what would be valid."""

    @classmethod
    def of(cls, number: str, **args: Any) -> "Mistake":
        """By a rule of the catalogue that can be judged without the registry."""
        return cls(str(rules.refuse(number, **args)))
