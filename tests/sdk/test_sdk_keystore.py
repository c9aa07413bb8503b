"""Key files: readable by the owner only, never overwritten, and no secret in errors or representations."""

import json
import stat
import traceback
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from registry_sdk.keystore import KeystoreError, address_of, load, save
from registry_sdk.signers import EthereumSigner, P256Signer

KEY = bytes(range(1, 33))
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "inner" / "officer.json"
    save(path, EthereumSigner.from_key(KEY), PASSWORD)
    return path


def test_save__owner_only_and_scrypt(saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    document = json.loads(saved.read_text())
    assert document["crypto"]["kdf"] == "scrypt"
    assert KEY.hex() not in saved.read_text()
    assert PASSWORD not in saved.read_text()


def test_load__right_password__the_same_key(saved: Path) -> None:
    signer = load(saved, PASSWORD)
    assert signer.address == EthereumSigner.from_key(KEY).address
    assert address_of(saved).lower() == signer.address.lower()


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " "])
def test_load__wrong_password__refused_without_secrets(saved: Path, password: str) -> None:
    with pytest.raises(KeystoreError) as caught:
        load(saved, password)
    text = "".join(traceback.format_exception(caught.value, chain=False))
    assert KEY.hex() not in text
    assert PASSWORD not in text
    assert saved.name in str(caught.value)
    assert str(saved.parent) not in str(caught.value)


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", "not json", '{"crypto": {}}', '{"address": 5}'])
def test_load__damaged_file__refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)
    with pytest.raises(KeystoreError):
        load(path, PASSWORD)


def test_load__missing_file__refused(tmp_path: Path) -> None:
    for function in (lambda p: load(p, PASSWORD), address_of):
        with pytest.raises(KeystoreError):
            function(tmp_path / "none.json")


def test_save__existing_file__left_alone(saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(KeystoreError):
        save(saved, EthereumSigner.create(), "other")
    assert saved.read_bytes() == before


def test_save__empty_password__refused_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError):
        save(tmp_path / "k.json", EthereumSigner.create(), "")
    assert list(tmp_path.iterdir()) == []


def test_signers__repr_and_str__no_secret() -> None:
    signer = EthereumSigner.from_key(KEY)
    key = ec.derive_private_key(int.from_bytes(KEY), ec.SECP256R1())
    p256 = P256Signer("0x" + "11" * 20, key)
    for shown in (repr(signer), str(signer), repr(p256), str(p256), f"{signer} {p256}"):
        assert KEY.hex() not in shown.lower()
        assert str(int.from_bytes(KEY)) not in shown
