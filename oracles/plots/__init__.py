"""One picture of an entity's year: monthly emissions, intensity and findings, as SVG or PNG, always the same bytes."""

from oracles.plots.figures import EntityYear, Mark, entity_year
from oracles.plots.picture import FORMATS, plot

__all__ = ["FORMATS", "EntityYear", "Mark", "entity_year", "plot"]
