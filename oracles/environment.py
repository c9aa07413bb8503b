"""What must be right before anything is pushed, tested one by one: ``registry oracle check``."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from oracles.keys import sender_key
from oracles.refusals import OracleError
from oracles.settings import OracleSettings
from registry_sdk.codec import CONTRACTS, Contract
from registry_sdk.deployment import Deployment, DeploymentError
from registry_sdk.documents import to_bytes
from registry_sdk.keystore import KeystoreError
from registry_sdk.reader import Reader, SignerClass
from registry_sdk.rpc import RpcClient, RpcError, RpcTransportError


@dataclass(frozen=True)
class Finding:
    """One test of the environment."""

    name: str
    is_ok: bool
    zh: str
    en: str

    def to_json(self) -> dict[str, object]:
        return {"name": self.name, "ok": self.is_ok, "zh": self.zh, "en": self.en}


@dataclass(frozen=True)
class _Bench:
    settings: OracleSettings
    deployment: Deployment
    rpc: RpcClient


def check_environment(settings: OracleSettings) -> list[Finding]:
    """Test everything; a test that cannot be made counts as failed, and the others go on where they can."""
    try:
        deployment = Deployment.load(settings.deployment)
    except DeploymentError as error:
        return [Finding("deployment", False, str(error), str(error))]
    bench = _Bench(settings, deployment, RpcClient(settings.rpc_url, timeout=settings.rpc_timeout))
    return [finding for name, test in TESTS.items() for finding in _run(name, test, bench)]


def is_same_code(compiled: Contract, deployed: bytes) -> bool:
    """Whether deployed code is the compiled one, apart from immutable values that the constructor set."""
    if len(deployed) != len(compiled.deployed_bytecode):
        return False
    ours, theirs = bytearray(compiled.deployed_bytecode), bytearray(deployed)
    for places in compiled.immutable_references.values():
        for place in places:
            start, end = place["start"], place["start"] + place["length"]
            ours[start:end] = theirs[start:end] = bytes(place["length"])
    return ours == theirs


def _run(name: str, test: Callable[[_Bench], Iterator[Finding]], bench: _Bench) -> Iterator[Finding]:
    try:
        yield from test(bench)
    except (RpcTransportError, RpcError) as error:
        yield Finding(name, False, f"{bench.settings.rpc_url} 无法查询：{error}", f"cannot ask the chain: {error}")


def _home(bench: _Bench) -> Iterator[Finding]:
    home = bench.settings.home
    try:
        bench.settings.prepare_home()
        is_ok = os.access(home, os.W_OK) and os.access(bench.settings.inbox_folder, os.W_OK)
    except OSError:
        is_ok = False
    zh, en = ("可写", "writable") if is_ok else ("不可写，更正 ORACLE_HOME", "not writable: correct ORACLE_HOME")
    yield Finding("home", is_ok, f"{home} {zh}", f"{home} {en}")


def _chain_id(bench: _Bench) -> Iterator[Finding]:
    expected, given = bench.deployment.chain_id, int(bench.rpc.call("eth_chainId"), 16)
    yield Finding("chain_id", given == expected, f"链 {given}，部署文件 {expected}", f"chain {given}, file {expected}")


def _code(bench: _Bench) -> Iterator[Finding]:
    names = list(CONTRACTS)
    calls = [("eth_getCode", [bench.deployment.address(name), "latest"]) for name in names]
    for name, code in zip(names, bench.rpc.batch(calls), strict=True):
        is_ok = is_same_code(bench.deployment.contract(name), to_bytes(code))
        zh = "字节码一致" if is_ok else "字节码与本版本不一致：更新本软件或部署文件"
        en = "same bytecode" if is_ok else "another bytecode: update this software or the deployment file"
        yield Finding(f"contract.{name}", is_ok, zh, en)


def _clock(bench: _Bench) -> Iterator[Finding]:
    head = bench.rpc.call("eth_getBlockByNumber", "latest", False)
    ahead = int(head["timestamp"], 16) - int(time.time())
    # a quiet chain lags without any fault: only a clock that runs ahead is wrong
    most = bench.settings.max_clock_skew
    is_ok = ahead <= most
    zh = f"最新区块与本机时间相差 {ahead} 秒，至多可提前 {most} 秒"
    en = f"the newest block is {ahead} s ahead of our clock, at most {most} is right"
    yield Finding("clock", is_ok, zh, en)


def _attestation(bench: _Bench) -> Iterator[Finding]:
    threshold, required, epoch = Reader(bench.rpc, bench.deployment).config()
    classes = ", ".join(each.name for each in SignerClass if required >> each & 1) or "-"
    zh = f"门限 {threshold}，必签 {classes}，配置第 {epoch} 版" if threshold else "尚未设定签名门限"
    en = f"threshold {threshold}, required {classes}, epoch {epoch}" if threshold else "no threshold is set yet"
    yield Finding("attestation", threshold > 0, zh, en)


def _key(bench: _Bench) -> Iterator[Finding]:
    try:
        key = sender_key(bench.settings)
    except (OracleError, KeystoreError, OSError) as error:
        yield Finding("key", False, str(error), str(error))
        return
    if key is None:
        yield Finding("key", True, "未设密钥：只能演练", "no key is set: dry runs only")
        return
    nonce = int(bench.rpc.call("eth_getTransactionCount", key.address, "latest"), 16)
    yield Finding("key", True, f"{key.address}，已发送 {nonce} 笔", f"{key.address}, {nonce} transactions so far")


TESTS: Final[dict[str, Callable[[_Bench], Iterator[Finding]]]] = {
    "home": _home,
    "chain_id": _chain_id,
    "contracts": _code,
    "clock": _clock,
    "attestation": _attestation,
    "key": _key,
}
