"""What rows of an allocation file must agree on before anything is calculated, and the plans they fall under."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import exact
from registry_sdk.calc.issue.plan import Plan, check_plans
from registry_sdk.calc.tables.report import Report
from registry_sdk.calc.tables.sheet import Row
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet

SectorKey = tuple[str, int]


def check_rows(rows: Sequence[Row], report: Report) -> None:
    """Adds to ``report`` every row that repeats, contradicts or leaves out what its sector needs."""
    seen: dict[tuple[Any, ...], int] = {}
    sector_of: dict[tuple[str, int], str] = {}
    province_of: dict[tuple[str, int], str | None] = {}
    for row in rows:
        place = (row["entity_id"], row["year"], row["unit_id"])
        if place in seen:
            report.errors.append(row.fails(_twice(seen[place])))
        seen.setdefault(place, row.number)
        sector = sector_of.setdefault((row["entity_id"], row["year"]), row["sector"])
        if sector != row["sector"]:
            report.errors.append(row.fails(CalculationError(
                "A-05a", "sector", f"同一主体同年已属 {sector}", f"the entity already belongs to {sector} in this year",
                sector, sector,
            )))  # fmt: skip
        province = province_of.setdefault((row["entity_id"], row["year"]), row["province"])
        if province != row["province"]:
            report.errors.append(row.fails(CalculationError(
                "A-17", "province", f"同一主体同年已属 {province}", f"the entity is in {province} already this year",
                str(province), str(province),
            )))  # fmt: skip
        if row["sector"] != "power" and row["verified_t"] is None:
            report.errors.append(row.fails(CalculationError(
                "C-02", "verified_t", "缺少核查排放量", "verified emissions are missing", "吨", "tonnes"
            )))  # fmt: skip
        if row["preallocation_rate"] is not None and row["previous_verified_t"] is None:
            report.errors.append(row.fails(CalculationError(
                "B-06", "previous_verified_t", "有预分配比例而无基数", "a rate of pre-allocation without its base",
                "上年核查排放量(吨)，或比例留空", "last year's verified tonnes, or no rate",
            )))  # fmt: skip
        if row["intensity"] is not None and row["intensity_emissions_t"] is not None:
            report.errors.append(row.fails(CalculationError(
                "B-10b", "intensity", "同时给出强度与强度分子", "both the intensity and its emissions are given",
                "只填强度，或只填分子排放量与产量", "the intensity, or its emissions with the product output",
            )))  # fmt: skip


def _twice(first: int) -> CalculationError:
    return CalculationError(
        "B-01", "unit_id", f"与第 {first} 行重复", f"same entity, year and unit as row {first}",
        "每主体每年每机组一行", "one row per entity, year and unit",
    )  # fmt: skip


def _check_balance(plan: Plan, value: Fraction | None, parameters: ParameterSet | None) -> None:
    if value is None:
        return
    if plan.sector == "power":
        raise CalculationError(
            "B-10b", "balance_value", "发电行业不用平衡值分配", "power is not allocated by a balance value",
            "留空", "leave it empty",
        )  # fmt: skip
    if Trace(parameters).for_year("industry_method", plan.year) != "BALANCE_VALUE":
        raise CalculationError(
            "B-10a", "balance_value", f"{plan.year} 年配额等于核查排放量，不用平衡值",
            f"allocation equals verified emissions in {plan.year}: there is no balance value", "留空", "leave it empty",
        )  # fmt: skip
    exact(value, "balance_value", "B-10b", above=0)


def read_plans(
    rows: Sequence[Row], report: Report, parameters: ParameterSet | None
) -> dict[SectorKey, tuple[Plan, Row]]:
    """Plans by sector and year with their rows; overlapping and impossible ones are added to ``report``."""
    found: dict[SectorKey, tuple[Plan, Row]] = {}
    seen: list[Plan] = []
    for row in rows:
        names = ("sector", "year", "cap_mode", "cap_t", "free_share", "auction_share", "reserve_share")
        plan = Plan(**{name: row[name] for name in names})
        try:
            # Also against plans refused for another reason: one pass names every mistake.
            seen.append(plan)
            check_plans([each for each in seen if (each.sector, each.year) == (plan.sector, plan.year)])
            if plan.cap_mode == "ABSOLUTE" and plan.cap_t is None:
                raise CalculationError(
                    "B-13", "cap_t", "绝对总量缺少总量", "an absolute cap needs cap_t", "整吨", "whole tonnes"
                )
            _check_balance(plan, row["balance_value"], parameters)
            found[(plan.sector, plan.year)] = (plan, row)
        except CalculationError as error:
            report.errors.append(row.fails(error))
    return found
