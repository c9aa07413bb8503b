"""Monthly evidence on chain: signed by a representative, dated by the chain, superseded in the open (D-06)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.errors import error
from support.world import CHAIN_ID, DAY, INITIATE, SURRENDER_ONLY, ZERO_HASH, World

from registry_sdk.anchors import BEIJING, anchored_of, head_of, month_end, trail_of
from registry_sdk.calls import Call, evidence_call
from registry_sdk.carrier import accepted
from registry_sdk.codec import ContractError
from registry_sdk.documents import EvidenceMessage, SignedEvidence
from registry_sdk.reader import AccountKind, AccountStatus
from registry_sdk.rules import rule_of_error
from registry_sdk.signers import EthereumSigner, Signer

DAYS = 40
SHORT = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", autouse=True)
def terms(world: World) -> None:
    """Due from January 2025 on; the world begins with 2026."""
    world.office.act("evidence", "setDeadlineDays", 2025, 1, DAYS)


@pytest.fixture(scope="module")
def plant(world: World) -> int:
    return world.open_account()


@pytest.fixture
def moment(world: World) -> Iterator[None]:
    """What a test does to the clock does not outlast it."""
    world.remember()
    yield
    world.go_back()


def _root(number: int) -> str:
    return f"0x{number:064x}"


def _signed(world: World, account: int, month: int, *, signer: Signer | None = None, **fields: Any) -> SignedEvidence:
    values = {
        "chainId": CHAIN_ID,
        "anchors": world.deployment.address("evidence").lower(),
        "account": account,
        "year": 2025,
        "month": month,
        "version": 1,
        "items": 60,
        "root": _root(1),
        "previous": ZERO_HASH,
    }
    message = EvidenceMessage(**(values | fields))  # type: ignore[arg-type]
    signed = SignedEvidence.sign(message, signer or world.keys[account][0])
    return signed


def _call(world: World, signed: SignedEvidence, trail: tuple[bytes, ...] = ()) -> Call:
    return evidence_call(world.deployment, signed, trail)


def _anchor(world: World, signed: SignedEvidence, trail: tuple[bytes, ...] = ()) -> None:
    accepted(world.carrier.carry([_call(world, signed, trail)]))


def _refused(world: World, account: int, month: int = 3, trail: tuple[bytes, ...] = (), **fields: Any) -> ContractError:
    """The refusal of a statement that changed nothing."""
    year = fields.get("year", 2025)
    before = world.reader.evidence(account, year)
    refused = world.refusal(_call(world, _signed(world, account, month, **fields), trail))
    assert world.reader.evidence(account, year) == before
    return refused


def _history(world: World, account: int, year: int = 2025) -> list[Any]:
    return anchored_of(world.node.rpc, world.deployment, account, year)


# Signature and binding


def test_anchor__first_version__month_head_and_event(world: World) -> None:
    account = world.open_account(approvals=2, rights=(INITIATE, 2))
    _anchor(world, _signed(world, account, 12, root=_root(9)))
    year = world.reader.evidence(account, 2025)
    assert [(m.month, m.version, m.is_late) for m in year.months if m.version] == [(12, 1, False)]
    (event,) = _history(world, account)
    assert (event.month, event.version, event.items, event.root) == (12, 1, 60, bytes.fromhex(_root(9)[2:]))
    assert event.signer_address.lower() == "0x" + world.keys[account][0].signer.hex()
    assert year.head == head_of([event])


def test_anchor__account_of_any_status__still_reports(world: World) -> None:
    account = world.open_account()
    world.freeze(AccountStatus.RESTRICTED, account)
    _anchor(world, _signed(world, account, 1))
    world.freeze(AccountStatus.FROZEN_ALL, account)
    _anchor(world, _signed(world, account, 2))
    assert sum(m.version for m in world.reader.evidence(account, 2025).months) == 2


def test_anchor__replayed__refused(world: World) -> None:
    account = world.open_account()
    signed = _signed(world, account, 3)
    _anchor(world, signed)
    expected = {"account": account, "year": 2025, "month": 3, "expected": 2, "given": 1}
    assert world.refusal(_call(world, signed)) == error("WrongEvidenceVersion", **expected)
    assert rule_of_error("WrongEvidenceVersion").number == "D-06b"


def test_anchor__somebody_else__refused(world: World, plant: int) -> None:
    other = world.keys[world.open_account()][0]
    for stranger in (other, EthereumSigner.create()):
        refused = _refused(world, plant, signer=stranger)
        assert refused == error("NotRepresentative", account=plant, signer=stranger.signer)
    clerk = world.open_account(rights=(SURRENDER_ONLY,))
    refused = _refused(world, clerk)
    signer = world.keys[clerk][0].signer
    assert refused == error("InsufficientRights", account=clerk, signer=signer, rights=SURRENDER_ONLY)


@pytest.mark.parametrize(
    ("field", "value"),
    [("account", None), ("year", 2026), ("month", 4), ("items", 61), ("root", _root(2))],
)
def test_anchor__altered_after_signing__refused(world: World, plant: int, field: str, value: Any, moment: None) -> None:
    world.pass_time(50 * DAY)
    signed = _signed(world, plant, 1)
    if field == "account":
        value = world.open_account(signers=world.keys[plant])
    altered = signed.model_copy(update={"message": signed.message.model_copy(update={field: value})})
    assert world.refusal(_call(world, altered)) == error("InvalidSignature", signer=world.keys[plant][0].signer)


def test_anchor__bound_to_something_else__refused(world: World, plant: int) -> None:
    ours = world.deployment.address("evidence").lower()
    assert _refused(world, plant, chainId=1) == error("EvidenceWrongChain", expected=CHAIN_ID, given=1)
    other = world.deployment.address("emissions").lower()
    assert _refused(world, plant, anchors=other) == error("EvidenceWrongContract", expected=ours, given=other)


def test_anchor__account_of_no_emitter__refused(world: World) -> None:
    account = world.open_account(AccountKind.FINANCIAL)
    assert _refused(world, account) == error("NotKeyEmitter", account=account)


def test_anchor__without_a_root__refused(world: World, plant: int) -> None:
    assert _refused(world, plant, root=ZERO_HASH) == error("EvidenceEmpty", account=plant, year=2025, month=3)


# Versions and trails


def test_anchor__corrections__supersede_and_prove_what_they_replace(world: World) -> None:
    account = world.open_account()
    for month in (1, 2, 3):
        _anchor(world, _signed(world, account, month, root=_root(month)))
    for version in (2, 3, 4):
        previous = _root(2) if version == 2 else _root(200 + version - 1)
        signed = _signed(world, account, 2, version=version, root=_root(200 + version), previous=previous)
        _anchor(world, signed, trail_of(_history(world, account), 2))
        _anchor(world, _signed(world, account, version + 5, root=_root(50 + version)))
    year, history = world.reader.evidence(account, 2025), _history(world, account)
    assert [m.version for m in year.months] == [1, 4, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0]
    assert year.head == head_of(history)
    for each in history:
        trail = trail_of(history, each.month)
        is_newest = world.reader.read("evidence", "isNewest", account, 2025, each.month, each.root, list(trail))
        assert is_newest == (each.version == year.months[each.month - 1].version)


def test_anchor__wrong_previous_or_trail__refused(world: World) -> None:
    account = world.open_account()
    expected = error("WrongPreviousEvidence", account=account, year=2025, month=3)
    assert _refused(world, account, previous=_root(5)) == expected
    assert _refused(world, account, trail=(bytes(32),)) == expected
    _anchor(world, _signed(world, account, 3))
    trail = trail_of(_history(world, account), 3)
    for fields in (
        {"previous": _root(2), "trail": trail},
        {"previous": ZERO_HASH, "trail": trail},
        {"previous": _root(1), "trail": ()},
        {"previous": _root(1), "trail": (b"\1" * 32,)},
        {"previous": _root(1), "trail": (*trail, bytes(32))},
    ):
        assert _refused(world, account, version=2, **fields) == expected
    _anchor(world, _signed(world, account, 4))
    assert _refused(world, account, version=2, previous=_root(1), trail=trail) == expected
    renewed = trail_of(_history(world, account), 3)
    _anchor(world, _signed(world, account, 3, version=2, previous=_root(1), root=_root(2)), renewed)
    assert rule_of_error("WrongPreviousEvidence").number == "D-06c"


def test_anchor__version_that_is_not_next__refused(world: World, plant: int) -> None:
    for stated in (2, 63):
        expected = {"account": plant, "year": 2025, "month": 3, "expected": 1, "given": stated}
        assert _refused(world, plant, version=stated) == error("WrongEvidenceVersion", **expected)


def test_anchor__all_versions_used__refused(world: World) -> None:
    account = world.open_account()
    for version in range(1, 64):
        previous = _root(version - 1)
        trail = trail_of(_history(world, account), 1) if version > 1 else ()
        _anchor(world, _signed(world, account, 1, version=version, previous=previous, root=_root(version)), trail)
    message = _signed(world, account, 1).message.model_copy(update={"version": 64, "previous": _root(63)})
    one_more = SignedEvidence.sign(message, world.keys[account][0])
    refused = world.refusal(_call(world, one_more, trail_of(_history(world, account), 1)))
    assert refused == error("EvidenceVersionsExhausted", account=account, year=2025, month=1, limit=63)
    assert [m.version for m in world.reader.evidence(account, 2025).months] == [63] + [0] * 11


# Months and deadlines


def test_anchor__month_that_is_not_over__refused_to_the_second(world: World, plant: int, moment: None) -> None:
    ends = month_end(2026, 1)
    world.now = ends - 2
    assert _refused(world, plant, 1, year=2026) == error("MonthNotOver", year=2026, month=1, endsAt=ends)
    _anchor(world, _signed(world, plant, 1, year=2026))  # the block at the first second after it
    assert _refused(world, plant, 12, year=2030).name == "MonthNotOver"
    assert rule_of_error("MonthNotOver").number == "D-06a"


def test_anchor__no_deadline_for_the_month__refused(world: World, plant: int) -> None:
    assert _refused(world, plant, 12, year=2024) == error("EvidenceNotDue", sector=1, year=2024, month=12)
    signed = _signed(world, plant, 12)
    for month in (0, 13, 255):
        message = signed.message.model_copy(update={"month": month})
        refused = world.refusal(_call(world, SignedEvidence.sign(message, world.keys[plant][0])))
        assert refused == error("EvidenceNotDue", sector=1, year=2025, month=month)


def test_anchor__deadline__late_from_the_second_after_it(world: World, plant: int, moment: None) -> None:
    deadline = int(datetime(2026, 2, 9, 23, 59, 59, tzinfo=BEIJING).timestamp())
    assert world.reader.evidence_deadline(1, 2025, 12) == deadline
    other = world.open_account()
    world.now = deadline - 1
    _anchor(world, _signed(world, plant, 12))
    _anchor(world, _signed(world, other, 12))
    kept = [world.reader.evidence(a, 2025).months[11] for a in (plant, other)]
    assert [(m.version, m.is_late, m.is_newest_late) for m in kept] == [(1, False, False), (1, True, True)]


def test_anchor__late_correction__marks_the_newest_and_not_the_first(world: World, moment: None) -> None:
    account = world.open_account()
    _anchor(world, _signed(world, account, 12))
    world.pass_time(60 * DAY)
    trail = trail_of(_history(world, account), 12)
    _anchor(world, _signed(world, account, 12, version=2, previous=_root(1), root=_root(2)), trail)
    month = world.reader.evidence(account, 2025).months[11]
    assert (month.version, month.is_late, month.is_newest_late) == (2, False, True)


def test_deadlines__of_a_sector__override_the_days_and_begin_the_duty(world: World, moment: None) -> None:
    new = world.open_account(sector=2)
    last = int(datetime(2025, 10, 31, 23, 59, 59, tzinfo=BEIJING).timestamp())
    world.office.act("evidence", "setDeadlines", 2, 2025, 1, 6, last)
    world.office.act("evidence", "setDeadlines", 2, 2024, 12, 12, last)
    assert {world.reader.evidence_deadline(2, 2025, m) for m in range(1, 7)} == {last}
    assert world.reader.evidence_deadline(2, 2025, 7) == month_end(2025, 7) + DAYS * DAY - 1
    assert world.reader.evidence_deadline(1, 2025, 6) == month_end(2025, 6) + DAYS * DAY - 1
    _anchor(world, _signed(world, new, 12, year=2024))
    assert world.reader.evidence(new, 2024).months[11].is_late
    world.office.act("evidence", "setDeadlines", 2, 2024, 12, 12, 0)
    assert _refused(world, new, 12, year=2024).name == "EvidenceNotDue"


def test_deadline_days__later_settings__hold_from_their_month_on(world: World, moment: None) -> None:
    act = world.office.act
    act("evidence", "setDeadlineDays", 2027, 1, 20)
    act("evidence", "setDeadlineDays", 2027, 1, 30)
    act("evidence", "setDeadlineDays", 2028, 3, 10)
    expected = {(2026, 12): DAYS, (2027, 1): 30, (2028, 2): 30, (2028, 3): 10, (2100, 2): 10}
    for (year, month), days in expected.items():
        assert world.reader.evidence_deadline(1, year, month) == month_end(year, month) + days * DAY - 1
    refused = world.refuse_act("evidence", "setDeadlineDays", 2027, 12, 40)
    assert refused == error("EvidenceDeadlineInvalid", year=2027, month=12)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("setDeadlineDays", (2026, 0, 40)),
        ("setDeadlineDays", (2026, 13, 40)),
        ("setDeadlineDays", (1970, 12, 40)),
        ("setDeadlineDays", (2026, 1, 0)),
        ("setDeadlines", (1, 2026, 2, 1, 2**39)),
        ("setDeadlines", (1, 2026, 0, 1, 2**39)),
        ("setDeadlines", (1, 2026, 1, 13, 2**39)),
        ("setDeadlines", (1, 2026, 1, 1, month_end(2026, 1) - 1)),
    ],
)
def test_deadlines__impossible__refused(world: World, function: str, args: tuple[int, ...]) -> None:
    assert world.refuse_act("evidence", function, *args).name == "EvidenceDeadlineInvalid"


@SHORT
@given(year=st.integers(1971, 9998), month=st.integers(1, 12))
def test_month_end__any_month__as_pythons_calendar_has_it(world: World, year: int, month: int) -> None:
    days = world.reader.evidence_deadline(1, year, month)
    terms = {(2025, 1): DAYS}
    assert days == (month_end(year, month) + DAYS * DAY - 1 if (year, month) >= min(terms) else 0)
