"""Carry-over (rule C-10): limits from the chain's own history, the approved table, and what was applied for."""
