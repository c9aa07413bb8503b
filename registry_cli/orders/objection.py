"""``registry order object``: a firm objects to its allocation or verification (B-17), one representative signs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer
from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from registry_cli.orders.desk import REGISTER, OrderPlace, mistakes_of
from registry_cli.orders.show import submission_table
from registry_cli.output import emit
from registry_cli.signing.command import command
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.options import Keys
from registry_cli.signing.reading import paper_hash, parse_json, read_bytes
from registry_sdk.cases import CaseSubject
from registry_sdk.client import Problem
from registry_sdk.deployment import Deployment
from registry_sdk.documents import Domain, Objection, SignedObjection

app = typer.Typer()

NO_TARGET: Final = "0x" + "00" * 32


class Subject(StrEnum):
    """What an objection is about."""

    ALLOCATION = "ALLOCATION"
    VERIFICATION = "VERIFICATION"


@command(app, "object")
def object_(
    place: OrderPlace,
    keys: Keys,
    account: Annotated[int, typer.Option(min=1, max=2**64 - 1, help="账户 the account that objects")],
    year: Annotated[int, typer.Option(min=1, max=65_535, help="履约年度 compliance year")],
    statement: Annotated[str, typer.Option(help="异议书：文件（取其 keccak256）或哈希 the objection: file or hash")],
    subject: Annotated[Subject, typer.Option(help="对分配或对核查 what it is about")] = Subject.ALLOCATION,
    target: Annotated[
        str | None, typer.Option(help="所针对的表或报告：编号或文件 table or report it is against: id or file")
    ] = None,
) -> None:
    """提出异议：核对、签署、提交或写入文件 Object: read, sign, hand in, or write with --out (also offline)."""
    if len(keys.key or []) != 1:
        raise Mistake("须以一个 --key 签署 sign with exactly one --key")
    if place.is_offline and place.out is None:
        raise Mistake("离线签署须给出 --out signing offline needs --out")
    if place.out is not None and place.out.exists():
        raise Mistake(f"{place.out.name}: 已存在，未覆盖 exists already and was left alone")
    contracts = place.contracts
    message = Objection(
        chainId=contracts.chain_id,
        account=account,
        year=year,
        subject=int(CaseSubject[subject.value]),
        target=paper_hash(target) if target else NO_TARGET,
        statement=paper_hash(statement),
    )
    if not place.is_offline:
        _require_account(place, account)
    keys.files(place)
    keys.confirm(_shown(message, contracts))
    domain = Domain(chain_id=contracts.chain_id, contract=contracts.address("cases").lower())
    signed = SignedObjection.sign(domain, message, keys.open(place, contracts.address("p256"))[0])
    emit(_write(signed, place.out) if place.out else file_objection(place, signed), place.as_json, submission_table)


def read_objection(path: Path, contracts: Deployment) -> SignedObjection | None:
    """The signed objection of a file; None where the file is none, such as an order.

    Raises:
        Mistake: it is one, but incomplete or for another registry.
    """
    content = parse_json(read_bytes(path), path.name)
    if not isinstance(content, dict) or "approval" not in content:
        return None
    try:
        signed = SignedObjection.model_validate(content)
    except ValidationError as error:
        raise Mistake(f"{path.name}: 不是异议文件 not an objection: {mistakes_of(error)}") from None
    if {signed.domain.chain_id, signed.message.chainId} != {contracts.chain_id}:
        raise Mistake.of("O-04", expected=contracts.chain_id, given=signed.domain.chain_id)
    if signed.domain.contract != contracts.address("cases").lower():
        raise Mistake.of("O-16", expected=contracts.address("cases").lower(), given=signed.domain.contract)
    return signed


def file_objection(place: OrderPlace, signed: SignedObjection) -> dict[str, Any]:
    """Hand in and wait. Raises Problem."""
    return place.client.finish(place.client.post_objection(signed)["id"], place.timeout)


def _require_account(place: OrderPlace, account: int) -> None:
    try:
        place.client.account(account)
    except Problem as problem:
        if problem.rule == REGISTER:
            raise Mistake.of("O-12", account=account) from None
        raise


def _write(signed: SignedObjection, path: Path) -> dict[str, Any]:
    path.write_bytes(orjson.dumps(signed.model_dump(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    head = {"id": "0x" + signed.digest().hex(), "kind": "objection", "account": signed.message.account}
    return head | {"file": str(path), "signatures": 1, "required": 1}


def _shown(message: Objection, contracts: Deployment) -> Table:
    table = Table(title="异议 objection · B-17", show_header=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for label, value in (
        ("链与合约 chain and contract", f"{message.chainId} · {contracts.address('cases')}"),
        ("账户 account", message.account),
        ("履约年度 compliance year", message.year),
        ("事项 subject", CaseSubject(message.subject).name),
        ("针对 against", "—" if message.target == NO_TARGET else message.target),
        ("异议书哈希 hash of the objection", message.statement),
    ):
        table.add_row(label, Text(str(value)))
    return table
