"""kill -9 of the service, its node and the oracle at random moments, over and over, while a whole year runs.

``REGISTRY_KILLS`` sets how many kills there are at least, ``REGISTRY_KILL_SEED`` repeats the choices of an earlier run.
"""

import json
import os
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from e2e_chaos import TARGETS, Chaos
from e2e_checks import (
    assert_acts_once,
    assert_journal,
    assert_orders_once,
    assert_settled_once,
    assert_totals,
    assert_year,
    engine_of,
    events_of,
    forget_projection,
    projection_of,
)
from e2e_market import UNIT, Market, Recorder
from e2e_processes import free_port, processes_of

from registry_cli.demo.province import COMPLIANCE_YEAR, PROVINCE, invent
from registry_cli.demo.stage import SERVICE, Stage
from registry_cli.demo.year import CREDIT_OWNER, CREDIT_UNIT, Year
from registry_sdk.client import ApiOffice, RegistryClient
from registry_sdk.documents import ORDER_KINDS
from registry_sdk.office import Staff
from registry_sdk.reader import Reader

KILLS: Final = int(os.environ.get("REGISTRY_KILLS", "12"))
SEED: Final = int(os.environ.get("REGISTRY_KILL_SEED", str(time.time_ns() % 1_000_000)))
IS_CAMPAIGN: Final = KILLS >= 50
#: Seconds at most before a step of the year, and between two kills.
PAUSE, LONGEST = (3.0, 3.0) if IS_CAMPAIGN else (0.5, 4.0)
#: A campaign goes on killing as long as the year goes on.
MOST: Final = 2 * KILLS if IS_CAMPAIGN else KILLS
PATIENCE: Final = 180.0
#: Small steps of the oracle and the chain, so that more of them can be interrupted.
SETTINGS: Final = {"ORACLE_BATCH": "3", "ORACLE_BACKOFF_MOST": "1", "REGISTRY_SNAPSHOT_EVERY": "40"}


class SlowYear(Year):
    """Takes its time before each order and statement, so that kills meet all of the year and not its end alone."""

    def hand_in(self, statement: Path) -> None:
        time.sleep(random.uniform(0, PAUSE))
        super().hand_in(statement)

    def order(self, kind: str, account: int, *, asset: str | None = None, **fields: Any) -> None:
        time.sleep(random.uniform(0, PAUSE))
        super().order(kind, account, asset=asset, **fields)


@dataclass(frozen=True)
class Survivor:
    """What is left after the year."""

    stage: Stage
    client: RegistryClient
    recorder: Recorder
    year: Year
    market: Market
    chaos: Chaos


@pytest.fixture(scope="module")
def survivor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survivor]:
    """A year lived through at least ``KILLS`` kills, with a market beside it; the service runs."""
    home = tmp_path_factory.mktemp("kills")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        stage = Stage(home, free_port())
        try:
            yield _survive(stage)
        finally:
            stage.stop()


def _survive(stage: Stage) -> Survivor:
    staff = Staff.create([PROVINCE])
    stage.start_service()
    stage.deploy(staff.officers())
    client = RegistryClient(stage.url)
    recorder = Recorder(stage.url, PATIENCE, 30.0)
    client.transport = recorder
    stage.wait_ready(client)
    stage.start_oracle()
    emitters = invent(60 if IS_CAMPAIGN else 14)
    year = SlowYear(stage=stage, client=client, staff=staff, step=lambda *_: None, emitters=emitters)
    market = Market(client, SEED)
    market.open(ApiOffice(client, staff))
    chaos = Chaos(stage, random.Random(SEED), LONGEST, MOST)
    began = time.monotonic()
    chaos.start()
    try:
        year.run()
        print(f"{len(chaos.kills)} kills during the year, which took {time.monotonic() - began:.0f} s")
        chaos.wait_for(KILLS, 20.0 * KILLS)
    finally:
        chaos.finish()
        print(f"seed {SEED}, {len(chaos.kills)} kills in {time.monotonic() - began:.0f} s: {dict(chaos.counts)}")
    market.close()
    return Survivor(stage, client, recorder, year, market, chaos)


pytestmark = [pytest.mark.e2e, pytest.mark.kill, pytest.mark.timeout(300 + 30 * KILLS)]


def test_kills__every_process__was_hit_and_none_ended_by_itself(survivor: Survivor) -> None:
    assert len(survivor.chaos.kills) >= KILLS
    assert {kill.target for kill in survivor.chaos.kills} == set(TARGETS)
    assert survivor.chaos.ended == []
    alive = {process.poll() for process in survivor.stage.processes.values()}
    assert alive == {None}
    # service, its node, the oracle: what was killed before has left nobody behind
    assert len(processes_of(survivor.stage.home)) == 3


def test_kills__acknowledged_documents__on_chain_exactly_once(survivor: Survivor) -> None:
    client, ids = survivor.client, survivor.recorder.ids()
    kinds = assert_settled_once(client, engine_of(survivor.stage.home), ids)
    events = events_of(client)
    orders = set().union(*(found for kind, found in kinds.items() if kind in ORDER_KINDS))
    assert_orders_once(client, events, orders)
    assert_acts_once(events, kinds["act"])
    assert_year(survivor.year, client, events)
    assert {p["rule"] for p in survivor.year.refusals} == {"A-09", "C-05"}
    print({kind: len(found) for kind, found in kinds.items()})


def test_kills__units__reconcile_to_the_tonne(survivor: Survivor) -> None:
    client, market = survivor.client, survivor.market
    accounts = [row["number"] for row in client.accounts()]
    units = [("allowances", COMPLIANCE_YEAR), ("credits", CREDIT_UNIT), ("credits", UNIT)]
    assert_totals(client, accounts, units)
    assert {CREDIT_OWNER, *market.stocks()} < set(accounts)
    reader = Reader(client.rpc, client.contracts)
    assert {number: reader.holding("credits", number, UNIT).held for number in market.stocks()} == market.stocks()


def test_kills__audit__finds_nothing(survivor: Survivor) -> None:
    database = f"sqlite:///{survivor.stage.home / 'registry.sqlite3'}"
    done = survivor.stage.run("audit", "--database", database, "--proofs", "20", "--json", check=False)
    report = json.loads(done.stdout)
    assert (done.returncode, report["findings"], report["differences"]) == (0, [], [])


def test_kills__head__is_the_journals_after_restart_and_after_replay_from_block_zero(survivor: Survivor) -> None:
    stage, client = survivor.stage, survivor.client
    engine = engine_of(stage.home)
    head = assert_journal(client, engine)
    projected = projection_of(engine)
    for is_from_zero in (False, True):
        assert stage.end(SERVICE) == 0
        if is_from_zero:
            shutil.rmtree(stage.home / "snapshots")
            forget_projection(engine)
        stage.start_service()
        stage.wait_ready(client)
        assert assert_journal(client, engine) == head
        _await_projection(client, head[0])
        assert projection_of(engine) == projected


def _await_projection(client: RegistryClient, height: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while client.deployment()["projection"] < height:
        assert time.monotonic() < deadline, "the projection did not come to the head"
        time.sleep(0.1)
