"""A report against the months it says it comes from, and these against the chain.

The file is JSON: the sources of the firm's data quality control plan, and the items of every month as
:meth:`registry_sdk.evidence.Item.to_json` writes them::

    {"plan": {"sector": "power", "sources": {"coal-1": {"item": "bituminous", "subunit": "1"}}},
     "months": {"1": [{"kind": "fuel_amount/coal-1", "value": "28644.5", ...}], ...}}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from oracles.accounting import Report
from oracles.annual import Plan, differences, read_plan
from oracles.intake.documents import read_json
from oracles.refusals import OracleError, refuse
from registry_sdk.deployment import Deployment
from registry_sdk.evidence import EvidenceError, Item, Month
from registry_sdk.evidence.on_chain import anchored_history
from registry_sdk.evidence.proofs import month_root
from registry_sdk.rpc import RpcClient

#: Differences that a refusal names.
SHOWN: Final = 5


@dataclass(frozen=True)
class Months:
    """Plan and items of the months; items in the order of the tree."""

    plan: Plan
    items: Mapping[int, Sequence[Item]]


def read_months(content: bytes) -> Months:
    """Read the file. Raises OracleError: NotJson, ReportUnreadable."""
    raw = read_json(content)
    if not isinstance(raw, dict) or set(raw) != {"plan", "months"} or not isinstance(raw["months"], dict):
        raise _unreadable("plan, months")
    try:
        months = {int(name): [Item.from_json(each) for each in items] for name, items in raw["months"].items()}
    except (EvidenceError, TypeError, ValueError) as error:
        raise _unreadable(str(error)) from None
    return Months(read_plan(raw["plan"]), months)


def require_anchored(rpc: RpcClient, deployment: Deployment, account: int, year: int, months: Months) -> None:
    """Every month is the newest that the chain has, and the chain has no other.

    Raises:
        OracleError: EvidenceNotAnchored with the first month that is not.
        EvidenceError, RpcError, RpcTransportError: the endpoint cannot say.
    """
    newest = {each.month: each.root for each in anchored_history(rpc, deployment, account, year)}
    for month in sorted(newest.keys() | months.items.keys()):
        items = months.items.get(month)
        root = month_root(sorted(items, key=lambda item: item.kind), Month(account, year, month))[0] if items else b""
        if root != newest.get(month, b""):
            found, anchored = (f"0x{each.hex()}" if each else "-" for each in (root, newest.get(month, b"")))
            raise refuse("EvidenceNotAnchored", month=month, found=found, anchored=anchored)


def require_same(report: Report, months: Months, unit: str | None) -> None:
    """The report follows from the months. Raises OracleError EvidenceDiffers with the first differences."""
    found = list(differences(report, months.plan, months.items, subunit=unit))
    if found:
        shown = "; ".join(f"{each.where}: {each.reported} ≠ {each.evidence}" for each in found[:SHOWN])
        raise refuse("EvidenceDiffers", count=len(found), detail=shown)


def _unreadable(detail: Any) -> OracleError:
    return refuse("ReportUnreadable", detail_zh=f"存证文件：{detail}", detail=f"evidence file: {detail}")
