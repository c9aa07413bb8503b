"""Allocation of a whole table: units, entities with gap cap and adjustments, sectors with balance value and plan."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.industry.sector import IndustryMember, allocate_sector, intensity_of
from registry_sdk.calc.issue.adjustments import adjust, differentiated_issue
from registry_sdk.calc.issue.plan import Plan, apply_plan
from registry_sdk.calc.issue.preallocation import preallocate
from registry_sdk.calc.power.entity import combine_units
from registry_sdk.calc.power.unit import PowerUnit, allocate_unit
from registry_sdk.calc.result import Result
from registry_sdk.calc.special import SHARES, is_small, special_reasons
from registry_sdk.calc.tables.allocation_checks import SectorKey, check_rows, read_plans
from registry_sdk.calc.tables.allocation_columns import PLANS, UNITS
from registry_sdk.calc.tables.report import Report
from registry_sdk.calc.tables.sheet import RawRow, Row, read_sheet
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet

EntityKey = tuple[str, str, int]


def allocate_table(
    units: Iterable[RawRow], plans: Iterable[RawRow] = (), parameters: ParameterSet | None = None
) -> Report:
    """Report with sections units, entities, sectors. With errors in the input no figures are given at all."""
    rows, errors = read_sheet(UNITS, units)
    plan_rows, plan_errors = read_sheet(PLANS, plans)
    report = Report("allocation", errors=[*errors, *plan_errors])
    check_rows(rows, report)
    plan_of = read_plans(plan_rows, report, parameters)
    run = _Run(report, parameters, plan_of)
    if not report.errors:
        run.sectors(rows)
    if report.errors:
        report.sections.clear()
        report.results.clear()
        report.errors.sort(key=lambda error: (error.sheet, error.row))
    report.sections.get("units", []).sort(key=lambda figures: int(figures["row"]))
    return report


class _Run:
    def __init__(
        self, report: Report, parameters: ParameterSet | None, plans: Mapping[SectorKey, tuple[Plan, Row]]
    ) -> None:
        self.report = report
        self.parameters = parameters
        self.plans = plans
        self.differentiated: frozenset[EntityKey] = frozenset()

    def sectors(self, rows: Sequence[Row]) -> None:
        groups: dict[SectorKey, list[Row]] = defaultdict(list)
        self.differentiated = frozenset(_entity(row) for row in rows if row["differentiated"])
        for row in rows:
            groups[(row["sector"], row["year"])].append(row)
        for (sector, year), members in sorted(groups.items()):
            entities = self._power(members) if sector == "power" else self._industry(sector, members)
            if entities is not None:
                self._plan(sector, year, members, entities)
        if not self.report.errors:
            # a plan that meets no row is told as one: its year or sector may be a slip
            for sector, year in sorted(self.plans.keys() - groups.keys()):
                self._plan(sector, year, (), {})

    # ---- power

    def _power(self, rows: Sequence[Row]) -> dict[EntityKey, Result | None] | None:
        groups: dict[EntityKey, list[Row]] = defaultdict(list)
        for row in rows:
            groups[_entity(row)].append(row)
        found: dict[EntityKey, Result | None] = {}
        benchmark_years = Trace(self.parameters).law.table("power_benchmarks")
        for key, members in groups.items():
            verified = [row["verified_t"] for row in members]
            for row in members if any(value is not None for value in verified) else ():
                if row["verified_t"] is None:
                    self._fail(row, _unverified())
            known = None not in verified and benchmark_years.find(year=members[0]["year"]) is not None
            small = known and self._small(members, sum(verified, Fraction(0)))
            units = [_power_unit(row) for row in members]
            parts = [self._unit(row, unit, small) for row, unit in zip(members, units, strict=True)]
            done = [part for part in parts if part is not None]
            if self.report.errors or None in verified:
                found[key] = None
                continue
            try:
                found[key] = combine_units(units, done, self.parameters)
            except CalculationError as error:
                self._fail(members[0], error)
        return None if self.report.errors else found

    def _small(self, rows: Sequence[Row], total: Fraction) -> bool:
        try:
            return is_small("power", rows[0]["year"], total, Trace(self.parameters))
        except CalculationError as error:
            self._fail(rows[0], error)
            return False

    def _unit(self, row: Row, unit: PowerUnit, small: bool) -> Result | None:
        try:
            part = allocate_unit(unit, self.parameters, small=small)
            self._unit_row(row, part)
        except CalculationError as error:
            self._fail(row, error)
            return None
        return part

    # ---- industry

    def _industry(self, sector: str, rows: Sequence[Row]) -> dict[EntityKey, Result | None] | None:
        members = [_member(row) for row in rows]
        sums: dict[str, Fraction] = defaultdict(Fraction)
        for row in rows:
            sums[row["entity_id"]] += row["verified_t"]
        for row, member in zip(rows, members, strict=True):
            self._try_member(sector, row, member, sums[row["entity_id"]])
        if self.report.errors:
            return None
        published = self._published(sector, rows[0]["year"])
        try:
            result = allocate_sector(sector, members, self.parameters, published_balance_value=published)
        except CalculationError as error:
            self._fail(rows[0], error)
            return None
        self.report.results.append((f"{sector} {rows[0]['year']}", result))
        self.report.add("sectors", {"sector": sector, "year": rows[0]["year"], **_figures(result, _SECTOR)})
        found: dict[EntityKey, Result | None] = {}
        for row, part in zip(rows, result.parts, strict=True):
            found[_entity(row)] = None
            try:
                self._unit_row(row, part)
            except CalculationError as error:
                self._fail(row, error)
        return None if self.report.errors else found

    def _try_member(self, sector: str, row: Row, member: IndustryMember, entity_t: Fraction) -> None:
        trace = Trace(self.parameters)
        try:
            balanced = trace.for_year("industry_method", member.year) == "BALANCE_VALUE"
            reasons = balanced and special_reasons(sector, member.year, member.flags, member.shares, trace)
            if balanced and not reasons and not is_small(sector, member.year, entity_t, trace):
                intensity_of(member, trace, sector)
        except CalculationError as error:
            self._fail(row, error)

    def _published(self, sector: str, year: int) -> Fraction | None:
        found = self.plans.get((sector, year))
        value: Fraction | None = found[1]["balance_value"] if found else None
        return value

    # ---- both

    def _unit_row(self, row: Row, part: Result) -> None:
        pre = row["pre_allocated_t"]
        if row["previous_verified_t"] is not None:
            ahead = preallocate(
                year=row["year"], base_t=row["previous_verified_t"], sector=row["sector"],
                rate=row["preallocation_rate"], parameters=self.parameters,
            )  # fmt: skip
            # under differentiated issue nothing is issued ahead (B-09); what was issued before stays issued
            if pre is None and _entity(row) not in self.differentiated:
                pre = ahead.value
            self.report.results.append((f"{row['unit_id']} pre", ahead))
        self.report.results.append((row["unit_id"], part))
        self.report.add("units", {
            "row": row.number, "entity_id": row["entity_id"], "sector": row["sector"], "year": row["year"],
            "unit_id": row["unit_id"], **_figures(part, _UNIT), "pre_allocation": pre,
        })  # fmt: skip

    def _plan(self, sector: str, year: int, rows: Sequence[Row], entities: Mapping[EntityKey, Result | None]) -> None:
        sums = self._sums(rows)
        amounts = [
            sums[key]["final"] if result is None else result["final_allocation"] for key, result in entities.items()
        ]
        plan, plan_row = self.plans.get((sector, year), (Plan(sector, year), None))
        try:
            pre = sum(sums[key]["pre"] for key in entities)
            result = apply_plan(plan, amounts, pre_allocated_t=pre, parameters=self.parameters)
        except CalculationError as error:
            self._fail(plan_row or rows[0], error)
            return
        self.report.results.append((f"{sector} {year} plan", result))
        self.report.add("plans", {"sector": sector, "year": year, "members": len(entities), **_figures(result, _PLAN)})
        for (key, entity), allocation in zip(entities.items(), result["allocations"], strict=True):
            self._entity_row(key, entity, sums[key], allocation)

    def _sums(self, rows: Sequence[Row]) -> dict[EntityKey, dict[str, Any]]:
        sums: dict[EntityKey, dict[str, Any]] = {}
        figures = {figure["row"]: figure for figure in self.report.sections["units"]}
        for row in rows:
            start = {"province": row["province"], "final": 0, "pre": 0, "due": 0, "verified": Fraction(0)}
            entry = sums.setdefault(_entity(row), start)
            figure = figures[row.number]
            entry["final"] += figure["final"]
            entry["pre"] += figure["pre_allocation"] or 0
            entry["due"] += row["deduction_due_t"] or 0
            entry["verified"] += row["verified_t"] or 0
        return sums

    def _entity_row(self, key: EntityKey, entity: Result | None, sums: Mapping[str, Any], allocation: int) -> None:
        trace = Trace(self.parameters)
        row: dict[str, Any] = {"entity_id": key[0], "sector": key[1], "year": key[2], "formula": sums["final"]}
        if entity is not None:
            self.report.results.append((key[0], entity))
            row |= _figures(entity, _ENTITY)
        elif key[1] != "power":
            row["obligation"] = trace.whole(sums["verified"], "obligation")
        differentiated = key in self.differentiated
        row |= {"allocation": allocation, "differentiated": differentiated}
        settled = adjust(
            pre_allocation_t=sums["pre"], final_allocation_t=allocation, deduction_due_t=sums["due"],
            parameters=self.parameters,
        )  # fmt: skip
        self.report.results.append((f"{key[0]} adjustment", settled))
        row |= _figures(settled, _SETTLED)
        if differentiated and "obligation" in row:
            # only the final issue reaches the province account: units issued before are with the firm
            forced = differentiated_issue(
                issued_t=max(0, settled["final_issued"]),
                obligation_t=row["obligation"],
                label=key[0],
                parameters=self.parameters,
            )
            self.report.results.append((f"{key[0]} differentiated", forced))
            row |= {"forced_surrender": forced.value, "released": forced["released"], "short": forced["short"]}
        self.report.add("entities", row | {"province": sums["province"], "pre_allocation": sums["pre"]})

    def _fail(self, row: Row, error: CalculationError) -> None:
        self.report.errors.append(row.fails(error))


_UNIT = ("treatment", "peak_factor", "Ae", "Ah", "initial", "top_up", "X_pct", "alpha", "final")
_ENTITY = ("mode", "gap_rate_pct", "top_up", "obligation")
_SECTOR = (
    "balance_value", "balance_value_exact", "interval", "clipped_upper", "clipped_lower",
    "sum_allocations", "sum_verified", "difference",
)  # fmt: skip
_PLAN = ("cap_mode", "factor", "factor_exact", "free_cap", "sum_free", "auction", "reserve", "not_issued")
_SETTLED = (
    "pre_issued", "deducted_at_pre", "final_issued", "claw_back", "total_issued", "remaining_deduction_next",
)  # fmt: skip


def _figures(result: Result, names: Sequence[str]) -> dict[str, Any]:
    return {name: result.outputs[name] for name in names if name in result.outputs}


def _entity(row: Row) -> EntityKey:
    return row["entity_id"], row["sector"], row["year"]


def _unverified() -> CalculationError:
    return CalculationError(
        "C-02", "verified_t", "同一主体的其他机组已有核查排放量", "other units of the entity are verified",
        "全部填写或全部不填", "all of them or none",
    )  # fmt: skip


def _shares(row: Row) -> dict[str, Fraction | None]:
    return {name: row[name] for name in SHARES if row[name] is not None}


def _power_unit(row: Row) -> PowerUnit:
    return PowerUnit(
        year=row["year"],
        unit_class=row["unit_class"],
        generation_mwh=row["generation_MWh"],
        supplied_mwh=row["supplied_MWh"],
        heat_gj=row["heat_GJ"] or 0,
        load_factor_pct=row["load_factor_pct"],
        verified_t=row["verified_t"],
        cooling=row["cooling"] or "WATER",
        heat_ratio=row["heat_ratio"] or 0,
        condensing=row["condensing"],
        flags=row["flags"] or (),
        shares=_shares(row),
        unit_id=row["unit_id"],
    )


def _member(row: Row) -> IndustryMember:
    return IndustryMember(
        year=row["year"],
        verified_t=row["verified_t"],
        intensity=row["intensity"],
        intensity_emissions_t=row["intensity_emissions_t"],
        product_t=row["product_t"],
        flags=row["flags"] or (),
        shares=_shares(row),
        entity_id=row["entity_id"],
        member_id=row["unit_id"],
    )
