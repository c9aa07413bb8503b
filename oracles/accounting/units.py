"""Units the calculators accept. Nothing is converted silently: a figure in another unit is refused by name."""

TONNE = "t"
POWER = "MWh"
RATIO = "1"
CARBON_PER_HEAT = "tC/GJ"
ANODE_CARBON = "tC/t-Al"
ANODE_EFFECT = "min/cell-day"
CONCENTRATION = "g/m3"
FLOW = "1e4Nm3/d"


def heat_value_unit(amount_unit: str) -> str:
    """The unit of a heat value for fuel counted in ``amount_unit``."""
    return f"GJ/{amount_unit}"
