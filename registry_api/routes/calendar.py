"""The law's calendar as it stands on the chain's clock, notices, forecasts, the list of a closed year."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from registry_api.calendar.windows import instant
from registry_api.forecast import forecast_of
from registry_api.problems import ProblemError
from registry_api.projection.query import decode_cursor, encode_cursor
from registry_api.publication import published
from registry_api.routes.deps import (
    DEFAULT_LIMIT,
    Cursor,
    DeskDep,
    Limit,
    ReadableAccount,
    ServiceDep,
    Year,
    YearNumber,
)
from registry_sdk import calc
from registry_sdk.evidence.duties import sectors

router = APIRouter(prefix="/v1", tags=["calendar 日历"])

State = Annotated[Literal["UPCOMING", "OPEN", "PASSED"] | None, Query(description="窗口状态 state of the window")]
SectorName = Annotated[str | None, Query(max_length=40, description="行业 power, steel, cement, aluminium")]


@router.get("/calendar", summary="履约日历 compliance calendar")
def get_calendar(
    service: ServiceDep, desk: DeskDep, year: Year = None, sector: SectorName = None, state: State = None
) -> dict[str, Any]:
    """Windows by last day (rule C-01), of one year or of all years with a window that is not past.

    ``day`` is the last day in Beijing, ``closes_at`` the instant it ends; ``lawful_day`` stands where the rules on the
    chain set another last day than the law's calendar.
    """
    now = service.chain.now()
    moment = instant(now)
    years = desk.clock.years()
    if year is not None and year not in years:
        raise ProblemError.of("P-05", what=f"{year} 年日历 calendar; 有 there is {', '.join(map(str, years))}")
    if sector is not None and sector not in sectors():
        raise ProblemError.of("P-11", where="sector", problem=f"{sector}: {', '.join(sectors())}")
    items = [
        window.shown(moment)
        for each in (years if year is None else (year,))
        for window in desk.clock.calendar(each)
        if sector is None or not window.due.sectors or sector in window.due.sectors
    ]
    wanted = [
        item for item in items if (item["state"] == state if state else year is not None or item["state"] != "PASSED")
    ]
    wanted.sort(key=lambda item: (item["day"], item["id"]))
    return {"now": now, "today": calc.beijing_day(moment).isoformat(), "items": wanted}


@router.get("/notices", summary="公告 notices")
def get_notices(
    desk: DeskDep, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT, year: Year = None
) -> dict[str, Any]:
    """Notices for everybody, oldest first: windows that opened, end soon or have closed; each was written once."""
    return _page(desk, cursor, limit, None, year)


@router.get("/accounts/{number}/notices", summary="账户通知 notices to an account")
def get_account_notices(
    desk: DeskDep, number: ReadableAccount, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT, year: Year = None
) -> dict[str, Any]:
    """Notices to one account: its result and obligation, and reminders of what it still owes."""
    return _page(desk, cursor, limit, number, year)


@router.get("/publication/{year}", summary="履约公布 publication of a year")
def get_publication(
    service: ServiceDep,
    desk: DeskDep,
    year: YearNumber,
    mean_price_yuan: Annotated[str | None, Query(max_length=30, description="清缴期限前一月均价 yuan/t")] = None,
    decided_on: Annotated[date | None, Query(description="处罚决定日 day on which fines are decided")] = None,
) -> dict[str, Any]:
    """Who surrendered in time, late, not at all, and the penalty (rule C-13): all entities of the year by account.

    Fines are the range the law sets (rule C-08); where it follows the price they need ``mean_price_yuan``, the mean of
    the month before the deadline.
    """
    now = service.chain.now()
    items = published(desk.projection, year, now, mean_price_yuan, decided_on)
    return {"year": year, "now": now, "items": items}


@router.get("/accounts/{number}/forecast", summary="履约预测 compliance forecast")
def get_forecast(
    service: ServiceDep,
    desk: DeskDep,
    number: ReadableAccount,
    year: Annotated[int, Query(ge=0, lt=2**16, description="履约年度 compliance year")],
    evidence: Annotated[
        list[str] | None, Query(max_length=24, description="2026-03=1234.5 吨 tonnes of a month")
    ] = None,
    allowance_price: Annotated[str | None, Query(max_length=30, description="元/吨 yuan/t")] = None,
    credit_price: Annotated[str | None, Query(max_length=30, description="元/吨 yuan/t")] = None,
    dishonest_debtor: Annotated[bool, Query(description="失信被执行人 dishonest-debtor record")] = False,
) -> dict[str, Any]:
    """Projected obligation, coverage, best use of credits under the cap, cost, risk level and what to do (rule 7.1).

    The verified figure decides once there is one; before that the monthly series given as ``evidence`` is projected.
    """
    series = dict(each.partition("=")[::2] for each in evidence or [])
    prices = (allowance_price, credit_price)
    return forecast_of(desk.projection, number, year, service.chain.now(), series, prices, dishonest_debtor)


def _page(desk: DeskDep, cursor: str | None, limit: int, account: int | None, year: int | None) -> dict[str, Any]:
    after = decode_cursor(cursor, int)[0] if cursor else 0
    found = desk.clock.notices.page(after, limit + 1, account, year)
    page = found[:limit]
    return {"items": page, "next": encode_cursor(page[-1]["seq"]) if len(found) > limit else None}
