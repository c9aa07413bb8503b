"""Collects what a calculation used while it runs, and turns it into a Result."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from registry_sdk import parameters as law
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.result import Result, Text, Used
from registry_sdk.calc.rounding import RoundingStep, round_for, round_ratio
from registry_sdk.parameters import Parameter, ParameterError, ParameterSet


class Trace:
    """One calculation under the numbers of ``parameters`` (default: the numbers in force in this program)."""

    def __init__(self, parameters: ParameterSet | None = None) -> None:
        self.law = parameters or law.default()
        self._used: dict[str, Used] = {}
        self._steps: list[RoundingStep] = []
        self._notes: list[Text] = []

    def for_year(self, key: str, year: int) -> Any:
        """The value of compliance year ``year``, noted as used. Raises CalculationError when there is none."""
        return self._note_use(lambda: self.law.for_year(key, year), key)

    def on(self, key: str, day: date) -> Any:
        """The value in force on ``day``, noted as used. Raises CalculationError when there is none."""
        return self._note_use(lambda: self.law.get(key, day), key)

    def row(self, name: str, column: str, **key: Any) -> Any:
        """One cell of a table, noted as used. Raises CalculationError when the row or the value is missing."""
        table = self.law.table(name)
        try:
            row = table.row(**key)
        except ParameterError as error:
            raise refused(error) from None
        value = row[column]
        place = "/".join(map(str, key.values()))
        if value is None:
            raise CalculationError(
                table.rule,
                name,
                f"{table.label_zh} {place} 的 {column} 未公布",
                f"{name} {place} has no published {column}",
                "以覆盖文件配置",
                "configure it by an override file",
            )
        self._used[f"{name}.{place}.{column}"] = Used(
            f"{name}.{place}.{column}",
            value,
            "",
            table.rule,
            table.version,
            str(row.get("confidence", table.confidence)),
        )
        return value

    def rounded(self, value: Fraction, purpose: str) -> int | Decimal | Fraction:
        """``value`` under the rounding policy of ``purpose``; the step is kept."""
        after, step = round_for(value, purpose, self.law)
        if step is not None:
            self._steps.append(step)
        return after

    def whole(self, value: Fraction, purpose: str) -> int:
        """``value`` rounded to whole tonnes under ``purpose``."""
        after = self.rounded(value, purpose)
        return after if isinstance(after, int) else int(Fraction(after).__floor__())

    def rounded_ratio(self, numerator: int, denominator: int, purpose: str) -> int | Decimal:
        """numerator / denominator (above 0) under the policy of ``purpose``, without reducing it first."""
        after, step = round_ratio(numerator, denominator, purpose, self.law)
        self._steps.append(step)
        return after

    def note(self, zh: str, en: str) -> None:
        self._notes.append(Text(zh, en))

    def result(
        self,
        name: str,
        title: Text,
        value: Any,
        unit: str,
        formula: Text,
        inputs: Mapping[str, Any],
        outputs: Mapping[str, Any],
        rules: Iterable[str],
        parts: Iterable[Result] = (),
    ) -> Result:
        return Result(
            name=name,
            title=title,
            value=value,
            unit=unit,
            formula=formula,
            inputs=MappingProxyType(dict(inputs)),
            outputs=MappingProxyType(dict(outputs)),
            rules=tuple(dict.fromkeys(rules)),
            parameters=tuple(self._used.values()),
            rounding=tuple(self._steps),
            notes=tuple(self._notes),
            parts=tuple(parts),
        )

    def _note_use(self, look_up: Any, key: str) -> Any:
        try:
            found: Parameter = look_up()
        except ParameterError as error:
            raise refused(error) from None
        self._used[key] = Used(key, found.value, found.unit, found.rule, found.version, found.confidence)
        return found.value


def refused(error: ParameterError) -> CalculationError:
    """A missing number, told as a refusal of the calculation."""
    return CalculationError(
        error.rule or "parameters",
        error.key,
        error.zh,
        error.en,
        "见参数有效期或覆盖文件",
        "see the dates of force, or an override file",
    )
