"""A table is calculated, explained, written and issued while service and node are killed: no row twice, none missing.

``REGISTRY_ISSUE_ROWS`` and ``REGISTRY_ISSUE_KILLS`` set its size, ``REGISTRY_KILL_SEED`` repeats the choices of a run.
"""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pytest
from e2e_chaos import NODE, Chaos
from e2e_checks import assert_journal, engine_of, events_of
from issue_campaign import PROVINCE, SECTOR, YEAR, IssueCampaign
from sqlalchemy import select

from registry_api.store.outbox_tables import outbox_submissions
from registry_cli.demo.stage import SERVICE
from registry_sdk.reader import Read, Reader
from registry_sdk.tables import AllocationTable

ROWS: Final = int(os.environ.get("REGISTRY_ISSUE_ROWS", "400"))
KILLS: Final = int(os.environ.get("REGISTRY_ISSUE_KILLS", "3"))
SEED: Final = int(os.environ.get("REGISTRY_KILL_SEED", str(time.time_ns() % 1_000_000)))
#: A hundred chunks, so that every kill finds some issued, some on their way and some not begun.
CHUNK: Final = max(1, ROWS // 100)
#: Seconds between two kills at most: most of them shall hit the first issue.
LONGEST: Final = max(0.2, ROWS / (1_000 * KILLS))
READS: Final = 100

pytestmark = [pytest.mark.e2e, pytest.mark.kill, pytest.mark.timeout(600 + 60 * KILLS)]


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[IssueCampaign, Chaos]]:
    """A table issued through all kills; the service runs."""
    campaign = IssueCampaign(tmp_path_factory.mktemp("issue"), ROWS, random.Random(SEED))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGISTRY_SNAPSHOT_EVERY", "40")
        try:
            campaign.prepare()
            chaos = campaign.survive(campaign.calculate(CHUNK), KILLS, LONGEST)
            print(f"seed {SEED}, {len(campaign.tables)} tables of {ROWS} rows, kills: {dict(chaos.counts)}")
            print({step: f"{rate:,.0f} rows/s" for step, rate in campaign.figures.items()})
            yield campaign, chaos
        finally:
            campaign.stage.stop()


def test_issue__killed_at_random_moments__every_chunk_and_row_once(campaign: tuple[IssueCampaign, Chaos]) -> None:
    issue, chaos = campaign
    assert len(chaos.kills) == KILLS
    assert {kill.target for kill in chaos.kills} == {SERVICE, NODE}
    assert chaos.ended == []
    events = events_of(issue.client)
    chunks = {("0x" + table.id.hex(), number) for table in issue.tables for number in range(len(table.chunks))}
    issued = Counter(
        ("0x" + _bytes(e.fields["tableId"]).hex(), e.fields["chunk"]) for e in events if e.name == "ChunkIssued"
    )
    assert issued == dict.fromkeys(chunks, 1)
    determined = [(e.fields["account"], e.fields["determined"]) for e in events if e.name == "AllocationDetermined"]
    assert determined == [(row.account, row.tonnes) for table in issue.tables for row in _delivered(table, events)]
    _print_gas(issue)


def test_issue__killed_at_random_moments__entitlements_holdings_and_table_are_the_tables(
    campaign: tuple[IssueCampaign, Chaos],
) -> None:
    issue, _ = campaign
    reader = Reader(issue.client.rpc, issue.client.contracts)
    last = issue.tables[-1]
    entitlements = _read(reader, [("allocation", "entitlementOf", (row.account, YEAR)) for row in last.rows])
    holdings = _read(reader, [("allowances", "holdingOf", (row.account, YEAR)) for row in last.rows])
    wanted = [row.tonnes for row in last.rows]
    assert [e["determined"] for e in entitlements] == [e["issued"] for e in entitlements] == wanted
    assert [(h["registry"], h["trading"], h["locked"]) for h in holdings] == [(tonnes, 0, 0) for tonnes in wanted]
    assert reader.totals("allowances", YEAR).issued == last.total
    plan = reader.read("allocation", "planOf", YEAR, SECTOR)
    assert plan["approved"] == plan["determined"] == plan["issued"] == last.total
    assert reader.read("allocation", "openTable", YEAR, SECTOR, PROVINCE) == bytes(32)
    for table in issue.tables:
        state = reader.read("allocation", "tableOf", table.id)
        assert (state["applied"], state["deliveredRows"], state["heldRows"]) == (table.total, len(table.rows), 0)
    shown = {row["account"]: row["determined"] for row in issue.client.entitlements(year=YEAR)}
    assert shown == {row.account: row.tonnes for row in last.rows}


def test_issue__killed_at_random_moments__outbox_journal_and_audit_clean(
    campaign: tuple[IssueCampaign, Chaos],
) -> None:
    issue, _ = campaign
    engine = engine_of(issue.home)
    assert_journal(issue.client, engine)
    with engine.connect() as connection:
        assert set(connection.execute(select(outbox_submissions.c.state)).scalars()) == {"DONE"}
    database = f"sqlite:///{issue.home / 'registry.sqlite3'}"
    done = issue.stage.run("audit", "--database", database, "--proofs", "20", "--json", check=False)
    report = json.loads(done.stdout)
    assert (done.returncode, report["findings"], report["differences"]) == (0, [], [])


def _delivered(table: AllocationTable, events: Iterable[Any]) -> Iterator[Any]:
    """Rows of a table in the order in which their chunks were issued."""
    for event in events:
        if event.name == "ChunkIssued" and _bytes(event.fields["tableId"]) == table.id:
            yield from table.chunks[event.fields["chunk"]]


def _read(reader: Reader, reads: list[Read]) -> list[Any]:
    return [found for at in range(0, len(reads), READS) for found in reader.read_many(reads[at : at + READS])]


def _bytes(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else bytes.fromhex(value[2:])


def _print_gas(issue: IssueCampaign) -> None:
    """Gas of a row in the first table, where every holding and entitlement is new."""
    with engine_of(issue.home).connect() as connection:
        query = select(outbox_submissions.c.transaction).where(outbox_submissions.c.kind == "chunk")
        hashes = list(connection.execute(query.order_by(outbox_submissions.c.seq)).scalars())
    first = hashes[: len(issue.tables[0].chunks)]
    calls = [("eth_getTransactionReceipt", [each]) for each in first]
    receipts = [r for at in range(0, len(calls), READS) for r in issue.client.rpc.batch(calls[at : at + READS])]
    gas = sum(int(receipt["gasUsed"], 16) for receipt in receipts)
    print(f"{gas / len(issue.tables[0].rows):,.0f} gas a row in chunks of {issue.tables[0].chunk_size}")
