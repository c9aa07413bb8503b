"""Four invented plants and what they measure in a year. Nothing in them is real; the same year gives the same numbers.

Every number of the year follows from the table below: an hourly series is the base moved by a few percent from hour to
hour, a monthly one from month to month, and a dependent one follows from others.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Final

from oracles.annual import Plan, PlanSource
from registry_sdk.calc.compliance.calendar import BEIJING
from registry_sdk.evidence import decimal_text

NOTICE: Final = "以下企业与数据均为虚构 every firm and figure below is invented"
YEAR: Final = 2025
PROVINCE: Final = 42
MONTHS: Final = range(1, 13)
#: Hourly and monthly values move by at most this share around their base.
SPREAD: Final = Decimal("0.03")

#: MW of each power unit; the control plan states it.
CAPACITY: Final = 100
#: 10^4 Nm3 of flue gas from a tonne of coal.
FLOW_OF_COAL: Final = Decimal("0.8193")
#: In the terms of a derived series: the hours of the month, and what divides.
HOURS, PER = "hours", "/"
HOURLY, MONTHLY, TESTED, DERIVED, CEMS = "hourly", "monthly", "tested", "derived", "cems"


@dataclass(frozen=True)
class Series:
    """One item of monthly evidence.

    Attributes:
        kind: code of the table ``evidence_items``, with ``/`` and its source where there are several.
        how: HOURLY (a device sums up), MONTHLY (a sheet), TESTED (a laboratory), CEMS (monitored), or DERIVED.
        base: of an average hour or month; for a derived one the factor.
        places: decimals.
        meter: number and kind of the meter behind it.
        of: what a derived one is the product of; a term that starts with ``/`` divides. Of a monitored one: the fuel.
    """

    kind: str
    unit: str
    how: str
    base: str
    places: int = 2
    meter: tuple[str, str] = ("", "")
    of: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        return self.kind.partition("/")[0]

    @property
    def source(self) -> str:
        return self.kind.partition("/")[2]


@dataclass(frozen=True)
class Plant:
    """One firm.

    Attributes:
        number: its account in the registry.
        units: sub-units that report for themselves.
    """

    number: int
    name: str
    sector: str
    sector_number: int
    series: tuple[Series, ...]
    sources: Mapping[str, PlanSource] = field(default_factory=dict, compare=False)
    units: int = 1

    @property
    def plan(self) -> Plan:
        """What its sources are."""
        return Plan(self.sector, self.sources)

    @property
    def key(self) -> str:
        """Name of its folders and keys."""
        return self.sector

    @property
    def hourly(self) -> tuple[Series, ...]:
        return tuple(each for each in self.series if each.how == HOURLY)

    def find(self, kind: str) -> Series:
        return next(each for each in self.series if each.kind == kind)

    def value(self, kind: str, month: int, days: int) -> Decimal:
        """The true value of an item in a month, exact.

        Args:
            days: days of the month in which the plant runs.
        """
        return _value(self, self.find(kind), month, days)

    def hours(self, kind: str, month: int, days: int) -> Iterator[tuple[datetime, Decimal]]:
        """End of each hour in UTC and what the device measured in it."""
        series = self.find(kind)
        for end in hours_of(month, days):
            yield end, _moved(self, series, end.isoformat())

    def stack(self, series: Series, month: int, days: int) -> Iterator[tuple[datetime, Decimal, Decimal]]:
        """End of each hour, concentration in g/m3 and flow in 10^4 Nm3, as the stack's monitor has them."""
        for end, coal in self.hours(series.of[0], month, days):
            place = end.isoformat()
            yield end, _moved(self, series, place), _round(coal * FLOW_OF_COAL, 4)


