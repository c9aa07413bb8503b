"""A whole industry sector in one year: special cases aside, balance value, every member's allocation."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, exact
from registry_sdk.calc.industry.alpha import FORMULA, TITLE, Curve, allocation_equals_verified, curve_of
from registry_sdk.calc.industry.balance import Balance, balance_value, total
from registry_sdk.calc.result import EMPTY, Result, Text
from registry_sdk.calc.special import is_small, special_reasons
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet

INDUSTRY = ("steel", "cement", "aluminium")


@dataclass(frozen=True, slots=True)
class IndustryMember:
    """One legal entity (steel), clinker line (cement) or electrolysis process (aluminium) in one year.

    Give ``intensity`` (tCO2e per t of product), or ``intensity_emissions_t`` and ``product_t`` to have it divided
    exactly. Steel: ironmaking plus sintering emissions over hot metal; ``verified_t`` stays the whole entity's.
    """

    year: int
    verified_t: Number
    intensity: Number | None = None
    intensity_emissions_t: Number | None = None
    product_t: Number | None = None
    flags: tuple[str, ...] = ()
    shares: Mapping[str, Number | None] = field(default_factory=lambda: EMPTY)
    entity_id: str = ""
    member_id: str = ""


def intensity_of(member: IndustryMember, trace: Trace, sector: str) -> Fraction:
    """Intensity of ``member``. Raises CalculationError when neither form of input is complete.

    Cement and aluminium divide the member's verified emissions unless others are given; steel has no such default,
    because its intensity covers ironmaking and sintering only.
    """
    if member.intensity is not None:
        return exact(member.intensity, "intensity", "B-10b", above=0)
    if member.product_t is None:
        raise CalculationError(
            "B-10b", "intensity", "缺少排放强度", "intensity is missing",
            "强度，或产品产量与排放量", "the intensity, or product output with emissions",
        )  # fmt: skip
    if sector == "steel" and member.intensity_emissions_t is None:
        raise CalculationError(
            "B-10b", "intensity_emissions_t",
            "缺少炼铁与烧结工序排放量，不能以企业排放总量代替",
            "emissions of ironmaking plus sintering are missing; the whole entity's cannot stand for them",
            "炼铁 + 烧结排放量(吨)", "ironmaking plus sintering emissions in tonnes",
        )  # fmt: skip
    emissions = member.verified_t if member.intensity_emissions_t is None else member.intensity_emissions_t
    ratio = exact(emissions, "intensity_emissions_t", "B-10b", above=0) / exact(
        member.product_t, "product_t", "B-10b", above=0
    )
    return Fraction(trace.rounded(ratio, "industry_intensity"))


def allocate_sector(
    sector: str,
    members: Sequence[IndustryMember],
    parameters: ParameterSet | None = None,
    *,
    published_balance_value: Number | None = None,
) -> Result:
    """Allocations of ``members`` (one sector, one year); order does not matter.

    ``published_balance_value`` is used in place of the computed one. Outputs: balance_value (shown with 6 places),
    balance_value_exact, interval, allocations, sum_allocations, sum_verified, difference. The parts follow ``members``.
    """
    trace = Trace(parameters)
    year = _year_of(sector, members)
    method = trace.for_year("industry_method", year)
    verified = [exact(member.verified_t, "verified_t", "B-10b") for member in members]
    parts: list[Result | None] = [None] * len(members)
    if method == "VERIFIED":
        for index, member in enumerate(members):
            parts[index] = _equals(member, "B-10a", (), parameters)
        return _summary(sector, year, [part for part in parts if part], verified, None, None, trace, "B-10a")
    small = _small_entities(sector, year, members, verified, trace)
    ordinary: list[int] = []
    for index, member in enumerate(members):
        reasons = special_reasons(sector, year, member.flags, member.shares, trace)
        if member.entity_id in small:
            reasons = (*reasons, Text("年排放低于门槛", "emissions below the threshold"))
        if reasons:
            parts[index] = _equals(member, "B-11", reasons, parameters)
        else:
            ordinary.append(index)
    curve = curve_of(year, trace)
    levels = [intensity_of(members[index], trace, sector) for index in ordinary]
    found: Balance | None = None
    point: Fraction | None = None
    if published_balance_value is not None:
        point = exact(published_balance_value, "balance_value", "B-10b", above=0)
    elif any(verified[index] for index in ordinary):
        found = balance_value([(verified[i], level) for i, level in zip(ordinary, levels, strict=True)], curve)
        point = found.value
    for index, level in zip(ordinary, levels, strict=True):
        parts[index] = _with_balance(members[index], verified[index], level, point or level, curve, parameters)
    return _summary(sector, year, [part for part in parts if part], verified, point, found, trace)


def _year_of(sector: str, members: Sequence[IndustryMember]) -> int:
    years = {member.year for member in members}
    if sector not in INDUSTRY or len(years) != 1:
        valid = ", ".join(INDUSTRY)
        raise CalculationError(
            "B-10b", "sector", f"行业 {sector} 或年度 {sorted(years)} 不适用",
            f"sector {sector}, years {sorted(years)}",
            f"{valid}，同一年度", f"{valid}, one year",
        )  # fmt: skip
    return years.pop()


def _small_entities(
    sector: str, year: int, members: Sequence[IndustryMember], verified: Sequence[Fraction], trace: Trace
) -> set[str]:
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for member, emissions in zip(members, verified, strict=True):
        sums[member.entity_id] += emissions
    return {entity for entity, emissions in sums.items() if entity and is_small(sector, year, emissions, trace)}


def _equals(member: IndustryMember, rule: str, reasons: tuple[Text, ...], parameters: ParameterSet | None) -> Result:
    return allocation_equals_verified(
        year=member.year, verified_t=member.verified_t, rule=rule, reasons=reasons, parameters=parameters,
        label=member.member_id or member.entity_id,
    )  # fmt: skip


def _with_balance(
    member: IndustryMember, verified: Fraction, level: Fraction, point: Fraction, curve: Curve,
    parameters: ParameterSet | None,
) -> Result:  # fmt: skip
    # plain integers: reducing fractions by a balance value of many thousand digits would cost seconds per sector
    trace = Trace(parameters)
    over, under = point.numerator * level.denominator, level.numerator * point.denominator
    clip = curve.clip
    above = (over - under) * clip.denominator >= clip.numerator * over
    below = (over - under) * clip.denominator <= -clip.numerator * over
    if above or below:
        gain, base = (1 if above else -1) * curve.cap.numerator, curve.cap.denominator
    else:
        gain, base = curve.slope.numerator * (over - under), curve.slope.denominator * over
    allocation = trace.rounded_ratio(
        verified.numerator * (base + gain), verified.denominator * base, "industry_allocation"
    )
    outputs = {
        "treatment": "BALANCE_VALUE",
        "X_pct": trace.rounded_ratio((over - under) * 100, over, "deviation_pct"),
        "alpha": trace.rounded_ratio(gain, base, "alpha_shown"),
        "allocation": allocation,
        "final": allocation,
        "obligation": verified,
    }
    inputs = {"member": member.member_id or member.entity_id or None, "intensity": level, "verified_t": verified}
    return trace.result("industry.member", TITLE, allocation, "tCO2e", FORMULA, inputs, outputs, ["B-10b"])


def _summary(
    sector: str, year: int, parts: Sequence[Result], verified: Sequence[Fraction], point: Fraction | None,
    found: Balance | None, trace: Trace, rule: str = "B-10b",
) -> Result:  # fmt: skip
    allocations = tuple(part.value for part in parts)
    emitted = total(verified)
    if found is not None and found.interval is not None:
        trace.note(
            "所有成员均触及上下限，区间内任一平衡值结果相同；取加权平均强度(移入区间)",
            "every member is clipped: each value of the interval gives the same; the weighted mean moved into it",
        )
    outputs = {
        "balance_value": None if point is None else trace.rounded(point, "balance_value_shown"),
        "balance_value_exact": point,
        "interval": None if found is None or found.interval is None else found.interval,
        "clipped_upper": None if found is None else found.upper,
        "clipped_lower": None if found is None else found.lower,
        "allocations": allocations,
        "sum_allocations": sum(allocations),
        "sum_verified": emitted,
        "difference": sum(allocations) - emitted,
    }
    return trace.result(
        "industry.sector",
        Text(f"{sector} 行业配额", f"allocation of the {sector} sector"),
        sum(allocations),
        "tCO2e",
        Text("ΣA = ΣE 定平衡值 BP，取整前相等", "BP is the root of sum(A) = sum(E) before rounding down"),
        {"sector": sector, "year": year, "members": len(parts)},
        outputs,
        [rule, "B-11"],
        parts,
    )
