"""B-10b for one member: deviation X from the balance value, adjustment alpha, allocation."""

from dataclasses import dataclass
from fractions import Fraction

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, exact
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet

TITLE = Text("工业行业配额", "allocation of an industry member")
FORMULA = Text(
    "X = (BP - I) / BP; α = slope × X，|X| ≥ 截断点时为 ±上限; A = floor(E × (1 + α))",
    "X = (BP - I) / BP; alpha = slope x X, clipped to the limit from the clip on; A = floor(E x (1 + alpha))",
)


@dataclass(frozen=True, slots=True)
class Curve:
    """The three numbers of alpha. ``slope`` x ``clip`` equals ``cap``, so that alpha has no jump."""

    slope: Fraction
    cap: Fraction
    clip: Fraction

    def alpha(self, deviation: Fraction) -> Fraction:
        if abs(deviation) >= self.clip:
            return self.cap if deviation > 0 else -self.cap
        return self.slope * deviation


def curve_of(year: int, trace: Trace) -> Curve:
    """The numbers of ``year``. Raises CalculationError when they would make alpha jump at the clip."""
    slope = Fraction(trace.for_year("industry_alpha_slope", year))
    cap = Fraction(trace.for_year("industry_alpha_cap", year))
    clip = Fraction(trace.for_year("industry_deviation_clip", year))
    if not 0 < clip < 1 or slope * clip != cap or cap <= 0:
        raise CalculationError(
            "B-10b",
            "industry_alpha_cap",
            "α 的斜率 × 截断点不等于上限，平衡值可能不存在",
            "slope x clip does not equal the limit: alpha would jump and a balance value need not exist",
            "slope × clip = cap，0 < clip < 1",
            "slope x clip = cap, 0 < clip < 1",
        )
    return Curve(slope, cap, clip)


def allocate_with_balance(
    *,
    year: int,
    balance_value: Number,
    intensity: Number,
    verified_t: Number,
    parameters: ParameterSet | None = None,
    label: str = "",
) -> Result:
    """Allocation of one member with a known balance value (same unit as ``intensity``, both above 0; tonnes).

    Outputs: X_pct, alpha (6 places for showing; the exact value is used), allocation.
    """
    trace = Trace(parameters)
    curve = curve_of(year, trace)
    balance = exact(balance_value, "balance_value", "B-10b", above=0)
    level = exact(intensity, "intensity", "B-10b", above=0)
    verified = exact(verified_t, "verified_t", "B-10b")
    deviation = (balance - level) / balance
    alpha = curve.alpha(deviation)
    allocation = trace.whole(verified * (1 + alpha), "industry_allocation")
    outputs = {
        "treatment": "BALANCE_VALUE",
        "X_pct": trace.rounded(deviation * 100, "deviation_pct"),
        "alpha": trace.rounded(alpha, "alpha_shown"),
        "allocation": allocation,
        "final": allocation,
        "obligation": verified,
    }
    inputs = {
        "member": label or None,
        "year": year,
        "balance_value": balance,
        "intensity": level,
        "verified_t": verified,
    }
    return trace.result("industry.member", TITLE, allocation, "tCO2e", FORMULA, inputs, outputs, ["B-10b"])


def allocation_equals_verified(
    *, year: int, verified_t: Number, rule: str, reasons: tuple[Text, ...] = (), parameters: ParameterSet | None = None,
    label: str = "",
) -> Result:  # fmt: skip
    """Allocation equal to verified emissions, rounded down: B-10a (2024) and the special cases B-11."""
    trace = Trace(parameters)
    verified = exact(verified_t, "verified_t", rule)
    for reason in reasons:
        trace.note(reason.zh, reason.en)
    allocation = trace.whole(verified, "industry_allocation")
    outputs = {
        "treatment": "EQUALS_VERIFIED",
        "allocation": allocation,
        "final": allocation,
        "obligation": verified,
    }
    inputs = {"member": label or None, "year": year, "verified_t": verified}
    text = Text("A = 核查排放量(向下取整)", "A = verified emissions, rounded down")
    return trace.result("industry.member", TITLE, allocation, "tCO2e", text, inputs, outputs, [rule])
