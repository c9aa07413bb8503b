"""Signers that are no addresses: P-256 keys, passkeys, and verifier contracts that misbehave."""

import json
from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from eth_abi.abi import encode
from support.errors import error
from support.scene import Scene, set_scene
from support.verifiers import BURNER, MOODY, YES, deploy, reentering
from support.world import ALL_RIGHTS, World

from registry_sdk.calls import order_call
from registry_sdk.documents import ApprovalDoc, SignedOrder
from registry_sdk.signers import P256_ORDER, EthereumSigner, P256Signer, signer_address


@pytest.fixture(scope="module")
def scene(world: World) -> Scene:
    return set_scene(world)


def _account(scene: Scene, signer: object) -> int:
    account = scene.world.open_account(rights=(ALL_RIGHTS,), signers=(signer,))  # type: ignore[arg-type]
    scene.world.issue(2025, {account: 50})
    return account


def _with(order: SignedOrder, signer: bytes, signature: bytes) -> SignedOrder:
    approval = ApprovalDoc(signer="0x" + signer.hex(), signature="0x" + signature.hex())
    return order.model_copy(update={"approvals": [approval]})


class Named:
    """A signer of any name that signs nothing: for verifiers that do not care."""

    def __init__(self, verifier: str) -> None:
        self.signer = bytes.fromhex(verifier[2:]) + b"\x07" * 64

    def sign(self, digest: bytes) -> bytes:
        return b"\x01"


