"""What was acknowledged is on the chain exactly once, whatever process dies, and when.

``REGISTRY_KILLS`` sets how many kills (12 when unset); the seed of a failed run is in its message.
"""

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from kill_campaign import ACCOUNTS, TONNES, Campaign, account_of
from projection_copy import copy_of, empty
from sqlalchemy import select

from registry_api.projection.indexer import Indexer
from registry_api.service import Service
from registry_api.settings import Settings
from registry_api.store import create_store_engine
from registry_api.store.chain_tables import chain_journal
from registry_api.store.outbox_tables import outbox_submissions, outbox_transactions
from registry_sdk.reader import Reader

KILLS = int(os.environ.get("REGISTRY_KILLS", "12"))


@pytest.mark.e2e
@pytest.mark.kill
@pytest.mark.timeout(600 + 30 * KILLS)
def test_kills__service_and_node_at_random_moments__every_acknowledged_order_once(tmp_path: Path) -> None:
    seed = time.time_ns()
    print(f"seed {seed}")
    campaign = Campaign(tmp_path / "home", random.Random(seed))
    try:
        campaign.prepare()
        campaign.run(KILLS, (0.1, 2.0))
        assert not campaign.refusals, campaign.refusals[:3]
        assert len(campaign.acknowledged) > KILLS
        report = account_of(campaign)
    finally:
        campaign.stop()
    # Exactly once, and nothing that was not acknowledged to somebody.
    assert report["authorized"] == dict.fromkeys(campaign.acknowledged, 1)
    check_home(campaign, report["head"])


def check_home(campaign: Campaign, head: dict[str, Any]) -> None:
    """Journal, outbox, totals and projection after the last stop."""
    engine = create_store_engine(f"sqlite:///{campaign.home / 'registry.sqlite3'}")
    with engine.connect() as connection:
        newest = connection.execute(select(chain_journal).order_by(chain_journal.c.height.desc()).limit(1)).one()
        states = set(connection.execute(select(outbox_submissions.c.state)).scalars())
        carried = set(connection.execute(select(outbox_transactions.c.state)).scalars())
    assert (newest.height, newest.block_hash) >= (head["height"], head["block_hash"])
    assert (states, carried) == ({"DONE"}, {"MINED"})
    before = copy_of(engine)
    engine.dispose()

    settings = Settings(home=campaign.home, sandbox=True, relayer_password=_password())
    service = Service(settings)
    service.start()
    try:
        assert service.chain.head().block_hash == newest.block_hash
        reader = Reader(service.chain.rpc, campaign.deployment)
        counts = {number: 0 for number in campaign.keys}
        balance = {number: TONNES for number in campaign.keys}
        for order in campaign.acknowledged.values():
            counts[order.message.account] += 1
            balance[order.message.account] -= order.message.quantity
            balance[order.message.to] += order.message.quantity  # type: ignore[union-attr]
        for number in campaign.keys:
            assert reader.account(number).nonce == counts[number]
            assert reader.holding("allowances", number, 2025).registry == balance[number]
        assert reader.totals("allowances", 2025).issued == TONNES * ACCOUNTS
    finally:
        service.stop()
    rebuilt(service, campaign, before)


def rebuilt(service: Service, campaign: Campaign, before: dict[str, Any]) -> None:
    """The projection equals one built from block zero."""
    engine = create_store_engine(service.settings.database)
    empty(engine)
    engine.dispose()
    again = Service(service.settings)
    again.start()
    try:
        indexer: Indexer = again.desk.indexer
        deadline = time.monotonic() + 60
        while indexer.block < again.chain.head().height:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert copy_of(again.engine) == before
    finally:
        again.stop()


def _password() -> str:
    from api_stage import PASSWORD

    return PASSWORD
