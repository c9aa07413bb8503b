"""Schema, environment check, status and a property: what is assembled here is accepted there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle_support import CENTRE, PROVINCE, Scene
from sqlalchemy import inspect

from oracles.attestation import FactsReader, assemble
from oracles.environment import check_environment
from oracles.settings import OracleSettings
from oracles.store import open_store, writing
from oracles.store.engine import alembic_config
from oracles.store.tables import metadata
from registry_sdk.calls import statement_call
from registry_sdk.codec import decode_error
from registry_sdk.deployment import Deployment
from registry_sdk.rpc import RpcError
from registry_sdk.signers import EthereumSigner


def test_open_store__twice__schema_equals_metadata(tmp_path: Path) -> None:
    open_store(tmp_path / "oracle.sqlite3")
    engine = open_store(tmp_path / "oracle.sqlite3")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        read = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")}
    assert read == {"journal_mode": "wal", "synchronous": 2}
    with writing(engine) as connection:
        command.downgrade(alembic_config(connection), "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}


def findings(chosen: OracleSettings) -> dict[str, bool]:
    return {each.name: each.is_ok for each in check_environment(chosen)}


def test_check__healthy__all_well(scene: Scene) -> None:
    found = findings(scene.settings(max_clock_skew=10**9))
    assert all(found.values()), found
    assert {"home", "chain_id", "clock", "attestation", "key", "contract.emissions", "contract.relay"} <= set(found)


def test_check__each_fault__found_by_its_own_test(scene: Scene, tmp_path: Path) -> None:
    deployment = scene.deployment
    swapped = {**deployment.addresses, "emissions": deployment.address("relay")}
    Deployment(deployment.chain_id + 1, deployment.block, swapped).save(tmp_path / "other.json")
    found = findings(scene.settings(deployment=tmp_path / "other.json", password_file=None, password="wrong"))
    assert not any((found["chain_id"], found["contract.emissions"], found["attestation"], found["key"]))
    assert found["contract.accounts"]
    assert findings(scene.settings(deployment=tmp_path / "none.json")) == {"deployment": False}
    silent = findings(scene.settings(rpc_url="http://127.0.0.1:9"))
    assert [name for name, is_ok in silent.items() if is_ok] == ["home"]


@pytest.mark.e2e
def test_cli__check_push_status__json_on_standard_output(scene: Scene) -> None:
    oracle = scene.oracle()
    account = scene.world.open_account()
    oracle.desk.receive(scene.statement(account, scene.verifier))
    oracle.desk.receive(scene.statement(account, scene.province, tonnes=7))
    environment = os.environ | {
        "ORACLE_HOME": str(oracle.settings.home),
        "ORACLE_RPC_URL": scene.world.node.url,
        "ORACLE_DEPLOYMENT": str(scene.folder / "deployment.json"),
        "ORACLE_MAX_CLOCK_SKEW": "1000000000",
    }

    def run(*words: str) -> tuple[int, dict]:
        program = [sys.executable, "-c", "from registry_cli.oracle import app; app()", *words, "--json"]
        done = subprocess.run(program, env=environment, capture_output=True, timeout=120)
        return done.returncode, json.loads(done.stdout or b"{}")

    code, body = run("check")
    assert (code, body["ok"]) == (0, True)
    code, body = run("push")
    assert (code, body["live"], body["planned"]) == (0, False, [])
    code, body = run("status")
    assert (code, body["counts"]["collecting"], body["conflicts"][0]["account"]) == (0, 2, account)
    assert {s["refusal"]["rule"] for s in body["statements"]} == {"R-04"}
    code, body = run("push", "--statement", "0x" + "00" * 32)
    assert code == 2
    environment["ORACLE_RPC_URL"] = "http://127.0.0.1:9"
    assert run("push")[0] == 1
    environment["ORACLE_BATCH"] = "0"
    assert run("status")[0] == 2


@pytest.fixture(scope="module")
def crowd(scene: Scene) -> list[EthereumSigner]:
    """Signers of every class and province, a suspended one and a stranger."""
    act = scene.world.office.act
    made = []
    for terms in ({}, {"until": 1}, {"scopes": 1}):
        made.append(EthereumSigner.create())
        scene.world.name_verifier(made[-1], **terms)
    act("accreditation", "suspend", scene.world.name_verifier(made[0], EthereumSigner.create()))
    for signer_class, province in ((PROVINCE, 11), (PROVINCE, 42), (CENTRE, 0), (0, 0)):
        made.append(EthereumSigner.create())
        act("emissions", "setSigner", made[-1].signer, signer_class, province)
    return [*made, EthereumSigner.create()]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_assemble__any_crowd__complete_if_and_only_if_the_contract_accepts_a_choice(
    scene: Scene, crowd: list[EthereumSigner], data: st.DataObject
) -> None:
    account = 1001 if 1001 in scene.world.keys else scene.world.open_account()
    signers = data.draw(st.lists(st.sampled_from(crowd), min_size=1, max_size=5, unique_by=lambda s: s.address))
    statement = scene.statement(account, *signers, tonnes=data.draw(st.integers(0, 2**40)))
    facts = FactsReader(scene.world.node.rpc, scene.deployment).read(
        [(account, statement.message.year, 1)], [a.signer for a in statement.approvals]
    )
    assembly = assemble(account, statement.approvals, facts)

    def verdict(approvals: list) -> str | None:
        call = statement_call(scene.deployment, statement.model_copy(update={"approvals": approvals}))
        try:
            scene.world.node.rpc.call("eth_call", {"to": call.target, "data": "0x" + call.data.hex()}, "latest")
        except RpcError as error:
            return decode_error(bytes.fromhex(error.data[2:])).name
        return None

    if assembly.missing is None:
        assert verdict(list(assembly.chosen)) is None
    else:
        counted = [a for a in statement.approvals if dict(assembly.refused)[a.signer] is None]
        assert verdict(counted) == assembly.missing.error
