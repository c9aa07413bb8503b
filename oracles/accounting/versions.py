"""Which version of a sector's method holds for which compliance years."""

from dataclasses import dataclass

from oracles.accounting.flows import BY_SECTOR
from oracles.accounting.refusal import refuse
from registry_sdk.calc.result import Text


@dataclass(frozen=True, slots=True)
class Calculator:
    """One version of a sector's method. ``last_year`` None: still in force. ``flows`` are the rows it accepts."""

    sector: str
    version: str
    first_year: int
    last_year: int | None
    flows: tuple[str, ...]
    rules: tuple[str, ...]
    title: Text
    formula: Text
    yearly_calibration: bool = False

    @property
    def id(self) -> str:
        return f"{self.sector}-{self.version}"

    def covers(self, year: int) -> bool:
        return self.first_year <= year and (self.last_year is None or year <= self.last_year)


_POWER = Text("发电设施", "power units")
_POWER_FORMULA = Text(
    "E = Σ(消耗量 × 低位发热量 × 单位热值含碳量 × 氧化率 × 44/12) + 购入电量 × 因子（2022 年度止）",
    "E = Σ(amount × heat value × carbon per heat × oxidation × 44/12) + electricity × factor (to 2022)",
)
_STEEL = tuple(BY_SECTOR["steel"])

CALCULATORS: tuple[Calculator, ...] = (
    Calculator("power", "1", 2019, 2022, ("fuel", "electricity"), ("D-02", "D-03a", "D-05"), _POWER, _POWER_FORMULA),
    Calculator("power", "2", 2023, 2025, ("fuel", "electricity"), ("D-02", "D-03a", "D-05"), _POWER, _POWER_FORMULA),
    Calculator(
        "power",
        "3",
        2026,
        None,
        ("fuel",),
        ("D-02", "D-03a"),
        _POWER,
        Text(
            "E = Σ(消耗量 × 低位发热量 × 单位热值含碳量 × 氧化率 × 44/12)",
            "E = Σ(amount × heat value × carbon per heat × oxidation × 44/12)",
        ),
    ),
    Calculator(
        "steel",
        "1",
        2024,
        None,
        _STEEL,
        ("D-10", "D-10a", "D-11", "D-12"),
        Text("钢铁（企业层级、工序、自备机组）", "steel (enterprise, processes, on-site power units)"),
        Text(
            "E = Σ燃料 × 热值 × 含碳量 × 44/12 + Σ碳酸盐、电极、含碳原料 × 因子 - Σ固碳产品 × 因子",
            "E = Σ fuel × heat × carbon × 44/12 + Σ carbonate, electrode, carbon input × factor - Σ product × factor",
        ),
        yearly_calibration=True,
    ),
    Calculator(
        "cement",
        "1",
        2024,
        None,
        ("fuel", "clinker", "substitute"),
        ("D-13",),
        Text("水泥熟料", "cement clinker"),
        Text(
            "E = 燃料 × 热值 × 含碳量 × 氧化率 × 44/12 + max(0, 熟料 × 因子 - Σ替代原料 × 扣除因子)（按月）",
            "E = fuel × heat × carbon × oxidation × 44/12 + max(0, clinker × factor - Σ substitute × deduction)",
        ),
    ),
    Calculator(
        "aluminium",
        "1",
        2024,
        None,
        ("aluminium",),
        ("D-14",),
        Text("电解铝", "electrolytic aluminium"),
        Text(
            "E = 产量 × 阳极净耗含碳 × (1 - S - A) × 44/12 + 产量 × (CF4 × GWP + C2F6 × GWP) / 1000",
            "E = output × NC × (1 - S - A) × 44/12 + output × (CF4 × GWP + C2F6 × GWP) / 1000",
        ),
    ),
)


def select(sector: str, year: int) -> Calculator:
    """The calculator in force. Raises RefusedError naming the years the sector has one for."""
    for calculator in CALCULATORS:
        if calculator.sector == sector and calculator.covers(year):
            return calculator
    years = ", ".join(f"{each.first_year}–{each.last_year or ''}" for each in CALCULATORS if each.sector == sector)
    raise refuse(
        "year",
        "A-05a",
        Text(f"{sector} 行业 {year} 年度没有核算方法", f"sector {sector} has no method for {year}"),
        Text(f"年度 {years}", f"years {years}"),
    )
