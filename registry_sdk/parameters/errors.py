"""What can go wrong when a number of the law is asked for. Every message says what would be valid, zh and en."""

from dataclasses import dataclass


@dataclass(eq=False)
class ParameterError(Exception):
    """A number cannot be given. ``rule`` is the rule number it belongs to, "" where the key is unknown."""

    key: str
    rule: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"[{self.rule or 'parameters'}] {self.zh} / {self.en}"


class UnknownParameterError(ParameterError):
    """No parameter, table or row has this name."""


class NotInForceError(ParameterError):
    """The parameter exists, but has no value on the day asked for."""


class NotConfiguredError(ParameterError):
    """The value was never published: the operator must configure it by an override file."""


class WrongBasisError(ParameterError):
    """A number that follows the calendar was asked for by compliance year, or the other way round."""


class DataFileError(ParameterError):
    """A parameter file is not well formed, contradicts itself or holds a value of the wrong type."""
