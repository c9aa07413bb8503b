"""The commands of ``registry order``: one to build each kind, and those for what is built."""

from enum import StrEnum
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table
from rich.text import Text

from registry_cli.orders.desk import OrderDesk, OrderPlace
from registry_cli.orders.objection import file_objection, read_objection
from registry_cli.orders.show import KINDS_EN, order_table, submission_table
from registry_cli.output import console, emit
from registry_cli.signing.command import command
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.options import Keys, Place
from registry_cli.signing.reading import paper_hash
from registry_sdk.documents import ORDER_KINDS, OrderKind

app = typer.Typer(
    no_args_is_help=True,
    help="指令：转让、划转、清缴、抵销、注销 orders of an account: transfer, relocate, surrender, offset, cancel",
)


class Asset(StrEnum):
    """Which ledger."""

    ALLOWANCES = "allowances"
    CREDITS = "credits"


class Compartment(StrEnum):
    """Which part of an account."""

    REGISTRY = "registry"
    TRADING = "trading"


Number = Annotated[int, typer.Option(min=1)]
MAX: Final = 2**64 - 1


def _number(text: str) -> Any:
    return Annotated[int, typer.Option(min=1, max=MAX, help=text)]


#: Options by field of the signed message; a kind may have its own.
OPTIONS: Final[dict[str, Any]] = {
    "account": _number("账户 the account that orders"),
    "to": _number("转入账户 receiving account"),
    "unit": _number("配额年度或减排量批次 vintage of allowances or batch of credits"),
    "quantity": _number("吨数 tonnes, whole"),
    "year": _number("履约年度 compliance year"),
    "vintage": _number("配额年度 vintage of the allowances"),
    "beneficiary": Annotated[
        int | None, typer.Option(min=1, max=MAX, help="代缴：受益账户 pay for this account instead")
    ],
    "reason": _number("事由代码 reason code"),
    "statement": Annotated[
        str, typer.Option(help="说明：文件（取其字节的 keccak256）或哈希 file (its keccak256) or hash")
    ],
    "relocate.to": Annotated[Compartment, typer.Option(help="转入登记或交易账户 target compartment")],
}
COMMON: Final = ("chainId", "nonce", "expiry")
NonceOption = Annotated[int | None, typer.Option(min=0, help="指令序号 order number (default: the account's next)")]
ExpiryOption = Annotated[
    str | None, typer.Option(help="有效期 valid until: 2026-12-31, ISO or Unix (default: 30 days)")
]
AssetOption = Annotated[Asset, typer.Option(help="配额或减排量 which ledger")]
File = Annotated[Path, typer.Argument(help="指令文件 order file")]
Id = Annotated[str, typer.Argument(help="指令编号（摘要） id of the order, its digest")]


def _builder(kind: str, spec: OrderKind) -> Any:
    """A command that builds, signs and hands in one kind of order; its options are the fields of the message."""

    def build(
        place: OrderPlace, keys: Keys, nonce: int | None, expiry: str | None, asset: Asset | None, **given: Any
    ) -> None:
        desk = OrderDesk(place, keys)
        order = desk.draft(kind, asset and asset.value, _fields(given), nonce, expiry)
        body = desk.process(order)
        emit(body, place.as_json, submission_table)

    names = [name for name in spec.model.model_fields if name not in COMMON]
    parameters = [
        _parameter(name, OPTIONS.get(f"{kind}.{name}", OPTIONS.get(name)), None if name == "beneficiary" else ...)
        for name in names
    ]
    has_ledgers = len(spec.contracts) > 1
    parameters += [
        _parameter("asset", AssetOption if has_ledgers else None, Asset.ALLOWANCES if has_ledgers else None),
        _parameter("nonce", NonceOption, None),
        _parameter("expiry", ExpiryOption, None),
        _parameter("place", OrderPlace, ...),
        _parameter("keys", Keys, ...),
    ]
    shown = [p for p in parameters if p.name != "asset" or has_ledgers]

    def run(**values: Any) -> None:
        build(**{"asset": None, **values})

    run.__signature__ = Signature(shown)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in shown}
    run.__doc__ = f"{spec.zh}：构建、核对、签署、提交 Build, read, sign and hand in: {KINDS_EN[kind]}."
    return run


def _parameter(name: str, annotation: Any, default: Any) -> Parameter:
    chosen = Parameter.empty if default is ... else default
    return Parameter(name, Parameter.KEYWORD_ONLY, default=chosen, annotation=annotation)


def _fields(given: dict[str, Any]) -> dict[str, Any]:
    fields = dict(given)
    if "beneficiary" in fields:
        fields["beneficiary"] = fields["beneficiary"] or fields["account"]
    if isinstance(fields.get("to"), Compartment):
        fields["to"] = list(Compartment).index(fields["to"])
    if "statement" in fields:
        fields["statement"] = paper_hash(fields["statement"])
    return fields


for _kind, _spec in ORDER_KINDS.items():
    command(app, _kind)(_builder(_kind, _spec))


@command(app, "approve")
def approve(place: OrderPlace, keys: Keys, file: File) -> None:
    """另一代表加签，签字足够即提交 Add a signature; hand in when there are enough, or write with --out."""
    if not keys.key:
        raise Mistake("须给出 --key give --key")
    desk = OrderDesk(place, keys)
    emit(desk.process(desk.read(file)), place.as_json, submission_table)


@command(app, "submit")
def submit(place: OrderPlace, file: File) -> None:
    """提交已签足的指令或异议文件 Hand in an order that has all its signatures, or a signed objection."""
    objection = read_objection(file, place.contracts)
    if objection is not None:
        emit(file_objection(place, objection), place.as_json, submission_table)
        return
    desk = OrderDesk(place, Keys(yes=True))
    emit(desk.process(desk.read(file)), place.as_json, submission_table)


@command(app, "preview")
def preview(place: OrderPlace, file: File) -> None:
    """预检：合约会否接受，不看签字 What the contract would say about an order file, signatures aside."""
    desk = OrderDesk(place, Keys())
    order = desk.read(file)
    console.print(order_table(order, place.contracts, desk.accounts(order)))
    emit(desk.judge(order), place.as_json, lambda _: Text("可以提交 would be accepted", style="green"))


@command(app, "status")
def status(
    place: Place,
    id_: Annotated[str, typer.Argument(metavar="ID", help="指令编号 id of the order, its digest")],
    wait: Annotated[float, typer.Option(min=0, help="等待办结的秒数 seconds to wait until settled")] = 0.0,
) -> None:
    """查询指令状态 Where an order stands."""
    body = place.client.wait(id_, wait) if wait else place.client.submission(id_)
    emit(body, place.as_json, submission_table)


@command(app, "list")
def list_orders(place: Place, keys: Keys, account: Annotated[int, typer.Argument(help="账户 account")]) -> None:
    """列出账户的指令，须以代表密钥登录 Orders of an account; sign in with a representative's key."""
    if len(keys.key or []) != 1:
        raise Mistake("须以一个 --key 登录 sign in with exactly one --key")
    signer = keys.open(place, place.client.contracts.address("p256"))[0]
    items = list(place.client.sign_in(signer).orders(account))
    emit({"items": items}, place.as_json, _listing)


def _listing(body: dict[str, Any]) -> Table:
    table = Table("种类 kind", "状态 state", "规则 rule", "序号 number")
    table.add_column("编号 id", overflow="fold")
    for item in body["items"]:
        rule = item["refusal"]["rule"] if item["refusal"] else ""
        table.add_row(item["kind"], item["state"], rule, str(item["document"]["message"]["nonce"]), item["id"])
    return table
