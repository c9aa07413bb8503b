"""The public list of a compliance year (rule C-13), from the projection."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import select

from registry_api.problems import ProblemError
from registry_api.projection.query import Projection
from registry_api.projection.views import find_year
from registry_api.store.projection_tables import projection_events
from registry_sdk import calc
from registry_sdk.calc.compliance.publication import EVENTS, Payment, payments, publication


def published(
    projection: Projection, year: int, now: int, mean_price_yuan: str | None, decided_on: date | None
) -> list[dict[str, Any]]:
    """Entries by account.

    Raises:
        ProblemError: P-05, the chain has no rules for the year; P-11, a price or day that cannot be used.
    """
    rules = find_year(projection, year)
    positions = projection.values("positions", year=year)
    obligations = {row["account"]: row["obligation"] for row in positions if row["is_reported"]}
    try:
        entries = publication(
            year=year,
            deadline=rules["deadline"],
            obligations=obligations,
            paid=payments(_events(projection), year, rules["deadline"]),
            now=now,
            mean_price_yuan=mean_price_yuan,
            decided_on=decided_on,
        )
    except calc.CalculationError as error:
        raise ProblemError.of("P-11", where=error.field, problem=str(error)) from None
    accounts = {row["account"]: row for row in projection.values("accounts")}
    return [
        entry.to_json() | {name: accounts.get(entry.account, {}).get(name) for name in ("province", "sector")}
        for entry in entries
    ]


def _events(projection: Projection) -> Iterator[Payment]:
    table = projection_events
    wanted = (table.c.contract == "compliance") & table.c.event.in_(EVENTS)
    query = select(table.c.event, table.c.fields, table.c.timestamp).where(wanted)
    with projection.engine.connect() as connection:
        for row in connection.execute(query.order_by(table.c.block, table.c.log_index)):
            yield Payment(row.event, row.fields, row.timestamp)
