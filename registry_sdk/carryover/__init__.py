"""Carry-over (rule C-10): limits from the chain's own history, the approved table, and what was applied for.

``limits_of(rpc, deployment, round_number, met_elsewhere)`` computes a round's limits, each with its explanation;
``limits_of(...).table`` is the :class:`LimitsTable` that officers approve and anybody delivers.
"""

from registry_sdk.carryover.computation import FirmLimit, RoundLimits, limits_of
from registry_sdk.carryover.limits import LimitsTable

__all__ = ["FirmLimit", "LimitsTable", "RoundLimits", "limits_of"]
