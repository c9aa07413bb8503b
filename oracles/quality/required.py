"""What a sector files every month, under the names of the checks: the duties of monthly evidence (D-06)."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from registry_sdk import parameters
from registry_sdk.evidence.duties import duties

#: Where evidence has its own name for a figure: what goes into iron-making is what reduces the ore.
NAMES: Final[Mapping[tuple[str, str], str]] = {("steel", "process_fuel_in"): "reductant_amount"}


def name_of(sector: str, code: str) -> str | None:
    """Name under which the checks know an item of evidence; None where they do not ask about it."""
    name = NAMES.get((sector, code), code)
    return name if parameters.table("quality_items").find(item=name) else None


@cache
def required(sector: str) -> tuple[tuple[str, ...], ...]:
    """Groups of names; each month must have one of every group (coal or gas). Duties no check knows are left out."""
    groups = (tuple(filter(None, (name_of(sector, code) for code in duty.codes))) for duty in duties(sector))
    return tuple(group for group in groups if group)
