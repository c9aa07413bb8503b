"""Sign-in: who may read an account, and how a challenge or token stops being worth anything."""

from pathlib import Path

import pytest
from api_stage import ApiStage, Scene, refused, wait_until
from cryptography.hazmat.primitives.asymmetric import ec

from registry_sdk.signers import EthereumSigner, P256Signer

PRIVATE = ("holdings", "locks", "obligations", "representatives", "history", "orders")


@pytest.mark.parametrize("part", PRIVATE)
def test_private__without_or_with_a_wrong_token__p03(scene: Scene, part: str) -> None:
    path = f"/v1/accounts/{scene.one}/{part}"
    answer = scene.stage.get(path)
    refused(answer, "P-03")
    assert answer.headers["www-authenticate"] == "Bearer"
    for token in ("x", "gAAAAA==", scene.stage.challenge(EthereumSigner.create()).rpartition(" ")[2]):
        refused(scene.stage.get(path, token), "P-03")


@pytest.mark.parametrize("part", PRIVATE)
def test_private__representative_officer_stranger__rights_of_the_chain(scene: Scene, part: str) -> None:
    path = f"/v1/accounts/{scene.one}/{part}"
    own = scene.stage.sign_in(scene.stage.keys[scene.one][0])
    officer = scene.stage.sign_in(scene.stage.staff.seats["SUPERVISOR"][0])
    assert scene.stage.get(path, own).status_code == 200
    assert scene.stage.get(path, officer).json() == scene.stage.get(path, own).json()
    refused(scene.stage.get(path, scene.stage.sign_in(scene.stage.keys[scene.other][0])), "P-04")
    refused(scene.stage.get(path, scene.stage.sign_in(EthereumSigner.create())), "P-04")
    refused(scene.stage.get(f"/v1/accounts/77/{part}", own), "P-04")


def test_private__contents__of_this_account_only(scene: Scene) -> None:
    stage = scene.stage
    stage.done(stage.post("/v1/orders", scene.order("transfer")))
    token = stage.sign_in(stage.keys[scene.one][0])
    read = lambda part, **params: stage.get(f"/v1/accounts/{scene.one}/{part}", token, **params).json()  # noqa: E731
    held = {(row["asset"], row["unit"]): row["registry"] for row in read("holdings")["items"]}
    assert held[("allowances", 2025)] == stage.reader.holding("allowances", scene.one, 2025).registry
    assert [row["rights"] for row in read("representatives")["items"]] == [7]
    orders, cursor = [], None
    while True:
        page = read("orders", limit=1, **({"cursor": cursor} if cursor else {}))
        orders += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert orders
    assert {order["account"] for order in orders} == {scene.one}
    assert len({order["id"] for order in orders}) == len(orders)
    first = read("history", limit=1)
    assert first["items"][0]["event"] == "AccountOpened"
    assert read("history", limit=1, cursor=first["next"])["items"] != first["items"]
    assert read("history", limit=500)["next"] is None
    refused(stage.get(f"/v1/accounts/{scene.one}/orders", token, cursor="nonsense"), "P-10")


def test_open_session__wrong_key_altered_or_used__p12(scene: Scene) -> None:
    stage, key = scene.stage, scene.stage.keys[scene.one][0]
    refused(stage.open_session(EthereumSigner.create(), stage.challenge(key)), "P-12")
    challenge = stage.challenge(key)
    refused(stage.open_session(key, challenge.replace("Signing moves no unit", "Signing moves a unit")), "P-12")
    refused(stage.open_session(key, challenge[:-4] + "AAAA"), "P-12")
    # A text of somebody else's making around a true seal is not what this service handed out.
    seal = challenge.rpartition("Nonce: ")[2]
    refused(stage.open_session(key, f"Play with 0x{key.signer.hex()}\nNonce: {seal}"), "P-12")
    assert stage.open_session(key, challenge).status_code == 201
    refused(stage.open_session(key, challenge), "P-12")
    # A token is no challenge.
    refused(stage.open_session(key, f"Nonce: {stage.sign_in(key)}"), "P-12")


