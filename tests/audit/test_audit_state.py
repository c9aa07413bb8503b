"""The audit of a whole year is clean, and one flipped byte of contract state is found wherever it is."""

from typing import Any

import pytest
import trie as py_trie
from audit_year import NEW_BATCH, OTHER, YEAR, Year
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from registry_sdk.audit import AuditError, Difference, audit
from registry_sdk.audit.layout import layouts
from registry_sdk.audit.storage import TOLD, is_told, mapping_slot
from registry_sdk.audit.trie import EMPTY_ROOT, ProofError, prove, storage_root
from registry_sdk.codec import CONTRACTS
from registry_sdk.deployment import Deployment
from registry_sdk.rpc import RpcClient


def flip(year: Year, contract: str, label: str, *keys: Any, byte: int, plus: int = 0) -> None:
    """Change one byte of a slot behind the contract's back; byte 0 is the lowest."""
    world = year.world
    slot = mapping_slot(layouts()[contract].variables[label][0], *keys) + plus
    at = world.deployment.address(contract)
    word = int(world.node.rpc.call("eth_getStorageAt", at, f"0x{slot:064x}", "latest"), 16)
    world.node.rpc.call("anvil_setStorageAt", at, f"0x{slot:064x}", f"0x{word ^ 1 << 8 * byte:064x}")
    world.mine([])


def audited(year: Year) -> list[Difference]:
    report = audit(year.world.node.rpc, year.world.deployment)
    assert not report.is_clean
    return report.differences


def test_audit__whole_year__clean(year: Year) -> None:
    report = audit(year.world.node.rpc, year.world.deployment, proofs=100)

    assert report.findings == []
    assert report.differences == []
    assert report.proofs == report.checked["holdings"] > 10
    assert set(report.roots) | set(report.slots) == set(CONTRACTS)
    empty = {kind for kind, count in report.checked.items() if not count}
    assert not empty, "the year must show every kind of row"


@pytest.mark.parametrize("byte", [0, 9, 17, 24])
def test_audit__holding_flipped__found(year: Year, byte: int) -> None:
    flip(year, "allowances", "_holdings", year.mill, YEAR, byte=byte)
    field = {0: "registry", 9: "trading", 17: "locked", 24: "epoch"}[byte]

    found = audited(year)

    assert any((d.kind, d.key, d.field) == ("holdings", ("allowances", year.mill, YEAR), field) for d in found)


CASES = {
    "position": ("compliance", "_positions", lambda y: (y.mill, YEAR), 9, "positions"),
    "pending": ("compliance", "_positions", lambda y: (y.plant, OTHER), 22, "positions"),
    "frozen status": ("compliance", "_positions", lambda y: (y.late, YEAR), 30, "positions"),
    "lock": ("allowances", "_locks", lambda y: (3,), 8, "locks"),
    "nonce": ("accounts", "_accounts", lambda y: (y.plant,), 10, "accounts"),
    "status": ("accounts", "_accounts", lambda y: (y.trader,), 0, "accounts"),
    "figure": ("emissions", "_figures", lambda y: (y.plant, YEAR, 1), 0, "figures"),
    "figure's statement": ("emissions", "_figures", lambda y: (y.plant, YEAR, 1), 20, "figures"),
    "sub-units": ("emissions", "_summaries", lambda y: (y.plant, 2026), 8, "summaries"),
    "body's standing": ("accreditation", "_bodies", lambda y: (1,), 0, "bodies"),
    "evidence late": ("evidence", "_years", lambda y: (y.plant, YEAR), 31, "evidence_months"),
    "evidence root": ("evidence", "_years", lambda y: (y.plant, YEAR), 0, "evidence_heads"),
    "credits": ("credits", "_holdings", lambda y: (y.plant, NEW_BATCH), 0, "holdings"),
    "totals": ("allowances", "_totals", lambda y: (OTHER,), 8, "totals"),
    "plan": ("allocation", "_plans", lambda y: (YEAR, 1), 0, "plans"),
    "entitlement": ("allocation", "_entitlements", lambda y: (y.plant, 2028), 9, "entitlements"),
    "debt": ("allocation", "_debts", lambda y: (y.plant,), 0, "debts"),
    "class restriction": ("accounts", "restrictedSectors", lambda y: (11,), 0, "restrictions"),
    "waiting request": ("compliance", "_requests", lambda y: (y.waiting,), 10, "slot"),
    "waiting application": ("carryover", "_applications", lambda y: (y.application,), 4, "carry_applications"),
    "limit": ("carryover", "_limits", lambda y: (2027, y.plant), 9, "carry_limits"),
    "help": ("compliance", "_payments", lambda y: (y.plant, OTHER, y.trader, OTHER), 0, "payments"),
    "number of accounts' stop": ("accounts", "isStopped", lambda y: (), 4, "controls"),
    "stop of a ledger": ("allowances", "_control", lambda y: (), 0, "slot"),
    "sealed table": ("control", "_isSealed", lambda y: (), 0, "slot"),
    "units nobody was given": ("allowances", "_holdings", lambda y: (y.late, OTHER), 0, "holdings"),
}


