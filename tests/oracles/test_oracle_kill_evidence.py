"""kill -9 of real oracle processes with months of evidence in the pusher: every month is anchored exactly once.

``REGISTRY_KILLS`` sets the number of kills, a tenth of those with reports; a report lies beside the months of each.
"""

import itertools
import os
import signal
from collections import Counter
from typing import Final

import pytest
from evidence_scene import YEAR, Firm, allow_evidence
from kill_processes import POINTS, is_killed, start
from oracle_support import Miner, Scene, drop, recorded_events, wait_for
from sqlalchemy import select

from oracles.process import Oracle
from oracles.store import State, open_store
from oracles.store.tables import pushes
from registry_sdk.anchors import anchored_of
from registry_sdk.rpc import RpcClient

pytestmark = [pytest.mark.kill, pytest.mark.e2e]

KILLS: Final = max(5, int(os.environ.get("REGISTRY_KILLS", "50")) // 10)
MONTHS: Final = 12
PER_KILL: Final = 2  # and a report: with two documents in a transaction, a full batch and one that is not
#: The boundaries where the outcome hangs in the air come first.
ORDER: Final = ("mined, not filed", "stored, not sent", "sent, answer unread", "being stored", "being filed")


def test_run__killed_with_months_in_the_pusher__every_month_anchored_once(scene: Scene) -> None:
    allow_evidence(scene)
    settings = scene.settings()
    firms = [Firm.create(scene) for _ in range(-(-KILLS * PER_KILL // MONTHS))]
    keys = [(firm, month) for firm in firms for month in range(1, MONTHS + 1)]
    waiting = iter(keys)
    points = itertools.cycle((*ORDER, *(name for name in POINTS if name not in ORDER)))
    years = [2000 + number for number in range(KILLS)]
    with Miner(scene.world, 0.03):
        for year in years:
            for firm, month in itertools.islice(waiting, PER_KILL):
                drop(settings.inbox_folder, firm.signed(month), f"{firm.account}-{month}.json")
            report = scene.statement(firms[0].account, scene.verifier, scene.province, year=year)
            drop(settings.inbox_folder, report, f"report-{year}.json")
            point = next(points)
            assert is_killed(start(settings, point)), f"it ended without passing: {point}"
        for firm, month in waiting:
            drop(settings.inbox_folder, firm.signed(month), f"{firm.account}-{month}.json")
        last = start(settings)
        oracle = Oracle.open(settings)
        wait_for(lambda: oracle.evidence.store.count()[State.RECORDED] == len(keys), "not every month is anchored", 120)
        wait_for(lambda: oracle.desk.store.count()[State.RECORDED] == KILLS, "not every report is recorded", 120)
        os.kill(last.pid or 0, signal.SIGTERM)
        last.join(20)
        assert last.exitcode == 0

    client = RpcClient(scene.world.node.url)
    for firm in firms:
        anchored = anchored_of(client, scene.deployment, firm.account, YEAR)
        assert Counter((each.month, each.version) for each in anchored) == {(m, 1): 1 for m in range(1, MONTHS + 1)}
    assert Counter(e["year"] for e in recorded_events(scene) if e["account"] == firms[0].account) == dict.fromkeys(
        years, 1
    )
    with open_store(settings.database).connect() as connection:
        states = Counter(connection.execute(select(pushes.c.state)).scalars())
    assert states == {"mined": int(client.call("eth_getTransactionCount", scene.sender.address, "latest"), 16)}
