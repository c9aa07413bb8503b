"""Reports and months of a whole nation through the oracle: received, assembled, pushed; gas by size of batch."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from sqlalchemy import func, select

from oracles.intake.inbox import PORTION
from oracles.process import Oracle
from oracles.push import RpcPort
from oracles.settings import OracleSettings
from oracles.store.pushes import RECORDED
from oracles.store.tables import push_items, pushes
from registry_cli.bench.evidence import YEAR
from registry_cli.bench.stage import OPENINGS_AN_ACT, PROVINCE, name_signers, opening, representative, signed_report
from registry_cli.bench.world import BenchWorld, bench_world, fixed_key
from registry_sdk import keystore
from registry_sdk.documents import EvidenceMessage, SignedEvidence

#: Size of a batch, and how many documents go in batches of it; the rest goes in the last.
BATCHES: Final = ((1, 20), (10, 80), (100, None))
FIRST: Final = 1


@dataclass(frozen=True)
class MiningPort(RpcPort):
    """Mines each transaction as it comes, as the embedded chain does."""

    world: BenchWorld

    def send(self, raw: bytes) -> None:
        self.world.mine([raw])


def pushed(folder: Path, entities: int) -> dict[str, Any]:
    """Rates and gas for ``entities`` reports and as many months of evidence.

    Raises:
        NodeError, DeploymentError: the private registry cannot be set up.
        CarrierError, Refused: the stage could not be set.
    """
    with bench_world(folder, [PROVINCE]) as world:
        accounts = range(FIRST, FIRST + entities)
        _stage(world, accounts)
        settings = _settings(folder, world)
        reports = [signed_report(world, account, 2).model_dump_json().encode() for account in accounts]
        months = [_month(world, account).model_dump_json().encode() for account in accounts]
        oracle = Oracle.open(settings, deployment=world.deployment, port=MiningPort(world.node.rpc, world))
        return {
            "reports": _measured(oracle, reports),
            "anchors": _measured(oracle, months),
        }


def _stage(world: BenchWorld, accounts: Sequence[int]) -> None:
    act = world.office.act
    for start in range(0, len(accounts), OPENINGS_AN_ACT):
        act("accounts", "openAccounts", [opening(each) for each in accounts[start : start + OPENINGS_AN_ACT]])
    name_signers(world)


def _measured(oracle: Oracle, payloads: Sequence[bytes]) -> dict[str, Any]:
    received = spent = 0.0
    gas = []
    rest = list(payloads)
    for batch, wanted in BATCHES:
        part, rest = rest[:wanted], rest[wanted:] if wanted else []
        started = time.perf_counter()
        for first in range(0, len(part), PORTION):
            papers = [oracle.reception.read(payload) for payload in part[first : first + PORTION]]
            if not all(receipt.is_accepted for receipt in oracle.reception.file(papers)):
                raise ValueError("a document that is valid was refused")
        received += time.perf_counter() - started
        oracle.settings = oracle.settings.model_copy(update={"batch": batch})
        before = _newest(oracle)
        started = time.perf_counter()
        done = oracle.cycle()
        spent += time.perf_counter() - started
        gas.append(_gas(oracle, before, batch))
        if (recorded := _recorded(oracle, before)) != len(part) or not done.is_complete:
            raise ValueError(f"{len(part)} documents were pushed and {recorded} recorded")
    return {
        "documents": len(payloads),
        "received_per_second": round(len(payloads) / received),
        "pushed_per_second": round(len(payloads) / spent),
        "gas": gas,
    }


def _gas(oracle: Oracle, before: int, batch: int) -> dict[str, int]:
    """Of the transactions that carry exactly ``batch`` documents."""
    mine = select(push_items.c.push_id).where(push_items.c.push_id > before).group_by(push_items.c.push_id)
    full = mine.having(func.count() == batch)
    query = select(func.count(), func.sum(pushes.c.gas_used)).where(pushes.c.id.in_(full))
    with oracle.pushes.engine.connect() as connection:
        number, total = connection.execute(query).one()
    return {"batch": batch, "transactions": number, "gas_each": -(-total // (number * batch))}


def _recorded(oracle: Oracle, before: int) -> int:
    with oracle.pushes.engine.connect() as connection:
        mine = select(func.count()).where(push_items.c.push_id > before, push_items.c.outcome == RECORDED)
        return int(connection.execute(mine).scalar_one())


def _newest(oracle: Oracle) -> int:
    with oracle.pushes.engine.connect() as connection:
        return int(connection.execute(select(func.coalesce(func.max(pushes.c.id), 0))).scalar_one())


def _month(world: BenchWorld, account: int) -> SignedEvidence:
    message = EvidenceMessage(
        chainId=world.deployment.chain_id,
        anchors=world.deployment.address("evidence").lower(),
        account=account,
        year=YEAR,
        month=12,
        version=1,
        items=60,
        root=f"0x{account:064x}",
        previous="0x" + "00" * 32,
    )
    return SignedEvidence.sign(message, representative(account))


def _settings(folder: Path, world: BenchWorld) -> OracleSettings:
    password = secrets.token_hex(16)
    keystore.save(folder / "sender.json", fixed_key("oracle"), password)
    return OracleSettings(
        home=folder / "home",
        rpc_url=world.node.url,
        keystore=folder / "sender.json",
        password=SecretStr(password),
        live=True,
    )
