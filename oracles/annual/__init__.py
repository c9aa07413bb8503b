"""From months of evidence to the annual report (D-06, D-07), and back: every figure of a report is an item of a month.

The firm builds its report by :func:`build_report`; a signer holds a report against the anchored months by
:func:`differences`. Both read the same table of what an item counts as.
"""

from oracles.annual.building import build_report
from oracles.annual.comparison import Difference, differences
from oracles.annual.plan import Plan, PlanSource, read_plan

__all__ = ["Difference", "Plan", "PlanSource", "build_report", "differences", "read_plan"]
