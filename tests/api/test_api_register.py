"""The public register, officers' acts, allocation tables, statements and closing of a year, through the API."""

import base64
from typing import Any

import orjson
import pytest
from api_stage import CREDIT, GROUND, PROVINCES, SECTOR, YEAR, ApiStage, Scene, refused, wait_until

from registry_sdk.allocation import ALL_FREE
from registry_sdk.calls import evidence_call
from registry_sdk.carrier import DirectCarrier, accepted
from registry_sdk.documents import EvidenceMessage, SignedEvidence
from registry_sdk.office import FAR_EXPIRY, accreditation
from registry_sdk.rules import catalogue
from registry_sdk.signers import EthereumSigner

DAY = 86_400


def test_public_reads__no_login__answered(scene: Scene) -> None:
    stage = scene.stage
    head = stage.get("/v1/deployment").json()
    assert head["deployment"] == stage.deployment.to_json()
    assert head["head"]["block_hash"] == stage.service.chain.head().block_hash
    assert head["sandbox"] is True
    assert head["now"] >= head["head"]["timestamp"]
    assert len(stage.get("/v1/rules").json()["items"]) == len(catalogue())
    assert stage.get("/v1/rules/C-05").json()["error"] == "OffsetCapExceeded"
    refused(stage.get("/v1/rules/C-99"), "P-05")
    assert {"contract", "function", "maker", "checker", "zh", "en"} <= stage.get("/v1/permissions").json()["items"][
        0
    ].keys()
    units = {(row["asset"], row["unit"]): row for row in stage.get("/v1/units").json()["items"]}
    allowances = units[("allowances", YEAR)]
    assert allowances["issued"] == allowances["held"] + allowances["surrendered"] + allowances["cancelled"]
    assert units[("credits", CREDIT)]["issued"] == 200
    figures = stage.get("/v1/emissions", account=scene.one, year=YEAR).json()["items"]
    assert [(row["tonnes"], row["version"]) for row in figures] == [(1000, 1)]
    rows = stage.get(f"/v1/compliance/{YEAR}").json()["items"]
    mine = next(row for row in rows if row["account"] == scene.one)
    assert (mine["kind"], mine["obligation"], mine["status"], mine["frozen"]) == ("KEY_EMITTER", 1000, "OPEN", None)
    refused(stage.get("/v1/compliance/1999"), "P-05")
    assert stage.get(f"/v1/years/{YEAR}").json()["offset_cap_bps"] == 500
    assert stage.get("/v1/emissions-config").json()["config"]["threshold"] == 2
    (body,) = stage.get("/v1/bodies").json()["items"]
    assert (body["body"], body["status"], body["sectors"][:3]) == (1, "ACTIVE", [0, 1, 2])
    assert body["signers"] == ["0x" + scene.verifier.signer.hex()]
    stage.act("evidence", "setDeadlineDays", 2020, 1, 40)
    message = EvidenceMessage(
        chainId=stage.deployment.chain_id,
        anchors=stage.deployment.address("evidence").lower(),
        account=scene.one,
        year=2020,
        month=5,
        version=1,
        items=3,
        root="0x" + "44" * 32,
        previous="0x" + "00" * 32,
    )
    signed = SignedEvidence.sign(message, stage.keys[scene.one][0])
    carrier = DirectCarrier(stage.client.rpc, stage.deployment, stage.deployer.account)
    accepted(carrier.carry([evidence_call(stage.deployment, signed)]))
    wait_until(lambda: stage.get("/v1/evidence", account=scene.one, year=2020).json()["items"], "no evidence")
    (month,) = stage.get("/v1/evidence", account=scene.one).json()["items"]
    assert (month["month"], month["version"], month["is_late"], month["root"]) == (5, 1, True, "0x" + "44" * 32)
    assert stage.get("/v1/plans").json()["items"][0]["year"] == YEAR
    account = stage.get(f"/v1/accounts/{scene.one}").json()
    assert account["address"] == f"0x4345412d5245474953545259{scene.one:016x}"
    refused(stage.get("/v1/accounts/77"), "P-05")


