"""An invented province: sixty emitters of four sectors with activity data of one year. Nothing in it is real.

The same seed gives the same province, so two runs can be compared.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from oracles.accounting import account, validate

NOTICE: Final = "以下企业与数据均为虚构 every firm and figure below is invented"
PROVINCE: Final = 42
PROVINCE_NAME: Final = "样例省 Sample Province"
COMPLIANCE_YEAR: Final = 2025
EMITTERS: Final = 60


@dataclass(frozen=True)
class Sector:
    """A sector of the market.

    Attributes:
        rows: templates of activity data: flow, item, unit, least and most amount, further fields.
    """

    id: int
    name: str
    zh: str
    share: int
    rows: tuple[tuple[str, str, str, int, int, dict[str, Any]], ...]


COAL: Final = {
    "heat_value": {"value": "23.076", "unit": "GJ/t"},
    "carbon_per_heat": {"value": "0.02618", "unit": "tC/GJ"},
}
SECTORS: Final = (
    Sector(1, "power", "发电", 30, (("fuel", "bituminous", "t", 60_000, 1_500_000, COAL),)),
    Sector(2, "steel", "钢铁", 10, (("fuel", "anthracite", "t", 200_000, 2_000_000, {}),)),
    Sector(
        3,
        "cement",
        "水泥",
        14,
        (("clinker", "portland", "t", 300_000, 2_000_000, {}), ("fuel", "bituminous", "t", 40_000, 250_000, COAL)),
    ),
    Sector(4, "aluminium", "铝冶炼", 6, (("aluminium", "primary_aluminium", "t", 50_000, 500_000, {}),)),
)


@dataclass(frozen=True)
class Emitter:
    """One invented firm.

    Attributes:
        activity: activity data in the form ``registry calc emissions`` takes.
        verified: what the calculators make of it, tonnes.
        allocated: its free allocation, tonnes.
        approvals: how many representatives must sign.
    """

    number: int
    name: str
    sector: Sector
    activity: dict[str, Any]
    verified: int
    allocated: int
    approvals: int

    @property
    def gap(self) -> int:
        """Tonnes it lacks; negative where it has more than it needs."""
        return self.verified - self.allocated


def _activity(chance: random.Random, number: int, sector: Sector) -> dict[str, Any]:
    sources = []
    for position, (flow, item, unit, least, most, more) in enumerate(sector.rows, start=1):
        amount = {"value": str(chance.randint(least, most)), "unit": unit}
        sources.append({"id": f"S{position}", "flow": flow, "item": item, "amount": amount, **more})
    return {"entity": str(number), "sector": sector.name, "year": COMPLIANCE_YEAR, "sources": sources}


def invent(emitters: int = EMITTERS, seed: int = 42) -> list[Emitter]:
    """The province's emitters. About half of them lack allowances, the others have some to sell."""
    chance = random.Random(seed)  # noqa: S311 (invented data, not secrets)
    return list(_emitters(chance, emitters))


def _emitters(chance: random.Random, count: int) -> Iterator[Emitter]:
    weights = [sector.share for sector in SECTORS]
    for position in range(1, count + 1):
        sector = SECTORS[position - 1] if position <= len(SECTORS) else chance.choices(SECTORS, weights)[0]
        number = PROVINCE * 1_000_000 + position
        activity = _activity(chance, number, sector)
        verified = account(validate(activity)).whole
        per_mille = chance.randint(940, 1_080)
        yield Emitter(
            number,
            f"虚构{sector.zh}{position:02d}号 Invented {sector.name} {position:02d}",
            sector,
            activity,
            verified,
            verified * per_mille // 1_000,
            2 if position % 3 == 0 else 1,
        )
