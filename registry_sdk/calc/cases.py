"""Single questions by rule number: {"rule": "B-03", "inputs": {...}} -> the named figures, for checks and teaching."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from registry_sdk.calc.asked import Asked
from registry_sdk.calc.compliance.carryover import Holding, carryover_limit
from registry_sdk.calc.compliance.offsets import offset_cap
from registry_sdk.calc.compliance.penalties import shortfall_fine
from registry_sdk.calc.compliance.vintages import allowed_vintages
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import exact, tonnes
from registry_sdk.calc.industry.alpha import allocate_with_balance
from registry_sdk.calc.industry.sector import IndustryMember, allocate_sector
from registry_sdk.calc.issue.adjustments import adjust, differentiated_issue
from registry_sdk.calc.issue.borrowing import borrow
from registry_sdk.calc.issue.plan import Plan, apply_plan
from registry_sdk.calc.issue.preallocation import preallocate, recalculate, settle
from registry_sdk.calc.market.price import lot_allowed, price_band
from registry_sdk.calc.power.entity import gap_cap
from registry_sdk.calc.power.unit import PowerUnit, allocate_unit
from registry_sdk.calc.result import Result
from registry_sdk.calc.special import SHARES, carbide_replacement
from registry_sdk.parameters import ParameterSet

Inputs = Mapping[str, Any]
_DAY = date(2025, 12, 31)
"""Day taken where a question names none: the last deadline under the Regulation."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Figures by name, the results they were taken from, with rules and versions, and inputs that nothing read."""

    figures: Inputs
    results: tuple[Result, ...] = ()
    unread: tuple[str, ...] = ()


def _one(result: Result) -> Answer:
    return Answer(result.outputs, (result,))


def _unit(given: Asked, law: ParameterSet | None) -> Answer:
    return _one(
        allocate_unit(
            PowerUnit(
                year=given.year(),
                unit_class=given.get("unit_class"),
                generation_mwh=given.get("generation_MWh"),
                supplied_mwh=given.get("supplied_MWh"),
                heat_gj=given.get("heat_GJ", 0),
                load_factor_pct=given.get("load_factor_pct"),
                verified_t=given.get("verified_t"),
                cooling=str(given.get("cooling", "WATER")).upper(),
                heat_ratio=given.get("heat_ratio", 0),
                condensing=given.get("condensing"),
                flags=tuple(given.get("flags", ())),
                shares={name: given[name] for name in SHARES if name in given},
            ),
            law,
        )
    )


def _gap(given: Asked, law: ParameterSet | None) -> Answer:
    older = "free_allocation_t" in given
    result = gap_cap(
        year=given.year(2021 if older else 2024),
        initial_t=given["free_allocation_t" if older else "initial_t"],
        verified_t=given["verified_t"],
        parameters=law,
    )
    return _one(result)


def _preallocation(given: Asked, law: ParameterSet | None) -> Answer:
    base = given["previous_year_verified_t"]
    rates = [name.removeprefix("rate_") for name in given if name.startswith("rate_")]
    years = [tonnes(year, f"rate_{year}", "B-06") for year in rates] or [given.year()]
    results = {
        year: preallocate(
            year=year, base_t=base, sector=given.get("sector", "power"), rate=given.get(f"rate_{year}"), parameters=law
        )
        for year in years
    }
    return Answer({f"pre_{year}": result.value for year, result in results.items()}, tuple(results.values()))


def _adjustment(given: Asked, law: ParameterSet | None) -> Answer:
    return _one(
        adjust(
            pre_allocation_t=given["pre_allocation"],
            final_allocation_t=given["final_allocation"],
            deduction_due_t=given["deduction_due"],
            parameters=law,
        )
    )


