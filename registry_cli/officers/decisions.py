"""What waits for an officer, what exactly it is, and the second officer's word on it."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from registry_cli.officers.show import STATES, act_id, act_json, act_table
from registry_cli.officers.tables import table_note
from registry_cli.output import console, emit
from registry_cli.signing.command import command
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.options import OneKey, Place
from registry_sdk.acts import ActBuilder
from registry_sdk.documents import ActMessage

app = typer.Typer()

Id = Annotated[str, typer.Argument(metavar="ID", help="操作编号 id of the act")]
Timeout = Annotated[float, typer.Option(min=0, help="等待办结的秒数 seconds to wait for the result")]


@dataclass(frozen=True)
class Found:
    """An act as the service carried it, verified against its identifier."""

    message: ActMessage
    state: str
    body: dict[str, Any]


@command(app, "pending")
def pending(place: Place) -> None:
    """列出待复核与待执行的操作 Acts that wait for a checker or for the end of their delay."""
    items = [act for state in ("PROPOSED", "APPROVED") for act in place.client.acts(state)]
    emit({"items": items}, place.as_json, _listing)


@command(app, "show")
def show(place: Place, id_: Id) -> None:
    """签署前必读：解码后的函数与参数 What an officer reads before signing: function and arguments, decoded here."""
    found = find_act(place, id_)
    notes = {"状态 state": STATES[found.state]} | table_note(place.client, found.message)
    shown = act_table(place.client.contracts, found.message, notes)
    emit(found.body | {"notes": notes}, place.as_json, lambda _: shown)


@command(app, "approve")
def approve(place: Place, officer: OneKey, id_: Id, timeout: Timeout = 120.0) -> None:
    """批准 Approve an act; it runs at once unless the table sets a delay."""
    _decide(place, officer, id_, True, timeout)


@command(app, "reject")
def reject(place: Place, officer: OneKey, id_: Id, timeout: Timeout = 120.0) -> None:
    """否决 Reject an act."""
    _decide(place, officer, id_, False, timeout)


@command(app, "execute")
def execute(place: Place, id_: Id, timeout: Timeout = 120.0) -> None:
    """执行延时已满的操作，无须密钥 Execute an approved act after its delay; needs no key."""
    found = find_act(place, id_)
    sent = place.client.execute_act(found.body["id"])
    place.client.finish(sent["id"], timeout)
    emit(find_act(place, id_).body, place.as_json, _outcome)


def _decide(place: Place, officer: OneKey, id_: str, is_approved: bool, timeout: float) -> None:
    found = find_act(place, id_)
    contracts = place.client.contracts
    officer.files(place)
    word = "批准 approve" if is_approved else "否决 reject"
    notes = {"您将 you will": word} | table_note(place.client, found.message)
    officer.confirm(act_table(contracts, found.message, notes))
    decision = ActBuilder(contracts).decide(found.message, is_approved, officer.signer(place))
    sent = place.client.post_decision(decision)
    place.client.finish(sent["id"], timeout)
    emit(find_act(place, id_).body | {"decision": sent["id"]}, place.as_json, _outcome)


def find_act(place: Place, id_: str) -> Found:
    """The act of an identifier, decoded from its own bytes: the service's word for it is not taken."""
    raw = place.client.act(id_)
    if raw["document"] is None:
        raise Mistake(
            f"{id_}: 此服务没有该操作的原文，无法核对 this service has not carried the act, so it cannot be read here"
        )
    message = ActMessage.model_validate(raw["document"]["message"])
    contracts = place.client.contracts
    if act_id(contracts, message) != id_.lower():
        raise Mistake(f"{id_}: 原文与编号不符，请勿签署 the document is not the act of this id: do not sign")
    try:
        body = act_json(contracts, message) | {"state": raw["state"], "executable_at": raw["executable_at"]}
    except KeyError:
        console.print(Text(f"{message.target} {message.data}"))
        raise Mistake(
            f"{id_}: 权限表未开放的调用，请勿签署 not a call the permission table opens: do not sign"
        ) from None
    return Found(message, raw["state"], body)


def _listing(body: dict[str, Any]) -> Table:
    table = Table("事项 act", "函数 function", "状态 state")
    table.add_column("编号 id", overflow="fold")
    for act in body["items"]:
        name = f"{act.get('zh') or '—'} {act.get('en') or ''}"
        function = f"{act.get('contract') or '—'}.{act.get('function') or '—'}"
        table.add_row(Text(name), Text(function), STATES[act["state"]], act["id"])
    return table


def _outcome(body: dict[str, Any]) -> Table:
    table = Table("事项 act", "状态 state")
    table.add_column("编号 id", overflow="fold")
    table.add_row(Text(f"{body['zh']} {body['en']}"), STATES[body["state"]], body["id"])
    return table
