"""B-13, B-14, B-15: a plan of one sector and year, its cap and shares, and the scaling of free allocation under it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, exact, show, tonnes
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet

INTENSITY, ABSOLUTE = "INTENSITY", "ABSOLUTE"

_FORMULAS: Mapping[str, Text] = MappingProxyType(
    {
        ABSOLUTE: Text(
            "绝对总量：A × min(1, 总量 × 免费比例 / ΣA)，向下取整",
            "absolute cap: A x min(1, cap x free share / sum(A)), rounded down",
        ),
        INTENSITY: Text(
            "强度总量：A × 免费比例，向下取整；总量为各主体之和",
            "intensity: A x free share, rounded down; the total is the sum of the firms",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Cap mode and shares; shares None: free 1 - others, auction and reserve as in the parameters of the year."""

    sector: str
    year: int
    cap_mode: str | None = None
    cap_t: Number | None = None
    free_share: Number | None = None
    auction_share: Number | None = None
    reserve_share: Number | None = None


@dataclass(frozen=True, slots=True)
class _Shares:
    free: Fraction
    auction: Fraction
    reserve: Fraction


def check_plans(plans: Sequence[Plan]) -> None:
    """Raises CalculationError when two plans cover the same sector and year."""
    seen: set[tuple[str, int]] = set()
    for plan in plans:
        place = (plan.sector, plan.year)
        if place in seen:
            raise CalculationError(
                "B-13",
                "plan",
                f"{plan.sector} {plan.year} 年有两个方案",
                f"two plans for {plan.sector} {plan.year}",
                "每行业每年一个方案",
                "one plan per sector and year",
            )
        seen.add(place)


def apply_plan(
    plan: Plan,
    formula_t: Sequence[Number],
    *,
    pre_allocated_t: Number = 0,
    parameters: ParameterSet | None = None,
) -> Result:
    """Free allocations under ``plan`` for the formula amounts, in the same order; order does not matter.

    ABSOLUTE: each amount x min(1, cap x free share / sum), rounded down, so the sum never passes cap x free share.
    INTENSITY: each amount x free share, rounded down; the total follows from the formulas, and a cap, where one is
    given, must cover it as it must on chain.
    Raises CalculationError when shares do not add up to 1, the cap is missing, or issue or pre-allocation pass it.
    """
    trace = Trace(parameters)
    mode = trace.for_year("cap_mode_default", plan.year) if plan.cap_mode is None else plan.cap_mode
    shares = _shares(plan, trace)
    amounts = [tonnes(amount, "allocation_t", "B-13") for amount in formula_t]
    formula = sum(amounts)
    if mode == ABSOLUTE:
        cap = exact(plan.cap_t, "cap_t", "B-13")
        free_cap = trace.whole(cap * shares.free, "cap_scaling")
        factor = min(Fraction(1), cap * shares.free / formula) if formula else Fraction(1)
        total = trace.whole(cap, "cap_scaling")
    elif mode == INTENSITY:
        free_cap, factor, total = formula, shares.free, formula
    else:
        raise CalculationError(
            "B-13",
            "cap_mode",
            f"没有总量模式 {mode!r}",
            f"no cap mode {mode!r}",
            "INTENSITY, ABSOLUTE",
            "INTENSITY, ABSOLUTE",
        )
    pre = tonnes(pre_allocated_t, "pre_allocated_t", "B-13")
    if mode == ABSOLUTE and pre > free_cap:
        raise CalculationError(
            "B-13",
            "cap_t",
            f"免费总量 {free_cap} 低于已预分配 {pre}",
            f"free cap {free_cap} is below the pre-allocation {pre}",
            f"免费总量不小于 {pre}",
            f"a free cap of at least {pre}",
        )
    allocations = tuple(amount * factor.numerator // factor.denominator for amount in amounts)
    if mode == INTENSITY and plan.cap_t is not None:
        _check_total(sum(allocations), exact(plan.cap_t, "cap_t", "B-13") * shares.free)
    outputs = {
        "cap_mode": mode,
        "factor": trace.rounded(factor, "cap_factor_shown"),
        "factor_exact": factor,
        "free_cap": free_cap,
        "allocations": allocations,
        "sum_free": sum(allocations),
        "auction": trace.whole(total * shares.auction, "cap_scaling"),
        "reserve": trace.whole(total * shares.reserve, "cap_scaling"),
        "not_issued": free_cap - sum(allocations) if mode == ABSOLUTE else 0,
    }
    return trace.result(
        "issue.plan",
        Text("总量与比例", "cap and shares"),
        sum(allocations),
        "tCO2e",
        _FORMULAS[mode],
        {
            "sector": plan.sector, "year": plan.year, "cap_t": plan.cap_t, "sum_formula": formula,
            "free_share": shares.free, "auction_share": shares.auction, "reserve_share": shares.reserve,
        },
        outputs,
        ["B-13", "B-14", "B-15"],
    )  # fmt: skip


def _check_total(issued: int, free_cap: Fraction) -> None:
    if issued > free_cap:
        raise CalculationError(
            "B-13", "cap_t",
            f"强度方式下各主体之和 {issued} 超过免费总量 {show(free_cap)}，不予缩减",
            f"the intensity formulas give {issued}, above the free cap {show(free_cap)}, and are not scaled",
            f"免费总量不小于 {issued}；须按总量缩减的用 ABSOLUTE；或留空",
            f"a free cap of at least {issued}; ABSOLUTE where the cap scales; or leave it empty",
        )  # fmt: skip


def _shares(plan: Plan, trace: Trace) -> _Shares:
    auction = plan.auction_share
    reserve = plan.reserve_share
    paid = exact(
        trace.for_year("paid_allocation_share", plan.year) if auction is None else auction,
        "auction_share",
        "B-14",
        maximum=1,
    )
    kept = exact(
        trace.for_year("reserve_share", plan.year) if reserve is None else reserve, "reserve_share", "B-15", maximum=1
    )
    free = 1 - paid - kept if plan.free_share is None else exact(plan.free_share, "free_share", "B-13", maximum=1)
    if free < 0 or free + paid + kept != 1:
        raise CalculationError(
            "B-13",
            "free_share",
            f"免费、有偿、储备比例之和为 {show(free + paid + kept)}",
            f"free, auction and reserve shares add up to {show(free + paid + kept)}",
            "合计为 1",
            "a sum of 1",
        )
    return _Shares(free, paid, kept)
