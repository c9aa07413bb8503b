"""EIP-712 digests: what the SDK lets people sign is what the contracts hash, on any values."""

from typing import Any

import pytest
from eth_utils.crypto import keccak
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.world import CHAIN_ID, World

from registry_sdk.calls import abi_values
from registry_sdk.documents import ActMessage, Domain, ReportMessage, message_digest
from registry_sdk.typed import DOMAIN_NAME, DOMAIN_VERSION

UINT16, UINT32, UINT64 = (st.integers(0, 2**n - 1) for n in (16, 32, 64))
HASH = st.binary(min_size=32, max_size=32).map(lambda b: "0x" + b.hex())
ADDRESS = st.binary(min_size=20, max_size=20).map(lambda b: "0x" + b.hex())
DATA = st.binary(max_size=200).map(lambda b: "0x" + b.hex())
SHORT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

ACTS = st.fixed_dictionaries(
    {
        "chainId": UINT64,
        "target": ADDRESS,
        "data": DATA,
        "ground": st.fixed_dictionaries({"reason": st.integers(1, 2**16 - 1), "paper": HASH}),
        "salt": UINT64,
        "expiry": UINT64,
    }
)
REPORTS = st.fixed_dictionaries(
    {
        "chainId": UINT64,
        "oracle": ADDRESS,
        "epoch": UINT32,
        "account": UINT64,
        "year": UINT16,
        "version": UINT16,
        "tonnes": UINT64,
        "reportHash": HASH,
        "previous": HASH,
    }
)


def _domain(world: World, name: str) -> Domain:
    return Domain(chain_id=CHAIN_ID, contract=world.deployment.address(name).lower())


@SHORT
@given(fields=ACTS)
def test_hash_act__any_act__sdk_and_contract_agree(world: World, fields: dict[str, Any]) -> None:
    act = ActMessage(**fields)
    mine = message_digest("Act", act, _domain(world, "control"))
    assert world.reader.read("control", "hashAct", abi_values("Act", act)) == mine


@SHORT
@given(fields=REPORTS)
def test_hash_report__any_report__sdk_and_contract_agree(world: World, fields: dict[str, Any]) -> None:
    report = ReportMessage(**fields)
    mine = message_digest("EmissionsReport", report, _domain(world, "emissions"))
    assert world.reader.read("emissions", "hashReport", abi_values("EmissionsReport", report)) == mine


@pytest.mark.parametrize("name", ["allowances", "credits", "compliance"])
def test_domain_separator__each_contract__as_eip712_says(world: World, name: str) -> None:
    kind = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    contract = bytes.fromhex(world.deployment.address(name)[2:]).rjust(32, b"\0")
    texts = keccak(text=DOMAIN_NAME) + keccak(text=DOMAIN_VERSION)
    assert world.reader.read(name, "domainSeparator") == keccak(kind + texts + CHAIN_ID.to_bytes(32) + contract)


def test_domain_separator__all_contracts__differ(world: World) -> None:
    separators = {bytes(world.reader.read(n, "domainSeparator")) for n in ("allowances", "credits", "compliance")}
    assert len(separators) == 3