def hours_of(month: int, days: int) -> Iterator[datetime]:
    """End of every hour of the first days of a month in Beijing time, as UTC."""
    start = end = datetime(YEAR, month, 1, tzinfo=BEIJING)
    last = min(start + timedelta(days=days), datetime(YEAR + month // 12, month % 12 + 1, 1, tzinfo=BEIJING))
    while end < last:
        end += timedelta(hours=1)
        yield end.astimezone(UTC)


@cache
def _value(plant: Plant, series: Series, month: int, days: int) -> Decimal:
    hours = Decimal(sum(1 for _ in hours_of(month, days)))
    if series.how == HOURLY:
        return sum((value for _, value in plant.hours(series.kind, month, days)), Decimal(0))
    if series.how == CEMS:
        return sum((gas * flow / 100 for _, gas, flow in plant.stack(series, month, days)), Decimal(0))
    if series.how == MONTHLY:
        # given for a month of 720 hours
        return _round(_moved(plant, series, f"{month:02}") * hours / 720, series.places)
    if series.how == DERIVED:
        value = Decimal(series.base)
        for term in series.of:
            kind = term.removeprefix(PER)
            factor = hours if kind == HOURS else plant.value(kind, month, days)
            value = value / factor if term.startswith(PER) else value * factor
        return _round(value, series.places)
    return _moved(plant, series, f"{month:02}")


def _moved(plant: Plant, series: Series, place: str) -> Decimal:
    """The base, moved by a share that only the place decides."""
    digest = hashlib.sha256(f"{plant.number} {series.kind} {place}".encode()).digest()
    share = Decimal(int.from_bytes(digest[:4])) / 2**31 - 1  # -1 to 1
    spread = SPREAD if series.how == HOURLY else SPREAD / 3
    return _round(Decimal(series.base) * (1 + share * spread), series.places)


def _round(value: Decimal, places: int) -> Decimal:
    return Decimal(decimal_text(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)))


def _power_unit(unit: str) -> tuple[Series, ...]:
    coal, heat, carbon = (f"{code}/coal-{unit}" for code in ("fuel_amount", "heat_value", "carbon_content"))
    power = f"generation/unit-{unit}"
    return (
        Series(coal, "t", HOURLY, "38.50", meter=(f"belt-{unit}", "belt_scale")),
        Series(heat, "GJ/t", TESTED, "21.514", 3),
        Series(carbon, "tC/t", TESTED, "0.5642", 4),
        Series(power, "MWh", DERIVED, "0.1055", 3, (f"watt-{unit}", "other"), (coal, heat)),
        Series(f"heat_supply/unit-{unit}", "GJ", MONTHLY, "12840.00", meter=(f"heat-{unit}", "other")),
        Series(f"running_hours/unit-{unit}", "h", DERIVED, "1", 0, of=(HOURS,)),
        Series(f"load_factor/unit-{unit}", "1", DERIVED, "0.01", 4, of=(power, f"{PER}{HOURS}")),
        Series(f"cems_mass/unit-{unit}", "tCO2", CEMS, "250.00", 2, (f"cems-{unit}", "gas_meter"), (coal,)),
    )


POWER: Final = Plant(
    42_000_001,
    "虚构发电厂 Invented power",
    "power",
    1,
    (*_power_unit("1"), *_power_unit("2")),
    {
        f"coal-{unit}": PlanSource(item="bituminous", subunit=unit, unit_class="conventional_coal")
        for unit in ("1", "2")
    },
    units=2,
)

STEEL: Final = Plant(
    42_000_002,
    "虚构钢铁厂 Invented steel",
    "steel",
    2,
    (
        Series("process_stops", "1", DERIVED, "0", 0),
        Series("fuel_amount/washed_coking_coal", "t", HOURLY, "61.20", meter=("belt-coal", "belt_scale")),
        Series("heat_value/washed_coking_coal", "GJ/t", TESTED, "26.402", 3),
        Series("process_fuel_in/coke", "t", MONTHLY, "30250.00", meter=("belt-coke", "belt_scale")),
        Series("process_fuel_out/coke", "t", DERIVED, "0", 0),
        Series("carbonate/limestone", "t", MONTHLY, "9870.00", meter=("belt-lime", "belt_scale")),
        Series("electrode", "t", MONTHLY, "41.50"),
        Series("carbon_input/scrap", "t", MONTHLY, "12240.00", meter=("weighbridge", "other")),
        Series("pig_iron_sold", "t", MONTHLY, "2150.00", meter=("weighbridge", "other")),
        Series("benzol_sold", "t", MONTHLY, "318.00", meter=("flow-benzol", "liquid_meter")),
        Series("tar_sold", "t", MONTHLY, "1120.00", meter=("flow-tar", "liquid_meter")),
        Series("crude_steel", "t", MONTHLY, "81200.00", meter=("weighbridge", "other")),
        Series("sinter", "t", MONTHLY, "98400.00", meter=("belt-sinter", "belt_scale")),
        Series("hot_metal", "t", MONTHLY, "74300.00", meter=("weighbridge", "other")),
        Series("coal_type", "1", DERIVED, "1", 0),
    ),
    {"coke": PlanSource(item="coke", process="ironmaking")},
)

CEMENT: Final = Plant(
    42_000_003,
    "虚构水泥厂 Invented cement",
    "cement",
    3,
    (
        Series("fuel_amount/bituminous", "t", HOURLY, "14.60", meter=("belt-coal", "belt_scale")),
        Series("heat_value/bituminous", "GJ/t", TESTED, "23.415", 3),
        Series(
            "clinker/portland",
            "t",
            DERIVED,
            "0.2955",
            meter=("belt-clinker", "belt_scale"),
            of=("fuel_amount/bituminous", "heat_value/bituminous"),
        ),
        Series("substitute/carbide_slag", "t", MONTHLY, "1480.00", meter=("belt-slag", "belt_scale")),
        Series("running_hours", "h", DERIVED, "1", 0, of=(HOURS,)),
    ),
)

ALUMINIUM: Final = Plant(
    42_000_004,
    "虚构铝厂 Invented aluminium",
    "aluminium",
    4,
    (
        Series("aluminium", "t", HOURLY, "28.40", meter=("scale-metal", "other")),
        Series("anode_net_carbon", "tC/t-Al", TESTED, "0.4075", 4),
        Series("anode_effect", "min/cell-day", TESTED, "0.0524", 5, ("pot-control", "other")),
    ),
)

PLANTS: Final = (POWER, STEEL, CEMENT, ALUMINIUM)
