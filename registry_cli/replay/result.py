"""The result of a replay as JSON values: compared with the official codes, reconciled, what was skipped and why."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from registry_cli.replay.booking import BOOKINGS, Booking
from registry_cli.replay.items import Order
from registry_cli.replay.offsets import Attempt, skipped
from registry_cli.replay.reconciling import (
    Difference,
    bought,
    compliance_differences,
    offset_differences,
    order_difference,
)
from registry_cli.replay.records import Record
from registry_cli.replay.running import refused_errors
from registry_cli.replay.selection import Selection
from registry_cli.replay.truth import Position, Truth
from registry_sdk.rules import rule_of_error

OFFSET_CAP_ERROR: Final = "OffsetCapExceeded"
#: Why a row is not compared, in the order in which the reasons are looked at.
REASONS: Final[dict[str, tuple[str, str]]] = {
    "no_official_code": ("无官方代码", "the file has no compliance code"),
    "code_not_verified_in_time": ("代码 C：未按时核查", "code C: emissions not verified in time"),
    "code_set_by_authority": ("代码 D、E：主管部门更正", "code D or E: corrected by the authority"),
    "code_not_applicable": ("代码 -：不适用", "code -: not applicable, excluded or not yet under obligation"),
    "no_running_total": ("无累计核查量", "no running verified total"),
    "surrender_figure_missing": ("缺清缴数", "a surrender figure is missing"),
    "verified_figure_missing": ("缺核查数", "the verified figure is missing"),
    "no_offsets": ("未用抵销", "no offsets were used"),
}
CODE_REASONS: Final = {
    "": "no_official_code",
    "C": "code_not_verified_in_time",
    "D": "code_set_by_authority",
    "E": "code_set_by_authority",
    "-": "code_not_applicable",
}
#: What lies behind a result that differs from the official code.
NOTES: Final[dict[str, tuple[str, str]]] = {
    "no_running_surrendered": ("文件未给累计清缴量", "the file gives no running surrendered total"),
    "official_code_differs_from_totals": (
        "官方代码与其累计数不符（人工更正）",
        "the official code does not follow from the file's own running totals: set by hand",
    ),
    "registry_differs": ("登记系统结果不同", "the registry's result does not follow from the running totals"),
}


def not_compared(row: Record) -> str | None:
    """Reason not to compare a row, None where it is comparable."""
    reason = CODE_REASONS.get(row.code[:1])
    return reason or ("no_running_total" if row.running_verified is None else None)


def compliance_result(selection: Selection, truth: Truth, bookings: Sequence[Booking]) -> dict[str, Any]:
    """Compare every row of a compliance replay, reconcile its totals."""
    rows = [*selection.lead_in, *selection.rows]
    positions = truth.positions([(truth.plan.accounts[row.operator], row.year) for row in rows])
    skipped_rows: Counter[str] = Counter()
    disagree: list[dict[str, Any]] = []
    codes: dict[str, Counter[str]] = defaultdict(Counter)
    compared = 0
    for row in selection.rows:
        position = positions[truth.plan.accounts[row.operator], row.year]
        codes[row.code][position.code] += 1
        if reason := not_compared(row):
            skipped_rows[reason] += 1
            continue
        compared += 1
        if position.code != row.code[0]:
            disagree.append(_disagreement(row, position))
    differences = compliance_differences(truth, rows, positions)
    if lost := order_difference(truth):
        differences.append(lost)
    if refused := refused_errors(truth.running).total():
        differences.append(Difference("refused calls", refused, 0))
    market = bought(truth.plan)
    return {
        **_counts(selection, skipped_rows, compared, disagree),
        "codes": {code: dict(sorted(found.items())) for code, found in sorted(codes.items())},
        "booked": _explained(Counter(booking.kind for booking in bookings), BOOKINGS),
        "bought_from_market": {str(vintage): market[vintage] for vintage in sorted(market)},
        **_closing(truth, differences),
        "accepted": sum(isinstance(item, Order) for stage in truth.plan.stages for item in stage.items),
    }


def offsets_result(selection: Selection, truth: Truth, attempts: Sequence[Attempt]) -> dict[str, Any]:
    """Which attempts the contract took and which it refused, by rule."""
    keys = [(truth.plan.accounts[a.record.operator], a.record.year) for a in attempts]
    positions = truth.positions(keys)
    skipped_rows = Counter(reason for row in selection.rows if (reason := skipped(row)))
    bps = truth.running.reader.read("compliance", "yearRules", attempts[0].record.year)["offsetCapBps"]
    disagree = []
    accepted = 0
    for key, attempt in zip(keys, attempts, strict=True):
        is_taken = positions[key].offset == attempt.quantity
        accepted += is_taken
        if is_taken != (attempt.quantity * 10_000 <= attempt.verified * bps):
            disagree.append({"id": attempt.record.operator, "year": attempt.record.year, "accepted": is_taken})
    differences = offset_differences(truth, attempts, positions)
    closing = _closing(truth, differences)
    answered = accepted + sum(closing["refused"].values())
    if answered != len(attempts):
        closing["differences"].append(Difference("attempts answered", answered, len(attempts)).to_json())
        closing["reconciled"] = False
    return {
        **_counts(selection, skipped_rows, len(attempts), disagree),
        "offset_cap_bps": bps,
        **closing,
        "accepted": accepted,
    }


def _disagreement(row: Record, position: Position) -> dict[str, Any]:
    if row.running_surrendered is None:
        note = "no_running_surrendered"
    else:
        follows = "A" if row.running_surrendered >= (row.running_verified or 0) else "B"
        note = "official_code_differs_from_totals" if follows == position.code else "registry_differs"
    return {
        "id": row.operator,
        "year": row.year,
        "official": row.code,
        "registry": position.code,
        "running_verified": row.running_verified,
        "running_surrendered": row.running_surrendered,
        "note": note,
        "zh": NOTES[note][0],
        "en": NOTES[note][1],
    }


def _counts(
    selection: Selection, skipped_rows: Counter[str], compared: int, disagree: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "rows": len(selection.rows),
        "rows_before_first_year": len(selection.lead_in),
        "operators": len({row.operator for row in selection.rows}),
        "skipped": {reason: skipped_rows[reason] for reason in REASONS if skipped_rows[reason]},
        "skipped_because": {r: {"zh": zh, "en": en} for r, (zh, en) in REASONS.items() if skipped_rows[r]},
        "compared": compared,
        "agree": compared - len(disagree),
        "disagree": disagree,
    }


def _closing(truth: Truth, differences: list[Difference]) -> dict[str, Any]:
    totals = {
        _unit_name(asset, unit): {
            "issued": total.issued,
            "held": truth.held((asset, unit)),
            "surrendered": total.surrendered,
            "cancelled": total.cancelled,
        }
        for (asset, unit), total in truth.totals.items()
    }
    head = truth.running.chain.head()
    refused = Counter(rule_of_error(name).number for name in refused_errors(truth.running).elements())
    return {
        "totals": totals,
        "all_units": {
            part: sum(t[part] for t in totals.values()) for part in ("issued", "held", "surrendered", "cancelled")
        },
        "reconciled": not differences,
        "differences": [difference.to_json() for difference in differences],
        "refused": dict(sorted(refused.items())),
        "head": {"block": head.height, "hash": head.block_hash},
        "resumed": truth.running.resumed,
    }


def _unit_name(asset: str, unit: int) -> str:
    return f"CEA-{unit}" if asset == "allowances" else f"CCER-{unit >> 16}-{unit & 0xFFFF}"


def _explained(counts: Mapping[str, int], texts: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    return {k: {"rows": counts[k], "zh": zh, "en": en} for k, (zh, en) in texts.items() if counts.get(k)}
