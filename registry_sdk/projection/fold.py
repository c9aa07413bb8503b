"""The fold: one table from event to handler, over all domains."""

from collections.abc import Iterable
from typing import Final

from registry_sdk.codec import CONTRACTS
from registry_sdk.projection import (
    access,
    accounts,
    accreditation,
    allocation,
    carryover,
    cases,
    compliance,
    emissions,
    entitlements,
    evidence,
    units,
)
from registry_sdk.projection.logs import Log
from registry_sdk.projection.state import ASSETS, Handlers, State

HANDLERS: Final[Handlers] = {
    **access.HANDLERS,
    **accounts.HANDLERS,
    **accreditation.HANDLERS,
    **allocation.HANDLERS,
    **carryover.HANDLERS,
    **cases.HANDLERS,
    **compliance.HANDLERS,
    **emissions.HANDLERS,
    **entitlements.HANDLERS,
    **evidence.HANDLERS,
    **units.HANDLERS,
}
#: Events that change nothing of the state kept here.
IGNORED: Final = frozenset(
    {("relay", "CallRefused"), ("authority", "RoleLabel")} | {(source, "AuthorityUpdated") for source in CONTRACTS}
)


def fold_all(state: State, logs: Iterable[Log]) -> State:
    """Feed logs, in the order they happened, into ``state``; returns it."""
    for log in logs:
        fold(state, log)
    return state


def fold(state: State, log: Log) -> None:
    """Feed one log.

    Never raises for what a log says: what the rules do not allow becomes a finding.
    """
    key = (log.source, log.name)
    state.logs += 1
    handler = HANDLERS.get(key)
    access.check_privileged(state, log)
    if handler is None:
        if key not in IGNORED:
            state.odd("unexpected-event", key, "意外事件 this registry never writes this event", log)
        return
    try:
        handler(state, log)
    except (ValueError, KeyError, TypeError) as error:
        state.odd("broken-event", key, f"事件与历史不符 does not fit the history: {error}", log)


def finish(state: State) -> State:
    """At the end of a block nothing may be left open; records what is."""
    emissions.settle(state)
    compliance.settle(state)
    entitlements.settle(state)
    carryover.settle(state)
    for asset in ASSETS:
        units.settle(state, asset)
        for unit, (tonnes, rows) in state.flows[asset].minted.items():
            state.odd(
                "chunk-issue", (asset, unit), f"{tonnes} 吨签发无批次 tonnes ({rows} rows) issued without a chunk"
            )
        state.flows[asset].minted.clear()
    return state
