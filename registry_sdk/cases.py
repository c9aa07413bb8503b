"""Objections and recalculations (B-16, B-17): signed, carried, and judged by the law's working days."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import IntEnum
from typing import Final

from registry_sdk.calc.compliance.calendar import add_working_days, beijing_day
from registry_sdk.calls import Call
from registry_sdk.deployment import Deployment
from registry_sdk.documents import Objection, SignedObjection, to_bytes
from registry_sdk.parameters import NotInForceError, ParameterSet, default


class CaseSubject(IntEnum):
    """What a case is about."""

    NONE = 0
    ALLOCATION = 1
    VERIFICATION = 2
    RECALCULATION = 3


class CaseState(IntEnum):
    """Where a case stands."""

    NONE = 0
    OPEN = 1
    UPHELD = 2
    REFUSED = 3
    DONE = 4
    UNCHANGED = 5


#: Parameters that hold the working days: for filing an objection, for deciding it, for a recalculation.
FILE_DAYS: Final = "objection_working_days"
DECIDE_DAYS: Final = "objection_decision_working_days"
RECALCULATE_DAYS: Final = "change_of_verified_data_working_days"


@dataclass(frozen=True)
class Clock:
    """A clock of working days: the last day (Beijing) and whether it was kept; None while it still runs."""

    due: date
    is_kept: bool | None


def _clock(start: int, days: int, end: int, now: int, law: ParameterSet) -> Clock:
    due = add_working_days(_day(start), days, law)
    if end:
        return Clock(due, _day(end) <= due)
    return Clock(due, False if _day(now) > due else None)


def _day(moment: int) -> date:
    return beijing_day(datetime.fromtimestamp(moment, UTC))


def decision_clock(
    subject: int, year: int, opened_at: int, decided_at: int, now: int, parameters: ParameterSet | None = None
) -> Clock | None:
    """When the province must have decided an objection (B-17) or recalculated (B-16); None where the law of the
    compliance year sets no such time.

    Args:
        opened_at: when the objection was filed, or the recalculation opened, Unix seconds.
        decided_at: when it was decided; 0 while it is open.
        now: the chain's time.
    """
    law = parameters or default()
    is_recalculation = subject == CaseSubject.RECALCULATION
    try:
        days = (
            law.get(RECALCULATE_DAYS, date(year, 1, 1)) if is_recalculation else law.get(DECIDE_DAYS, _day(opened_at))
        )
    except NotInForceError:
        return None
    return _clock(opened_at, int(days.value), decided_at, now, law)


def filing_clock(told_at: int, filed_at: int, now: int, parameters: ParameterSet | None = None) -> Clock:
    """When a firm that was told of its allocation or verification at ``told_at`` must have objected (B-17)."""
    law = parameters or default()
    return _clock(told_at, int(law.get(FILE_DAYS, _day(told_at)).value), filed_at, now, law)


def objection_call(deployment: Deployment, signed: SignedObjection) -> Call:
    """The call that files an objection; anybody may relay it.

    Raises:
        ValueError: signed for another contract: carried there it would look filed.
    """
    target = deployment.address("cases")
    if signed.domain.contract != target.lower():
        raise ValueError(f"签名指向 {signed.domain.contract}，应为 signed for another contract than {target}")
    m = signed.message
    values = (m.chainId, m.account, m.year, m.subject, to_bytes(m.target), to_bytes(m.statement))
    return Call(target, deployment.contract("cases").encode("file", values, signed.approval.pack()))


__all__ = [
    "CaseState",
    "CaseSubject",
    "Clock",
    "Objection",
    "SignedObjection",
    "decision_clock",
    "filing_clock",
    "objection_call",
]
