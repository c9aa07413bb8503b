"""Three invented provinces: some two hundred emitters of four sectors over two compliance years. Nothing is real.

The same seed gives the same country, so two runs can be compared. A few firms have a part to play; the table
:data:`PARTS` names them, and every step that needs one of them looks it up there.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction
from typing import Any, Final

from oracles.accounting import account, validate
from registry_cli.demo.province import SECTORS, Sector
from registry_sdk import parameters
from registry_sdk.calc.tables.sheet import RawRow

NOTICE: Final = "以下省份、企业与数据均为虚构 every province, firm and figure below is invented"
YEARS: Final = (2024, 2025)
PROVINCES: Final = {71: "甲省 First Province", 72: "乙省 Second Province", 73: "丙省 Third Province"}
EMITTERS: Final = 200
#: Every part below is played, and each sector and province has firms beside them.
FEWEST: Final = 30
PER_MILLE: Final = 1_000


class Part(Enum):
    """What a firm is there to show."""

    GAS = auto()  # a gas unit whose formula gives less than it emitted: topped up (B-04)
    GAP = auto()  # far too little by formula: topped up to the cap of the gap (B-05)
    DROPPED = auto()  # output fell: less final than pre-allocated, units still there (B-06a)
    SOLD_OUT = auto()  # the same, its units sold: what is missing becomes a debt (B-06a)
    DIFFERENTIATED = auto()  # gets its allowances through its province, which surrenders for it (B-09, C-09)
    CORRECTED = auto()  # its verified data change after the final issue (B-16)
    SHORT = auto()  # does not surrender all it owes (C-08)
    FROZEN = auto()  # frozen by a court over both batches of carry-over, applies when it is released (C-10)
    HELPED = auto()  # another firm surrenders for it (C-07)
    SMALL_POWER = auto()  # low load factor in a class that the peak factor favours (B-03)


#: Position of the firm that plays a part; positions up to :data:`FEWEST` are always there, and of the power sector.
PARTS: Final[dict[int, Part]] = {
    5: Part.GAS,
    6: Part.GAP,
    7: Part.DROPPED,
    8: Part.SOLD_OUT,
    9: Part.DIFFERENTIATED,
    10: Part.CORRECTED,
    11: Part.SHORT,
    12: Part.FROZEN,
    13: Part.HELPED,
    14: Part.SMALL_POWER,
}
#: Formula allocation over verified emissions, in 1/1000, where a part asks for it.
RATIOS: Final = {
    Part.GAS: 900,
    Part.GAP: 700,
    Part.DIFFERENTIATED: 1_030,
    Part.FROZEN: 1_050,
    Part.HELPED: 960,
    Part.SHORT: 930,
}
#: Verified emissions of the year before the first over those of the first, in 1/1000: 70 % of it is issued ahead.
DROPS: Final = {Part.DROPPED: 1_700, Part.SOLD_OUT: 1_800}


GAS_ROWS: Final[tuple[tuple[str, str, str, int, int, dict[str, Any]], ...]] = (
    ("fuel", "natural_gas", "1e4Nm3", 8_000, 30_000, {}),
)
POWER: Final = SECTORS[0]


@dataclass(frozen=True)
class Figures:
    """One firm in one year.

    Attributes:
        activity: activity data; verified: what the calculators make of it, tonnes.
        row: its row of the allocation file, without what is issued or verified before.
        before: verified emissions of the year before, tonnes.
    """

    activity: dict[str, Any]
    verified: int
    row: dict[str, Any]
    before: int


@dataclass(frozen=True, eq=False)
class Firm:
    """One invented firm; known by its number."""

    number: int
    name: str
    province: int
    sector: Sector
    part: Part | None
    approvals: int
    years: dict[int, Figures]

    def verified(self, year: int) -> int:
        """Verified emissions, tonnes."""
        return self.years[year].verified


def invent(emitters: int = EMITTERS, seed: int = 7) -> list[Firm]:
    """The country's firms, by number."""
    chance = random.Random(seed)  # noqa: S311 (invented data, not secrets)
    return [_firm(chance, position) for position in range(1, emitters + 1)]


def cast(firms: Sequence[Firm]) -> dict[Part, Firm]:
    """Firms by the part they play."""
    return {firm.part: firm for firm in firms if firm.part}