@pytest.mark.parametrize(
    ("path", "params", "rule"),
    [
        ("/v1/accounts/18446744073709551616", {}, "P-11"),
        ("/v1/accounts/-1", {}, "P-11"),
        ("/v1/accounts/one", {}, "P-11"),
        ("/v1/accounts", {"province": 2**70}, "P-11"),
        ("/v1/accounts", {"limit": 0}, "P-11"),
        ("/v1/accounts", {"limit": 501}, "P-11"),
        ("/v1/emissions", {"year": 2**70}, "P-11"),
        ("/v1/emissions", {"account": 2**70}, "P-11"),
        ("/v1/compliance/99999999999999999999", {}, "P-11"),
        ("/v1/acts", {"state": "LOST"}, "P-11"),
        ("/v1/tables/..%2F..%2Fsession.key", {}, "P-05"),
        ("/v1/nothing", {}, "P-05"),
    ],
)
def test_public_reads__impossible_parameters__refused(stage: ApiStage, path: str, params: Any, rule: str) -> None:
    refused(stage.get(path, **params), rule)


def test_methods__wrong_one__p06_with_allow(stage: ApiStage) -> None:
    answer = stage.http.delete("/v1/orders")
    refused(answer, "P-06")
    assert answer.headers["allow"] == "POST"