@pytest.mark.parametrize("what", CASES)
def test_audit__state_flipped__found(year: Year, what: str) -> None:
    contract, label, keys, byte, kind = CASES[what]
    flip(year, contract, label, *keys(year), byte=byte)

    assert kind in {d.kind for d in audited(year)}


def test_audit__code_changed__found(year: Year) -> None:
    world = year.world
    address = world.deployment.address("relay")
    code = world.node.rpc.call("eth_getCode", address, "latest")
    world.node.rpc.call("anvil_setCode", address, code[:-1] + ("0" if code[-1] != "0" else "1"))
    world.mine([])

    assert ("bytecode", ("relay",)) in {(d.kind, d.key) for d in audited(year)}


def test_audit__role_given_behind_the_back__found(year: Year) -> None:
    world = year.world
    slots = layouts()["authority"]
    members = mapping_slot(slots.variables["_roles"][0], 0) + slots.structs["Role"]["members"][0]
    target = mapping_slot(members, world.sender.address)
    at = world.deployment.address("authority")
    world.node.rpc.call("anvil_setStorageAt", at, f"0x{target:064x}", f"0x{1:064x}")
    world.mine([])

    assert ("roles", (0, world.sender.address.lower())) in {(d.kind, d.key) for d in audited(year)}


def test_audit__one_holding_proof__compares_the_word_itself(year: Year) -> None:
    flip(year, "allowances", "_holdings", year.mill, YEAR, byte=0)

    report = audit(year.world.node.rpc, year.world.deployment, proofs=100)

    assert ("proof", "holdings") in {(d.place, d.kind) for d in report.differences}


def test_audit__permission_table_changed_by_governance__told(year: Year) -> None:
    world = year.world
    freeze = world.deployment.contract("accounts").functions["freeze"].selector
    world.govern("control", "setPermission", (world.deployment.address("accounts"), freeze, 30, 30, 0, 0))

    report = audit(world.node.rpc, world.deployment)

    assert report.findings == []
    assert {d.kind for d in report.differences} == {"permission_table"}


def test_audit__later_block__same_chain_still_clean(year: Year) -> None:
    before = year.world.node.head()
    year.world.do("transfer", year.plant, to=year.mill, unit=OTHER, quantity=1)

    old = audit(year.world.node.rpc, year.world.deployment, block=int(before["number"], 16))
    new = audit(year.world.node.rpc, year.world.deployment)

    assert (old.is_clean, new.is_clean) == (True, True)
    assert old.logs < new.logs


def test_audit__state_of_block_forgotten__says_so(year: Year) -> None:
    with pytest.raises(AuditError, match="does not answer at this block"):
        audit(year.world.node.rpc, year.world.deployment, block=year.world.deployment.block + 25)


def test_audit__other_chain__refused(year: Year) -> None:
    other = Deployment(1, year.world.deployment.block, year.world.deployment.addresses)

    with pytest.raises(AuditError, match="another chain"):
        audit(year.world.node.rpc, other)


def test_audit__nobody_answers__refused(year: Year) -> None:
    with pytest.raises(AuditError, match="does not answer"):
        audit(RpcClient("http://127.0.0.1:9"), year.world.deployment)


def test_layouts__every_contract_with_state__every_variable_is_derived() -> None:
    for name, layout in layouts().items():
        assert name not in TOLD or is_told(name, layout), f"{name} has variables that audit/storage.py does not derive"


@given(st.dictionaries(st.integers(0, 2**256 - 1), st.integers(1, 2**256 - 1), max_size=60))
def test_storage_root__any_words__that_of_py_trie(words: dict[int, int]) -> None:
    import rlp  # type: ignore[import-untyped]

    tree = py_trie.HexaryTrie({})
    for slot, word in words.items():
        tree[keccak(slot.to_bytes(32))] = rlp.encode(word)

    assert storage_root(words) == (tree.root_hash if words else EMPTY_ROOT)
    for slot in [*list(words)[:5], 2**255 + 77]:
        nodes = [rlp.encode(node) for node in tree.get_proof(keccak(slot.to_bytes(32)))]
        found = prove(storage_root(words), slot.to_bytes(32), nodes)
        assert found == (rlp.encode(words[slot]) if slot in words else None)


def test_prove__nodes_of_another_tree__refused() -> None:
    with pytest.raises(ProofError):
        prove(storage_root({1: 2}), (1).to_bytes(32), [b"\xc0"])
