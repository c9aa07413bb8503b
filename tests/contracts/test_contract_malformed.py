"""Bytes that do not parse: packed approvals, call data, relayed calls. Refused without effect, wherever cut."""

import pytest
from eth_utils.crypto import keccak
from support.errors import EMPTY, error
from support.scene import Scene, set_scene
from support.world import World

from registry_sdk.calls import Call, order_call
from registry_sdk.documents import ORDER_KINDS, SignedOrder
from registry_sdk.signers import EthereumSigner
from registry_sdk.typed import STRUCTS

SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.fixture(scope="module")
def scene(world: World) -> Scene:
    return set_scene(world)


def _call(scene: Scene, kind: str = "transfer") -> Call:
    return order_call(scene.world.deployment, scene.order(kind))


def _with_approvals(scene: Scene, packed: bytes) -> Call:
    call = _call(scene)
    function = scene.world.deployment.contract("allowances").functions["transfer"]
    order, _ = function.decode_input(call.data).values()
    return Call(call.target, function.encode(tuple(order.values()), packed))


def test_approvals__cut_anywhere__refused(scene: Scene) -> None:
    whole = scene.order("transfer").approvals[0].pack()
    calls = [_with_approvals(scene, whole[:end]) for end in range(1, len(whole))]
    outcome = scene.world.carrier.carry(calls)
    assert {str(c.error) for c in outcome} == {str(error("ApprovalsMalformed"))}


def test_approvals__signer_shorter_than_an_address__refused(scene: Scene) -> None:
    packed = (19).to_bytes(2) + b"\x01" * 19 + (65).to_bytes(2) + b"\x02" * 65
    assert scene.world.refusal(_with_approvals(scene, packed)) == error("ApprovalsMalformed")


def test_approvals__bytes_left_over__refused(scene: Scene) -> None:
    whole = scene.order("transfer").approvals[0].pack()
    expected = error("WrongApprovalCount", account=scene.one, required=1)
    assert scene.world.refusal(_with_approvals(scene, whole + b"\x00")) == expected


def _signature_changed(order: SignedOrder, signature: bytes) -> SignedOrder:
    approval = order.approvals[0].model_copy(update={"signature": "0x" + signature.hex()})
    return order.model_copy(update={"approvals": [approval]})


def test_signature__high_s_short_long_or_zero__refused(scene: Scene) -> None:
    order = scene.order("transfer")
    signer = scene.world.keys[scene.one][0].signer
    good = bytes.fromhex(order.approvals[0].signature[2:])
    r, s, v = good[:32], int.from_bytes(good[32:64]), good[64]
    mirrored = r + (SECP256K1_ORDER - s).to_bytes(32) + bytes([55 - v])
    for bad in (mirrored, good[:64], good + b"\x00", b"\x00" * 65, b"", good[:64] + b"\x1d"):
        assert scene.refusal(_signature_changed(order, bad)) == error("InvalidSignature", signer=signer)
    scene.world.carry(order)


@pytest.mark.parametrize("kind", sorted(ORDER_KINDS))
def test_call__high_bits_set_in_a_number__refused_even_when_signed_so(scene: Scene, kind: str) -> None:
    """The contract hashes an order's words as they come: bits above a field's width must never get through."""
    order, spec = scene.order(kind), ORDER_KINDS[kind]
    separator = scene.world.reader.read(spec.contracts[0], "domainSeparator")
    names = [f"{t} {n}" for n, t in STRUCTS[order.struct]]
    typehash = keccak(text=f"{order.struct}({','.join(names).replace(', ', ',')})")
    data = order_call(scene.world.deployment, order).data
    words = data[4 : 4 + 32 * len(names)]
    signer = scene.world.keys[scene.one][0]
    for number, (name, kind_of_field) in enumerate(STRUCTS[order.struct]):
        if kind_of_field == "bytes32":
            continue
        dirty = words[: 32 * number] + b"\x01" + words[32 * number + 1 :]
        digest = keccak(b"\x19\x01" + separator + keccak(typehash + dirty))
        packed = order.approve(signer).approvals[0].model_copy(update={"signature": "0x" + signer.sign(digest).hex()})
        head = data[:4] + dirty + (32 * (len(names) + 1)).to_bytes(32)
        body = packed.pack()
        call = Call(order.domain.contract, head + len(body).to_bytes(32) + body + b"\x00" * (-len(body) % 32))
        assert scene.world.refusal(call) == EMPTY, name
    honest = order.approvals[0].pack()
    tail = (32 * (len(names) + 1)).to_bytes(32) + len(honest).to_bytes(32) + honest + b"\x00" * (-len(honest) % 32)
    assert scene.world.carrier.carry([Call(order.domain.contract, data[:4] + words + tail)])[0].error is None


def test_call__data_cut__refused(scene: Scene) -> None:
    call = _call(scene)
    for length in (3, 4, 100, 228, len(call.data) - 40):
        assert scene.world.refusal(Call(call.target, call.data[:length])) == EMPTY, length


def test_relocate__compartment_that_does_not_exist__refused_even_when_signed_so(scene: Scene) -> None:
    order = scene.order("relocate")
    odd = order.model_copy(update={"message": order.message.model_copy(update={"to": 2}), "approvals": []})
    assert scene.refusal(odd.approve(scene.world.keys[scene.one][0])).name in ("Panic", "UnknownError")


def test_relay__packed_calls_end_in_the_middle__whole_transaction_refused(scene: Scene) -> None:
    world, call, key = scene.world, _call(scene), EthereumSigner.create()
    packed = bytes.fromhex(call.target[2:]) + len(call.data).to_bytes(3) + call.data
    nonce = scene.nonce(scene.one)
    for cut, at in ((packed[:10], 0), (packed[:-1], 0), (packed + packed[:22], len(packed))):
        assert world.ask(key.address, "relay", "relay", cut) == error("CallsMalformed", position=at)
    assert not world.call_as(key, "relay", "relay", packed + packed[:22])
    assert scene.nonce(scene.one) == nonce


def test_relay__too_little_gas_for_a_valid_order__nothing_counts(scene: Scene) -> None:
    """Want of gas must never look like a refusal: the order stays valid and can be carried again."""
    world, call = scene.world, _call(scene)
    packed = bytes.fromhex(call.target[2:]) + len(call.data).to_bytes(3) + call.data
    data = "0x" + world.deployment.contract("relay").encode("relay", packed).hex()
    request = {"from": EthereumSigner.create().address, "to": world.deployment.address("relay"), "data": data}
    needed = int(world.node.rpc.call("eth_estimateGas", request, "latest"), 16)
    outcomes = set()
    for gas in range(27_000, needed, (needed - 27_000) // 60):
        result = world.node.rpc.batch_each([("eth_call", [{**request, "gas": hex(gas)}, "latest"])])[0]
        if isinstance(result, str):
            assert int(result, 16) == 1, f"refused for want of gas at {gas}"
        outcomes.add(isinstance(result, str))
    assert False in outcomes
    world.carry(scene.order("transfer"))