def allocation_rows(firms: Sequence[Firm], year: int, more: dict[int, dict[str, Any]]) -> Iterator[RawRow]:
    """Rows of the allocation file; ``more`` has further cells by firm."""
    for at, firm in enumerate(firms, start=2):
        yield at, {**firm.years[year].row, **more.get(firm.number, {})}


def corrected(firm: Firm, year: int, per_mille: int) -> Figures:
    """The firm's figures with all amounts of its activity data changed: what a late verification found."""
    activity = firm.years[year].activity
    sources = [
        {
            **source,
            "amount": {**source["amount"], "value": str(int(source["amount"]["value"]) * per_mille // PER_MILLE)},
        }
        for source in activity["sources"]
    ]
    changed = {**activity, "sources": sources}
    row = dict(firm.years[year].row)
    verified = account(validate(changed)).whole
    return Figures(changed, verified, row | {"verified_t": verified}, firm.years[year].before)


def _firm(chance: random.Random, position: int) -> Firm:
    part = PARTS.get(position)
    province = list(PROVINCES)[position % len(PROVINCES)]
    if part:
        sector = POWER
    elif position <= len(SECTORS):
        sector = SECTORS[position - 1]
    else:
        sector = chance.choices(SECTORS, [each.share for each in SECTORS])[0]
    number = province * 1_000_000 + position
    first, second = YEARS
    activity = _activity(chance, number, sector, part)
    figures: dict[int, Figures] = {}
    ratio = RATIOS.get(part) if part else None
    for year in YEARS:
        activity = {**activity, "year": year}
        verified = account(validate(activity)).whole
        before = verified * DROPS.get(part, chance.randint(930, 1_050)) // PER_MILLE if part else 0
        if not figures and not before:
            before = verified * chance.randint(930, 1_050) // PER_MILLE
        elif figures:
            before = figures[first].verified
        row = _row(
            chance, number, province, sector, part, year, verified, activity, ratio or chance.randint(955, 1_060)
        )
        figures[year] = Figures(activity, verified, row, before)
        activity = _next_year(chance, activity)
    name = f"虚构{sector.zh}{position:03d}号 Invented {sector.name} {position:03d}"
    return Firm(
        number, name, province, sector, part, 2 if position % 3 == 0 else 1, {y: figures[y] for y in (first, second)}
    )


def _activity(chance: random.Random, number: int, sector: Sector, part: Part | None) -> dict[str, Any]:
    rows = GAS_ROWS if part is Part.GAS else sector.rows
    sources = [
        {
            "id": f"S{at}",
            "flow": flow,
            "item": item,
            "amount": {"value": str(chance.randint(least, most)), "unit": unit},
        }
        | more
        for at, (flow, item, unit, least, most, more) in enumerate(rows, start=1)
    ]
    return {"entity": str(number), "sector": sector.name, "year": YEARS[0], "sources": sources}


def _next_year(chance: random.Random, activity: dict[str, Any]) -> dict[str, Any]:
    change = chance.randint(920, 1_080)
    sources = [
        {**source, "amount": {**source["amount"], "value": str(int(source["amount"]["value"]) * change // PER_MILLE)}}
        for source in activity["sources"]
    ]
    return {**activity, "sources": sources}


def _row(
    chance: random.Random,
    number: int,
    province: int,
    sector: Sector,
    part: Part | None,
    year: int,
    verified: int,
    activity: dict[str, Any],
    ratio: int,
) -> dict[str, Any]:
    """A row whose allocation by formula is about ``ratio`` thousandths of what was emitted."""
    head = {
        "entity_id": str(number),
        "province": str(province),
        "sector": sector.name,
        "year": year,
        "unit_id": f"{number}-1",
    }
    if sector is not POWER:
        product = int(activity["sources"][0]["amount"]["value"])
        return head | {"intensity_emissions_t": verified * 7 // 10, "product_t": product}
    unit_class = "IV" if part is Part.GAS else "II" if part is Part.SMALL_POWER else chance.choice(("I", "II", "III"))
    benchmark = Fraction(parameters.table("power_benchmarks").row(year=year)[unit_class])
    output = verified * ratio * benchmark.denominator // (PER_MILLE * benchmark.numerator)
    load = "48" if part is Part.SMALL_POWER else str(chance.randint(66, 92))
    return head | {"unit_class": unit_class, "generation_MWh": str(output), "heat_GJ": "0", "load_factor_pct": load}
