"""The host of the service is hostile: it holds the relayer key, the deployer key, the journal and the database.

Whoever has all of that can delay what people signed, and nothing else: the storage of every contract of the registry
is compared before and after each attack.
"""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from eth_abi.abi import decode
from support.scene import CREDIT, Scene, set_scene
from support.world import ALL_RIGHTS, GROUND, PROVINCES, World

from registry_sdk.calls import Call, order_call, statement_call
from registry_sdk.codec import CONTRACTS, Function, contract
from registry_sdk.permissions import permissions, roles
from registry_sdk.signers import EthereumSigner

#: Calls a stranger may make without effect on anything of the registry.
HARMLESS = {("relay", "relay"), ("authority", "multicall"), ("authority", "renounceRole")}


@pytest.fixture(scope="module")
def scene(world: World) -> Scene:
    scene = set_scene(world)
    world.office.act("allowances", "placeLock", scene.two, 2025, 10, 7, 0, 0)
    return scene


@pytest.fixture(scope="module")
def host(world: World) -> EthereumSigner:
    """The key that deployed everything and relays everything."""
    return EthereumSigner(world.sender)


def _storage(world: World) -> dict[str, dict[str, str]]:
    """Every storage word of every contract of the registry; the node keeps words that were only read as zero."""
    accounts = json.loads(gzip.decompress(world.node.dump_state()))["accounts"]
    words = {address.lower(): account["storage"] for address, account in accounts.items()}
    return {
        name: {slot: word for slot, word in words[at.lower()].items() if int(word, 16)}
        for name, at in world.deployment.addresses.items()
    }


def _roots(world: World) -> dict[str, str]:
    """Root over the storage of each contract: as strict, and quicker."""
    names = list(world.deployment.addresses)
    asked = [("eth_getProof", [world.deployment.address(name), [], "latest"]) for name in names]
    return {name: proof["storageHash"] for name, proof in zip(names, world.node.rpc.batch(asked), strict=True)}


def _value(component: dict[str, Any], scene: Scene, host: EthereumSigner, variant: int) -> Any:
    kind, name = component["type"], component["name"]
    if kind.endswith("[]"):
        return [_value({**component, "type": kind[:-2]}, scene, host, variant)]
    if kind == "tuple":
        return tuple(_value(c, scene, host, variant) for c in component["components"])
    world = scene.world
    named = {
        "account": scene.one,
        "from": scene.one,
        "to": scene.two if kind == "uint64" else 1,
        "beneficiary": scene.one,
        "number": 4_000 + variant,
        "unit": (2025, CREDIT)[variant % 2],
        "vintage": 2025,
        "year": 2025,
        "quantity": 1,
        "tonnes": 1,
        "chainId": world.deployment.chain_id,
        "nonce": scene.nonce(scene.one),
        "expiry": 2**40,
        "lockId": 1,
        "roleId": (0, 1, 10, 60)[variant],
        "rights": (15, 255, ALL_RIGHTS, 7)[variant] if kind != "uint8" else ALL_RIGHTS,
        "status": 1,
        "class": 1,
        "kind": 7 if component.get("internalType", "").endswith("LockKind") else 1,
        "approvals": b"".join((len(p).to_bytes(2) + p) for p in (host.signer, b"\x01" * 65)),
        "maker": b"".join((len(p).to_bytes(2) + p) for p in (host.signer, b"\x01" * 65)),
        "checker": b"".join((len(p).to_bytes(2) + p) for p in (host.signer, b"\x01" * 65)),
        "signer": host.signer,
        "callerConfirmation": host.address,
        "province": PROVINCES[0],
        "rows": (scene.one << 64) | 5,
        "epoch": 1,
    }
    wanted = {"uint": int, "address": str, "bytes": bytes}
    guess = named.get(name)
    family = next((f for f in wanted if kind.startswith(f)), "")
    if guess is not None and isinstance(guess, wanted.get(family, object)) and not kind.startswith("bytes3"):
        return guess % 2 ** int(kind[4:] or 256) if family == "uint" else guess
    if family == "address":
        contracts = [world.deployment.address(n) for n in ("allowances", "accounts", "control")]
        return [host.address, *contracts][variant]
    if family == "bytes":
        width = int(kind[5:] or 0)
        return b"\x11" * width if width else b"\x11" * 65
    if family == "uint":
        return 1
    return {"bool": variant % 2 == 0, "string": "x"}[kind]


def _writing(name: str) -> Iterator[Function]:
    for abi in contract(CONTRACTS[name]).abi:
        if abi["type"] == "function" and abi["stateMutability"] not in ("view", "pure"):
            yield Function(abi["name"], abi)


@pytest.mark.parametrize("name", sorted(set(CONTRACTS) - {"p256", "passkey"}))
def test_every_function__called_with_the_hosts_keys__no_word_of_storage_changes(
    scene: Scene, host: EthereumSigner, name: str
) -> None:
    world = scene.world
    before = _storage(world)
    functions = list(_writing(name))
    assert functions
    for function in functions:
        for variant in range(4):
            args = [_value(c, scene, host, variant) for c in function.abi["inputs"]]
            if (name, function.name) == ("relay", "relay"):
                args = [b""]
            if function.name == "multicall":
                args = [[]]
            succeeded = world.send(host, world.deployment.address(name), function.encode(*args))
            assert not succeeded or (name, function.name) in HARMLESS, function.signature
    assert _storage(world) == before


