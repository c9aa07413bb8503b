"""Settings from the environment; the JSON-RPC client against a real node; snapshot and transaction units."""

import threading
from pathlib import Path

import pytest
from chain_support import CHAIN_ID, SENDERS, chain, raw
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from registry_api.chain.errors import REFUSALS, TxRefusedError
from registry_api.chain.gateway import CODES
from registry_api.chain.snapshot import SnapshotStore
from registry_api.chain.transactions import decode
from registry_api.settings import Settings
from registry_sdk.rpc import RpcClient, RpcError, RpcTransportError

A = SENDERS[0]


def test_settings__from_environment__parsed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("open sesame\n")
    monkeypatch.setenv("REGISTRY_HOME", str(tmp_path))
    monkeypatch.setenv("REGISTRY_ALLOWED_SENDERS", f"{A.address}, *")
    monkeypatch.setenv("REGISTRY_RELAYER_PASSWORD_FILE", str(secret))
    settings = Settings()
    assert settings.allowed_senders == [A.address.lower(), "*"]
    assert settings.database == f"sqlite:///{tmp_path}/registry.sqlite3"
    assert settings.relayer_password is not None
    assert settings.relayer_password.get_secret_value() == "open sesame"
    assert "sesame" not in repr(settings)


def test_settings__defaults__closed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings()
    assert (settings.allowed_senders, settings.allowed_deployers, settings.sandbox) == ([], [], False)
    assert settings.host == "127.0.0.1"


def test_settings__database_password__not_in_repr() -> None:
    assert "hunter2" not in repr(Settings(database_url="postgresql://u:hunter2@127.0.0.1/x"))


@pytest.mark.parametrize("word", ["0x12", "f" * 40, "0x" + "g" * 40, "**"])
def test_settings__not_an_address__refused(word: str) -> None:
    with pytest.raises(ValidationError, match="40 hexadecimal"):
        Settings(allowed_senders=[word])


@pytest.mark.parametrize(("sandbox", "start"), [(False, 1_735_776_000), (True, 1_000_000_000)])
def test_settings__sandbox_start_without_sandbox_or_before_genesis__refused(sandbox: bool, start: int) -> None:
    with pytest.raises(ValidationError, match="sandbox_start needs"):
        Settings(sandbox=sandbox, sandbox_start=start)


def test_rpc_client__errors_and_batches__typed_and_in_order(tmp_path: Path) -> None:
    with chain(tmp_path) as running:
        assert running.rpc.call("eth_chainId") == hex(CHAIN_ID)
        mixed = running.rpc.batch_each([("eth_chainId", ()), ("no_such", ()), ("eth_blockNumber", ())])
        assert (mixed[0], mixed[2]) == (hex(CHAIN_ID), "0x0")
        assert isinstance(mixed[1], RpcError)
        assert running.rpc.batch([]) == []
        with pytest.raises(RpcError) as error:
            running.rpc.batch([("eth_chainId", ()), ("no_such", ())])
        assert error.value.code == -32601

        wrong: list[object] = []

        def read() -> None:
            for at in range(50):
                got = running.rpc.batch(
                    [("eth_getBalance", (hex(at)[2:].rjust(42, "0").replace("00", "0x", 1), "latest"))]
                )
                if got != ["0x0"]:
                    wrong.append(got)

        threads = [threading.Thread(target=read) for _ in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert wrong == []


def test_rpc_client__nobody_there_or_answer_too_long__transport_error(tmp_path: Path) -> None:
    with pytest.raises(RpcTransportError):
        RpcClient("http://127.0.0.1:1/").call("eth_chainId")
    with pytest.raises(RpcTransportError):
        RpcClient("ftp://127.0.0.1/").call("eth_chainId")
    with chain(tmp_path) as running:
        node = running._producer.node()
        assert node
        with pytest.raises(RpcTransportError, match="longer"):
            RpcClient(node.url, max_response_bytes=10).call("eth_chainId")


def test_snapshot_store__many_saved__two_newest_kept_and_leftovers_ignored(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "s")
    assert list(store.newest_first()) == []
    for height in range(8, 12):
        store.save(height, "0x" + f"{height:064x}", b"not gzip")
    (tmp_path / "s" / "state-x.new").write_bytes(b"")
    kept = list(store.newest_first())
    assert [snapshot.height for snapshot in kept] == [11, 10]
    assert kept[0].read() is None


@given(st.binary(max_size=300))
def test_decode__any_bytes__refused_with_a_rule(data: bytes) -> None:
    with pytest.raises(TxRefusedError, match=r"^N-0[13]"):
        decode(data)


@given(
    st.integers(0, 2**64 - 1),
    st.integers(21_000, 2**40),
    st.binary(max_size=64),
    st.sampled_from([{}, {"type": 1, "accessList": []}, {"type": 2, "maxFeePerGas": 7, "maxPriorityFeePerGas": 3}]),
)
def test_decode__signed_by_the_library__same_sender_and_fields(nonce: int, gas: int, data: bytes, kind: dict) -> None:
    signed = raw(A, nonce, gas=gas, data=data, **kind)
    tx = decode(signed)
    assert tx.sender == Account.recover_transaction(signed).lower()
    assert (tx.nonce, tx.gas, tx.chain_id) == (nonce, gas, CHAIN_ID)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_decode__one_byte_changed__never_the_same_signer_and_content(at: int, change: int) -> None:
    good = raw(A, 3, data=b"abc")
    bad = bytearray(good)
    bad[at % len(good)] ^= change
    try:
        tx = decode(bytes(bad))
    except TxRefusedError:
        return
    assert tx.sender != A.address.lower()


def test_refusals__every_rule__two_languages_and_a_code() -> None:
    assert all(zh and en for zh, en in REFUSALS.values())
    assert {rule for rule in REFUSALS if rule >= "N-20"} == set(CODES)
