"""An act as an officer must read it before signing: decoded from the signed bytes, in the permission table's words."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from eth_utils.address import to_checksum_address
from rich.table import Table
from rich.text import Text

from registry_cli.officers.arguments import item_of
from registry_cli.officers.vocabulary import BITS, ENUMS, MOMENTS
from registry_sdk.acts import ActBuilder
from registry_sdk.deployment import Deployment
from registry_sdk.documents import ActMessage, message_digest, to_bytes
from registry_sdk.permissions import Permission
from registry_sdk.rules.words import words

STATES: Final = {
    "PROPOSED": "待复核 PROPOSED, waits for a checker",
    "APPROVED": "已批准，待到期执行 APPROVED, waits for its delay",
    "EXECUTED": "已执行 EXECUTED",
    "REJECTED": "已否决 REJECTED",
}


def act_id(deployment: Deployment, act: ActMessage) -> str:
    """Identifier of an act: the digest its maker signs."""
    return "0x" + message_digest("Act", act, ActBuilder(deployment).domain).hex()


def act_json(deployment: Deployment, act: ActMessage) -> dict[str, Any]:
    """An act decoded, for machines."""
    row, args = ActBuilder(deployment).describe(act)
    return {
        "id": act_id(deployment, act),
        "contract": row.contract,
        "function": row.function,
        "zh": row.zh,
        "en": row.en,
        "rule": row.rule,
        "maker_role": row.maker.name,
        "checker_role": row.checker.name if row.checker else None,
        "delay": row.delay,
        "args": _plain(args),
        "reason": act.ground.reason,
        "paper": act.ground.paper,
        "expiry": act.expiry,
    }


def act_table(deployment: Deployment, act: ActMessage, notes: dict[str, str] | None = None) -> Table:
    """An act decoded, for people. ``notes``: further lines by label."""
    row, _ = ActBuilder(deployment).describe(act)
    table = Table(title=f"{row.zh} {row.en} · {row.rule}", show_header=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    table.add_row(
        "合约与函数 contract and function", f"{row.contract}.{row.function} · {to_checksum_address(act.target)}"
    )
    function = deployment.contract(row.contract).functions[row.function]
    values = function.decode_input(to_bytes(act.data))
    for component in function.abi["inputs"]:
        if component["name"] != "ground":
            for path, text in _lines(component, values[component["name"]], component["name"]):
                table.add_row(f"　{path}", Text(text))
    table.add_row("事由代码 reason code", str(act.ground.reason))
    table.add_row("文书哈希 hash of the paper", act.ground.paper)
    table.add_row("由谁办 who", roles_text(row))
    table.add_row("有效期至 valid until", " · ".join(words("expiry", act.expiry)))
    table.add_row("编号 id", act_id(deployment, act))
    for label, text in (notes or {}).items():
        table.add_row(label, Text(text))
    return table


def roles_text(row: Permission) -> str:
    """Who proposes, who checks, and how long it then waits."""
    text = f"经办 maker {row.maker.name}"
    text += f"，复核 checker {row.checker.name}" if row.checker else "，一人即办 one officer is enough"
    return text + (f"，延时 delay {timedelta(seconds=row.delay)}" if row.delay else "")


def _lines(component: dict[str, Any], value: Any, path: str) -> Iterator[tuple[str, str]]:
    kind: str = component["type"]
    if kind.endswith("[]"):
        item = item_of(component)
        if not value:
            yield path, "空 empty"
        for at, each in enumerate(value):
            yield from _lines(item, each, f"{path}[{at}]")
    elif kind == "tuple":
        for part in component["components"]:
            yield from _lines(part, value[part["name"]], f"{path}.{part['name']}")
    else:
        yield path, _text(component, value)


def _text(component: dict[str, Any], value: Any) -> str:
    name = component["name"]
    enum = ENUMS.get(component.get("internalType", ""))
    if enum and value in [int(each) for each in enum]:
        return f"{enum(value).name} ({value})"
    if name in BITS:
        return "+".join(word for word, bit in BITS[name].items() if value & bit) + f" ({value})"
    if name in MOMENTS and value:
        return " · ".join(words("expiry", value))
    if name in ("sectors", "scopes"):
        return ", ".join(str(bit) for bit in range(256) if value >> bit & 1) + f" ({hex(value)})"
    if name == "rows" and component["type"] == "uint256":
        return f"{value >> 64}: {value & 2**64 - 1:,} 吨 t"
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return {True: "是 true", False: "否 false"}[value] if isinstance(value, bool) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    # Packed rows and ids do not fit the integers of JSON readers.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and value > 2**53 - 1 else value
