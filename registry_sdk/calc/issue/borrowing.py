"""B-12: borrowing from the 2023 pre-allocation in the cycle 2021-2022, and its repayment."""

from fractions import Fraction

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, exact, tonnes
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet


def borrow(
    *,
    year: int,
    obligation_t: Number,
    allocation_t: Number,
    cannot_comply: bool = True,
    lender_preallocation_t: Number | None = None,
    min_gap_ratio: Number | None = None,
    parameters: ParameterSet | None = None,
) -> Result:
    """How much a firm may borrow.

    Args:
        cannot_comply: the firm has shown that it cannot meet the shortfall.
        lender_preallocation_t: next year's pre-allocation, an upper limit where it is known.
        min_gap_ratio: gap rate from which a firm may borrow; default: the parameter of the year.

    Outputs: gap, gap_rate_pct, eligible, max_borrow, repay_in_vintage. Raises CalculationError in years without
    borrowing.
    """
    trace = Trace(parameters)
    if not trace.for_year("borrowing_allowed", year):
        raise CalculationError(
            "B-12",
            "year",
            f"{year} 年不得预支",
            f"borrowing is not allowed for {year}",
            "2021、2022 年度",
            "2021 and 2022",
        )
    obligation = tonnes(obligation_t, "obligation_t", "B-12")
    allocation = tonnes(allocation_t, "allocation_t", "B-12")
    gap = max(0, obligation - allocation)
    base = obligation if trace.for_year("borrow_gap_rate_base", year) == "OBLIGATION" else allocation
    rate = Fraction(gap, base) if base else Fraction(1 if gap else 0)
    needed = trace.for_year("borrow_min_gap_ratio", year) if min_gap_ratio is None else min_gap_ratio
    eligible = gap > 0 and cannot_comply and rate >= exact(needed, "min_gap_ratio", "B-12", maximum=1)
    limit = trace.whole(gap * Fraction(trace.for_year("borrow_max_share_of_gap", year)), "borrow") if eligible else 0
    if lender_preallocation_t is not None:
        limit = min(limit, tonnes(lender_preallocation_t, "lender_preallocation_t", "B-12"))
    outputs = {
        "gap": gap,
        "gap_rate_pct": trace.rounded(rate * 100, "gap_rate_pct"),
        "eligible": eligible,
        "max_borrow": limit,
        "repay_in_vintage": trace.for_year("borrow_from_vintage", year),
    }
    trace.note("在 2023 年度发放时作为应扣量归还 (B-08)", "repaid as a deduction from the issue of 2023 (B-08)")
    return trace.result(
        "issue.borrowing",
        Text("预支", "borrowing"),
        limit,
        "tCO2e",
        Text("缺口率 ≥ 门槛时，不超过缺口 × 比例", "at most gap x share when the gap rate reaches the threshold"),
        {"year": year, "obligation_t": obligation, "allocation_t": allocation, "cannot_comply": cannot_comply},
        outputs,
        ["B-12", "B-08"],
    )
