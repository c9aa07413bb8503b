"""Orders signed with no service in reach: the file holds what was asked, and the signatures hold under EIP-712."""

import json
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from offline import DEPLOYMENT, Offline

from registry_sdk.documents import SignedOrder
from registry_sdk.typed import typed_data

KINDS = {
    "transfer": ("--to", 12, "--unit", 2025, "--quantity", 1500),
    "cancel": ("--unit", 2025, "--quantity", 1, "--reason", 2, "--statement", "0x" + "ab" * 32),
    "surrender": ("--year", 2025, "--vintage", 2025, "--quantity", 3),
    "offset": ("--year", 2025, "--unit", 458753, "--quantity", 3),
}


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Offline:
    offline = Offline(tmp_path_factory.mktemp("offline"))
    offline.new_key("ann")
    offline.new_key("pia", "--p256")
    return offline


def build(offline: Offline, kind: str, out: Path, *extra: object, code: int = 0, account: object = 11) -> Any:
    words = ("order", kind, "--account", account, *KINDS[kind], "--deployment", offline.deployment)
    sign = ("--nonce", 4, "--expiry", "2027-01-01T00:00:00+00:00", "--out", out, "--password-file", offline.password)
    return offline.run(*words, *sign, *extra, code=code)


@pytest.mark.parametrize("kind", KINDS)
def test_build__offline__wallet_recovers_the_signer(offline: Offline, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "order.json"
    body = build(offline, kind, out, "--key", "ann")
    order = SignedOrder.model_validate_json(out.read_bytes())
    message = order.message.model_dump()
    assert (message["account"], message["nonce"], message["expiry"]) == (11, 4, 1798761600)
    assert message["quantity"] == KINDS[kind][KINDS[kind].index("--quantity") + 1]
    document = typed_data(order.struct, message, order.domain.chain_id, order.domain.contract)
    signable = encode_typed_data(full_message=document)
    signed_by = Account.recover_message(signable, signature=order.approvals[0].signature)
    assert signed_by.lower() == order.approvals[0].signer
    assert body["id"] == "0x" + order.digest().hex()


def test_approve__offline_second_signer__both_kinds_of_keys(offline: Offline, tmp_path: Path) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    build(offline, "transfer", one, "--key", "ann")
    words = ("order", "approve", one, "--deployment", offline.deployment, "--out", two)
    body = offline.run(*words, "--key", "pia", "--password-file", offline.password)
    assert body["signatures"] == 2
    assert len({a.signer for a in SignedOrder.model_validate_json(two.read_bytes()).approvals}) == 2


def test_build__relocation__named_compartment_is_signed(offline: Offline, tmp_path: Path) -> None:
    out = tmp_path / "order.json"
    fields = ("--account", 11, "--unit", 2025, "--quantity", 1, "--to", "trading", "--asset", "credits")
    common = ("--deployment", offline.deployment, "--nonce", 0, "--expiry", "2027-01-01", "--out", out)
    offline.run("order", "relocate", *fields, *common)
    document = json.loads(out.read_text())
    assert document["message"]["to"] == 1
    assert document["domain"]["contract"] == DEPLOYMENT.address("credits").lower()


def test_build__statement_from_file__keccak_of_bytes(offline: Offline, tmp_path: Path) -> None:
    paper, out = tmp_path / "paper.pdf", tmp_path / "order.json"
    paper.write_bytes(b"\x00paper")
    build(offline, "cancel", out, "--statement", paper)
    assert json.loads(out.read_text())["message"]["statement"] == "0x" + keccak(b"\x00paper").hex()


def test_build__out_exists__left_alone(offline: Offline, tmp_path: Path) -> None:
    out = tmp_path / "order.json"
    out.write_text("mine")
    build(offline, "transfer", out, "--key", "ann", code=2)
    assert out.read_text() == "mine"


@pytest.mark.parametrize("left_out", ["--nonce", "--expiry", "--out"])
def test_build__offline_without_what_only_the_service_knows__refused(offline: Offline, left_out: str) -> None:
    given = {"--nonce": 1, "--expiry": "2027-01-01", "--out": offline.folder / "never.json"}
    del given[left_out]
    words = [word for pair in given.items() for word in pair]
    message = offline.run(
        "order", "transfer", "--account", 11, *KINDS["transfer"], "--deployment", offline.deployment, *words, code=2
    )
    assert left_out in message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d["message"].update(quantity=2), "O-06"),
        (lambda d: d["approvals"].append(d["approvals"][0]), "O-09"),
        (lambda d: d["domain"].update(chain_id=1), "O-04"),
        (lambda d: d["domain"].update(contract="0x" + "12" * 20), "O-16"),
        (lambda d: d["message"].update(extra=1), "order.json"),
        (lambda d: d["message"].update(quantity="2"), "quantity"),
        (lambda d: d["approvals"][0].update(signature="0x12"), "O-06"),
    ],
)
def test_approve__file_changed_after_signing__refused(offline: Offline, tmp_path: Path, change: Any, says: str) -> None:
    file = tmp_path / "order.json"
    build(offline, "transfer", file, "--key", "ann")
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))
    words = ("order", "approve", file, "--deployment", offline.deployment, "--out", tmp_path / "two.json")
    assert says in offline.run(*words, "--key", "pia", "--password-file", offline.password, code=2)


@pytest.mark.parametrize("keys", [("ann", "ann"), ("nobody",)])
def test_build__keys_repeated_or_unknown__refused(offline: Offline, tmp_path: Path, keys: tuple[str, ...]) -> None:
    words = [word for key in keys for word in ("--key", key)]
    build(offline, "transfer", tmp_path / "order.json", *words, code=2)


def test_build__no_service_and_no_deployment__says_how(offline: Offline) -> None:
    message = offline.run("order", "transfer", "--account", 11, *KINDS["transfer"], code=2)
    assert "--url" in message
