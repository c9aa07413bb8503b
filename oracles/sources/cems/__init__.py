"""Automatic monitoring (D-15): hourly and daily files, exact masses, completeness, deviation from the calculation."""

from oracles.sources.cems.columns import Resolution
from oracles.sources.cems.reading import read_cems
from oracles.sources.cems.totals import CemsTotals, MonthTotal, StackDay

__all__ = ["CemsTotals", "MonthTotal", "Resolution", "StackDay", "read_cems"]
