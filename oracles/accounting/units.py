"""Units the calculators accept. Nothing is converted silently: a figure in another unit is refused by name."""

TONNE = "t"
GAS_VOLUME = "1e4Nm3"
POWER = "MWh"
HEAT = "GJ"
RATIO = "1"
CARBON_PER_TONNE = "tC/t"
CARBON_PER_HEAT = "tC/GJ"
ANODE_CARBON = "tC/t-Al"
ANODE_EFFECT = "min/cell-day"
CONCENTRATION = "g/m3"
FLOW = "1e4Nm3/d"
GRID_FACTOR = "tCO2/MWh"


def heat_value_unit(amount_unit: str) -> str:
    """The unit of a heat value for fuel counted in ``amount_unit``."""
    return f"GJ/{amount_unit}"
