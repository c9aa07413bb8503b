"""Cases that people work on (data-quality findings, verification jobs, files of bodies): an append-only journal each.

The state of a case is what its entries say, read in order; nothing is ever changed or deleted.
"""

from oracles.cases.journal import Entry, Journal, verify_chain
from oracles.cases.machine import Machine

__all__ = ["Entry", "Journal", "Machine", "verify_chain"]
