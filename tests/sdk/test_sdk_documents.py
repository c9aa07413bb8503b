"""Documents are strict: no floats, no text for numbers, no unknown fields; digests bind every field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from registry_sdk.calls import order_call
from registry_sdk.codec import CONTRACTS
from registry_sdk.deployment import Deployment
from registry_sdk.documents import (
    ORDER_KINDS,
    ActMessage,
    ApprovalDoc,
    Domain,
    Ground,
    ReportMessage,
    SignedOrder,
    SignedStatement,
    TransferOrder,
)
from registry_sdk.signers import EthereumSigner

TRANSFER: dict[str, Any] = {
    "chainId": 1,
    "account": 1001,
    "to": 1002,
    "unit": 2025,
    "quantity": 5,
    "nonce": 0,
    "expiry": 2**40,
}
ORDER: dict[str, Any] = {
    "kind": "transfer",
    "domain": {"chain_id": 1, "contract": "0x" + "ab" * 20},
    "message": TRANSFER,
    "approvals": [],
}
REPORT: dict[str, Any] = {
    "chainId": 1,
    "oracle": "0x" + "ab" * 20,
    "epoch": 1,
    "account": 1001,
    "year": 2025,
    "version": 1,
    "tonnes": 7,
    "reportHash": "0x" + "01" * 32,
    "previous": "0x" + "00" * 32,
}
BAD_NUMBERS = [1.0, 1.5, "1", "0x1", True, None, -1, 2**64, [], {}, float("nan")]


@pytest.mark.parametrize("field", sorted(TRANSFER))
@pytest.mark.parametrize("value", BAD_NUMBERS, ids=repr)
def test_order__number_that_is_none__refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        SignedOrder.model_validate({**ORDER, "message": {**TRANSFER, field: value}})


@pytest.mark.parametrize("field", sorted(TRANSFER))
def test_order__field_missing__refused(field: str) -> None:
    message = {k: v for k, v in TRANSFER.items() if k != field}
    with pytest.raises(ValidationError):
        SignedOrder.model_validate({**ORDER, "message": message})


@pytest.mark.parametrize("where", ["", "domain", "message"])
def test_order__unknown_field__refused(where: str) -> None:
    document = json.loads(json.dumps(ORDER))
    (document[where] if where else document)["memo"] = "x"
    with pytest.raises(ValidationError):
        SignedOrder.model_validate(document)


def test_order__json_text_with_float_or_text_number__refused() -> None:
    for text in ("5.0", '"5"', "5e0", "1e400"):
        document = json.dumps(ORDER).replace('"quantity": 5', f'"quantity": {text}')
        with pytest.raises(ValidationError):
            SignedOrder.model_validate_json(document)
    assert SignedOrder.model_validate_json(json.dumps(ORDER)).message == TransferOrder(**TRANSFER)


@pytest.mark.parametrize("kind", sorted(set(ORDER_KINDS) - {"transfer"}))
def test_order__message_of_another_kind__refused(kind: str) -> None:
    with pytest.raises(ValidationError):
        SignedOrder.model_validate({**ORDER, "kind": kind})


@pytest.mark.parametrize(
    "contract", ["", "0x", "ab" * 20, "0x" + "ab" * 19, "0x" + "ab" * 21, "0x" + "zz" * 20, "0X" + "ab" * 20, 7, None]
)
def test_domain__contract_that_is_no_address__refused(contract: Any) -> None:
    with pytest.raises(ValidationError):
        Domain.model_validate({"chain_id": 1, "contract": contract})


@pytest.mark.parametrize("chain_id", [0, -1, 2**63, 1.0, "1", True])
def test_domain__chain_that_is_none__refused(chain_id: Any) -> None:
    with pytest.raises(ValidationError):
        Domain.model_validate({"chain_id": chain_id, "contract": "0x" + "ab" * 20})


@pytest.mark.parametrize(
    ("field", "value"),
    [("year", 2**16), ("version", 2**16), ("epoch", 2**32), ("tonnes", 2**64), ("tonnes", 1.0)]
    + [("reportHash", "0x" + "01" * n) for n in (0, 31, 33)]
    + [("oracle", "0x" + "01" * n) for n in (0, 19, 32)],
)
def test_report__out_of_range__refused(field: str, value: Any) -> None:
    ReportMessage.model_validate(REPORT)
    with pytest.raises(ValidationError):
        ReportMessage.model_validate({**REPORT, field: value})


def test_ground__reason_zero_or_no_hash__refused() -> None:
    for fields in ({"reason": 0, "paper": "0x" + "01" * 32}, {"reason": 1, "paper": "0x01"}):
        with pytest.raises(ValidationError):
            Ground.model_validate(fields)


def test_approvals__too_many_too_long_or_too_short__refused() -> None:
    one = {"signer": "0x" + "01" * 20, "signature": "0x" + "02" * 65}
    SignedOrder.model_validate({**ORDER, "approvals": [one] * 4})
    for approvals in ([one] * 5, [{**one, "signer": "0x" + "01" * 19}], [{**one, "signature": "0x" + "0" * 262_143}]):
        with pytest.raises(ValidationError):
            SignedOrder.model_validate({**ORDER, "approvals": approvals})


def test_document__frozen__cannot_be_changed_after_signing() -> None:
    order = SignedOrder.model_validate(ORDER)
    with pytest.raises(ValidationError):
        order.kind = "cancel"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        order.message.quantity = 6  # type: ignore[misc]


def test_document__upper_case_hex__same_digest() -> None:
    upper = {**ORDER, "domain": {"chain_id": 1, "contract": "0x" + "AB" * 20}}
    assert SignedOrder.model_validate(upper).digest() == SignedOrder.model_validate(ORDER).digest()


@given(field=st.sampled_from(sorted(TRANSFER)), step=st.integers(1, 1000))
def test_digest__any_field_changed__another_digest(field: str, step: int) -> None:
    order = SignedOrder.model_validate(ORDER)
    changed = SignedOrder.model_validate({**ORDER, "message": {**TRANSFER, field: TRANSFER[field] + step}})
    assert changed.digest() != order.digest()
    elsewhere = SignedOrder.model_validate({**ORDER, "domain": {**ORDER["domain"], "chain_id": 1 + step}})
    assert elsewhere.digest() != order.digest()


@given(st.binary(max_size=200), st.integers(0, 2**64 - 1))
def test_json__there_and_back__same_document_and_digest(data: bytes, number: int) -> None:
    fields = {"chainId": 1, "target": "0x" + "ab" * 20, "data": "0x" + data.hex(), "salt": number, "expiry": number}
    act = ActMessage.model_validate({**fields, "ground": {"reason": 1, "paper": "0x" + "01" * 32}})
    assert ActMessage.model_validate_json(act.model_dump_json()) == act
    statement = SignedStatement.model_validate(
        {"domain": ORDER["domain"], "message": {**REPORT, "tonnes": number}}
    ).approve(EthereumSigner.from_key(b"\x01" * 32))
    again = SignedStatement.model_validate_json(statement.model_dump_json())
    assert (again, again.digest()) == (statement, statement.digest())


def test_approval__packed__lengths_and_bytes() -> None:
    approval = ApprovalDoc(signer="0x" + "01" * 20, signature="0x" + "02" * 65)
    assert approval.pack() == b"\x00\x14" + b"\x01" * 20 + b"\x00\x41" + b"\x02" * 65


def test_order_call__signed_for_a_contract_that_takes_no_such_order__refused() -> None:
    """A call to an address without code succeeds and does nothing: it must not be carried at all."""
    addresses = {name: f"0x{number:040x}" for number, name in enumerate(CONTRACTS, start=1)}
    deployment = Deployment(1, 0, addresses)
    for name in ("allowances", "credits"):
        domain = {"chain_id": 1, "contract": addresses[name]}
        assert order_call(deployment, SignedOrder.model_validate({**ORDER, "domain": domain})).target == addresses[name]
    for contract in (addresses["compliance"], addresses["relay"], "0x" + "ab" * 20):
        order = SignedOrder.model_validate({**ORDER, "domain": {"chain_id": 1, "contract": contract}})
        with pytest.raises(ValueError, match="signed for another contract"):
            order_call(deployment, order)
