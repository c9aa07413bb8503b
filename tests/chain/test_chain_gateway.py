"""The JSON-RPC front on a real chain: what it lets through, what it refuses, alone and inside batches."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from chain_support import CHAIN_ID, DEPLOYER, SENDERS, START, STORE_TIME, STRANGER, chain, raw, settings
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from web3 import Web3

from registry_api.chain import (
    ChainIntegrityError,
    ChainRefusedError,
    EmbeddedChain,
    ExternalChain,
    Gateway,
    TxRefusedError,
    build_router,
)
from registry_api.chain.gateway import MAX_BATCH, MAX_BODY_BYTES, MAX_LOG_BLOCKS
from registry_api.chain.gateway_methods import METHODS

A, B, C = SENDERS[:3]
ADDRESS = "0x" + "11" * 20
LOOP = {"data": "0x5b600056"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedChain]:
    with chain(tmp_path_factory.mktemp("gateway")) as started:
        created = raw(DEPLOYER, 0, to=None, data=STORE_TIME)
        started.send_raw([created])
        started.send_raw([raw(DEPLOYER, 1, to=contract(started))])
        yield started


@pytest.fixture(scope="module")
def gateway(running: EmbeddedChain) -> Gateway:
    return Gateway(running)


@pytest.fixture(scope="module")
def served(gateway: Gateway) -> Iterator[str]:
    app = FastAPI()
    app.include_router(build_router(gateway))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/rpc"
    server.should_exit = True
    thread.join()


def contract(running: EmbeddedChain) -> str:
    block = running.rpc.call("eth_getBlockByNumber", "0x1", True)
    return str(running.rpc.call("eth_getTransactionReceipt", block["transactions"][0]["hash"])["contractAddress"])


def request(method: Any, *params: Any, number: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


def ask(gateway: Gateway, body: Any) -> Any:
    return json.loads(gateway.handle(json.dumps(body).encode() if not isinstance(body, bytes) else body))


def rule_of(answer: dict[str, Any]) -> str | None:
    return answer["error"]["data"]["rule"] if "error" in answer else None


FORBIDDEN = [
    "anvil_impersonateAccount",
    "anvil_setBalance",
    "anvil_dumpState",
    "anvil_loadState",
    "anvil_reset",
    "anvil_mine",
    "evm_mine",
    "evm_snapshot",
    "evm_revert",
    "evm_setNextBlockTimestamp",
    "evm_increaseTime",
    "hardhat_setCode",
    "hardhat_reset",
    "debug_traceTransaction",
    "debug_traceCall",
    "trace_block",
    "txpool_content",
    "eth_sendTransaction",
    "eth_sign",
    "eth_accounts",
    "eth_signTransaction",
    "eth_signTypedData_v4",
    "eth_subscribe",
    "eth_unsubscribe",
    "eth_newFilter",
    "eth_getFilterChanges",
    "eth_sendUnsignedTransaction",
    "eth_simulateV1",
    "eth_createAccessList",
    "personal_sign",
    "personal_unlockAccount",
    "admin_peers",
    "engine_newPayloadV3",
    "miner_start",
    "rpc_modules",
    "wallet_sendCalls",
    "erigon_getHeaderByNumber",
    "ots_getApiLevel",
    "ETH_CALL",
    "eth_Call",
    "Eth_call",
    "eth_callMany",
    "eth_sendrawtransaction",
    "eth_sendRawTransactionSync",
    "",
    " eth_call",
    "eth_call ",
    "eth_call\0",
    "eth_c\u0430ll",
    "eth_call\u200b",
    "eth_\uff43all",
    "__class__",
    "eth_call\n",
]


@pytest.mark.parametrize("method", FORBIDDEN)
def test_handle__method_not_listed__refused_alone_and_in_batch(gateway: Gateway, method: str) -> None:
    assert rule_of(ask(gateway, request(method))) == "N-20"
    first, second, third = ask(
        gateway, [request("eth_chainId"), request(method, number="x"), request("eth_blockNumber")]
    )
    assert (first["result"], rule_of(second), second["id"]) == (hex(CHAIN_ID), "N-20", "x")
    assert "result" in third


@pytest.mark.parametrize("method", [None, 1, True, [], ["eth_call"], {"eth_call": 1}])
def test_handle__method_not_text__refused(gateway: Gateway, method: Any) -> None:
    assert rule_of(ask(gateway, request(method))) == "N-20"


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        ("N-21", b""),
        ("N-21", b"{"),
        ("N-21", b"\xff\xfe"),
        ("N-21", b"\xef\xbb\xbf" + json.dumps(request("eth_chainId")).encode()),
        ("N-21", json.dumps(request("eth_chainId")).encode("utf-16")),
        ("N-21", b"[" * 100_000),
        ("N-21", b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","method":"evm_mine","params":[]}'),
        ("N-21", b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[{"a":1,"a":2}]}'),
        ("N-21", b'{"jsonrpc":"2.0","id":NaN,"method":"eth_chainId"}'),
        ("N-21", b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId"} x'),
        ("N-21", b'{"jsonrpc":"2.0","id":' + b"9" * 5_000 + b',"method":"eth_chainId"}'),
        ("N-22", b"1"),
        ("N-22", b'"eth_chainId"'),
        ("N-22", b"null"),
        ("N-22", b'{"id":1,"method":"eth_chainId"}'),
        ("N-22", b'{"jsonrpc":"2.0","method":"eth_chainId"}'),
        ("N-22", b'{"jsonrpc":"2.0","id":true,"method":"eth_chainId"}'),
        ("N-22", b'{"jsonrpc":"2.0","id":1.5,"method":"eth_chainId"}'),
        ("N-22", b'{"jsonrpc":"2.0","id":"\\ud800","method":"eth_chainId"}'),
        ("N-22", b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{}}'),
        ("N-22", b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","extra":1}'),
        ("N-23", b"[]"),
        ("N-23", json.dumps([request("eth_chainId")] * (MAX_BATCH + 1)).encode()),
        ("N-25", b" " * (MAX_BODY_BYTES + 1)),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)}-{value[:24].hex()}",
)
def test_handle__body_malformed__refused_with_rule(gateway: Gateway, rule: str, body: bytes) -> None:
    assert rule_of(ask(gateway, body)) == rule


def test_handle__batch_inside_batch__refused_others_answered(gateway: Gateway) -> None:
    nested, good = ask(gateway, [[request("eth_chainId")], request("eth_chainId")])
    assert rule_of(nested) == "N-23"
    assert good["result"] == hex(CHAIN_ID)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_chainId", [1]),
        ("eth_call", []),
        ("eth_call", [LOOP, "latest", {ADDRESS: {"balance": "0x1"}}]),
        ("eth_call", [LOOP, "latest", {}, {"time": "0x1"}]),
        ("eth_call", [LOOP, "newest"]),
        ("eth_call", [LOOP, ["latest"]]),
        ("eth_call", [{"to": ADDRESS, "stateOverride": {}}]),
        ("eth_call", [{"to": [ADDRESS]}]),
        ("eth_call", [{"data": "0x1"}]),
        ("eth_call", [{"gas": 5}]),
        ("eth_call", [{"gas": "0x05"}]),
        ("eth_call", [[LOOP]]),
        ("eth_estimateGas", [LOOP, "latest", {}]),
        ("eth_getBalance", ["0x11"]),
        ("eth_getBalance", [ADDRESS + "\n"]),
        ("eth_getBalance", [ADDRESS, "LATEST"]),
        ("eth_getBalance", ["0x" + "１" * 40]),
        ("eth_getBlockByNumber", ["latest"]),
        ("eth_getBlockByNumber", ["latest", 1]),
        ("eth_getBlockByHash", ["0x12", False]),
        ("eth_getLogs", [{"address": ["0x1"]}]),
        ("eth_getLogs", [{"topics": [[[None]]]}]),
        ("eth_getLogs", [{"fromBlock": 0}]),
        ("eth_getLogs", [{"blockHash": "0x" + "00" * 32, "fromBlock": "0x0"}]),
        ("eth_getProof", [ADDRESS, ["0x0"] * 101, "latest"]),
        ("eth_feeHistory", ["0x1", "latest", [101]]),
        ("eth_sendRawTransaction", []),
        ("eth_sendRawTransaction", [raw(A, 0).hex()]),
        ("eth_sendRawTransaction", ["0x" + raw(A, 0).hex(), {}]),
        ("eth_sendRawTransaction", ["0x" + "00" * 131_074]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_handle__parameters_not_in_form__refused(gateway: Gateway, method: str, params: list[Any]) -> None:
    assert rule_of(ask(gateway, request(method, *params))) == "N-24"


def test_handle__every_read_method__answers(gateway: Gateway, running: EmbeddedChain) -> None:
    newest = running.rpc.call("eth_getBlockByNumber", "latest", False)
    target = contract(running)
    log = {"address": target, "fromBlock": "earliest", "topics": []}
    params: dict[str, list[Any]] = {
        "eth_call": [{"to": target}, "latest"],
        "eth_estimateGas": [{"from": A.address, "to": target}],
        "eth_feeHistory": ["0x2", "latest", [50]],
        "eth_getBalance": [ADDRESS, {"blockHash": newest["hash"]}],
        "eth_getBlockByHash": [newest["hash"], True],
        "eth_getBlockByNumber": ["latest", False],
        "eth_getBlockReceipts": ["latest"],
        "eth_getCode": [target, "latest"],
        "eth_getLogs": [log],
        "eth_getProof": [target, ["0x0"], "latest"],
        "eth_getStorageAt": [target, "0x0", "latest"],
        "eth_getTransactionByHash": [newest["transactions"][0]],
        "eth_getTransactionCount": [A.address, "pending"],
        "eth_getTransactionReceipt": [newest["transactions"][0]],
    }
    names = [name for name in METHODS if name != "eth_sendRawTransaction"]
    answers = ask(gateway, [request(name, *params.get(name, []), number=name) for name in names])
    assert [answer["id"] for answer in answers] == names
    assert not [answer for answer in answers if "error" in answer]
    by_name = {answer["id"]: answer["result"] for answer in answers}
    assert int(by_name["eth_getStorageAt"], 16) == START + 100
    assert len(by_name["eth_getLogs"]) == 1
    assert "anvil" not in by_name["web3_clientVersion"].lower()


@pytest.mark.parametrize("gas", [{}, {"gas": "0xffffffffffff"}])
def test_handle__endless_loop__ends_at_the_gas_cap(gateway: Gateway, gas: dict[str, str]) -> None:
    for method in ("eth_call", "eth_estimateGas"):
        assert "error" in ask(gateway, request(method, LOOP | gas))


def test_handle__log_range_too_wide__refused(tmp_path: Path, running: EmbeddedChain) -> None:
    class Tall(ExternalChain):
        def head(self):  # the range check needs a tall chain, not its blocks
            return type(running.head())(MAX_LOG_BLOCKS * 2, "0x", 0)

    tall = Gateway(Tall(settings(tmp_path, chain_url="http://127.0.0.1:1/")))
    wide = {"fromBlock": "0x1", "toBlock": hex(MAX_LOG_BLOCKS + 1)}
    assert rule_of(ask(tall, request("eth_getLogs", wide))) == "N-26"
    assert rule_of(ask(tall, request("eth_getLogs", {"fromBlock": "earliest"}))) == "N-26"
    assert rule_of(ask(tall, request("eth_getLogs", {"fromBlock": "0x1", "toBlock": "0x2"}))) == "N-27"
    assert ask(tall, request("eth_getLogs", {"fromBlock": hex(10**9)}))["result"] == []


def test_handle__raw_transactions_in_batch__share_a_block_bad_ones_named(
    gateway: Gateway, running: EmbeddedChain
) -> None:
    before = running.head().height
    nonce = int(running.rpc.call("eth_getTransactionCount", A.address, "latest"), 16)
    raws = [raw(A, nonce), raw(STRANGER, 0), raw(A, nonce + 1), raw(A, nonce + 2, to=None), raw(B, 77)]
    answers = ask(
        gateway, [request("eth_sendRawTransaction", "0x" + one.hex(), number=at) for at, one in enumerate(raws)]
    )
    assert [rule_of(answer) for answer in answers] == [None, "N-04", None, "N-05", "N-08"]
    assert running.head().height == before + 1
    again = ask(gateway, request("eth_sendRawTransaction", "0x" + raws[0].hex()))
    assert again["result"] == answers[0]["result"]


def test_handle__chain_stopped__temporarily_unavailable(tmp_path: Path) -> None:
    stopped = chain(tmp_path).start()
    stopped.stop()
    answers = ask(Gateway(stopped), [request("eth_chainId"), request("eth_sendRawTransaction", "0x" + raw(A, 0).hex())])
    assert [rule_of(answer) for answer in answers] == ["N-27", "N-27"]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_handle__any_bytes__one_json_error(gateway: Gateway, body: bytes) -> None:
    assert "error" in ask(gateway, body)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(sorted(METHODS)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(sorted(METHODS)), st.lists(_json, max_size=4))
def test_handle__any_parameters__well_formed_answer(gateway: Gateway, method: str, params: list[Any]) -> None:
    answer = ask(gateway, request(method, *params))
    assert answer["id"] == 1
    assert ("error" in answer) != ("result" in answer)


def test_router__body_too_long__status_413(served: str) -> None:
    answer = httpx.post(served, content=b" " * (MAX_BODY_BYTES + 1))
    assert (answer.status_code, rule_of(answer.json())) == (413, "N-25")
    assert httpx.get(served).status_code == 405


def test_router__web3_client__reads_and_sends(served: str, running: EmbeddedChain) -> None:
    web3 = Web3(Web3.HTTPProvider(served))
    nonce = web3.eth.get_transaction_count(C.address)
    known = web3.eth.send_raw_transaction(raw(C, nonce))
    assert web3.eth.get_transaction_receipt(known)["status"] == 1
    assert web3.eth.block_number == running.head().height


def test_external_chain__behind_another_gateway__same_answers(
    served: str, running: EmbeddedChain, tmp_path: Path
) -> None:
    with ExternalChain(settings(tmp_path, chain_url=served)) as external:
        nonce = int(external.rpc.call("eth_getTransactionCount", B.address, "latest"), 16)
        raws = [raw(B, nonce), raw(B, nonce + 1)]
        hashes = external.send_raw(raws)
        assert external.send_raw(raws) == hashes
        assert external.head() == running.head()
        outcomes = external.send_each([raw(STRANGER, 0), raw(B, nonce), raw(B, nonce + 9)])
        assert [isinstance(outcome, TxRefusedError) for outcome in outcomes] == [True, False, True]
        with pytest.raises(TxRefusedError, match="N-09"):
            external.send_raw([raw(B, nonce + 9)])
        with pytest.raises(ChainRefusedError, match="N-11"):
            external.advance(1)
        assert ask(Gateway(external), request("eth_chainId"))["result"] == hex(CHAIN_ID)
        assert rule_of(ask(Gateway(external), request("evm_mine"))) == "N-20"
    with pytest.raises(ChainIntegrityError):
        ExternalChain(settings(tmp_path, chain_url=served, chain_id=5)).start()
