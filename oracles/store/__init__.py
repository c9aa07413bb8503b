"""The oracle's own database: statements, signatures, pushes. SQLite (WAL, synchronous FULL), SQLAlchemy Core.

What is on chain can always be read again; what is here and nowhere else are signatures on their way and raw
transactions that may or may not have arrived.
"""

from oracles.store.engine import open_store, writing
from oracles.store.pushes import Item, Push, PushStore
from oracles.store.records import Outcome, SignatureRecord, State, StatementRecord
from oracles.store.statements import StatementStore

__all__ = [
    "Item",
    "Outcome",
    "Push",
    "PushStore",
    "SignatureRecord",
    "State",
    "StatementRecord",
    "StatementStore",
    "open_store",
    "writing",
]
