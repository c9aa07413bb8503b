"""A result that explains itself: value, formula, inputs, rules, versions of the numbers used, roundings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from registry_sdk.calc.exact import show
from registry_sdk.calc.rounding import RoundingStep

EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in Chinese and in English."""

    zh: str
    en: str

    def to_json(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


@dataclass(frozen=True, slots=True)
class Used:
    """A number of the law that entered the result, with the version that was in force."""

    key: str
    value: Any
    unit: str
    rule: str
    version: str
    confidence: str

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "value": plain(self.value),
            "unit": self.unit,
            "rule": self.rule,
            "version": self.version,
            "confidence": self.confidence,
        }


@dataclass(frozen=True, slots=True)
class Result:
    """``value`` in ``unit`` and further named figures in ``outputs``; ``parts`` are the results it was built from."""

    name: str
    title: Text
    value: Any
    unit: str
    formula: Text
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    rules: tuple[str, ...] = ()
    parameters: tuple[Used, ...] = ()
    rounding: tuple[RoundingStep, ...] = ()
    notes: tuple[Text, ...] = ()
    parts: tuple["Result", ...] = field(default=())

    def __getitem__(self, name: str) -> Any:
        """A named output. Raises KeyError."""
        return self.outputs[name]

    def to_json(self, *, nested: bool = True) -> dict[str, Any]:
        """Plain JSON values: integers stay numbers, decimals and fractions become text, dates ISO.

        ``nested`` False leaves the parts out, for lists in which each part stands on its own.
        """
        return {
            "name": self.name,
            "title": self.title.to_json(),
            "value": plain(self.value),
            "unit": self.unit,
            "outputs": plain(self.outputs),
            "formula": self.formula.to_json(),
            "inputs": plain(self.inputs),
            "rules": list(self.rules),
            "parameters": [used.to_json() for used in self.parameters],
            "rounding": [step.to_json() for step in self.rounding],
            "notes": [note.to_json() for note in self.notes],
            "parts": [part.to_json() for part in self.parts] if nested else [],
        }

    def explain(self, indent: int = 0, *, nested: bool = True) -> str:
        """Readable text, Chinese first, English beside it; ``nested`` False leaves the parts out."""
        pad = "  " * indent
        lines = [
            f"{pad}{self.title} [{', '.join(self.rules)}]",
            f"{pad}  结果 result: {_shown(self.value)} {self.unit}".rstrip(),
            f"{pad}  公式 formula: {self.formula.zh}",
        ]
        if self.formula.en != self.formula.zh:
            lines.append(f"{pad}           {self.formula.en}")
        lines += [
            f"{pad}  输入 input {name} = {_shown(value)}" for name, value in self.inputs.items() if value is not None
        ]
        lines += [f"{pad}  得出 output {name} = {_shown(value)}" for name, value in self.outputs.items()]
        lines += [
            f"{pad}  参数 parameter {used.key} = {_shown(used.value)} [{used.rule} {used.confidence}, {used.version}]"
            for used in self.parameters
        ]
        lines += [
            f"{pad}  取整 rounding {step.purpose}: {step.before} -> {step.after} ({step.mode}, {step.decimals})"
            for step in self.rounding
        ]
        lines += [f"{pad}  说明 note: {note}" for note in self.notes]
        return "\n".join([*lines, *(part.explain(indent + 1) for part in self.parts if nested)])


def plain(value: Any) -> Any:
    """``value`` as JSON can carry it without loss."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else show(value)
    if isinstance(value, Decimal):
        return show(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, tuple | list | frozenset | set):
        return [plain(part) for part in (sorted(value) if isinstance(value, frozenset | set) else value)]
    if hasattr(value, "to_json"):
        return value.to_json()
    raise TypeError(f"no JSON form for {type(value).__name__}")


def _shown(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"{value:,}"
    if isinstance(value, tuple | list | frozenset):
        return "; ".join(_shown(part) for part in value) or "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_shown(part)}" for name, part in value.items()) or "-"
    if value is None:
        return "-"
    return str(plain(value)) if isinstance(value, date | Text) else show(value)
