"""Compliance of a whole table: obligation, status, sanction, forecast per firm and year, and carry-over limits."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from registry_sdk.calc.compliance.calendar import surrender_deadline
from registry_sdk.calc.compliance.carryover import Holding, carryover_limit
from registry_sdk.calc.compliance.forecast import forecast
from registry_sdk.calc.compliance.offsets import Credit
from registry_sdk.calc.compliance.penalties import shortfall_fine
from registry_sdk.calc.compliance.status import Offset, Surrender, compliance_status, obligation_of
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.market.price import Trade, mean_price
from registry_sdk.calc.power.entity import gap_cap
from registry_sdk.calc.result import Result
from registry_sdk.calc.tables.compliance_columns import CARRYOVER, COMPLIANCE, OBLIGATIONS
from registry_sdk.calc.tables.report import Report
from registry_sdk.calc.tables.sheet import RawRow, Row, read_sheet
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet

Place = tuple[str, int]


def compliance_table(sheets: Mapping[str, Iterable[RawRow]], parameters: ParameterSet | None = None) -> Report:
    """Report with sections obligations and carryover. ``sheets``: rows by sheet name, missing sheets are empty.

    With errors in the input no figures are given at all.
    """
    report = Report("compliance")
    rows: dict[str, list[Row]] = {}
    for spec in COMPLIANCE:
        rows[spec.name], errors = read_sheet(spec, sheets.get(spec.name, ()))
        report.errors.extend(errors)
    if not rows[OBLIGATIONS.name] and not rows[CARRYOVER.name] and not report.errors:
        _, report.errors = read_sheet(replace(OBLIGATIONS, required=True), ())
    places = _places(rows[OBLIGATIONS.name], report)
    acts = _acts(rows, places, report)
    if not report.errors:
        trades = [Trade(row["day"], row["quantity_t"], row["price_yuan"]) for row in rows["trades"]]
        for row in rows[OBLIGATIONS.name]:
            _guard(report, row, partial(_obligation, report, row, acts, trades, parameters))
        _once(rows[CARRYOVER.name], report)
        for row in rows[CARRYOVER.name]:
            _guard(report, row, partial(_carryover, report, row, parameters))
    if report.errors:
        report.sections.clear()
        report.results.clear()
    return report


def _guard(report: Report, row: Row, work: Callable[[], None]) -> None:
    try:
        work()
    except CalculationError as error:
        report.errors.append(row.fails(error))


def _places(rows: Sequence[Row], report: Report) -> dict[Place, Row]:
    found: dict[Place, Row] = {}
    for row in rows:
        place = (row["entity_id"], row["year"])
        if place in found:
            report.errors.append(row.fails(CalculationError(
                "C-02", "entity_id", f"与第 {found[place].number} 行重复",
                f"same entity and year as row {found[place].number}",
                "每主体每年一行", "one row per entity and year",
            )))  # fmt: skip
        found.setdefault(place, row)
    return found


def _once(rows: Sequence[Row], report: Report) -> None:
    """One carry-over row per firm: each further one would grant the base amount again."""
    seen: dict[str, int] = {}
    for row in rows:
        if row["entity_id"] in seen:
            first = seen[row["entity_id"]]
            report.errors.append(row.fails(CalculationError(
                "C-10", "entity_id", f"与第 {first} 行重复", f"same entity as row {first}",
                "每主体一行，合计各笔买卖", "one row per entity, with all its trades added up",
            )))  # fmt: skip
        seen.setdefault(row["entity_id"], row.number)


def _acts(
    rows: Mapping[str, Sequence[Row]], places: Mapping[Place, Row], report: Report
) -> dict[Place, tuple[list[Surrender], list[Offset]]]:
    acts: dict[Place, tuple[list[Surrender], list[Offset]]] = defaultdict(lambda: ([], []))
    used: dict[str, Place] = {}
    parts: set[tuple[str, date, int]] = set()
    for row in (*rows["surrenders"], *rows["offsets"]):
        place = (row["entity_id"], row["year"])
        if place not in places:
            report.errors.append(row.fails(CalculationError(
                "C-04", "entity_id", f"{place[0]} {place[1]} 年没有义务行",
                f"no obligation row for {place[0]} {place[1]}",
                "obligations 表中的主体与年度", "an entity and year of the sheet obligations",
            )))  # fmt: skip
            continue
        if row.sheet == "surrenders":
            acts[place][0].append(
                Surrender(row["day"], row["vintage"], row["quantity_t"], bool(row["borrowed"]), f"row {row.number}")
            )
        elif used.setdefault(row["credit_id"], place) != place or _part(row) in parts:
            report.errors.append(row.fails(_reused(row["credit_id"], used[row["credit_id"]])))
        else:
            credit = Credit(
                row["recorded_on"], row["quantity_t"], bool(row["in_ets"]), row["used_for"], row["credit_id"]
            )
            parts.add(_part(row))
            acts[place][1].append(Offset(row["day"], credit))
    return acts


def _part(row: Row) -> tuple[str, date, int]:
    """What two rows of one credit must differ in: the same once more is a row given twice."""
    return row["credit_id"], row["day"], row["quantity_t"]


def _reused(credit: str, place: Place) -> CalculationError:
    return CalculationError(
        "C-06a", "credit_id",
        f"{credit} 已用于 {place[0]} {place[1]} 年度", f"{credit} is already used for {place[0]} {place[1]}",
        "未使用过的减排量；拆分批次时各段用各自的编号",
        "a credit not used before; parts of a split block each under a number of its own",
    )  # fmt: skip


def _obligation(
    report: Report,
    row: Row,
    acts: Mapping[Place, tuple[list[Surrender], list[Offset]]],
    trades: Sequence[Trade],
    parameters: ParameterSet | None,
) -> None:
    label, year, sector = f"{row['entity_id']} {row['year']}", row["year"], row["sector"]
    surrenders, offsets = acts.get((row["entity_id"], year), ([], []))
    owed = _owed(report, row, parameters)
    status = compliance_status(
        year=year, sector=sector, obligation_t=owed, surrenders=surrenders, offsets=offsets, as_of=row["as_of"],
        parameters=parameters,
    )  # fmt: skip
    results = [status]
    figures: dict[str, Any] = {
        "row": row.number, "entity_id": row["entity_id"], "sector": sector, "year": year, "status": status.value,
        **{name: status[name] for name in _STATUS},
    }  # fmt: skip
    if status["short_at_deadline"]:
        decided = _decided(row, status["deadline"])
        known = status
        if decided < row["as_of"]:
            known = compliance_status(
                year=year, sector=sector, obligation_t=owed, surrenders=surrenders, offsets=offsets, as_of=decided,
                parameters=parameters,
            )  # fmt: skip
        missing = min(known["missing"], status["short_at_deadline"])
        fine = _fine(row, status["short_at_deadline"], missing, decided, trades, parameters)
        results.append(fine)
        figures |= {name: fine[name] for name in ("law", "min_yuan", "max_yuan", "deduction_t")}
    if row["usable_allowances_t"] is not None:
        outlook = _forecast(row, status, parameters)
        results.append(outlook)
        figures |= outlook.outputs
    report.results.extend((label, result) for result in results)
    report.add("obligations", figures)


_STATUS = ("obligation", "allowances", "offset_accepted", "missing", "deadline", "refused")


def _owed(report: Report, row: Row, parameters: ParameterSet | None) -> int:
    trace = Trace(parameters)
    if row["sector"] != "power" or row["free_allocation_t"] is None:
        return obligation_of(row["verified_t"], parameters)
    if trace.for_year("gap_cap_mode", row["year"]) != "LOWER_OBLIGATION":
        return obligation_of(row["verified_t"], parameters)
    gap = gap_cap(
        year=row["year"], initial_t=row["free_allocation_t"], verified_t=row["verified_t"], parameters=parameters
    )
    report.results.append((f"{row['entity_id']} {row['year']}", gap))
    return int(gap["obligation"])


def _decided(row: Row, deadline: date) -> date:
    """Day of the decision; where none is known yet, it can be taken on the day of the status at the earliest."""
    given: date | None = row["decided_on"]
    return max(deadline, row["as_of"]) if given is None else given


def _fine(
    row: Row, short: int, missing: int, decided: date, trades: Sequence[Trade], parameters: ParameterSet | None
) -> Result:
    deadline = surrender_deadline(row["year"], row["sector"], parameters)
    price = row["mean_price_yuan"]
    law = Trace(parameters).on("fine_law", deadline)
    if price is None and trades and law != "MEASURES_2021_ART_40":
        price = mean_price(trades, deadline, parameters).value
    return shortfall_fine(
        short_t=short, deadline=deadline, mean_price_yuan=price, decided_on=decided, still_missing_t=missing,
        parameters=parameters,
    )  # fmt: skip


def _forecast(row: Row, status: Result, parameters: ParameterSet | None) -> Result:
    return forecast(
        obligation_t=status["obligation"],
        surrendered_t=min(status["allowances"], status["obligation"]),
        offsets_used_t=status["offset_accepted"],
        usable_allowances_t=row["usable_allowances_t"],
        eligible_credits_t=row["eligible_credits_t"] or 0,
        allowance_price_yuan=row["allowance_price_yuan"],
        credit_price_yuan=row["credit_price_yuan"],
        on=row["as_of"],
        parameters=parameters,
    )


def _carryover(report: Report, row: Row, parameters: ParameterSet | None) -> None:
    names = (
        "registry_available_t", "trading_available_t", "judicially_frozen_t", "pending_surrender_t",
        "pending_cancellation_t",
    )  # fmt: skip
    result = carryover_limit(
        sold_t=row["sold_t"],
        bought_t=row["bought_t"],
        holding=Holding(**{name: row[name] or 0 for name in names}),
        years_met_on_time=[year for year in (2023, 2024) if row[f"met_{year}"]],
        parameters=parameters,
    )
    report.results.append((row["entity_id"], result))
    report.add("carryover", {"row": row.number, "entity_id": row["entity_id"], **result.outputs})
