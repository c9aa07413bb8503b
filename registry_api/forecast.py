"""The outlook of an account for a compliance year, from the projection (rule 7.1)."""

from collections.abc import Mapping
from typing import Any, Final

from registry_api.calendar.due import owed_by
from registry_api.calendar.windows import SECOND, instant
from registry_api.problems import ProblemError
from registry_api.projection.query import Projection
from registry_api.projection.views import find_account, find_year
from registry_sdk import calc
from registry_sdk.calc.compliance.outlook import Standing, outlook
from registry_sdk.evidence.clock import missing_months, year_standing
from registry_sdk.evidence.duties import sector_name
from registry_sdk.reader import AccountStatus

PLEDGE: Final = 5
JUDICIAL: Final = 7
#: Credits recorded before the new system, which count until a day of the year's rules.
OLD: Final = 1


def forecast_of(
    projection: Projection,
    number: int,
    year: int,
    now: int,
    evidence: Mapping[str, str],
    prices: tuple[str | None, str | None],
    is_debtor: bool,
) -> dict[str, Any]:
    """The outlook as the API shows it.

    Raises:
        ProblemError: P-05, no such account or year; P-11, figures that cannot be used.
    """
    try:
        found = outlook(
            _standing(projection, number, year, now, is_debtor),
            instant(now),
            evidence=evidence,
            allowance_price_yuan=prices[0],
            credit_price_yuan=prices[1],
        )
    except calc.CalculationError as error:
        raise ProblemError.of("P-11", where=error.field, problem=str(error)) from None
    return found.to_json()


def _standing(projection: Projection, number: int, year: int, now: int, is_debtor: bool) -> Standing:
    account, rules = find_account(projection, number), find_year(projection, year)
    sector = sector_name(account["sector"])
    if sector is None:
        raise ProblemError.of("P-11", where="number", problem=f"账户 {number} 不属覆盖行业 is in no covered sector")
    position = projection.value("positions", number, year) or {}
    is_reported = bool(position.get("is_reported"))
    holdings = projection.values("holdings", account=number)
    paying = [
        row
        for row in holdings
        if row["asset"] == "allowances" and rules["vintage_min"] <= row["unit"] <= rules["vintage_max"]
    ]
    locks = [row for row in projection.values("locks", account=number) if row["asset"] == "allowances"]
    pledged = sum(row["quantity"] for row in locks if row["kind"] == PLEDGE)
    held = sum(row["registry"] + row["trading"] + row["locked"] for row in holdings if row["asset"] == "allowances")
    return Standing(
        account=number,
        year=year,
        sector=sector,
        verified=position["obligation"] if is_reported else None,
        surrendered=position.get("surrendered", 0),
        offset=position.get("offset", 0),
        pending=position.get("pending", 0),
        in_registry=sum(row["registry"] for row in paying),
        in_trading=sum(row["trading"] for row in paying),
        credits=sum(row["registry"] for row in holdings if _counts(projection, row, rules, now)),
        deadline=calc.beijing_day(instant(rules["deadline"]) - SECOND),
        signals=calc.Signals(
            judicial_freeze=any(row["kind"] == JUDICIAL and (row["quantity"] or row["queued"]) for row in locks)
            or account["status"] in (AccountStatus.FROZEN_OUT, AccountStatus.FROZEN_ALL),
            unpaid_earlier_year=_owes_before(projection, number, year, now),
            missing_evidence_months=_missing_months(projection, number, sector, year, now),
            closed=account["status"] in (AccountStatus.CLOSING, AccountStatus.CLOSED),
            dishonest_debtor=is_debtor,
            pledged_t=pledged,
            held_t=held,
        ),
    )


def _counts(projection: Projection, holding: Mapping[str, Any], rules: Mapping[str, Any], now: int) -> bool:
    """Whether these credits may pay the year now (rule C-06)."""
    if holding["asset"] != "credits":
        return False
    batch = projection.value("batches", holding["unit"]) or {}
    kind = batch.get("credit_class", 0)
    is_late = kind == OLD and now > rules["old_credit_until"]
    return not batch.get("is_inside_ets") and not is_late and bool(rules["credit_classes"] >> kind & 1)


def _missing_months(projection: Projection, number: int, sector: str, year: int, now: int) -> int:
    """Months that are due and not anchored (D-06); none where no terms of evidence stand on the chain."""
    if not projection.values("evidence_terms"):
        return 0
    months = projection.values("evidence_months", account=number, year=year)
    late = {row["month"]: bool(row["is_late"]) for row in months if row["version"]}
    return len(missing_months(year_standing(sector, year, late, now)))


def _owes_before(projection: Projection, number: int, year: int, now: int) -> bool:
    for position in projection.values("positions", account=number):
        if position["year"] < year and position["is_reported"] and owed_by(position):
            rules = projection.value("year_rules", position["year"]) or {}
            if now > rules.get("deadline", now):
                return True
    return False