def _differentiated(given: Asked, law: ParameterSet | None) -> Answer:
    results = {
        firm["id"]: differentiated_issue(
            issued_t=firm["issued"], obligation_t=firm["obligation"], label=firm["id"], parameters=law
        )
        for firm in given["firms"]
    }
    return Answer({firm: result.outputs for firm, result in results.items()}, tuple(results.values()))


def _borrowing(given: Asked, law: ParameterSet | None) -> Answer:
    percent = given.get("condition_gap_pct")
    ratio = None if percent is None else exact(percent, "condition_gap_pct", "B-12", maximum=100) / 100
    return _one(
        borrow(
            year=given.year(2022),
            obligation_t=given["obligation"],
            allocation_t=given["allocation"],
            cannot_comply=given.get("cannot_comply", True),
            min_gap_ratio=ratio,
            parameters=law,
        )
    )


def _industry(given: Asked, law: ParameterSet | None) -> Answer:
    year = given.year(2025)
    if "entities" in given:
        members = [IndustryMember(year=year, verified_t=e, intensity=i) for e, i in given["entities"]]
        return _one(
            allocate_sector(
                given.get("sector", "cement"), members, law, published_balance_value=given.get("balance_value")
            )
        )
    return _one(
        allocate_with_balance(
            year=year,
            balance_value=given["balance_value"],
            intensity=given["intensity"],
            verified_t=given["verified_t"],
            parameters=law,
        )
    )


def _cap(given: Asked, law: ParameterSet | None) -> Answer:
    plan = Plan(
        sector=given.get("sector", "power"),
        year=given.year(2026),
        cap_mode=given.get("cap_mode", "ABSOLUTE"),
        cap_t=given["cap_t"],
        free_share=given.get("free_share"),
        auction_share=given.get("auction_share"),
        reserve_share=given.get("reserve_share"),
    )
    pre = given.get("pre_allocated", 0)
    return _one(apply_plan(plan, given["allocations"], pre_allocated_t=pre, parameters=law))


def _carbide(given: Asked, law: ParameterSet | None) -> Answer:
    return _one(
        carbide_replacement(
            clinker_t=given["clinker_t"],
            clinker_factor=given.get("clinker_factor"),
            carbide_slag_t=given["carbide_slag_t"],
            carbide_factor=given.get("carbide_factor"),
            year=given.year(2025),
            clinker_kind=given.get("clinker_type", "portland"),
            parameters=law,
        )
    )


def _carryover(given: Asked, law: ParameterSet | None) -> Answer:
    pending = given.get("pending_applications", 0)
    held = given.get("holding_2025_12_31", given.get("registry_available", 0))
    holding = Holding(
        registry_available_t=held,
        trading_available_t=given.get("trading_available", 0),
        judicially_frozen_t=given.get("judicially_frozen", 0),
        pending_surrender_t=given.get("pending_surrender", pending),
        pending_cancellation_t=given.get("pending_cancellation", 0),
    )
    return _one(carryover_limit(sold_t=given["sold"], bought_t=given["bought"], holding=holding, parameters=law))


def _offset(given: Asked, law: ParameterSet | None) -> Answer:
    obligation = tonnes(given["obligation_t"], "obligation_t", "C-05")
    result = offset_cap(obligation_t=obligation, on=given.day(_DAY), parameters=law)
    accepted = min(result.value, tonnes(given["ccer_offered_t"], "ccer_offered_t", "C-05"))
    figures = {"cap": result.value, "accepted": accepted, "allowances_needed": obligation - accepted}
    return Answer(figures, (result,))


def _fine(given: Asked, law: ParameterSet | None) -> Answer:
    return _one(
        shortfall_fine(
            short_t=given["short_t"],
            mean_price_yuan=given.get("avg_price_prev_month_yuan"),
            deadline=(deadline := given.day(_DAY, "deadline")),
            decided_on=given.day(deadline, "decided_on"),
            parameters=law,
        )
    )


