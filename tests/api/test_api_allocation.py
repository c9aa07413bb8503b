"""What the public reads about allocation: entitlements, debts, waiting rows, cases; and the clerk that claims rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_stage import PROVINCES, SECTOR, YEAR, ApiStage, refused, wait_until

from registry_sdk.allocation import ALL_FREE, DebtCause
from registry_sdk.documents import Domain, Objection, SignedObjection
from registry_sdk.reader import AccountStatus
from registry_sdk.signers import EthereumSigner, Signer

ZERO = "0x" + "00" * 32


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiStage]:
    stage = ApiStage(Path(tmp_path_factory.mktemp("allocation"))).start().deploy()
    try:
        stage.act("allowances", "openVintage", YEAR)
        stage.act("allocation", "setPlan", YEAR, SECTOR, 1, 100_000, *ALL_FREE)
        yield stage
    finally:
        stage.stop()


def test_held_row__account_frozen_then_released__claimed_by_the_clerk_once(stage: ApiStage) -> None:
    open_, frozen = stage.open_account(), stage.open_account()
    stage.act("accounts", "freeze", [frozen], int(AccountStatus.FROZEN_ALL))
    table = stage.client.post_table(stage.table({open_: 70, frozen: 30}))
    stage.approve_table(table)
    wait_until(lambda: stage.state_of(table["id"]) == "ISSUED", "the table is delivered")
    assert [(row["account"], row["tonnes"]) for row in stage.client.held_rows()] == [(frozen, 30)]
    assert stage.client.table(table["id"])["held_rows"] == 1
    assert stage.client.entitlements(account=frozen) == []
    assert stage.reader.holding("allowances", frozen, YEAR).held == 0

    stage.act("accounts", "unfreeze", [frozen])
    wait_until(lambda: not stage.client.held_rows(), "the row is claimed")
    (row,) = stage.client.entitlements(account=frozen, year=YEAR)
    assert (row["determined"], row["deducted"], row["issued"]) == (30, 0, 30)
    assert stage.reader.holding("allowances", frozen, YEAR).registry == 30
    shown = stage.client.table(table["id"])
    assert (shown["applied"], shown["held_rows"]) == (100, 0)
    claims = [e for e in stage.client.events() if e["event"] == "RowsClaimed"]
    assert len(claims) == 1


def test_debt__recorded_then_next_issue__taken_off_first(stage: ApiStage) -> None:
    account = stage.open_account()
    now = stage.client.now()
    stage.act("allocation", "setDebtWindow", int(DebtCause.INSPECTION), (now - 1, now + 10**7))
    stage.act("allocation", "recordDebt", PROVINCES[0], account, int(DebtCause.INSPECTION), 40)
    assert [(row["account"], row["tonnes"]) for row in stage.client.debts(account=account)] == [(account, 40)]
    table = stage.client.post_table(stage.table({account: 100}))
    stage.approve_table(table)
    wait_until(lambda: bool(stage.client.entitlements(account=account)), "the table is issued")
    (row,) = stage.client.entitlements(account=account)
    assert (row["determined"], row["deducted"], row["issued"]) == (100, 40, 60)
    assert [row["tonnes"] for row in stage.client.debts(account=account) if row["tonnes"]] == []
    assert stage.reader.holding("allowances", account, YEAR).registry == 60


def test_hand_in__stage_that_the_kind_does_not_follow_on__refused_at_once(stage: ApiStage) -> None:
    done, fresh = stage.open_account(), stage.open_account()
    table = stage.client.post_table(stage.table({done: 10}))
    stage.approve_table(table)
    wait_until(lambda: bool(stage.client.entitlements(account=done)), "the table is issued")
    again = stage.table({fresh: 5, done: 20})
    assert refused(stage.http.post("/v1/tables", json=again | {"kind": 1}), "B-06")["args"]["account"] == done
    refused(stage.http.post("/v1/tables", json=again), "B-06a")
    refused(stage.http.post("/v1/tables", json=again | {"kind": 3}), "B-16")
    assert stage.client.post_table(stage.table({done: 10}))["id"] == table["id"]


def objection(stage: ApiStage, account: int, signer: Signer, **fields: object) -> SignedObjection:
    chain = stage.deployment.chain_id
    values = {"account": account, "year": YEAR, "subject": 1, "target": ZERO, "statement": "0x" + "44" * 32} | fields
    domain = Domain(chain_id=chain, contract=stage.deployment.address("cases").lower())
    return SignedObjection.sign(domain, Objection.model_validate({"chainId": chain, **values}), signer)


def test_objection__filed_and_decided__case_with_its_clock(stage: ApiStage) -> None:
    account = stage.open_account()
    signed = objection(stage, account, stage.keys[account][0])
    first, again = (stage.done(stage.post("/v1/objections", signed)) for _ in range(2))
    assert first["id"] == again["id"] == "0x" + signed.digest().hex()
    (case,) = stage.client.cases(account=account, year=YEAR)
    assert (case["subject"], case["state"], case["is_kept"]) == ("ALLOCATION", "OPEN", None)
    assert stage.client.cases(account=account, year=YEAR + 1) == []
    stage.act("cases", "decideObjections", PROVINCES[0], [signed.digest()], False)
    (case,) = stage.client.cases(account=account)
    assert (case["state"], case["is_kept"]) == ("REFUSED", True)


def test_recalculation__opened_and_closed_unchanged__shown(stage: ApiStage) -> None:
    account = stage.open_account()
    stage.act("cases", "openRecalculation", PROVINCES[0], account, YEAR, 2)
    (case,) = stage.client.cases(account=account)
    assert (case["subject"], case["state"]) == ("RECALCULATION", "OPEN")
    id_ = bytes.fromhex(case["case_id"][2:])
    stage.act("cases", "closeRecalculation", PROVINCES[0], id_, bytes(32))
    assert stage.client.cases(account=account)[0]["state"] == "UNCHANGED"


def test_objection__wrong_signer_contract_or_statement__refused_by_rule(stage: ApiStage) -> None:
    account = stage.open_account()
    signer = stage.keys[account][0]
    refused(stage.post("/v1/objections", objection(stage, account, EthereumSigner.create())), "O-05")
    refused(stage.post("/v1/objections", objection(stage, account, signer, statement=ZERO)), "B-17")
    signed = objection(stage, account, signer)
    elsewhere = signed.model_copy(update={"domain": Domain(chain_id=signed.domain.chain_id, contract="0x" + "1" * 40)})
    assert stage.post("/v1/objections", elsewhere).status_code == 422
    altered = signed.model_copy(update={"message": signed.message.model_copy(update={"year": YEAR - 1})})
    refused(stage.post("/v1/objections", altered), "O-06")
    assert stage.client.cases(account=account) == []
