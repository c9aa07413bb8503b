"""An order as its signer must read it: every signed field, in Chinese and English."""

from collections.abc import Mapping
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from registry_sdk.deployment import Deployment
from registry_sdk.documents import ORDER_KINDS, SignedOrder
from registry_sdk.rules.words import words

KINDS_EN: Final = {
    "transfer": "transfer to another account",
    "relocate": "move between one's own compartments",
    "cancel": "cancel for good",
    "surrender": "surrender allowances",
    "offset": "use credits",
    "carry-over": "carry over into a later vintage",
}
ASSETS: Final = {"allowances": "配额 allowances", "credits": "核证自愿减排量 credits", "compliance": "履约 compliance"}
LABELS: Final = {
    "chainId": "链 chain",
    "account": "账户 account",
    "to": "转入 to",
    "beneficiary": "受益账户 on behalf of",
    "year": "履约年度 compliance year",
    "vintage": "配额年度 vintage",
    "unit": "单位（年度或批次） unit: vintage or batch",
    "quantity": "数量 quantity",
    "reason": "事由代码 reason code",
    "statement": "说明哈希 hash of the statement",
    "nonce": "指令序号 order number",
    "expiry": "有效期至 valid until",
}
COMPARTMENTS: Final = ("登记账户 registry compartment", "交易账户 trading compartment")
ACCOUNT_FIELDS: Final = ("account", "to", "beneficiary")


def order_table(order: SignedOrder, deployment: Deployment, accounts: Mapping[int, dict[str, Any]]) -> Table:
    """Everything that a signature under the order says.

    Args:
        accounts: what the register says about accounts, where it was asked.
    """
    kind = ORDER_KINDS[order.kind]
    table = Table(title=f"{kind.zh} {KINDS_EN[order.kind]}", show_header=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    name = deployment.name_of(order.domain.contract) or "?"
    table.add_row("资产与合约 asset and contract", f"{ASSETS.get(name, name)} {order.domain.contract}")
    for field, value in order.message.model_dump().items():
        table.add_row(LABELS[field], Text(_value(order.kind, field, value, accounts)))
    table.add_row("摘要 digest", "0x" + order.digest().hex())
    for approval in order.approvals:
        table.add_row("已签 signed by", Text(approval.signer))
    return table


def submission_table(body: Mapping[str, Any]) -> Table:
    """What became of a document."""
    table = Table(show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, name in (
        ("指令 order", "id"),
        ("种类 kind", "kind"),
        ("状态 state", "state"),
        ("账户 account", "account"),
        ("交易 transaction", "transaction"),
        ("区块 block", "block"),
        ("文件 file", "file"),
        ("已签 signatures", "signatures"),
        ("须签 needed", "required"),
    ):
        if body.get(name) is not None:
            table.add_row(label, Text(str(body[name])))
    refusal = body.get("refusal")
    if refusal:
        table.add_row("拒绝 refused", Text(f"{refusal['rule']} {refusal['detail_zh']} {refusal['detail']}"))
    return table


def _value(kind: str, field: str, value: Any, accounts: Mapping[int, dict[str, Any]]) -> str:
    if kind == "relocate" and field == "to":
        return COMPARTMENTS[value]
    if field == "quantity":
        return f"{value:,} 吨 tCO2e"
    if field == "expiry":
        return " · ".join(words("expiry", value))
    if field in ACCOUNT_FIELDS and value in accounts:
        found = accounts[value]
        return f"{value} · {found['kind']} {found['status']} · 省 province {found['province']}"
    return str(value)
