"""Carry-over (rule C-10): rounds, limits and applications for everybody; rows of an approved table on their way in."""

from typing import Annotated, Any

from eth_utils.crypto import keccak
from fastapi import APIRouter, Body, Path
from pydantic import BaseModel, ConfigDict, Field, StrictInt

from registry_api.bodies import StrictRoute
from registry_api.outbox.queue import Submission
from registry_api.problems import ProblemError
from registry_api.projection.query import Item
from registry_api.routes import examples
from registry_api.routes.deps import DEFAULT_LIMIT, Account, Cursor, DeskDep, Limit, ServiceDep
from registry_api.service import Desk
from registry_sdk.carryover.limits import CHUNK, LimitsTable
from registry_sdk.documents import Uint64
from registry_sdk.tables import Row

router = APIRouter(prefix="/v1/carry-over", tags=["carry-over 结转"], route_class=StrictRoute)

RoundNumber = Annotated[int, Path(ge=0, lt=2**16, description="轮次 round")]


class LimitDoc(BaseModel):
    """What one account may carry over, tonnes."""

    model_config = ConfigDict(extra="forbid")

    account: Annotated[Uint64, Field(ge=1)]
    tonnes: Annotated[Uint64, Field(ge=1)]


class LimitsDoc(BaseModel):
    """The table of limits in the order in which it was approved."""

    model_config = ConfigDict(extra="forbid")

    chunk_size: Annotated[StrictInt, Field(ge=1, le=CHUNK)] = CHUNK
    rows: Annotated[list[LimitDoc], Field(min_length=1, max_length=20_000)]


@router.get("", summary="结转轮次 rounds")
def get_rounds(desk: DeskDep) -> dict[str, Any]:
    """What each round carries into what, its batches and the table of limits in force."""
    return {"items": [_round(desk, row) for row in desk.projection.values("carry_rounds")]}


@router.get("/{number}", summary="查询结转轮次 one round")
def get_round(desk: DeskDep, number: RoundNumber) -> dict[str, Any]:
    """One round."""
    return _round(desk, _find_round(desk, number))


@router.get("/{number}/limits", summary="结转上限 limits")
def get_limits(
    desk: DeskDep, number: RoundNumber, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT, account: Account = None
) -> dict[str, Any]:
    """Limits of the table in force with what was used of them, tonnes."""
    _find_round(desk, number)
    version = (desk.projection.value("carry_tables", number) or {}).get("version", 0)
    page = desk.projection.page("carry_limits", cursor, limit, round=number, version=version, account=account)
    items = [row | {"left": max(0, row["tonnes"] - row["used"])} for row in page["items"] if version]
    return {"items": items, "next": page["next"] if version else None}


@router.get("/{number}/applications", summary="待办结转申请 applications that wait")
def get_applications(desk: DeskDep, number: RoundNumber) -> dict[str, Any]:
    """Applications that wait for the registry, with their account, vintage and what is still in their lock."""
    _find_round(desk, number)
    waiting = [
        row for row in desk.projection.values("carry_applications") if row["round"] == number and row["quantity"]
    ]
    locks = desk.projection.values_of("locks", [("allowances", row["lock_id"]) for row in waiting])
    return {
        "items": [
            row | {"account": lock["account"], "vintage": lock["unit"], "locked": lock["quantity"]}
            for row, lock in zip(waiting, locks, strict=True)
            if lock
        ]
    }


@router.post("/{number}/limits", status_code=202, summary="提交已批准的上限行 deliver the rows of an approved table")
def post_limits(
    service: ServiceDep,
    desk: DeskDep,
    number: RoundNumber,
    table: Annotated[LimitsDoc, Body(examples=[examples.LIMITS])],
) -> dict[str, Any]:
    """Rows of the table that two officers approved, to be carried to the chain; anybody may hand them in, again too."""
    try:
        limits = LimitsTable(number, tuple(Row(r.account, r.tonnes) for r in table.rows), table.chunk_size)
    except ValueError:
        raise ProblemError.of("C-10f", round=number, chunk=0) from None
    approved, state = desk.reader.read_many([("carryover", "rootOf", (number,)), ("carryover", "tableOf", (number,))])
    if limits.tree.root != approved:
        raise ProblemError.of("C-10f", round=number, chunk=0)
    ids = []
    for chunk in range(limits.chunks):
        call = limits.load_call(desk.deployment, chunk)
        id_ = "0x" + keccak(state["version"].to_bytes(4) + call.data).hex()
        document = {"round": number, "version": state["version"], "chunk": chunk}
        desk.queue.accept(Submission(id_, "limits", None, call, document, submitted_at=service.chain.now()))
        ids.append(id_)
    service.remind()
    return {"round": number, "root": "0x" + approved.hex(), "submissions": ids}


def _find_round(desk: Desk, number: int) -> Item:
    row = desk.projection.value("carry_rounds", number)
    if row is None:
        raise ProblemError.of("C-10", round=number)
    return row


def _round(desk: Desk, row: Item) -> Item:
    batches = [b for b in desk.projection.values("carry_batches") if b["round"] == row["round"]]
    return row | {"batches": batches, "table": desk.projection.value("carry_tables", row["round"])}
