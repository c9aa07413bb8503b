"""The oracle process against the embedded chain through its gateway, while the node is killed under it."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from oracle_support import BOTH, PROVINCE, YEAR, drop, wait_for
from support.world import INITIATE, PROVINCES
from test_oracle_kill import start

from oracles.settings import OracleSettings
from oracles.store import State, StatementStore, open_store
from registry_api.chain import EmbeddedChain, Gateway, build_router
from registry_api.settings import Settings
from registry_api.store import create_store_engine, migrate
from registry_sdk import keystore
from registry_sdk.carrier import DirectCarrier
from registry_sdk.deployer import Deployer, connect
from registry_sdk.deployment import Deployment
from registry_sdk.documents import Domain, ReportMessage, SignedStatement
from registry_sdk.office import Office, Staff, accreditation
from registry_sdk.reader import AccountKind, Reader
from registry_sdk.rpc import RpcClient
from registry_sdk.signers import EthereumSigner


@dataclass
class Registry:
    """A deployed registry behind a gateway on loopback."""

    chain: EmbeddedChain
    url: str
    deployment: Deployment
    office: Office


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    chosen = Settings(home=tmp_path / "chain", allowed_senders=["*"], allowed_deployers=["*"])
    engine = create_store_engine(chosen.database)
    migrate(engine)
    with EmbeddedChain(chosen, engine) as chain, socket.socket() as listener:
        app = FastAPI()
        app.include_router(build_router(Gateway(chain)))
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/rpc"
        staff, sender = Staff.create(PROVINCES), EthereumSigner.create().account
        deployment = Deployer(connect(url), sender).run(staff.officers())
        deployment.save(tmp_path / "deployment.json")
        office = Office(deployment, staff, DirectCarrier(RpcClient(url), deployment, sender))
        yield Registry(chain, url, deployment, office)
        server.should_exit = True
        thread.join(10)


@pytest.mark.e2e
@pytest.mark.kill
def test_run__node_and_oracle_killed__every_report_recorded_once(registry: Registry, tmp_path: Path) -> None:
    verifier, province, sender = (EthereumSigner.create() for _ in range(3))
    act = registry.office.act
    act("emissions", "setThreshold", 2, BOTH)
    registry.office.acts(accreditation(1, verifier.signer))
    act("emissions", "setSigner", province.signer, PROVINCE, PROVINCES[0])
    accounts = list(range(1, 13))
    seat = (EthereumSigner.create().signer, INITIATE)
    rows = [(n, int(AccountKind.KEY_EMITTER), 1, PROVINCES[0], 1, b"\x01" * 32, [seat]) for n in accounts]
    act("accounts", "openAccounts", rows)

    keystore.save(tmp_path / "sender.json", sender, "secret")
    (tmp_path / "password").write_text("secret")
    settings = OracleSettings(
        home=tmp_path / "oracle",
        rpc_url=registry.url,
        deployment=tmp_path / "deployment.json",
        keystore=tmp_path / "sender.json",
        password_file=tmp_path / "password",
    )
    settings.prepare_home()
    store = StatementStore(open_store(settings.database))
    reader = Reader(RpcClient(registry.url), registry.deployment)
    oracle_address = registry.deployment.address("emissions").lower()
    process = start(settings)
    try:
        for round_, account in enumerate(accounts):
            message = ReportMessage(
                chainId=registry.deployment.chain_id,
                oracle=oracle_address,
                epoch=reader.config()[2],
                account=account,
                year=YEAR,
                version=1,
                tonnes=100 + account,
                reportHash="0x" + "ab" * 32,
                previous="0x" + "00" * 32,
            )
            domain = Domain(chain_id=registry.deployment.chain_id, contract=oracle_address)
            statement = SignedStatement(domain=domain, message=message).approve(verifier).approve(province)
            drop(settings.inbox_folder, statement, f"{account}.json")
            if round_ % 4 == 3:
                os.kill(registry.chain.node_pid, signal.SIGKILL)
            if round_ % 6 == 5:
                process.kill()
                process.join()
                process = start(settings)
        wait_for(lambda: store.count()[State.RECORDED] == len(accounts), "not everything was recorded", 120)
        process.terminate()
        process.join(20)
        assert process.exitcode == 0
    finally:
        process.kill()
        process.join()
    assert {a: reader.figure(a, YEAR).tonnes for a in accounts} == {a: 100 + a for a in accounts}
    event = next(e for e in registry.deployment.contract("emissions").events.values() if e.name == "EmissionsRecorded")
    span = {"fromBlock": "0x0", "toBlock": "latest", "address": oracle_address, "topics": ["0x" + event.topic.hex()]}
    assert len(RpcClient(registry.url).call("eth_getLogs", span)) == len(accounts)