@pytest.fixture(scope="module")
def p256(scene: Scene) -> P256Signer:
    return P256Signer(scene.world.deployment.address("p256"), ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture(scope="module")
def p256_account(scene: Scene, p256: P256Signer) -> int:
    return _account(scene, p256)


def test_p256__representative__signs_orders(scene: Scene, p256: P256Signer, p256_account: int) -> None:
    assert scene.world.reader.rights(p256_account, p256.signer) == ALL_RIGHTS
    for _ in range(8):
        scene.world.carry(scene.order("transfer", p256_account))


def test_p256__high_s_wrong_key_wrong_content__refused(scene: Scene, p256: P256Signer, p256_account: int) -> None:
    order = scene.order("transfer", p256_account)
    signature = p256.sign(order.digest())
    r, s = signature[:32], int.from_bytes(signature[32:])
    other = P256Signer(p256.verifier, ec.generate_private_key(ec.SECP256R1()))
    for bad in (
        r + (P256_ORDER - s).to_bytes(32),
        other.sign(order.digest()),
        p256.sign(b"\x00" * 32),
        signature[:63],
        b"\x00" * 64,
        b"",
    ):
        assert scene.refusal(_with(order, p256.signer, bad)) == error("InvalidSignature", signer=p256.signer)
    forged = _with(order, other.signer, other.sign(order.digest()))
    assert scene.refusal(forged) == error("NotRepresentative", account=p256_account, signer=other.signer)
    scene.world.carry(_with(order, p256.signer, signature))


def test_p256__same_key_named_under_another_verifier__is_somebody_else(
    scene: Scene, p256: P256Signer, p256_account: int
) -> None:
    order = scene.order("transfer", p256_account)
    signer = bytes.fromhex(scene.world.deployment.address("passkey")[2:]) + p256.signer[20:]
    forged = _with(order, signer, p256.sign(order.digest()))
    assert scene.refusal(forged) == error("NotRepresentative", account=p256_account, signer=signer)


def test_p256__address_of_the_name_as_signer__refused(scene: Scene, p256: P256Signer, p256_account: int) -> None:
    """The address a long name is filed under is no key: naming it directly proves nothing."""
    order = scene.order("transfer", p256_account)
    filed = bytes.fromhex(signer_address(p256.signer)[2:])
    forged = _with(order, filed, p256.sign(order.digest()) + b"\x1b")
    assert scene.refusal(forged) == error("InvalidSignature", signer=filed)


def test_p256__officer__proposes_acts(scene: Scene, p256: P256Signer) -> None:
    world = scene.world
    world.govern("authority", "grantRole", 10, signer_address(p256.signer), 0)
    act = world.make("allowances", "openVintage", 2200)
    outcome = world.carrier.carry([world.proposal(act, p256), world.decision(act, world.seats("MINISTRY")[0])])
    assert [c.error for c in outcome] == [None, None]


# Passkeys


def _assertion(
    key: ec.EllipticCurvePrivateKey, challenge: bytes, flags: int = 0x05, kind: str = "webauthn.get"
) -> bytes:
    text = urlsafe_b64encode(challenge).rstrip(b"=").decode()
    client = json.dumps({"type": kind, "challenge": text, "origin": "https://registry.example"}, separators=(",", ":"))
    authenticator = b"\x49" * 32 + bytes([flags]) + b"\x00\x00\x00\x01"
    hashed = Hash(SHA256())
    hashed.update(client.encode())
    r, s = decode_dss_signature(key.sign(authenticator + hashed.finalize(), ec.ECDSA(SHA256())))
    fields = (
        r.to_bytes(32),
        min(s, P256_ORDER - s).to_bytes(32),
        client.index('"challenge"'),
        client.index('"type"'),
        authenticator,
        client,
    )
    return encode(["bytes32", "bytes32", "uint256", "uint256", "bytes", "string"], fields)


def test_passkey__representative__signs_orders_with_user_verified_only(scene: Scene) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = P256Signer(scene.world.deployment.address("passkey"), key)
    account = _account(scene, name)
    order = scene.order("transfer", account)
    digest = order.digest()
    refused = error("InvalidSignature", signer=name.signer)
    for bad in (
        _assertion(key, b"\x00" * 32),
        _assertion(key, digest, flags=0x01),
        _assertion(key, digest, flags=0x04),
        _assertion(key, digest, kind="webauthn.create"),
        _assertion(ec.generate_private_key(ec.SECP256R1()), digest),
        name.sign(digest),
        b"",
    ):
        assert scene.refusal(_with(order, name.signer, bad)) == refused
    scene.world.carry(_with(order, name.signer, _assertion(key, digest)))


# Verifier contracts that misbehave: governance has to accept one first; then only their own account is at risk


def _accepted(scene: Scene, runtime: bytes) -> Named:
    verifier = deploy(scene.world, runtime)
    scene.world.govern("authority", "grantRole", 2, verifier, 0)
    return Named(verifier)


def test_verifier__says_yes_to_all__its_own_account_only(scene: Scene) -> None:
    named = _accepted(scene, YES)
    account = _account(scene, named)
    scene.world.carry(scene.order("transfer", account))
    victim = scene.order("transfer")
    forged = _with(victim, named.signer, b"\x01")
    assert scene.refusal(forged) == error("NotRepresentative", account=scene.one, signer=named.signer)
    act = scene.world.make("allowances", "openVintage", 2201)
    assert scene.world.refusal(scene.world.proposal(act, named)).name == "OfficerLacksRole"


def test_verifier__changes_its_mind__order_is_still_carried_once(scene: Scene) -> None:
    named = _accepted(scene, MOODY)
    account = _account(scene, named)
    order = scene.order("transfer", account)
    outcomes = [scene.world.carrier.carry([order_call(scene.world.deployment, order)])[0].error for _ in range(4)]
    names = [o.name if o else "" for o in outcomes]
    assert names.count("") == 1
    assert "WrongNonce" in names
    assert set(names) <= {"", "InvalidSignature", "WrongNonce"}


def test_verifier__reenters_with_a_valid_order__nothing_happens_inside_a_static_call(scene: Scene) -> None:
    victim = scene.order("transfer", quantity=7)
    call = order_call(scene.world.deployment, victim)
    named = _accepted(scene, reentering(call.target, call.data))
    account = _account(scene, named)
    order = scene.order("transfer", account)
    nonce, held = scene.nonce(scene.one), scene.world.reader.holding("allowances", scene.one, 2025)
    scene.world.carry(order)
    assert scene.nonce(scene.one) == nonce
    assert scene.world.reader.holding("allowances", scene.one, 2025) == held
    assert scene.nonce(account) == 1
    # The same code does carry the order when nobody stands in a static call around it.
    assert scene.world.send(EthereumSigner.create(), "0x" + named.signer[:20].hex(), b"")
    assert scene.nonce(scene.one) == nonce + 1


def test_verifier__reenters_with_the_same_order__carried_once(scene: Scene) -> None:
    world = scene.world
    first = EthereumSigner.create()
    account = world.open_account(rights=(ALL_RIGHTS,), signers=(first,))
    world.issue(2025, {account: 50})
    order = world.order("transfer", account, to=scene.other, unit=2025, quantity=3, signers=(first,))
    call = order_call(world.deployment, order)
    named = _accepted(scene, reentering(call.target, call.data))
    world.office.act("accounts", "setRepresentatives", account, [(named.signer, ALL_RIGHTS)])
    before = world.reader.holding("allowances", scene.other, 2025).registry
    world.carry(_with(order, named.signer, b"\x01"))
    assert world.reader.holding("allowances", scene.other, 2025).registry == before + 3
    assert world.refusal(call) == error("WrongNonce", account=account, expected=1, given=0)


def test_verifier__burns_all_gas__no_other_order_is_taken_for_refused(scene: Scene) -> None:
    named = _accepted(scene, BURNER)
    account = _account(scene, named)
    burner, honest = scene.order("transfer", account), scene.order("transfer")
    calls = [order_call(scene.world.deployment, o) for o in (burner, honest)]
    nonce = scene.nonce(scene.one)
    with pytest.raises(Exception, match="failed as a whole"):
        scene.world.carrier.carry(calls)
    assert scene.nonce(scene.one) == nonce
    packed = b"".join(bytes.fromhex(c.target[2:]) + len(c.data).to_bytes(3) + c.data for c in calls)
    asked = scene.world.ask(scene.world.sender.address, "relay", "relay", packed)
    assert asked == error("GasExhausted", index=0)
    scene.world.carrier.carry(calls[1:])
    assert scene.nonce(scene.one) == nonce + 1
