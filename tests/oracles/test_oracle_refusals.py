"""Every bad report has its own number, before the chain and on it, and both say the same."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from oracle_support import PROVINCE, YEAR, Scene

from oracles.process import Oracle
from oracles.refusals import OracleError, explain
from oracles.store import Outcome
from registry_sdk.calls import statement_call
from registry_sdk.carrier import accepted
from registry_sdk.documents import Domain, SignedStatement
from registry_sdk.reader import AccountKind
from registry_sdk.signers import EthereumSigner, P256Signer

OTHER = "0x" + "12" * 20
ZERO = "0x" + "00" * 32


@pytest.fixture(scope="module")
def oracle(scene: Scene) -> Oracle:
    return scene.oracle()


@pytest.fixture
def account(scene: Scene) -> int:
    return scene.world.open_account()


@pytest.fixture(scope="module")
def reported(scene: Scene) -> int:
    """An account whose first version is on chain."""
    number = scene.world.open_account()
    call = statement_call(scene.deployment, scene.statement(number, scene.verifier, scene.province))
    accepted(scene.world.carrier.carry([call]))
    return number


def altered(statement: SignedStatement, **fields: object) -> SignedStatement:
    """Changed after it was signed."""
    return statement.model_copy(update={"message": statement.message.model_copy(update=fields)})


def suspended(scene: Scene) -> EthereumSigner:
    signer = EthereumSigner.create()
    scene.world.name_verifier(signer)
    scene.world.office.act("accreditation", "revokeSigner", signer.signer)
    return signer


Build = Callable[[Scene, int, int], SignedStatement]
BAD: dict[str, tuple[str, str, Build]] = {
    "wrong chain": ("R-01", "ReportWrongChain", lambda s, a, r: s.statement(a, s.verifier, s.province, chainId=1)),
    "wrong contract": (
        "R-02",
        "ReportWrongOracle",
        lambda s, a, r: s.statement(a, s.verifier, s.province, oracle=OTHER),
    ),
    "stale epoch": ("R-03", "StaleConfig", lambda s, a, r: s.statement(a, s.verifier, s.province, epoch=0)),
    "future epoch": ("R-03", "StaleConfig", lambda s, a, r: s.statement(a, s.verifier, s.province, epoch=9)),
    "two of one class": ("R-06", "SameClass", lambda s, a, r: s.statement(a, s.verifier, s.second_verifier)),
    "stranger": ("R-07", "NotReportSigner", lambda s, a, r: s.statement(a, s.verifier, EthereumSigner.create())),
    "suspended": ("R-07", "NotReportSigner", lambda s, a, r: s.statement(a, s.province, suspended(s))),
    "other province": ("R-08", "OtherProvince", lambda s, a, r: s.statement(a, s.verifier, s.other_province)),
    "superseded": (
        "R-09",
        "WrongVersion",
        lambda s, a, r: s.statement(r, s.verifier, s.province, version=1, previous=ZERO, tonnes=9),
    ),
    "wrong previous": (
        "R-10",
        "WrongPrevious",
        lambda s, a, r: s.statement(r, s.verifier, s.province, previous="0x" + "77" * 32),
    ),
    "no key emitter": (
        "R-11",
        "NotKeyEmitter",
        lambda s, a, r: s.statement(s.world.open_account(AccountKind.OTHER_INSTITUTION), s.verifier, s.province),
    ),
    "unknown account": ("R-11", "NotKeyEmitter", lambda s, a, r: s.statement(987_654, s.verifier, s.province)),
    "altered tonnes": (
        "O-06",
        "InvalidSignature",
        lambda s, a, r: altered(s.statement(a, s.verifier, s.province), tonnes=1),
    ),
    "other year": (
        "O-06",
        "InvalidSignature",
        lambda s, a, r: altered(s.statement(a, s.verifier, s.province), year=YEAR - 1),
    ),
    "other report": (
        "O-06",
        "InvalidSignature",
        lambda s, a, r: altered(s.statement(a, s.verifier, s.province), reportHash="0x" + "cd" * 32),
    ),
    "same signer twice": ("O-09", "DuplicateSigner", lambda s, a, r: s.statement(a, s.verifier, s.verifier)),
}


@pytest.mark.parametrize("case", BAD)
def test_receive__bad_report__refused_like_the_contract_does(
    scene: Scene, oracle: Oracle, account: int, reported: int, case: str
) -> None:
    rule, error, build = BAD[case]
    statement = build(scene, account, reported)

    receipt = oracle.desk.receive(statement)
    assert error in [outcome.error for outcome in receipt.refused]
    assert rule in [explain(outcome).rule for outcome in receipt.refused]

    (carried,) = scene.world.carrier.carry([statement_call(scene.deployment, statement)])
    assert carried.error is not None
    assert carried.error.name == error

    before = scene.world.reader.figure(account, YEAR)
    assert oracle.cycle().settled == 0
    assert scene.world.reader.figure(account, YEAR) == before


def test_receive__one_signature__collected_but_refused_when_pushed(scene: Scene, oracle: Oracle) -> None:
    account = scene.world.open_account()
    statement = scene.statement(account, scene.verifier)
    assert oracle.desk.receive(statement).is_accepted
    with pytest.raises(OracleError) as refused:
        oracle.cycle("0x" + statement.digest().hex())
    assert refused.value.refusal.rule == "R-04"
    (carried,) = scene.world.carrier.carry([statement_call(scene.deployment, statement)])
    assert carried.error.name == "BelowThreshold"


def test_receive__required_class_absent__class_missing(scene: Scene, oracle: Oracle) -> None:
    account = scene.world.open_account()
    centre = EthereumSigner.create()
    scene.world.office.act("emissions", "setSigner", centre.signer, 3, 0)
    statement = scene.statement(account, scene.verifier, centre)
    oracle.desk.receive(statement)
    with pytest.raises(OracleError) as refused:
        oracle.cycle("0x" + statement.digest().hex())
    (carried,) = scene.world.carrier.carry([statement_call(scene.deployment, statement)])
    assert (refused.value.outcome.error, carried.error.name) == ("ClassMissing", "ClassMissing")
    assert refused.value.refusal.rule == "R-05"


def test_receive__signed_under_another_domain__refused(scene: Scene, oracle: Oracle, account: int) -> None:
    for domain in (
        Domain(chain_id=5, contract=scene.deployment.address("emissions").lower()),
        Domain(chain_id=scene.deployment.chain_id, contract=OTHER),
    ):
        receipt = oracle.desk.receive(scene.statement(account, scene.verifier, scene.province, domain=domain))
        assert receipt.record is None
        assert receipt.refused[0].error in ("ReportWrongChain", "ReportWrongOracle")


def test_receive__nobody_signed__not_filed(scene: Scene, oracle: Oracle, account: int) -> None:
    receipt = oracle.desk.receive(scene.statement(account))
    assert [o.error for o in receipt.refused] == ["NoApproval"]
    assert receipt.record is None


def test_receive__second_of_a_class_then_first_suspended__second_takes_its_place(scene: Scene) -> None:
    oracle = scene.oracle()
    account = scene.world.open_account()
    first = EthereumSigner.create()
    scene.world.name_verifier(first)
    oracle.desk.receive(scene.statement(account, first))
    oracle.desk.receive(scene.statement(account, scene.second_verifier))
    oracle.desk.receive(scene.statement(account, scene.province))
    scene.world.office.act("accreditation", "revokeSigner", first.signer)
    assert oracle.cycle().settled == 1
    assert scene.world.reader.figure(account, YEAR).version == 1


def test_receive__province_of_another_class_number__accepted_where_it_may_sign_for_any(scene: Scene) -> None:
    oracle = scene.oracle()
    account = scene.world.open_account(province=42)
    national = EthereumSigner.create()
    scene.world.office.act("emissions", "setSigner", national.signer, PROVINCE, 0)
    oracle.desk.receive(scene.statement(account, scene.verifier, national))
    assert oracle.cycle().settled == 1


def test_receive__p256_card_of_a_province__checked_by_its_verifier_and_recorded(scene: Scene) -> None:
    oracle = scene.oracle()
    account = scene.world.open_account()
    card = P256Signer(scene.deployment.address("p256"), ec.generate_private_key(ec.SECP256R1()))
    scene.world.office.act("emissions", "setSigner", card.signer, PROVINCE, 0)
    good = scene.statement(account, card)
    forged = good.approvals[0].model_copy(update={"signature": "0x" + "11" * 64})
    receipt = oracle.desk.receive(good.model_copy(update={"approvals": [forged]}))
    assert [o.error for o in receipt.refused] == ["InvalidSignature"]
    assert oracle.desk.receive(good).is_accepted
    oracle.desk.receive(scene.statement(account, scene.verifier))
    assert oracle.cycle().settled == 1
    assert scene.world.reader.figure(account, YEAR).version == 1


@pytest.mark.parametrize(("rule", "error", "build"), BAD.values(), ids=BAD)
def test_explain__every_refusal__speaks_both_languages(rule: str, error: str, build: Build) -> None:
    samples = {"expected": 1, "given": 2, "current": 3, "account": 4, "year": 5, "unit": 6, "class": 1}
    found = explain(Outcome(error, samples | {"signer": "0x12", "signerProvince": 1, "accountProvince": 2}))
    assert found.rule == rule
    assert all((found.zh, found.en, found.remedy_zh, found.remedy_en))
