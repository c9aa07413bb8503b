"""A replay's result for people."""

from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

SHOWN: Final = 30
PARTS: Final = {
    "issued": "发放 issued",
    "held": "持有 held",
    "surrendered": "清缴 surrendered",
    "cancelled": "注销 cancelled",
}


def draw(result: dict[str, Any]) -> RenderableType:
    """Summary, totals by unit, and the first disagreements."""
    pieces: list[RenderableType] = [_summary(result), _totals(result)]
    if result["disagree"]:
        pieces.append(_disagreements(result["disagree"]))
    if result["differences"]:
        lines = [f"{d['what']}: {d['chain']} / {d['data']}" for d in result["differences"][:SHOWN]]
        pieces.append(Text("对账差异 differences (chain / data)\n" + "\n".join(lines), style="red"))
    return Group(*pieces)


def _summary(result: dict[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2))
    given = result["input"]
    rows = {
        "数据 input": f"{given['file']} {','.join(given['registries'])} {given['years']}",
        "行 rows": f"{result['rows']:,} ({result['operators']:,} 个单位 operators)",
        "比较 compared": f"{result['compared']:,}; 一致 agree {result['agree']:,}",
        "跳过 skipped": "; ".join(
            f"{text['zh']} {text['en']}: {result['skipped'][reason]:,}"
            for reason, text in result["skipped_because"].items()
        ),
        "接受 accepted": f"{result['accepted']:,}",
        "拒绝 refused": "; ".join(f"{rule}: {count:,}" for rule, count in result["refused"].items()) or "0",
        "对账 reconciled": "是 yes" if result["reconciled"] else "否 NO",
        "链头 head": f"{result['head']['block']} {result['head']['hash']}",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _totals(result: dict[str, Any]) -> Table:
    table = Table("单位 unit", title="总量（吨） totals, tonnes")
    for title in PARTS.values():
        table.add_column(title, justify="right")
    for unit, total in (*result["totals"].items(), ("合计 all", result["all_units"])):
        table.add_row(unit, *(f"{total[part]:,}" for part in PARTS))
    return table


def _disagreements(found: list[dict[str, Any]]) -> Table:
    table = Table(title=f"与官方代码不同 differing from the official code: {len(found)}")
    for name in found[0]:
        table.add_column(name)
    for one in found[:SHOWN]:
        table.add_row(*(str(value) for value in one.values()))
    return table
