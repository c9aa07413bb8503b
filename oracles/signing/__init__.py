"""Signing: a verifier or province reads the report itself, calculates the figure again, and only then signs.

A signer that forwards what it was sent would add nothing to the first signature. So nothing of a statement is taken
over: account, year and tonnes come from the signer's own report file, the hash from the documents beside it, version,
previous statement and epoch from the chain.
"""

from oracles.signing.history import statement_in_force
from oracles.signing.prepare import Prepared, prepare
from oracles.signing.recalculation import recalculate
from oracles.signing.report import OpenedReport, open_report
from oracles.signing.statements import Signing

__all__ = ["OpenedReport", "Prepared", "Signing", "open_report", "prepare", "recalculate", "statement_in_force"]