def test_pages__small_limit__every_row_once_in_a_stable_order(stage: ApiStage) -> None:
    numbers, cursor = [], None
    while True:
        page = stage.get("/v1/accounts", limit=2, **({"cursor": cursor} if cursor else {})).json()
        numbers += [row["number"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert numbers == sorted(set(numbers))
    assert len(numbers) == stage.service.desk.projection.count("accounts")
    assert stage.get("/v1/accounts", province=PROVINCES[0], kind=1, sector=SECTOR).json()["items"]
    assert stage.get("/v1/accounts", province=99).json() == {"items": [], "next": None}


def test_events__followed__each_once_and_in_order(stage: ApiStage) -> None:
    seen, cursor = [], None
    while True:
        page = stage.get("/v1/events", limit=50, **({"after": cursor} if cursor else {})).json()
        if not page["items"]:
            assert page["next"] == cursor
            break
        seen += page["items"]
        cursor = page["next"]
    with stage.service.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT count(*) FROM projection_events").scalar_one()
    assert len({item["cursor"] for item in seen}) == len(seen) == stored
    assert [item["block"] for item in seen] == sorted(item["block"] for item in seen)


@pytest.mark.parametrize(
    "cursor",
    ["x", "!!!!", "", "é", *(base64.urlsafe_b64encode(orjson.dumps(v)).decode() for v in (
        {}, [], ["a", "b"], [2**63, 1], [-1, 0], [True, 1], ["\x00"], [None]))],
)  # fmt: skip
def test_cursor__made_up__p10(stage: ApiStage, cursor: str) -> None:
    for path, name in (("/v1/events", "after"), ("/v1/tables", "cursor"), ("/v1/accounts", "cursor")):
        if cursor:
            refused(stage.get(path, **{name: cursor}), "P-10")
        else:
            assert stage.get(path, **{name: cursor}).status_code == 200


def test_act__decided_at_once__both_carried_and_shown_decoded(scene: Scene) -> None:
    """The decision may be posted while the act is still on its way."""
    stage = scene.stage
    maker, checker = stage.staff.seats["REGISTRY"]
    signer = EthereumSigner.create()
    opening = (next(stage.numbers), 1, SECTOR, 11, 1, b"\x01" * 32, [(signer.signer, 7)])
    act = stage.builder.build("accounts", "openAccounts", [[opening]], stage.office.ground, FAR_EXPIRY)
    refused(stage.post("/v1/decisions", stage.builder.decide(act, True, checker)), "G-04")
    proposed = stage.post("/v1/acts", stage.builder.propose(act, maker))
    refused(stage.post("/v1/decisions", stage.builder.decide(act, True, maker)), "G-03")
    decided = stage.post("/v1/decisions", stage.builder.decide(act, True, checker))
    stage.done(proposed)
    stage.done(decided)
    shown = stage.get(f"/v1/acts/{proposed.json()['id']}").json()
    assert (shown["state"], shown["contract"], shown["function"]) == ("EXECUTED", "accounts", "openAccounts")
    assert shown["args"]["openings"][0]["number"] == opening[0]
    assert (shown["zh"], shown["en"]) == ("开立账户", "open accounts")
    assert shown["ground"] == stage.office.ground.model_dump()
    assert shown["maker"] == "0x" + maker.signer.hex()
    listed = stage.get("/v1/acts", state="EXECUTED", limit=500).json()["items"]
    assert shown in listed
    assert all(item["state"] == "EXECUTED" for item in listed)


def test_act__wrong_people_or_place__their_rules(scene: Scene) -> None:
    stage = scene.stage
    maker = stage.staff.seats["REGISTRY"][0]
    supervisor = stage.staff.seats["SUPERVISOR"][0]

    def act(expiry: int = FAR_EXPIRY, **changes: Any) -> Any:
        made = stage.builder.build("accounts", "close", [scene.other], stage.office.ground, expiry)
        return made.model_copy(update=changes)

    propose = stage.builder.propose
    refused(stage.post("/v1/acts", propose(act(), supervisor)), "G-02")
    refused(stage.post("/v1/acts", propose(act(expiry=1), maker)), "G-05")
    refused(stage.post("/v1/acts", propose(act(chainId=5), maker)), "G-06")
    refused(stage.post("/v1/acts", propose(act(data="0x12345678"), maker)), "G-01")
    refused(stage.post("/v1/acts", propose(act(data="0x12"), maker)), "G-09")
    signed = propose(act(), maker)
    refused(stage.post("/v1/acts", signed.model_copy(update={"message": act(salt=1)})), "O-06")
    domain = signed.domain.model_copy(update={"contract": "0x" + "12" * 20})
    refused(stage.post("/v1/acts", signed.model_copy(update={"domain": domain})), "O-16")
    refused(stage.http.post(f"/v1/acts/0x{'12' * 32}/execute"), "P-05")


def test_act__rejected__ends_there(scene: Scene) -> None:
    stage = scene.stage
    maker, checker = stage.staff.seats["REGISTRY"]
    act = stage.builder.build("accounts", "close", [scene.other], stage.office.ground, FAR_EXPIRY)
    proposed = stage.post("/v1/acts", stage.builder.propose(act, maker))
    stage.done(stage.post("/v1/decisions", stage.builder.decide(act, False, checker)))
    assert stage.get(f"/v1/acts/{proposed.json()['id']}").json()["state"] == "REJECTED"
    refused(stage.post("/v1/decisions", stage.builder.decide(act, True, checker)), "G-04")


def test_act__undecodable_arguments__list_still_answers(scene: Scene) -> None:
    """DualControl checks the selector only; an officer's nonsense must not take the list of acts down."""
    stage = scene.stage
    maker = stage.staff.seats["REGISTRY"][0]
    act = stage.builder.build("accounts", "close", [scene.other], stage.office.ground, FAR_EXPIRY)
    act = act.model_copy(update={"data": act.data[:10] + "ff" * 5})
    proposed = stage.done(stage.post("/v1/acts", stage.builder.propose(act, maker)))
    assert stage.get(f"/v1/acts/{proposed['id']}").json()["args"] is None
    assert stage.get("/v1/acts", state="PROPOSED").status_code == 200


def test_table__issued_after_approval_only__chunk_by_chunk(scene: Scene) -> None:
    stage = scene.stage
    accounts = [stage.open_account() for _ in range(3)]
    document = stage.table({account: 10 for account in accounts}, chunk_size=1)
    handed = stage.http.post("/v1/tables", json=document)
    assert handed.status_code == 202, handed.text
    table = handed.json()
    assert (table["state"], table["total"], table["rows"], table["chunks"]) == ("PROPOSED", 30, 3, 3)
    assert stage.http.post("/v1/tables", json=document).json()["id"] == table["id"]
    plan = stage.reader.read("allocation", "planOf", YEAR, SECTOR)
    stage.act("allocation", "setPlan", YEAR, SECTOR, 1, plan["cap"] + 30, *ALL_FREE)
    assert stage.state_of(table["id"]) == "PROPOSED"
    stage.approve_table(table)
    wait_until(lambda: stage.state_of(table["id"]) == "ISSUED", "the table is issued")
    shown = stage.get(f"/v1/tables/{table['id']}").json()
    assert (shown["applied"], shown["delivered_rows"], shown["issued_chunks"]) == (30, 3, 3)
    assert shown["items"] == document["rows"]
    assert table["id"] in [item["id"] for item in stage.get("/v1/tables").json()["items"]]
    assert [stage.reader.holding("allowances", a, YEAR).registry for a in accounts] == [10, 10, 10]


def test_table__rows_handed_in_after_approval__issued_without_another_block(scene: Scene) -> None:
    stage = scene.stage
    account = stage.open_account()
    other = ApiStage.table(stage, {account: 7})
    from registry_api.outbox.tables import table_of

    built = table_of(other | {"rows": [[account, 7]]})
    plan = stage.reader.read("allocation", "planOf", YEAR, SECTOR)
    stage.act("allocation", "setPlan", YEAR, SECTOR, 1, plan["cap"] + 7, *ALL_FREE)
    stage.act("allocation", "approveTable", 11, built.as_tuple())
    handed = stage.client.post_table(other)
    wait_until(lambda: stage.state_of(handed["id"]) == "ISSUED", "the table is issued")


def test_table__wrong_rows__refused(stage: ApiStage, monkeypatch: pytest.MonkeyPatch) -> None:
    good = stage.table({1: 1})
    one = {"account": 1, "tonnes": 1}
    rows: list[list[Any]] = [[], [one] * 2, [one | {"account": 0}], [one | {"tonnes": 1.5}], [one | {"extra": 1}]]
    changes = [{"kind": 0}, {"chunk_size": 251}, {"year": 2**16}, {"extra": 1}, *({"rows": row} for row in rows)]
    for change in changes:
        refused(stage.http.post("/v1/tables", json=good | change), "O-01")
    refused(stage.get(f"/v1/tables/0x{'00' * 32}"), "P-05")
    monkeypatch.setattr("registry_api.outbox.tables.MAX_UNAPPROVED", 0)
    refused(stage.http.post("/v1/tables", json=good), "P-09")


def test_statement__each_fault__its_rule_and_nothing_recorded(scene: Scene) -> None:
    stage, verifier, province = scene.stage, scene.verifier, scene.province
    account = stage.open_account()

    def post(*signers: Any, tonnes: int = 5, **fields: Any) -> Any:
        return stage.post("/v1/statements", stage.statement(account, tonnes, *signers, **fields))

    refused(post(verifier), "R-04")
    refused(post(), "R-04")
    refused(post(verifier, verifier), "O-09")
    refused(post(verifier, EthereumSigner.create()), "R-07")
    refused(post(verifier, province, epoch=stage.reader.config()[2] - 1), "R-03")
    refused(post(verifier, province, chainId=1), "R-01")
    refused(post(verifier, province, oracle="0x" + "12" * 20), "R-02")
    refused(post(verifier, province, version=2), "R-09")
    altered = stage.statement(account, 5, verifier, province)
    message = altered.message.model_copy(update={"tonnes": 6})
    refused(stage.post("/v1/statements", altered.model_copy(update={"message": message})), "O-06")
    other_domain = altered.domain.model_copy(update={"chain_id": 9})
    refused(stage.post("/v1/statements", altered.model_copy(update={"domain": other_domain})), "R-01")
    elsewhere = stage.open_account(province=42)
    away = stage.statement(elsewhere, 5, verifier, province)
    refused(stage.post("/v1/statements", away), "R-08")
    assert stage.get("/v1/emissions", account=account).json()["items"] == []
    stage.done(post(verifier, province))
    refused(post(verifier, province, previous="0x" + "12" * 32), "R-10")
    stage.done(post(verifier, province, tonnes=4))
    assert stage.get("/v1/emissions", account=account).json()["items"][0]["version"] == 2


def test_sandbox_clock__forward_only__moves_the_chain(stage: ApiStage) -> None:
    now = stage.client.now()
    assert stage.http.post("/v1/sandbox/clock", json={"advance_to": now + 100}).json()["now"] >= now + 100
    assert stage.http.post("/v1/sandbox/clock", json={"advance_to": 5}).json()["now"] >= now + 100
    refused(stage.http.post("/v1/sandbox/clock", json={"advance_to": "5"}), "O-01")
    assert stage.client.deployment()["head"]["timestamp"] >= now + 100


def test_closing__after_the_deadline__statuses_are_frozen_by_the_service(tmp_path: Any) -> None:
    stage = ApiStage(tmp_path / "home").start()
    try:
        stage.deploy()
        account = stage.open_account()
        stage.act("allowances", "openVintage", YEAR)
        stage.issue({account: 100})
        verifier, province = EthereumSigner.create(), EthereumSigner.create()
        for act in accreditation(1, verifier.signer):
            stage.act(*act)
        stage.act("emissions", "setSigner", province.signer, 2, 11)
        stage.act("emissions", "setThreshold", 2, 0b110)
        deadline = stage.client.now() + DAY
        rules = (deadline, YEAR - 1, YEAR, 500, 0b110, deadline, 0, False, deadline + DAY, 0, 0)
        stage.act("compliance", "setYearRules", YEAR, rules)
        stage.done(stage.post("/v1/statements", stage.statement(account, 40, verifier, province)))
        order = stage.order("surrender", account, year=YEAR, vintage=YEAR, quantity=40)
        stage.done(stage.post("/v1/orders", order))
        maker, checker = stage.staff.seats["REGISTRY"][0], stage.staff.seats["MINISTRY"][1]
        act = stage.builder.build("compliance", "closeYear", [YEAR], stage.office.ground, FAR_EXPIRY)
        stage.done(stage.post("/v1/acts", stage.builder.propose(act, maker)))
        refused(stage.post("/v1/decisions", stage.builder.decide(act, True, checker)), "C-13a")
        stage.client.advance_clock(deadline + 1)
        stage.done(stage.post("/v1/decisions", stage.builder.decide(act, True, checker)))
        shown = lambda: stage.get(f"/v1/compliance/{YEAR}").json()["items"][0]["frozen"]  # noqa: E731
        wait_until(lambda: shown() == "COMPLETE", "statuses are frozen")
    finally:
        stage.stop()


def test_execute__governance_after_its_delay__done(tmp_path: Any) -> None:
    stage = ApiStage(tmp_path / "home").start()
    try:
        stage.deploy()
        maker, checker = stage.staff.seats["GOVERNANCE"]
        fresh = EthereumSigner.create()
        act = stage.builder.build("authority", "grantRole", [10, fresh.address, 0], stage.office.ground, FAR_EXPIRY)
        id_ = stage.done(stage.post("/v1/acts", stage.builder.propose(act, maker)))["id"]
        refused(stage.http.post(f"/v1/acts/{id_}/execute"), "G-04")
        stage.done(stage.post("/v1/decisions", stage.builder.decide(act, True, checker)))
        shown = stage.get(f"/v1/acts/{id_}").json()
        assert shown["state"] == "APPROVED"
        refused(stage.http.post(f"/v1/acts/{id_}/execute"), "G-07")
        stage.client.advance_clock(shown["executable_at"])
        stage.done(stage.http.post(f"/v1/acts/{id_}/execute"))
        assert stage.get(f"/v1/acts/{id_}").json()["state"] == "EXECUTED"
        # A new officer of the register may read any account at once.
        account = stage.open_account()
        assert stage.get(f"/v1/accounts/{account}/holdings", stage.sign_in(fresh)).status_code == 200
    finally:
        stage.stop()


def test_freeze__by_one_supervisor__shown(scene: Scene) -> None:
    account = scene.stage.open_account()
    scene.stage.act("accounts", "freeze", [account], 4, GROUND)
    assert scene.stage.get(f"/v1/accounts/{account}").json()["status"] == "FROZEN_OUT"
