"""Orders through the API: taken once, carried once, and every refusal by its own rule before the chain."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from api_stage import CREDIT, GROUND, YEAR, ApiStage, Scene, refused, wait_until
from sqlalchemy import func, select

from registry_api.store.outbox_tables import outbox_submissions
from registry_sdk.documents import ORDER_KINDS, SignedOrder
from registry_sdk.reader import AccountStatus
from registry_sdk.signers import EthereumSigner

KINDS = sorted(ORDER_KINDS)


def stored(stage: ApiStage) -> int:
    with stage.service.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(outbox_submissions)).scalar_one()


def refuse(scene: Scene, order: SignedOrder, rule: str) -> dict[str, Any]:
    """The order is refused by this rule, and nothing is kept."""
    before = stored(scene.stage)
    document = refused(scene.stage.post("/v1/orders", order), rule)
    assert stored(scene.stage) == before
    return document


def fresh(scene: Scene, tonnes: int = 100) -> int:
    """An account with allowances and nothing on its way."""
    account = scene.stage.open_account()
    scene.stage.done(scene.stage.post("/v1/orders", scene.order("transfer", scene.rich, to=account, quantity=tonnes)))
    return account


@pytest.mark.parametrize("kind", KINDS)
def test_post_order__valid__done_and_shown(scene: Scene, kind: str) -> None:
    order = scene.order(kind)
    found = scene.stage.done(scene.stage.post("/v1/orders", order))
    assert found["id"] == "0x" + order.digest().hex()
    assert (found["kind"], found["account"], found["refusal"]) == (kind, scene.one, None)
    assert found["document"] == order.model_dump()
    assert found["block"]
    assert found["transaction"]
    assert found["settled_at"] >= found["submitted_at"]
    assert scene.stage.get(f"/v1/orders/{found['id'].upper().replace('0X', '0x')}").json() == found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"expiry": 1}, "O-02"),
        ({"nonce": 10_000}, "O-03"),
        ({"chainId": 1}, "O-04"),
        ({"quantity": 0}, "O-11"),
        ({"quantity": 2**40}, None),
    ],
)
def test_post_order__wrong_in_itself__its_own_rule(scene: Scene, kind: str, changes: Any, rule: str | None) -> None:
    own = {"surrender": "C-02a", "offset": "C-05", "carry-over": "C-10j"}.get(kind, "A-11")
    refuse(scene, scene.order(kind, **changes), rule or own)


@pytest.mark.parametrize("kind", KINDS)
def test_post_order__replayed_after_its_block__o03(scene: Scene, kind: str) -> None:
    order = scene.order(kind)
    scene.stage.done(scene.stage.post("/v1/orders", order))
    replay = scene.order(kind, nonce=order.message.nonce, expiry=2**41)
    document = refuse(scene, replay, "O-03")
    assert document["args"] == {"account": scene.one, "expected": order.message.nonce + 1, "given": order.message.nonce}


def test_post_order__over_balance__what_is_free(scene: Scene) -> None:
    free = scene.stage.reader.holding("allowances", scene.one, YEAR).registry
    document = refuse(scene, scene.order("transfer", quantity=free + 1), "A-11")
    assert document["args"] == {"account": scene.one, "unit": YEAR, "free": free, "wanted": free + 1}
    assert document["error"] == "OverBalance"


def test_post_order__vintages_and_caps__their_rules(scene: Scene) -> None:
    refuse(scene, scene.order("surrender", vintage=YEAR + 2), "C-03a")
    refuse(scene, scene.order("surrender", vintage=YEAR - 2), "C-03b")
    refuse(scene, scene.order("surrender", year=YEAR + 1), "C-01")
    assert refuse(scene, scene.order("offset", quantity=60), "C-05")["args"]["cap"] == 50
    refuse(scene, scene.order("transfer", unit=1999), "A-11")
    refuse(scene, scene.order("transfer", to=scene.one), "O-13")
    refuse(scene, scene.order("transfer", to=77), "A-09a")


def test_post_order__wrong_account_or_signatures__their_rules(scene: Scene) -> None:
    mine, theirs = scene.stage.keys[scene.one], scene.stage.keys[scene.other]
    first, second, surrenderer = scene.stage.keys[scene.two]
    refuse(scene, scene.order("transfer", signers=theirs), "O-05")
    refuse(scene, scene.order("transfer", account=999_999, nonce=0, signers=mine), "O-12")
    refuse(scene, scene.order("transfer", signers=()), "O-08")
    refuse(scene, scene.order("transfer", signers=mine * 2), "O-08")
    refuse(scene, scene.order("transfer", scene.two, signers=(first,)), "O-08")
    refuse(scene, scene.order("transfer", scene.two, signers=(first, first)), "O-09")
    refuse(scene, scene.order("transfer", scene.two, signers=(surrenderer, second)), "O-07")


def test_post_order__altered_after_signing__o06(scene: Scene) -> None:
    order = scene.order("transfer")
    for name, value in (("to", scene.two), ("quantity", 2), ("unit", YEAR + 2), ("expiry", 2**41)):
        message = order.message.model_copy(update={name: value})
        refuse(scene, order.model_copy(update={"message": message}), "O-06")


def test_post_order__other_chain_or_contract__o04_o16(scene: Scene) -> None:
    order = scene.order("transfer")
    for field, value, rule in (
        ("chain_id", 1, "O-04"),
        ("contract", "0x" + "77" * 20, "O-16"),
        ("contract", scene.stage.deployment.address("compliance").lower(), "O-16"),
    ):
        domain = order.domain.model_copy(update={field: value})
        refuse(scene, order.model_copy(update={"domain": domain}), rule)


def test_post_order__frozen_account__a09(scene: Scene) -> None:
    account = fresh(scene)
    scene.stage.act("accounts", "freeze", [account], int(AccountStatus.FROZEN_ALL), GROUND)
    refuse(scene, scene.stage.transfer(account, scene.other), "A-09")
    refuse(scene, scene.order("transfer", to=account), "A-09a")
    scene.stage.act("accounts", "unfreeze", [account])
    scene.stage.done(scene.stage.post("/v1/orders", scene.stage.transfer(account, scene.other)))


def test_post_order__same_order_again__same_submission_and_one_effect(scene: Scene) -> None:
    account = fresh(scene)
    order = scene.stage.transfer(account, scene.other, 10)
    first = scene.stage.done(scene.stage.post("/v1/orders", order))
    again = scene.stage.post("/v1/orders", order)
    assert again.status_code == 202
    assert again.json() == first
    assert scene.stage.reader.holding("allowances", account, YEAR).registry == 90


def test_post_order__idempotency_key__stands_for_one_body(scene: Scene) -> None:
    account = fresh(scene)
    order = scene.stage.transfer(account, scene.other, 10)
    first = scene.stage.post("/v1/orders", order, **{"Idempotency-Key": "key-1"})
    assert scene.stage.post("/v1/orders", order, **{"Idempotency-Key": "key-1"}).json()["id"] == first.json()["id"]
    other = scene.stage.transfer(account, scene.other, 11)
    before = stored(scene.stage)
    refused(scene.stage.post("/v1/orders", other, **{"Idempotency-Key": "key-1"}), "P-01")
    # The key decides before anything else is looked at.
    wrong = scene.stage.transfer(account, scene.other, 0)
    refused(scene.stage.post("/v1/orders", wrong, **{"Idempotency-Key": "key-1"}), "P-01")
    assert stored(scene.stage) == before
    for key in ("", "x" * 129, "two words"):
        refused(scene.stage.post("/v1/orders", other, **{"Idempotency-Key": key}), "P-02")


def test_post_order__twenty_at_once__one_effect(scene: Scene) -> None:
    account = fresh(scene)
    order = scene.stage.transfer(account, scene.other, 10)
    before = stored(scene.stage)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: scene.stage.post("/v1/orders", order), range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    scene.stage.done(answers[0])
    assert stored(scene.stage) == before + 1
    assert scene.stage.reader.holding("allowances", account, YEAR).registry == 90
    assert scene.stage.reader.account(account).nonce == 1


def test_post_order__pipelined__all_in_order(scene: Scene) -> None:
    account = fresh(scene)
    orders = [scene.stage.transfer(account, scene.other, 1, nonce=n) for n in range(30)]
    answers = [scene.stage.post("/v1/orders", order) for order in orders]
    assert scene.stage.client.account(account)["next_nonce"] == 30
    for answer in answers:
        scene.stage.done(answer)
    assert scene.stage.reader.holding("allowances", account, YEAR).registry == 70


def test_post_order__behind_others__judged_after_them_by_the_true_rule(scene: Scene) -> None:
    """What is on its way counts: the second order of 60 from 100 tonnes is over the balance, not out of order."""
    account = fresh(scene)
    with paused_relayer(scene.stage):
        assert scene.stage.post("/v1/orders", scene.stage.transfer(account, scene.other, 60, nonce=0)).is_success
        document = refuse(scene, scene.stage.transfer(account, scene.other, 60, nonce=1), "A-11")
        assert document["args"]["free"] == 40
        refuse(scene, scene.stage.transfer(account, scene.other, 1, nonce=2), "O-03")
        document = refuse(scene, scene.stage.transfer(account, scene.other, 1, nonce=0), "O-03")
        assert document["args"]["expected"] == 1
        last = scene.stage.post("/v1/orders", scene.stage.transfer(account, scene.other, 40, nonce=1))
        assert scene.stage.client.account(account)["next_nonce"] == 2
    scene.stage.done(last)


def test_post_order__too_many_on_their_way__p09(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry_api.outbox.intake.MAX_OPEN", 3)
    account = fresh(scene)
    with paused_relayer(scene.stage):
        for nonce in range(3):
            last = scene.stage.post("/v1/orders", scene.stage.transfer(account, scene.other, nonce=nonce))
        answer = scene.stage.post("/v1/orders", scene.stage.transfer(account, scene.other, nonce=3))
        refused(answer, "P-09")
        assert answer.headers["retry-after"]
    scene.stage.done(last)


def test_post_order__invalid_when_its_block_comes__refused_with_the_rule_in_its_state(scene: Scene) -> None:
    account = fresh(scene)
    key = scene.stage.keys[account][0]
    with paused_relayer(scene.stage):
        accepted = scene.stage.post("/v1/orders", scene.stage.transfer(account, scene.other, 10))
        builder, staff = scene.stage.builder, scene.stage.staff
        freeze = builder.build("accounts", "freeze", [[account], 5, GROUND], scene.stage.office.ground, 2**40)
        carry_past(scene.stage, builder.propose(freeze, staff.seats["SUPERVISOR"][0]))
    found = scene.stage.settle(accepted)
    assert (found["state"], found["refusal"]["rule"]) == ("REFUSED", "A-09")
    assert found["refusal"]["detail_zh"]
    scene.stage.act("accounts", "unfreeze", [account])
    # The same document may come again: what stood against it is gone.
    again = scene.stage.post("/v1/orders", scene.stage.transfer(account, scene.other, 10, signers=(key,)))
    assert again.json()["id"] == found["id"]
    scene.stage.done(again)


def test_post_order__carried_by_somebody_else__done_all_the_same(scene: Scene) -> None:
    account = fresh(scene)
    order = scene.stage.transfer(account, scene.other, 10)
    with paused_relayer(scene.stage):
        accepted = scene.stage.post("/v1/orders", order)
        carry_past(scene.stage, order)
    found = scene.stage.done(accepted)
    assert found["refusal"] is None
    assert scene.stage.reader.holding("allowances", account, YEAR).registry == 90


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "O-01"),
        (b"{", "P-16"),
        (b'"text"', "O-01"),
        (b"[]", "O-01"),
        (b"\xff\xfe", "P-16"),
        (b'{"kind": "transfer", "kind": "transfer"}', "P-16"),
        (b'{"kind": NaN}', "P-16"),
        (b"[" * 100_000, "P-16"),
        (b'{"kind": ' + b"9" * 5_000 + b"}", "P-16"),
    ],
)
def test_post_order__no_order_at_all__refused(scene: Scene, body: bytes, rule: str) -> None:
    refused(scene.stage.post("/v1/orders", body), rule)


def test_post_order__malformed_values__o01_without_the_values(scene: Scene) -> None:
    good = json.loads(scene.order("transfer").model_dump_json())

    def changed(*path: Any, value: Any) -> bytes:
        document = json.loads(json.dumps(good))
        at = document
        for name in path[:-1]:
            at = at[name]
        at[path[-1]] = value
        return json.dumps(document).encode()

    cases = [
        (("message", "quantity"), 1.5),
        (("message", "quantity"), 1.0),
        (("message", "quantity"), "1"),
        (("message", "quantity"), True),
        (("message", "quantity"), -1),
        (("message", "quantity"), 2**64),
        (("message", "quantity"), None),
        (("message", "surprise"), 1),
        (("surprise",), "geheim"),
        (("approvals",), [{"signer": "0x12", "signature": "0x"}]),
        (("approvals",), good["approvals"] * 5),
        (("approvals", 0, "signature"), "geheim"),
        (("approvals", 0, "signature"), "0x" + "12" * 65 + "  "),
        (("approvals", 0, "signature"), "0x" + "12" * 70_000),
        (("domain", "contract"), "0x" + "12" * 19 + " 1"),
        (("domain", "chain_id"), "775001"),
        (("message",), {"year": 1}),
    ]
    before = stored(scene.stage)
    for path, value in cases:
        answer = scene.stage.post("/v1/orders", changed(*path, value=value))
        assert answer.status_code in (422, 403), (path, answer.text)
        assert answer.json()["rule"] in ("O-01", "O-06", "O-16"), (path, answer.text)
        assert "geheim" not in answer.text
    refused(scene.stage.post("/v1/orders", changed("kind", value="gift")), "O-14")
    wrong_kind = refused(scene.stage.post("/v1/orders", changed("kind", value="surrender")), "O-01")
    assert "beneficiary" in wrong_kind["detail"]
    assert stored(scene.stage) == before


def test_preview__unsigned__everything_but_the_signatures_is_judged(scene: Scene) -> None:
    def preview(order: SignedOrder) -> dict[str, Any]:
        body = json.loads(order.model_dump_json())
        body.pop("approvals")
        answer = scene.stage.http.post("/v1/orders/preview", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    before = stored(scene.stage)
    for kind in KINDS:
        order = scene.order(kind)
        found = preview(order)
        assert found["valid"] is True, found
        assert found["digest"] == "0x" + order.digest().hex()
        assert found["typed_data"]["primaryType"] == order.struct
    assert preview(scene.order("transfer", scene.two))["valid"] is True
    for order, rule in (
        (scene.order("transfer", quantity=2**40), "A-11"),
        (scene.order("transfer", scene.two, quantity=2**40), "A-11"),
        (scene.order("offset", quantity=60), "C-05"),
        (scene.order("surrender", vintage=YEAR + 2), "C-03a"),
        (scene.order("transfer", nonce=10_000), "O-03"),
        (scene.order("transfer", expiry=1), "O-02"),
    ):
        found = preview(order)
        assert (found["valid"], found["refusal"]["rule"]) == (False, rule)
    answer = scene.stage.http.post("/v1/orders/preview", json={"kind": "surrender", "domain": {}, "message": {}})
    refused(answer, "O-01")
    assert stored(scene.stage) == before


def test_offset__credits__whole_way(scene: Scene) -> None:
    found = scene.stage.done(scene.stage.post("/v1/orders", scene.order("offset", unit=CREDIT, quantity=2)))
    token = scene.stage.sign_in(scene.stage.keys[scene.one][0])
    items = scene.stage.get(f"/v1/accounts/{scene.one}/obligations", token).json()["items"]
    assert items[0]["offset_cap"] == 50
    assert items[0]["owed"] == items[0]["obligation"] - items[0]["surrendered"] - items[0]["offset"]
    assert found["kind"] == "offset"


def test_wait__hundred_long_polls__others_are_answered(scene: Scene) -> None:
    """Whoever waits holds no worker: the register answers while a hundred clients wait."""
    account = fresh(scene)
    with ThreadPoolExecutor(100) as pool:
        with paused_relayer(scene.stage):
            id_ = scene.stage.post("/v1/orders", scene.stage.transfer(account, scene.other)).json()["id"]
            polls = [pool.submit(scene.stage.client.wait, id_, 25) for _ in range(100)]
            wait_until(lambda: scene.stage.service.desk.waiting._count >= 90, "clients wait")
            assert scene.stage.get("/v1/units").status_code == 200
        assert {poll.result()["state"] for poll in polls} == {"DONE"}
    wait_until(lambda: not scene.stage.service.desk.waiting._bells, "nobody waits any more")


def test_get_submission__unknown_or_misspelt__p05(scene: Scene) -> None:
    for id_ in ("0x" + "00" * 32, "nonsense", "0x12", "..%2f..", "%00", "0x" + "é" * 64):
        refused(scene.stage.get(f"/v1/orders/{id_}"), "P-05")
    refused(scene.stage.get("/v1/orders/0x" + "00" * 32, wait=31), "P-11")
    refused(scene.stage.get("/v1/orders/0x" + "00" * 32, wait="nan"), "P-11")


# Helpers


class paused_relayer:  # noqa: N801
    """Nothing is carried meanwhile."""

    def __init__(self, stage: ApiStage) -> None:
        self._relayer = stage.service.desk.relayer
        self._step = self._relayer.step

    def __enter__(self) -> None:
        self._relayer.step = lambda: False  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        self._relayer.step = self._step  # type: ignore[method-assign]
        self._relayer.wake()


def carry_past(stage: ApiStage, document: Any) -> None:
    """Bring a document on the chain by another relayer than the service's."""
    from registry_sdk.calls import act_call, order_call
    from registry_sdk.carrier import DirectCarrier, accepted

    key = EthereumSigner.create().account
    chain = stage.service.chain
    chain.policy = chain.policy.extended(senders=[key.address])
    call = order_call if isinstance(document, SignedOrder) else act_call
    carrier = DirectCarrier(chain.rpc, stage.deployment, key, chain.send_raw)
    accepted(carrier.carry([call(stage.deployment, document)]))