def test_restricted_functions__called_directly__named_as_unauthorized(scene: Scene, host: EthereumSigner) -> None:
    for row in permissions():
        function = contract(CONTRACTS[row.contract]).functions[row.function]
        args = [_value(c, scene, host, 0) for c in function.abi["inputs"]]
        refused = scene.world.ask(host.address, row.contract, row.function, *args)
        assert refused.name in ("AccessManagedUnauthorized", "AccessManagerUnauthorizedAccount"), function.signature


def test_host__holds_no_role_and_no_right(scene: Scene, host: EthereumSigner) -> None:
    world = scene.world
    numbers = [0, 1, 2, *(r.id for r in roles().values()), *(roles()["PROVINCE"].scoped(p) for p in PROVINCES)]
    for number in numbers:
        assert world.reader.read("authority", "hasRole", number, host.address)["isMember"] is False
    for asset in ("allowances", "credits"):
        assert world.reader.read(asset, "moduleRights", host.address) == 0
    control = world.deployment.address("control")
    assert world.reader.read("authority", "hasRole", 0, control)["isMember"] is True


def test_documents_signed_with_the_hosts_keys__refused(scene: Scene, host: EthereumSigner) -> None:
    world = scene.world
    calls = [order_call(world.deployment, scene.order(k, signers=(host,))) for k in ("transfer", "surrender", "offset")]
    calls += [statement_call(world.deployment, world.statement(scene.one, 2040, 1, signers=(host, host)))]
    for row in permissions():
        function = contract(CONTRACTS[row.contract]).functions[row.function]
        args = [_value(c, scene, host, 0) for c in function.abi["inputs"]]
        act = world.make(row.contract, row.function, *args)
        calls += [world.proposal(act, host), world.decision(act, host), world.decision(act, host, False)]
    before = _storage(world)
    assert all(c.error for c in world.carrier.carry(calls))
    assert _storage(world) == before


def _past_calls(world: World) -> list[Call]:
    """Every call ever relayed, read out of the chain: what journal and database hold."""
    relay, found = world.deployment.address("relay").lower(), []
    height = int(world.node.rpc.call("eth_blockNumber"), 16)
    for number in range(height + 1):
        for transaction in world.node.rpc.call("eth_getBlockByNumber", hex(number), True)["transactions"]:
            if (transaction.get("to") or "").lower() != relay:
                continue
            packed = decode(["bytes"], bytes.fromhex(transaction["input"][10:]))[0]
            while packed:
                length = int.from_bytes(packed[20:23])
                found.append(Call("0x" + packed[:20].hex(), packed[23 : 23 + length]))
                packed = packed[23 + length :]
    return found


def test_journal__every_past_call_relayed_again_and_to_every_contract__nothing_changes(scene: Scene) -> None:
    world = scene.world
    for kind in ("transfer", "relocate", "cancel", "surrender", "offset"):
        world.carry(scene.order(kind))
        world.carry(scene.order(kind, scene.two))
    # An issued chunk, an executed act, a submitted statement and all those orders are among them.
    past = _past_calls(world)
    assert len(past) > 30
    before = _storage(world)
    for name in CONTRACTS:
        at = world.deployment.address(name)
        outcome = world.carrier.carry([Call(at, call.data) for call in past if name != "relay"])
        own = [(c, call) for c, call in zip(outcome, past, strict=False) if call.target == at.lower()]
        # Rows of an approved table of limits say the same each time they are delivered.
        again = contract(CONTRACTS["carryover"]).functions["loadLimits"].selector
        assert all(c.error for c, call in own if call.data[:4] != again)
    assert _storage(world) == before


def _pending(scene: Scene) -> dict[str, Call]:
    """Documents that wait in the outbox: validly signed, not yet carried."""
    world = scene.world
    orders = {k: order_call(world.deployment, scene.order(k)) for k in ("transfer", "relocate", "surrender", "offset")}
    act = world.make("accounts", "freeze", [scene.other], 5, GROUND)
    return {
        **orders,
        "statement": statement_call(world.deployment, world.statement(scene.one, 2041, 9)),
        "act": world.proposal(act, world.seats("SUPERVISOR")[0]),
    }


@pytest.mark.parametrize("name", ["transfer", "relocate", "surrender", "offset", "statement", "act"])
def test_pending_document__altered_in_any_word__carried_as_signed_or_not_at_all(scene: Scene, name: str) -> None:
    world = scene.world
    call = _pending(scene)[name]
    before = _roots(world)
    world.remember()
    assert world.carrier.carry([call])[0].error is None
    honest = _roots(world)
    world.go_back()
    assert honest != before
    for at in range(4, len(call.data), 16):
        altered = bytearray(call.data)
        altered[min(at + 15, len(altered) - 1)] ^= 1
        world.remember()
        error = world.carrier.carry([Call(call.target, bytes(altered))])[0].error
        after = _roots(world)
        world.go_back()
        # Only padding of the call's coding may differ: then it is what was signed, to the word.
        assert after == (before if error else honest), at