@pytest.mark.parametrize("length", [0, 1, 32, 64, 65, 66, 130, 1_900])
def test_open_session__nonsense_signatures__p12(scene: Scene, length: int) -> None:
    for signer in (scene.stage.keys[scene.one][0], p256(scene.stage)):
        for byte in ("00", "ff", "1b"):
            body = {"challenge": scene.stage.challenge(signer), "signature": "0x" + byte * length}
            refused(scene.stage.http.post("/v1/sessions", json=body), "P-12")


@pytest.mark.parametrize("signer", ["0x12", "", "0x" + "12" * 19 + "  ", "0x" + "zz" * 20, "0x" + "12" * 300])
def test_challenge__no_name_of_a_key__o01(stage: ApiStage, signer: str) -> None:
    refused(stage.http.post("/v1/sessions/challenge", json={"signer": signer}), "O-01")


def test_challenge__host_of_the_request__not_repeated(stage: ApiStage) -> None:
    signer = "0x" + "12" * 20
    asked = stage.http.post("/v1/sessions/challenge", json={"signer": signer}, headers={"host": "evil.example"})
    assert "evil.example" not in asked.text
    assert f"Chain ID: {stage.deployment.chain_id}" in asked.json()["challenge"]


def p256(stage: ApiStage) -> P256Signer:
    return P256Signer(stage.deployment.address("p256"), ec.generate_private_key(ec.SECP256R1()))


def test_p256__signs_in_and_orders(scene: Scene) -> None:
    stage = scene.stage
    key = p256(stage)
    account = stage.open_account(key)
    stage.done(stage.post("/v1/orders", scene.order("transfer", to=account, quantity=5)))
    token = stage.sign_in(key)
    assert stage.get(f"/v1/accounts/{account}/holdings", token).json()["items"][0]["registry"] == 5
    stage.done(stage.post("/v1/orders", stage.transfer(account, scene.other, 2)))
    stranger = P256Signer(stage.deployment.address("p256"), ec.generate_private_key(ec.SECP256R1()))
    refused(stage.open_session(stranger, stage.challenge(key)), "P-12")


def test_removed_representative__loses_access_at_once(scene: Scene) -> None:
    stage = scene.stage
    leaver, stayer = EthereumSigner.create(), EthereumSigner.create()
    account = stage.open_account(leaver, stayer, rights=(7, 7))
    token = stage.sign_in(leaver)
    path = f"/v1/accounts/{account}/holdings"
    assert stage.get(path, token).status_code == 200
    stage.act("accounts", "setRepresentatives", account, [(leaver.signer, 0)])
    refused(stage.get(path, token), "P-04")
    assert stage.get(path, stage.sign_in(stayer)).status_code == 200


def test_times__challenge_and_token__lapse(tmp_path: Path) -> None:
    stage = ApiStage(tmp_path / "home").start()
    try:
        stage.deploy()
        key = EthereumSigner.create()
        account = stage.open_account(key)
        challenge, token = stage.challenge(key), stage.sign_in(key)
        stage.client.advance_clock(stage.client.now() + 301)
        refused(stage.open_session(key, challenge), "P-12")
        assert stage.get(f"/v1/accounts/{account}/holdings", token).status_code == 200
        stage.client.advance_clock(stage.client.now() + 3_600)
        refused(stage.get(f"/v1/accounts/{account}/holdings", token), "P-03")
        # Tokens outlive a restart, used challenges too.
        token, used = stage.sign_in(key), stage.challenge(key)
        assert stage.open_session(key, used).status_code == 201
        stage.restart()
        assert stage.get(f"/v1/accounts/{account}/holdings", token).status_code == 200
        refused(stage.open_session(key, used), "P-12")
        wait_until(stage.service.is_ready, "ready")
    finally:
        stage.stop()
