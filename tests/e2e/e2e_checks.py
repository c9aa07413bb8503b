"""What must be true of chain, database and acknowledgements, whatever died on the way."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, delete, select

from registry_api.chain.journal import Journal
from registry_api.outbox.queue import DONE
from registry_api.settings import Settings
from registry_api.store import create_store_engine, write_transaction
from registry_api.store.outbox_tables import outbox_submissions
from registry_api.store.projection_tables import (
    projection_events,
    projection_head,
    projection_history,
    projection_rows,
)
from registry_cli.demo.province import COMPLIANCE_YEAR
from registry_cli.demo.year import LATE, Year
from registry_sdk.client import RegistryClient
from registry_sdk.projection.fetch import fetch_logs
from registry_sdk.projection.logs import Log
from registry_sdk.reader import Reader

PROJECTION: Final = (projection_head, projection_rows, projection_events, projection_history)
HEADERS: Final = 100


def engine_of(home: Path) -> Engine:
    """The service's database."""
    return create_store_engine(Settings(home=home).database)


def events_of(client: RegistryClient) -> list[Log]:
    """Every event of the chain, read from the chain itself."""
    head = client.deployment()["head"]["height"]
    return list(fetch_logs(client.rpc, client.contracts, client.contracts.block, head))


def assert_settled_once(client: RegistryClient, engine: Engine, ids: set[str]) -> dict[str, set[str]]:
    """Every acknowledged document is done, and so is everything else in the outbox; identifiers by kind."""
    kinds: dict[str, set[str]] = {}
    for id_ in ids:
        settled = client.wait(id_)
        assert (settled["state"], settled["refusal"]) == (DONE, None), settled
        kinds.setdefault(settled["kind"], set()).add(id_)
    with engine.connect() as connection:
        rows = connection.execute(select(outbox_submissions)).all()
    assert ids <= {row.id for row in rows}
    assert {row.state for row in rows} == {DONE}  # the service's own chunks and statuses too
    assert set(Counter((row.transaction, row.position) for row in rows).values()) == {1}
    return kinds


def assert_orders_once(client: RegistryClient, events: Iterable[Log], orders: set[str]) -> None:
    """Acknowledged orders are on chain exactly once and no others; every account counted just its own."""
    authorized = [event.fields for event in events if event.name == "OrderAuthorized"]
    assert Counter(event["digest"] for event in authorized) == dict.fromkeys(orders, 1)
    reader = Reader(client.rpc, client.contracts)
    for account, count in Counter(event["account"] for event in authorized).items():
        assert reader.account(account).nonce == count


def assert_acts_once(events: Iterable[Log], acts: set[str]) -> None:
    """Acknowledged acts were proposed and executed exactly once, and no others."""
    known = list(events)
    for name in ("ActProposed", "ActExecuted"):
        assert Counter(e.fields["id"] for e in known if e.name == name) == dict.fromkeys(acts, 1), name


def assert_year(year: Year, client: RegistryClient, events: Iterable[Log]) -> None:
    """Each report is one version of the figure that was verified, and the year ended as its figures say."""
    recorded = [event.fields for event in events if event.name == "EmissionsRecorded"]
    verified = {emitter.number: emitter.verified for emitter in year.emitters}
    assert Counter(event["account"] for event in recorded) == dict.fromkeys(verified, 1)
    assert {event["account"]: (event["version"], event["tonnes"]) for event in recorded} == {
        number: (1, tonnes) for number, tonnes in verified.items()
    }
    shown = {row["account"]: row for row in client.compliance(COMPLIANCE_YEAR)}
    for position, emitter in enumerate(year.emitters, start=1):
        credits = year.credits_of(emitter)
        owed = emitter.verified - credits
        surrendered = min(owed, emitter.allocated) if position == LATE else owed
        row = shown.pop(emitter.number)
        assert (row["obligation"], row["offset"], row["surrendered"]) == (emitter.verified, credits, surrendered)
        assert row["frozen"] == ("COMPLETE" if surrendered == owed else "SHORT")
    assert not shown


def assert_totals(client: RegistryClient, accounts: Iterable[int], units: Iterable[tuple[str, int]]) -> None:
    """Issued = held + surrendered + cancelled for every unit, in contract state and as the service shows it."""
    reader = Reader(client.rpc, client.contracts)
    shown = {(row["asset"], row["unit"]): row for row in client.units()}
    for asset, unit in units:
        totals = reader.totals(asset, unit)
        held = sum(reader.holding(asset, account, unit).held for account in accounts)
        assert totals.issued == held + totals.surrendered + totals.cancelled, (asset, unit)
        row = shown[asset, unit]
        assert (row["issued"], row["surrendered"], row["cancelled"], row["held"]) == (
            totals.issued,
            totals.surrendered,
            totals.cancelled,
            held,
        )


def assert_journal(client: RegistryClient, engine: Engine) -> tuple[int, str]:
    """Every block of the chain is the journal's, up to the head; height and hash of the head."""
    rows = {row.height: row.block_hash for row in Journal(engine).rows()}
    head = client.deployment()["head"]
    heights = list(range(1, head["height"] + 1))
    assert sorted(rows) == heights
    for at in range(0, len(heights), HEADERS):
        asked = heights[at : at + HEADERS]
        blocks = client.rpc.batch([("eth_getBlockByNumber", (hex(height), False)) for height in asked])
        assert [block["hash"] for block in blocks] == [rows[height] for height in asked]
    newest = client.rpc.call("eth_getBlockByNumber", "latest", False)
    assert (int(newest["number"], 16), newest["hash"]) == (head["height"], head["block_hash"])
    return head["height"], head["block_hash"]


def projection_of(engine: Engine) -> dict[str, list[Any]]:
    """All rows of the projection's tables, in the order of their keys."""
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in PROJECTION
        }


def forget_projection(engine: Engine) -> None:
    """Empty the projection's tables; the service must be stopped."""
    with write_transaction(engine) as connection:
        for table in PROJECTION:
            connection.execute(delete(table))
