"""The numbers of the law for one compliance year, each remembered with its version once it was used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from oracles.accounting.refusal import RefusedError, refuse
from registry_sdk import parameters
from registry_sdk.calc.result import Text, Used
from registry_sdk.parameters import ParameterError, ParameterSet


@dataclass(frozen=True, slots=True)
class Fuel:
    """What the tables say of a fuel. ``heat`` and ``carbon`` are None where no default is published."""

    key: str
    group: str
    power_default: str
    name: Text
    unit: str
    heat: Fraction | None
    carbon: Fraction | None
    oxidation: Fraction | None


class Factors:
    """Lookups for ``year``. Missing or unpublished numbers raise RefusedError naming ``where`` they were needed."""

    def __init__(self, year: int, numbers: ParameterSet | None = None) -> None:
        self.year = year
        self.numbers = numbers or parameters.default()
        self._used: dict[str, Used] = {}

    @property
    def used(self) -> tuple[Used, ...]:
        """Every number that entered, by name."""
        return tuple(self._used[key] for key in sorted(self._used))

    def number(self, key: str, where: str) -> Fraction:
        """Parameter ``key`` for the year, exact."""
        value = self.value(key, where)
        if isinstance(value, bool) or not isinstance(value, int | Decimal | Fraction):
            raise refuse(
                where, "D-07", Text(f"参数 {key} 不是数", f"parameter {key} is not a number"), Text("数", "a number")
            )
        return Fraction(value)

    def value(self, key: str, where: str) -> Any:
        """Parameter ``key`` for the year, as typed by the parameter files."""
        try:
            found = self.numbers.for_year(key, self.year)
        except ParameterError as error:
            raise _from_parameters(where, error) from None
        value = found.value
        self._used[key] = Used(key, value, found.unit, found.rule, found.version, found.confidence)
        return value

    def days(self, key: str, day: date) -> int | None:
        """A period that follows the calendar (days or months), or None where none was in force on ``day``."""
        try:
            found = self.numbers.get(key, day)
        except ParameterError:
            return None
        self._used[key] = Used(key, found.value, found.unit, found.rule, found.version, found.confidence)
        return int(found.value)

    def row(self, table: str, where: str, **key: object) -> Mapping[str, Any]:
        """The row of ``table`` with this key."""
        try:
            found = self.numbers.table(table)
            row = found.row(**key)
        except ParameterError as error:
            raise _from_parameters(where, error) from None
        name = f"{table}[{'/'.join(str(part) for part in key.values())}]"
        figures = {column: cell for column, cell in row.items() if isinstance(cell, Decimal | int)}
        confidence = str(row.get("confidence", found.confidence))
        for column, cell in figures.items():
            self._used[f"{name}.{column}"] = Used(f"{name}.{column}", cell, "", found.rule, found.version, confidence)
        return row

    def factor(self, table: str, item: str, where: str) -> Fraction:
        """Column "value" of the row of ``item``."""
        return Fraction(self.row(table, where, item=item)["value"])

    def fuel(self, key: str, where: str) -> Fuel:
        """What is known of fuel ``key``; D-04."""
        head = self.row("fuel_groups", where, fuel=key)
        table = self.numbers.table("fuel_defaults")
        known = table.find(fuel=key)
        if known is not None:
            self.row("fuel_defaults", where, fuel=key)
        gas = head["group"] == "gas"
        return Fuel(
            key=key,
            group=head["group"],
            power_default=head["power_default"],
            name=Text(head["name_zh"], head["name_en"]),
            unit=known["fuel_unit"] if known else "1e4Nm3" if gas else "t",
            heat=Fraction(known["ncv_GJ_per_unit"]) if known else None,
            carbon=Fraction(known["carbon_tC_per_GJ"]) if known else None,
            oxidation=Fraction(known["oxidation"]) if known else None,
        )

    def item_name(self, item: str, flow: str, where: str) -> Text:
        """Name of a material; refused where it may not appear in ``flow``."""
        table = self.numbers.table("accounting_items")
        row = table.find(item=item)
        if row is None or flow not in row["flows"]:
            valid = ", ".join(f"{each['item']}（{each['name_zh']}）" for each in table if flow in each["flows"])
            raise refuse(
                f"{where}.item",
                "D-10a" if flow.startswith(("carbon", "electrode")) else "D-13" if flow != "electricity" else "D-05",
                Text(f"{item} 不能用于 {flow}", f"{item} cannot be used in {flow}"),
                Text(valid, valid),
            )
        return Text(row["name_zh"], row["name_en"])

    def rows(self, table: str) -> tuple[Mapping[str, Any], ...]:
        """All rows of ``table`` (not remembered as used)."""
        return self.numbers.table(table).rows


def _from_parameters(where: str, error: ParameterError) -> RefusedError:
    return refuse(
        where,
        error.rule or "D-07",
        Text(error.zh, error.en),
        Text(
            "换用有效的年度或名称；未公布的数须由主管部门以参数覆盖文件配置",
            "a year or name that has a value; unpublished numbers must be configured in a parameter override file",
        ),
    )
