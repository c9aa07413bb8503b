"""A set of dated numbers: the files of this package, with override files laid over them."""

from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches

from registry_sdk.parameters.errors import NotConfiguredError, NotInForceError, UnknownParameterError, WrongBasisError
from registry_sdk.parameters.model import Parameter, Table

BY_DATE = "date"
BY_YEAR = "compliance_year"


class ParameterSet:
    """Numbers and tables that are looked up by day or by compliance year; immutable once loaded.

    Args:
        layers: per layer, key -> values; later layers win on the days they cover.
        tables: name -> table, overrides already merged.
    """

    def __init__(self, layers: Iterable[Mapping[str, tuple[Parameter, ...]]], tables: Mapping[str, Table]) -> None:
        self._history: dict[str, tuple[Parameter, ...]] = {}
        for layer in layers:
            for key, values in layer.items():
                self._history[key] = (*self._history.get(key, ()), *values)
        self._tables = dict(tables)

    def keys(self) -> tuple[str, ...]:
        return tuple(sorted(self._history))

    def tables(self) -> tuple[str, ...]:
        return tuple(sorted(self._tables))

    def history(self, key: str) -> tuple[Parameter, ...]:
        """Every value ever given for ``key``, base files first. Raises UnknownParameterError."""
        values = self._history.get(key)
        if values is None:
            close = ", ".join(get_close_matches(key, self.keys(), n=3, cutoff=0.5)) or ", ".join(self.keys())
            raise UnknownParameterError(
                key, "", f"没有参数 {key}；相近：{close}", f"unknown parameter {key}; close names: {close}"
            )
        return values

    def get(self, key: str, on: date) -> Parameter:
        """The value of ``key`` in force on the day ``on``.

        Raises:
            UnknownParameterError: no such key.
            NotInForceError: no value on that day; the message lists the days there are.
            NotConfiguredError: the value is published nowhere and has to be configured.
        """
        history = self.history(key)
        found = next((value for value in reversed(history) if value.in_force(on)), None)
        if found is None:
            periods = ", ".join(value.period for value in history)
            raise NotInForceError(
                key,
                history[0].rule,
                f"{history[0].label_zh}({key}) 在 {on} 无有效值；有效期：{periods}",
                f"{key} has no value in force on {on}; it has values for {periods}",
            )
        if found.value is None:
            raise NotConfiguredError(
                key,
                found.rule,
                f"{found.label_zh}({key}) 在 {on} 未公布，须以覆盖文件配置({found.unit})",
                f"{key} on {on} was never published and must be configured by an override file (unit: {found.unit})",
            )
        return found

    def for_year(self, key: str, year: int) -> Parameter:
        """The value that applies to compliance year ``year``. Raises also WrongBasisError for calendar numbers."""
        first = self.history(key)[0]
        if first.by != BY_YEAR:
            raise WrongBasisError(
                key,
                first.rule,
                f"{key} 按日期生效，请用 get(key, 日期)",
                f"{key} follows the calendar: use get(key, day), not a compliance year",
            )
        return self.get(key, date(year, 1, 1))

    def table(self, name: str) -> Table:
        """The table ``name``. Raises UnknownParameterError."""
        found = self._tables.get(name)
        if found is None:
            names = ", ".join(self.tables())
            raise UnknownParameterError(
                name, "", f"没有表 {name}；可用：{names}", f"unknown table {name}; known: {names}"
            )
        return found
