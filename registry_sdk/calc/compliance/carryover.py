"""C-10: carry-over of the 2019-2024 vintages into the 2025 vintage."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from registry_sdk.calc.compliance.calendar import add_working_days
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, tonnes
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet

RULE_DAY = date(2026, 1, 1)
"""First day of the carry-over rules; before it the parameters have no value."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One trade of the firm. ``side``: SOLD or BOUGHT; ``repo``: a leg of a repo, which does not count (F-07)."""

    day: date
    side: str
    vintage: int
    quantity_t: Number
    repo: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """The firm's units of the old vintages at the snapshot, tonnes (A-10)."""

    registry_available_t: Number = 0
    trading_available_t: Number = 0
    judicially_frozen_t: Number = 0
    pending_surrender_t: Number = 0
    pending_cancellation_t: Number = 0

    def total(self) -> int:
        """Available in both compartments plus frozen, minus pending surrender and cancellation; never below 0."""
        values = {
            name: tonnes(getattr(self, name), name, "C-10")
            for name in (
                "registry_available_t", "trading_available_t", "judicially_frozen_t",
                "pending_surrender_t", "pending_cancellation_t",
            )
        }  # fmt: skip
        pending = values["pending_surrender_t"] + values["pending_cancellation_t"]
        return max(0, sum(values.values()) - 2 * pending)


def net_sales(movements: Iterable[Movement], parameters: ParameterSet | None = None) -> tuple[int, int]:
    """Tonnes sold and bought that count: old vintages, inside the window (both days included), no repo legs."""
    trace = Trace(parameters)
    first, last = trace.on("carryover_net_sale_window", RULE_DAY)
    oldest, newest = trace.on("carryover_source_vintages", RULE_DAY)
    sums = {"SOLD": 0, "BOUGHT": 0}
    for movement in movements:
        if movement.side not in sums:
            raise CalculationError(
                "C-10",
                "side",
                f"没有方向 {movement.side!r}",
                f"no side {movement.side!r}",
                "SOLD, BOUGHT",
                "SOLD, BOUGHT",
            )
        quantity = tonnes(movement.quantity_t, "quantity_t", "C-10", minimum=1)
        counts = first <= movement.day <= last and oldest <= movement.vintage <= newest and not movement.repo
        sums[movement.side] += quantity if counts else 0
    return sums["SOLD"], sums["BOUGHT"]


def carryover_limit(
    *,
    sold_t: Number,
    bought_t: Number,
    holding: Holding,
    years_met_on_time: Sequence[int] | None = None,
    parameters: ParameterSet | None = None,
) -> Result:
    """Largest quantity that may be carried over.

    ``years_met_on_time``: compliance years surrendered in time; None when already checked. A firm that misses one of
    the required years may carry nothing. Outputs: net_sold, formula_cap, holding, max_carry, not_carried, eligible.
    """
    trace = Trace(parameters)
    sold = tonnes(sold_t, "sold_t", "C-10")
    bought = tonnes(bought_t, "bought_t", "C-10")
    held = holding.total()
    net = max(0, sold - bought)
    base = trace.on("carryover_base_t", RULE_DAY)
    formula_cap = trace.whole(base + net * Fraction(trace.on("carryover_multiplier", RULE_DAY)), "carryover")
    required = trace.on("carryover_required_compliance_years", RULE_DAY)
    missed = () if years_met_on_time is None else tuple(year for year in required if year not in years_met_on_time)
    if missed:
        years = ", ".join(map(str, missed))
        trace.note(f"{years} 年度未按时履约，不得结转", f"compliance year {years} not met in time: no carry-over")
    most = 0 if missed else min(formula_cap, held)
    outputs = {
        "net_sold": net,
        "formula_cap": formula_cap,
        "holding": held,
        "eligible": not missed,
        "max_carry": most,
        "not_carried": held - most,
        "target_vintage": trace.on("carryover_target_vintage", RULE_DAY),
    }
    return trace.result(
        "compliance.carryover",
        Text("结转上限", "carry-over limit"),
        most,
        "tCO2e",
        Text(
            "T = floor(基础量 + 倍数 × max(0, 卖出 - 买入))；结转 ≤ min(T, 持有)",
            "T = floor(base + multiplier x max(0, sold - bought)); carry <= min(T, holding)",
        ),
        {"sold_t": sold, "bought_t": bought, "holding_t": held},
        outputs,
        ["C-10", "F-07"],
    )


def apply_carryover(
    *,
    limit_t: Number,
    already_applied_t: Number,
    quantity_t: Number,
    vintage: int,
    registry_free_t: Number,
    day: date,
    freeze_lifted: bool = False,
    parameters: ParameterSet | None = None,
) -> Result:
    """Checks one application made on the Beijing day ``day``; value: the batch number.

    Args:
        registry_free_t: units of ``vintage`` free in the registry compartment; they are locked.
        freeze_lifted: the firm was blocked by a court freeze, so it may also apply after the last batch.

    Outputs: batch (None for a late application after a freeze), process_by, issue_by, remaining. Raises
    CalculationError with the date, vintage or quantity that would be accepted.
    """
    trace = Trace(parameters)
    batch = _batch_of(day, freeze_lifted, trace)
    oldest, newest = trace.on("carryover_source_vintages", day)
    if not oldest <= vintage <= newest:
        raise CalculationError(
            "C-10", "vintage", f"{vintage} 年度配额不能结转", f"vintage {vintage} cannot be carried over",
            f"{oldest} 至 {newest}", f"{oldest} to {newest}",
        )  # fmt: skip
    room = tonnes(limit_t, "limit_t", "C-10") - tonnes(already_applied_t, "already_applied_t", "C-10")
    most = max(0, min(room, tonnes(registry_free_t, "registry_free_t", "C-10")))
    quantity = tonnes(quantity_t, "quantity_t", "C-10", minimum=1)
    if quantity > most:
        raise CalculationError(
            "C-10", "quantity_t", f"申请 {quantity} 超过可结转 {most}", f"{quantity} is more than the {most} left",
            f"不大于 {most}", f"at most {most}",
        )  # fmt: skip
    process_by = batch[1]
    days = trace.on("carryover_reissue_working_days", day)
    issue_by = None if process_by is None else add_working_days(process_by, days, parameters)
    return trace.result(
        "compliance.carryover_application",
        Text("结转申请", "carry-over application"),
        batch[0],
        "batch",
        Text("按申请日归入批次", "the day of application decides the batch"),
        {"quantity_t": quantity, "vintage": vintage, "day": day},
        {
            "batch": batch[0], "process_by": process_by, "issue_by": issue_by, "remaining": room - quantity,
            "target_vintage": trace.on("carryover_target_vintage", day),
        },
        ["C-10"],
    )  # fmt: skip


def _batch_of(day: date, freeze_lifted: bool, trace: Trace) -> tuple[int | None, date | None]:
    batches = list(trace.law.table("carryover_batches"))
    for row in batches:
        if (row["apply_from"] is None or row["apply_from"] <= day) and day <= row["apply_to"] and day >= RULE_DAY:
            return int(row["batch"]), row["process_by"]
    last = max(row["apply_to"] for row in batches)
    if freeze_lifted and day > last:
        return None, None
    raise CalculationError(
        "C-10", "day", f"{day} 不在申请期内", f"{day} is outside the periods of application",
        f"{RULE_DAY} 至 {last}；冻结解除的除外", f"{RULE_DAY} to {last}, later only after a lifted freeze",
    )  # fmt: skip
