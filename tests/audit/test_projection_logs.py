"""The fold does not believe what a node gives it: dropped, repeated, moved and altered logs do not fit together."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from audit_year import YEAR, Year
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_sdk.audit.calls import PinnedCalls
from registry_sdk.audit.invariants import check_invariants
from registry_sdk.audit.layout import layouts
from registry_sdk.audit.reads import compare_lists, compare_state
from registry_sdk.audit.storage import storage_of
from registry_sdk.audit.structure import check_permissions
from registry_sdk.projection import Log, LogDecoder, LogError, State, fetch_logs, fetch_raw, finish, fold_all


@pytest.fixture(scope="module")
def logs(lived: Year) -> list[Log]:
    return list(fetch_logs(lived.world.node.rpc, lived.world.deployment, lived.world.deployment.block, head(lived)))


def head(year: Year) -> int:
    return int(year.world.node.head()["number"], 16)


def folded(year: Year, logs: list[Log]) -> State:
    return finish(fold_all(State(year.world.deployment), logs))


def is_noticed(year: Year, logs: list[Log]) -> bool:
    """By what the events say of one another, or against contract state."""
    state = folded(year, logs)
    if state.findings or check_invariants(state):
        return True
    if check_permissions(state):
        return True
    calls = PinnedCalls(year.world.node.rpc, year.world.deployment, year.world.node.head()["hash"])
    return bool(compare_lists(state, calls)[1]) or any(found for _, _, found in compare_state(state, calls))


def test_fold__whole_year__nothing_odd(lived: Year, logs: list[Log]) -> None:
    state = folded(lived, logs)

    assert state.findings == []
    assert check_invariants(state) == []
    assert state.is_handed_over


def dropped(logs: list[Log], at: int) -> list[Log]:
    return logs[:at] + logs[at + 1 :]


#: Events that can be without effect: a copy of what another event tells, or undone by the next one of their kind.
EFFECTLESS = {
    ("relay", "CallRefused"),
    ("accounts", "RegistryStopped"),
    ("authority", "RoleGranted"),
    ("emissions", "ReportSignerSet"),
    ("evidence", "DeadlineSet"),
    ("allowances", "ControlSynced"),
    ("credits", "ControlSynced"),
}


def test_fold__each_log_dropped__noticed_or_seen_in_the_storage_root(lived: Year, logs: list[Log]) -> None:
    whole = words(folded(lived, logs))
    silent = {
        (log.source, log.name)
        for at, log in enumerate(logs)
        if log.name != "AuthorityUpdated"
        and not is_noticed(lived, dropped(logs, at))
        and words(folded(lived, dropped(logs, at))) == whole
    }

    assert silent <= EFFECTLESS


def words(state: State) -> dict[tuple[str, int], int]:
    """Whole storage of all contracts, zeros left out: what a storage root commits to."""
    return {
        (name, slot): word
        for name, layout in layouts().items()
        for slot, word in storage_of(state, name, layout).items()
        if word
    }


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_fold__any_number_altered__noticed(lived: Year, logs: list[Log], data: st.DataObject) -> None:
    movements = [at for at, log in enumerate(logs) if log.name in MOVING]
    at = data.draw(st.sampled_from(movements))
    log = logs[at]
    field = data.draw(st.sampled_from([f for f in MOVING[log.name] if f in log.fields]))
    changed = replace(log, fields={**log.fields, field: log.fields[field] + data.draw(st.sampled_from([1, 1000]))})

    assert is_noticed(lived, [*logs[:at], changed, *logs[at + 1 :]])


MOVING: dict[str, tuple[str, ...]] = {
    "TransferSingle": ("value", "id"),
    "UnitsRelocated": ("quantity", "unit"),
    "LockPlaced": ("quantity", "unit", "account"),
    "LockReduced": ("quantity", "lockId"),
    "LockFilled": ("quantity", "lockId"),
    "Surrendered": ("quantity", "vintage", "beneficiary", "year"),
    "Offset": ("quantity", "unit", "account"),
    "SurrenderReversed": ("quantity", "vintage", "beneficiary"),
    "SurrenderRequested": ("quantity", "beneficiary"),
    "ObligationRecorded": ("tonnes", "account"),
    "EmissionsRecorded": ("tonnes", "version", "unit", "units", "signers.body"),
    "EvidenceAnchored": ("version", "year"),
    "BodyStatusChanged": ("from", "to"),
    "BodySignerSet": ("body", "from"),
    "ChunkIssued": ("tonnes", "rows"),
    "StatusFrozen": ("status",),
    "OrderAuthorized": ("account",),
}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_fold__log_repeated_or_moved__never_crashes(lived: Year, logs: list[Log], data: st.DataObject) -> None:
    taken = data.draw(st.integers(0, len(logs) - 1))
    put = data.draw(st.integers(0, len(logs)))

    state = folded(lived, [*logs[:put], logs[taken], *logs[put:]])

    assert isinstance(state.findings, list)


def _shuffles() -> Iterator[Callable[[list[Log]], list[Log]]]:
    yield lambda logs: logs[::-1]
    yield lambda logs: logs[len(logs) // 2 :]
    yield lambda logs: []


@pytest.mark.parametrize("change", _shuffles())
def test_fold__history_upside_down_or_cut__noticed(
    lived: Year, logs: list[Log], change: Callable[[list[Log]], list[Log]]
) -> None:
    assert is_noticed(lived, change(logs))


def test_fold__offset_above_cap__rule_named(lived: Year, logs: list[Log]) -> None:
    at = next(i for i, log in enumerate(logs) if log.name == "YearRulesSet" and log.fields["year"] == YEAR)
    lower = replace(logs[at], fields={**logs[at].fields, "rules.offsetCapBps": 1})

    assert "C-05" in {f.rule for f in folded(lived, [*logs[:at], lower, *logs[at + 1 :]]).findings}


def test_fetch__any_span__same_logs(lived: Year, logs: list[Log]) -> None:
    world = lived.world
    for span in (1, 7, 1000):
        assert list(fetch_logs(world.node.rpc, world.deployment, world.deployment.block, head(lived), span)) == logs


def test_decode__abi_decoder__same_fields(lived: Year, logs: list[Log]) -> None:
    world = lived.world
    raws = [
        r for page in fetch_raw(world.node.rpc, world.deployment, world.deployment.block, head(lived)) for r in page
    ]
    for raw, log in zip(raws, logs, strict=True):
        event = world.deployment.contract(log.source).events[bytes.fromhex(raw["topics"][0][2:])]
        topics = [bytes.fromhex(t[2:]) for t in raw["topics"]]
        slow = event.decode(topics, bytes.fromhex(raw["data"][2:]))
        flat = {f"{k}.{m}": v for k, s in slow.items() if isinstance(s, dict) for m, v in s.items()}
        flat |= {k: v for k, v in slow.items() if not isinstance(v, dict)}
        assert {k: _text(v) for k, v in flat.items()} == log.fields


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, tuple | list):
        return [_text(v) for v in value]
    return value.lower() if isinstance(value, str) and len(value) == 42 else value


@pytest.mark.parametrize(
    "change",
    [
        {"address": "0x" + "01" * 20},
        {"topics": []},
        {"topics": ["0x" + "02" * 32]},
        {"data": "0x"},
    ],
)
def test_decode__foreign_or_broken__refused(lived: Year, change: dict[str, Any]) -> None:
    world = lived.world
    pages = fetch_raw(world.node.rpc, world.deployment, world.deployment.block, head(lived))
    raw = next(r for page in pages for r in page if len(r["data"]) > 2)

    with pytest.raises(LogError):
        LogDecoder(world.deployment).decode({**raw, **change})
