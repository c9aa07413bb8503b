"""Fold: verification bodies, their standing and their keys."""

from typing import Final

from registry_sdk.projection.logs import Log
from registry_sdk.projection.state import Handlers, State
from registry_sdk.reader import BodyStatus

_LIVING: Final = (BodyStatus.ACTIVE, BodyStatus.SUSPENDED)
#: From where a standing may change to where; what ended is final.
CHANGES: Final = frozenset(
    {
        (BodyStatus.NONE, BodyStatus.ACTIVE),
        (BodyStatus.ACTIVE, BodyStatus.SUSPENDED),
        (BodyStatus.SUSPENDED, BodyStatus.ACTIVE),
    }
    | {(before, after) for before in _LIVING for after in (BodyStatus.WITHDRAWN, BodyStatus.EXITED)}
)


def _accredited(state: State, log: Log) -> None:
    f = log.fields
    row = state.bodies.edit(f["body"])
    if row.status not in _LIVING or f["validUntil"] <= f["validFrom"] or not f["scopes"]:
        state.odd("body-terms", (f["body"],), "资质条件或状态不符 terms or standing do not allow this", log)
    row.valid_from, row.valid_until = f["validFrom"], f["validUntil"]
    row.scopes, row.name_hash = f["scopes"], f["nameHash"]


def _status(state: State, log: Log) -> None:
    f = log.fields
    row = state.bodies.edit(f["body"])
    if row.status != f["from"] or (f["from"], f["to"]) not in CHANGES:
        state.odd("body-status", (f["body"],), "核查机构状态变更不合规 this change of standing is not allowed", log)
    row.status = f["to"]


def _signer(state: State, log: Log) -> None:
    f = log.fields
    row = state.body_signers.edit(f["signerAddress"])
    body = state.bodies.see(f["body"])
    if row.body != f["from"] or (f["body"] and (body.status not in _LIVING or not body.scopes)):
        state.odd("body-signer", (f["signerAddress"],), "密钥归属不符 the key was or is not this body's", log)
    row.signer, row.body = f["signer"], f["body"]


def standing(state: State, address: str, sector: int, timestamp: int) -> int:
    """Body for which a key may sign for a sector at a time, 0 where it may not."""
    number = state.body_signers.see(address).body
    body = state.bodies.see(number)
    is_valid = body.status == BodyStatus.ACTIVE and body.valid_from <= timestamp <= body.valid_until
    return number if is_valid and body.scopes >> sector & 1 else 0


HANDLERS: Final[Handlers] = {
    ("accreditation", "BodyAccredited"): _accredited,
    ("accreditation", "BodyStatusChanged"): _status,
    ("accreditation", "BodySignerSet"): _signer,
}
