"""State from events: pure folding of the registry's logs, shared by the service's indexer and by the audit.

``fold_all(State(deployment), fetch_logs(rpc, deployment, deployment.block, head))`` is the whole of it. An indexer
keeps the state, feeds the logs of new blocks, and writes the rows in ``Rows.touched`` of each kind; no row is ever
deleted. On a reorganisation it starts again.
"""

from registry_sdk.projection.fetch import fetch_logs, fetch_raw
from registry_sdk.projection.fold import finish, fold, fold_all
from registry_sdk.projection.logs import Log, LogDecoder, LogError
from registry_sdk.projection.rows import Key, Row, Rows
from registry_sdk.projection.state import KEYS, Finding, State
from registry_sdk.projection.status import allowed_actions, status_of

__all__ = [
    "KEYS",
    "Finding",
    "Key",
    "Log",
    "LogDecoder",
    "LogError",
    "Row",
    "Rows",
    "State",
    "allowed_actions",
    "fetch_logs",
    "fetch_raw",
    "finish",
    "fold",
    "fold_all",
    "status_of",
]
