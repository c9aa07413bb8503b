"""7.1: coverage, risk level with reasons, and the cheapest mix of allowances and credits under the cap."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from registry_sdk.calc.compliance.offsets import offset_cap
from registry_sdk.calc.exact import Number, exact, show, tonnes
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet

LEVELS = ("green", "yellow", "orange")


@dataclass(frozen=True, slots=True)
class Signals:
    """Facts that make a firm red whatever its coverage (7.1)."""

    judicial_freeze: bool = False
    unpaid_earlier_year: bool = False
    missing_evidence_months: int = 0
    closed: bool = False
    dishonest_debtor: bool = False
    pledged_t: Number = 0
    held_t: Number | None = None


def forecast(
    *,
    obligation_t: Number,
    usable_allowances_t: Number,
    eligible_credits_t: Number = 0,
    surrendered_t: Number = 0,
    offsets_used_t: Number = 0,
    allowance_price_yuan: Number | None = None,
    credit_price_yuan: Number | None = None,
    on: date,
    resale: bool = True,
    signals: Signals | None = None,
    parameters: ParameterSet | None = None,
) -> Result:
    """Risk level of one obligation, and the plan that costs least.

    Args:
        usable_allowances_t: free units of vintages that may pay this year (C-03).
        surrendered_t, offsets_used_t: what has been paid already; it counts as covered and uses up the cap.
        resale: units and credits left over are worth their price; False: they are worth nothing.

    value: green, yellow, orange or red. Outputs: coverage (rounded down to 4 places), reasons, cap, and with a price:
    credits_used, credits_to_buy, allowances_used, allowances_to_buy, cash_cost_yuan, saving_yuan (against no credits).
    """
    trace = Trace(parameters)
    obligation = tonnes(obligation_t, "obligation_t", "7.1")
    allowances = tonnes(usable_allowances_t, "usable_allowances_t", "7.1")
    credits = tonnes(eligible_credits_t, "eligible_credits_t", "7.1")
    surrendered = tonnes(surrendered_t, "surrendered_t", "7.1")
    used = tonnes(offsets_used_t, "offsets_used_t", "7.1")
    cap = int(offset_cap(obligation_t=obligation, on=on, parameters=parameters).value)
    room, owed = max(0, cap - used), max(0, obligation - surrendered - used)
    covered = obligation - owed + allowances + min(credits, room)
    trace.on("ccer_offset_cap_ratio", on)
    coverage = Fraction(covered, obligation) if obligation else None
    shown = None if coverage is None else trace.rounded(coverage, "coverage_shown")
    level, reasons = _level(coverage, show(shown), signals or Signals(), allowances, on, trace)
    outputs: dict[str, object] = {
        "coverage": shown,
        "level": level,
        "reasons": tuple(reasons),
        "cap": cap,
        "cap_left": room,
        "still_owed": owed,
        "shortfall": max(0, obligation - covered),
    }
    if allowance_price_yuan is not None:
        price = exact(allowance_price_yuan, "allowance_price_yuan", "7.1", above=0)
        credit = None if credit_price_yuan is None else exact(credit_price_yuan, "credit_price_yuan", "7.1", above=0)
        outputs |= _cheapest(owed, allowances, credits, min(room, owed), price, credit, resale, trace)
    return trace.result(
        "forecast.risk",
        Text("履约预测", "compliance forecast"),
        level,
        "",
        Text(
            "覆盖率 = (已缴 + 可用配额 + min(减排量, 剩余上限)) / 义务",
            "coverage = (paid + usable allowances + min(credits, cap left)) / obligation",
        ),
        {
            "obligation_t": obligation, "usable_allowances_t": allowances, "eligible_credits_t": credits, "on": on,
            "allowance_price_yuan": allowance_price_yuan, "credit_price_yuan": credit_price_yuan, "resale": resale,
        },
        outputs,
        ["7.1", "C-05"],
    )  # fmt: skip


def _level(
    coverage: Fraction | None, shown: str, signals: Signals, allowances: int, on: date, trace: Trace
) -> tuple[str, list[Text]]:
    bounds = trace.on("risk_levels_coverage", on)
    level, reasons = "green", [Text("没有清缴义务", "nothing is owed")]
    if coverage is not None:
        level = next((name for name in LEVELS if coverage >= Fraction(bounds[name])), "red")
        reasons = [Text(f"覆盖率 {shown}", f"coverage {shown}")]
    held = allowances if signals.held_t is None else tonnes(signals.held_t, "held_t", "7.1")
    pledged = Fraction(tonnes(signals.pledged_t, "pledged_t", "7.1"), held) if held else Fraction(0)
    months = tonnes(signals.missing_evidence_months, "missing_evidence_months", "7.1")
    red = [
        (signals.judicial_freeze, Text("司法冻结", "judicial freeze")),
        (signals.unpaid_earlier_year, Text("以前年度欠缴", "an earlier year is unpaid")),
        (
            months >= trace.on("risk_missing_evidence_months", on),
            Text(f"缺 {months} 个月存证", f"{months} months of evidence missing"),
        ),
        (signals.closed, Text("关停", "closed")),
        (signals.dishonest_debtor, Text("失信被执行人", "dishonest-debtor record")),
        (pledged > trace.on("risk_pledged_share_gt", on), Text("质押比例过高", "pledged share too high")),
    ]
    found = [text for applies, text in red if applies]
    return ("red" if found else level), [*found, *reasons]


def _cheapest(
    obligation: int, allowances: int, credits: int, cap: int, price: Fraction, credit: Fraction | None, resale: bool,
    trace: Trace,
) -> dict[str, object]:  # fmt: skip
    # cost is piecewise linear in the credits used, with corners where own credits or own allowances run out:
    # the minimum lies on a corner
    most = cap if credit is not None else min(cap, credits)
    corners = sorted({0, most, min(credits, most), max(0, min(obligation - allowances, most))})
    value = credit if credit is not None else Fraction(0)

    def cash(used: int) -> Fraction:
        return value * max(0, used - credits) + price * max(0, obligation - used - allowances)

    def cost(used: int) -> Fraction:
        left = price * max(0, allowances - (obligation - used)) + value * max(0, credits - used)
        return cash(used) - (left if resale else 0)

    best = min(corners, key=lambda used: (cost(used), cash(used), -used if used <= credits else used))
    return {
        "credits_used": best,
        "credits_to_buy": max(0, best - credits),
        "allowances_used": min(allowances, obligation - best),
        "allowances_to_buy": max(0, obligation - best - allowances),
        "cash_cost_yuan": trace.rounded(cash(best), "money"),
        "saving_yuan": trace.rounded(cost(0) - cost(best), "money"),
    }
