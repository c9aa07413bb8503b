"""A plausible invented plant, month by month, for the quality checks."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from oracles.quality import LabReport, MonthlyItem
from oracles.quality.single import TESTED

UNITS = {
    "fuel_amount": "t",
    "heat_value": "GJ/t",
    "carbon_content": "tC/t",
    "carbon_per_heat": "tC/GJ",
    "heat_supply": "GJ",
    "generation": "MWh",
    "running_hours": "h",
    "capacity": "MW",
    "load_factor": "1",
    "clinker": "t",
    "aluminium": "t",
    "emissions": "tCO2",
}
PLANT = {
    "fuel_amount": "100000",
    "heat_value": "20.12",
    "carbon_per_heat": "0.0262",
    "generation": "220000",
    "heat_supply": "313137",
    "running_hours": "660",
    "capacity": "600",
    "load_factor": "0.56",
}


def item(name: str, value: str, month: int = 1, **more: Any) -> MonthlyItem:
    unit = more.pop("unit", UNITS.get(name, "t"))
    fields: dict[str, Any] = {"entity": "E-1", "sector": "power", "year": 2025, **more}
    made = MonthlyItem(month=month, item=name, value=Fraction(value), unit=unit, written=value, **fields)
    if name not in TESTED or "lab" in more:
        return made
    lab = LabReport(f"R-{fields['entity']}-{month}", "L", made.value, "CMA", True, date(2030, 1, 1), made.last_day)
    return MonthlyItem(**{name: getattr(made, name) for name in made.__slots__} | {"lab": lab})


def plant(year: int = 2025, entity: str = "E-1") -> list[MonthlyItem]:
    """Twelve good months: small honest variation, filed in time."""
    rows = []
    for month in range(1, 13):
        for name, value in PLANT.items():
            varied = value
            if name not in ("capacity", "running_hours"):
                varied = str(round(Fraction(value) * (1000 + (month * 7) % 11) / 1000) + month * 7 % 13)
                if name == "heat_value":
                    varied = f"20.{month * 7 % 89:02}"
                if name == "carbon_per_heat":
                    varied = f"0.0262{month * 7 % 89:02}"
                if name == "load_factor":
                    generation = round(Fraction(PLANT["generation"]) * (1000 + (month * 7) % 11) / 1000)
                    varied = f"{generation / (600 * 660):.4f}"
            made = item(name, varied, month, year=year, entity=entity)
            fields = {slot: getattr(made, slot) for slot in made.__slots__}
            rows.append(MonthlyItem(**fields | {"submitted": made.last_day + timedelta(days=20)}))
    return rows
