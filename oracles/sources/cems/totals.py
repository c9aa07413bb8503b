"""Masses of automatic monitoring, exact: hour to day to month to year, with how complete each of them is (D-15).

An hour that is missing or cannot be right adds nothing: no value is invented for it. It shows in the completeness, and
a day counts as valid from the hours that the parameters ask for.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final

from oracles.accounting.cems import daily_mass
from oracles.accounting.factors import Factors
from oracles.accounting.rounding import policy
from oracles.quality.cems import cems_deviation
from oracles.quality.findings import Finding, finding
from oracles.sources.cems.columns import Resolution
from oracles.sources.series import month_span
from registry_sdk import parameters
from registry_sdk.calc.exact import terminating
from registry_sdk.evidence.items import decimal_text
from registry_sdk.readings import time_text

HOURS: Final = {"hourly": 24, "daily": 1}
SHOWN: Final = 5
"""Gaps of a month that a finding lists one by one."""


@dataclass(slots=True)
class StackDay:
    """One day of one stack. ``seen``: a bit per hour that stands in the file, ``valid``: per hour that counts."""

    mass: Fraction = Fraction(0)
    seen: int = 0
    valid: int = 0


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """``hours`` and ``days``: valid ones; ``of_hours``, ``of_days``: that the month has, over all stacks."""

    month: int
    mass: Fraction
    hours: int
    of_hours: int
    days: int
    of_days: int


@dataclass
class CemsTotals:
    """What a CEMS file comes to. Memory: one entry per stack and day, whatever the resolution."""

    entity: str
    year: int
    resolution: Resolution
    days: dict[tuple[str, date], StackDay] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def per_day(self) -> int:
        """Values that a whole day has."""
        return HOURS[self.resolution]

    @property
    def stacks(self) -> list[str]:
        return sorted({stack for stack, _ in self.days})

    @property
    def mass(self) -> Fraction:
        """Of the whole year, exact."""
        return sum((each.mass for each in self.days.values()), Fraction(0))

    def add(self, stack: str, day: date, hour: int, concentration: Fraction, flow: Fraction) -> Fraction:
        """A valid value; its mass is concentration x flow / 100 (g/m3 and 10^4 Nm3), in t."""
        found, mass = self.days.setdefault((stack, day), StackDay()), daily_mass(concentration, flow)
        found.mass += mass
        found.seen |= 1 << hour
        found.valid |= 1 << hour
        return mass

    def leave_out(self, stack: str, day: date, hour: int) -> None:
        """A value that stands in the file and cannot be right."""
        self.days.setdefault((stack, day), StackDay()).seen |= 1 << hour

    def has(self, stack: str, day: date, hour: int) -> bool:
        found = self.days.get((stack, day))
        return found is not None and bool(found.seen >> hour & 1)

    def months(self) -> list[MonthTotal]:
        """Every month from the first to the last that the file touches."""
        numbers = {day.month for _, day in self.days}
        return [self._month(month) for month in range(min(numbers), max(numbers) + 1)] if numbers else []

    def _month(self, month: int) -> MonthTotal:
        mine = [(day, each) for (_, day), each in self.days.items() if day.month == month]
        length, stacks = monthrange(self.year, month)[1], len(self.stacks)
        return MonthTotal(
            month=month,
            mass=sum((each.mass for _, each in mine), Fraction(0)),
            hours=sum(each.valid.bit_count() for _, each in mine),
            of_hours=length * self.per_day * stacks,
            days=sum(self._is_valid(day, each) for day, each in mine),
            of_days=length * stacks,
        )

    def _is_valid(self, day: date, found: StackDay) -> bool:
        needed = int(parameters.get("cems_valid_day_hours", day).value) if self.per_day > 1 else 1
        return found.valid.bit_count() >= needed

    def gaps(self) -> Iterator[Finding]:
        """Months with values missing, each with its first gaps."""
        for total in self.months():
            if total.hours == total.of_hours:
                continue
            places = []
            for stack in self.stacks:
                for number in range(1, total.of_days // len(self.stacks) + 1):
                    day = date(self.year, total.month, number)
                    found = self.days.get((stack, day), StackDay())
                    missing = self.per_day - found.valid.bit_count()
                    if missing:
                        places.append(f"{stack} {day}: {missing}")
            shown = "; ".join(places[:SHOWN]) + (f"; +{len(places) - SHOWN}" if len(places) > SHOWN else "")
            yield finding(
                "Q-CEMS-HOURS",
                {"entity": self.entity, "year": self.year, "month": total.month},
                month=total.month,
                have=total.hours,
                needed=total.of_hours,
                places=shown,
            )

    def compared(self, calculated: dict[int, Fraction]) -> Iterator[Finding]:
        """Months in which monitoring and calculation differ too much, or with too few valid days (D-15)."""
        months = self.months()
        monitored = {each.month: each.mass for each in months}
        # a month is as complete as its least complete stack would make a single one: days over all stacks, shared out
        days = {each.month: each.days // len(self.stacks) for each in months}
        yield from cems_deviation(self.entity, self.year, monitored, calculated, days)

    def to_json(self) -> dict[str, Any]:
        rounding = policy("exact-once", "power", Factors(self.year))

        def shown(mass: Fraction) -> str:
            return f"{rounding.figure('cems_mass', mass):f}"

        return {
            "entity": self.entity,
            "year": self.year,
            "resolution": self.resolution,
            "stacks": self.stacks,
            "tonnes": shown(self.mass),
            "exact": exact_text(self.mass),
            "whole_tonnes": int(rounding.figure("entity", self.mass)),
            "months": [
                {
                    "month": each.month,
                    "tonnes": shown(each.mass),
                    "exact": exact_text(each.mass),
                    "values": each.hours,
                    "values_needed": each.of_hours,
                    "valid_days": each.days,
                    "days_needed": each.of_days,
                }
                for each in self.months()
            ],
            "days": [
                {"stack": stack, "day": day.isoformat(), "tonnes": shown(each.mass), "values": each.valid.bit_count()}
                for (stack, day), each in sorted(self.days.items())
            ],
            "findings": [each.to_json() for each in self.findings],
        }

    def items(self, document: bytes, meter: str = "", calibrated_until: date | None = None) -> list[dict[str, Any]]:
        """One item of monthly evidence per month: kind, value, unit, document, meter, calibrated_until, time."""
        until = None if calibrated_until is None else calibrated_until.isoformat()
        return [
            {
                "kind": "cems_mass",
                "value": exact_text(each.mass),
                "unit": "tCO2",
                "document": "0x" + document.hex(),
                "meter": meter,
                "calibrated_until": until,
                "time": time_text(month_span(self.year, each.month)[1]),
            }
            for each in self.months()
        ]


def exact_text(mass: Fraction) -> str:
    """Concentrations and flows are decimals and the divisor is 100: a mass always has a finite decimal form."""
    found = terminating(mass)
    if found is None:
        raise ValueError("a mass of decimals is a decimal")
    return decimal_text(found)