def _trading(given: Asked, law: ParameterSet | None) -> Answer:
    if "orders" in given:
        allowed = {
            f"{method}_ok": [
                lot_allowed(method=method, quantity_t=quantity, on=_DAY, parameters=law) for quantity in given["orders"]
            ]
            for method in ("listed", "block")
        }
        return Answer(allowed)
    found: dict[str, Any] = {}
    bands: list[Result] = []
    for rounding in ("half_up", "inside"):
        band = price_band(
            previous_close=given["prev_close"],
            ratio=given["pct"],
            rounding=rounding,
            on=given.day(_DAY),
            parameters=law,
        )
        found |= {f"up_{rounding}": band["up"], f"down_{rounding}": band["down"]}
        bands.append(band)
    return Answer(found, tuple(bands))


def _vintages(given: Asked, law: ParameterSet | None) -> Answer:
    allowed = allowed_vintages(
        given.year(name="compliance_year"),
        arrears=given.get("arrears", False),
        borrowed=given.get("borrowed", False),
        parameters=law,
    )
    figures: dict[str, Any] = {"allowed_vintages": allowed}
    if "vintage" in given:
        figures["allowed"] = given.year(name="vintage") in allowed
    return Answer(figures)


def _settlement(given: Asked, law: ParameterSet | None) -> Answer:
    pre, final = given["pre_allocation"], given["final_allocation"]
    return _one(settle(pre_allocation_t=pre, final_allocation_t=final, parameters=law))


def _recalculation(given: Asked, law: ParameterSet | None) -> Answer:
    changed = given.day(_DAY, "changed_on") if "changed_on" in given else None
    return _one(
        recalculate(
            year=given.year(), issued_t=given["issued"], recalculated_t=given["recalculated"], changed_on=changed,
            parameters=law,
        )
    )  # fmt: skip


def _verified(given: Asked, law: ParameterSet | None) -> Answer:
    member = IndustryMember(year=given.year(2024), verified_t=given["verified_t"], intensity=given.get("intensity"))
    return _one(allocate_sector(given.get("sector", "cement"), [member], law).parts[0])


CASES: Mapping[str, Callable[[Asked, ParameterSet | None], Answer]] = MappingProxyType(
    {
        "B-01": _unit,
        "B-02": _unit,
        "B-03": _unit,
        "B-04": _unit,
        "B-07": _unit,
        "B-05": _gap,
        "B-06": _preallocation,
        "B-06a": _settlement,
        "B-08": _adjustment,
        "B-09": _differentiated,
        "B-10a": _verified,
        "B-10b": _industry,
        "B-11": _unit,
        "B-11a": _carbide,
        "B-11b": _unit,
        "B-12": _borrowing,
        "B-13": _cap,
        "B-16": _recalculation,
        "C-03": _vintages,
        "C-05": _offset,
        "C-08": _fine,
        "C-10": _carryover,
        "A-20": _trading,
    }
)


def evaluate(rule: str, inputs: Inputs, parameters: ParameterSet | None = None) -> Inputs:
    """The figures of one question. Raises CalculationError like ``explained``."""
    return explained(rule, inputs, parameters).figures


def explained(rule: str, inputs: Inputs, parameters: ParameterSet | None = None) -> Answer:
    """The figures of one question and the results behind them.

    Raises CalculationError for an unknown rule, a missing or an invalid input.
    """
    case = CASES.get(rule)
    if case is None:
        valid = ", ".join(CASES)
        raise CalculationError(rule, "rule", f"没有规则 {rule} 的计算", f"no calculation for rule {rule}", valid, valid)
    asked = Asked(rule, inputs)
    try:
        answer = case(asked, parameters)
        return replace(answer, unread=asked.unread)
    except KeyError as error:
        name = str(error.args[0])
        raise CalculationError(
            rule, name, f"缺少输入 {name}", f"input {name} is missing", f"给出 {name}", f"give {name}"
        ) from None
    except (TypeError, ValueError, AttributeError):
        raise asked.wrong_form() from None
