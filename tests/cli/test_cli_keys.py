"""Key files: encrypted, listed without password, opened with the right one only, and no secret on any screen."""

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from offline import DEPLOYMENT, PASSWORD, Offline

from registry_sdk import p256_file
from registry_sdk.keyring import Keyring
from registry_sdk.keystore import KeystoreError


@pytest.fixture
def offline(tmp_path: Path) -> Offline:
    return Offline(tmp_path)


def test_new__both_kinds__listed_by_signer_name(offline: Offline) -> None:
    plain, curve = offline.new_key("ann"), offline.new_key("pia", "--p256")
    assert len(plain["signer"]) == 42
    assert curve["signer"] == DEPLOYMENT.address("p256").lower() + curve["public"][2:]
    assert len(curve["signer"]) == 2 + 2 * 84
    assert offline.run("key", "list")["items"] == [plain, curve]
    assert offline.run("key", "show", "pia") == curve


def test_new__file__readable_by_owner_only_and_without_secret(offline: Offline) -> None:
    offline.new_key("pia", "--p256")
    path = offline.folder / "keys" / "pia.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = p256_file.load(path, PASSWORD)
    assert f"{key.private_numbers().private_value:064x}" not in path.read_bytes().hex()
    assert "BEGIN ENCRYPTED PRIVATE KEY" in path.read_text()


def test_new__name_taken_by_other_kind__left_alone(offline: Offline) -> None:
    made = offline.new_key("ann", "--p256")
    assert "ann" in offline.run("key", "new", "ann", "--password-file", offline.password, code=2)
    assert offline.run("key", "show", "ann") == made


@pytest.mark.parametrize("name", ["../ann", ".hidden", "a/b", "", "a" * 65])
def test_new__name_unfit_for_a_file__refused(offline: Offline, name: str) -> None:
    offline.run("key", "new", name, "--password-file", offline.password, code=2)
    assert not list(offline.folder.rglob("*.json*/*"))


def test_new__no_terminal_and_no_password_file__refused(offline: Offline) -> None:
    assert "--password-file" in offline.run("key", "new", "ann", code=2)


def test_new__empty_password_file__refused(offline: Offline) -> None:
    offline.password.write_text("\n")
    offline.run("key", "new", "ann", "--password-file", offline.password, code=2)


def test_open__wrong_password__refused_without_secret(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    for kind in ("ethereum", "p256"):
        file = ring.create(kind, kind, PASSWORD)  # type: ignore[arg-type]
        with pytest.raises(KeystoreError) as caught:
            file.open("a wrong one", DEPLOYMENT.address("p256"))
        assert "a wrong one" not in str(caught.value)


def test_open__public_part_exchanged__refused(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    one, two = ring.create("one", "p256", PASSWORD), ring.create("two", "p256", PASSWORD)
    private = one.path.read_text().partition("-----BEGIN ENCRYPTED")
    public = two.path.read_text().partition("-----BEGIN ENCRYPTED")[0]
    one.path.write_text(public + private[1] + private[2])
    with pytest.raises(KeystoreError):
        one.open(PASSWORD, DEPLOYMENT.address("p256"))


def test_find__no_such_key__names_those_there_are(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    ring.create("ann", "p256", PASSWORD)
    with pytest.raises(KeystoreError, match="ann"):
        ring.find("bob")


@settings(max_examples=5, deadline=None)
@given(st.text(min_size=1, max_size=40).filter(lambda text: text.encode("utf-8", "ignore").decode() == text))
def test_save_and_load__any_password__same_key(tmp_path_factory: pytest.TempPathFactory, password: str) -> None:
    path = tmp_path_factory.mktemp("key") / "k.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    p256_file.save(path, key, password)
    assert p256_file.load(path, password).private_numbers() == key.private_numbers()


@settings(max_examples=40, deadline=None)
@given(position=st.integers(min_value=0, max_value=10_000), value=st.integers(0, 255))
def test_load__one_byte_changed__same_key_or_refused(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed.pem"
    original = tmp_path_factory.getbasetemp() / "original.pem"
    if not original.exists():
        p256_file.save(original, ec.generate_private_key(ec.SECP256R1()), PASSWORD)
    body = bytearray(original.read_bytes())
    body[position % len(body)] = value
    path.write_bytes(body)
    os.utime(path)
    try:
        loaded = p256_file.load(path, PASSWORD)
    except KeystoreError:
        return
    assert loaded.private_numbers() == p256_file.load(original, PASSWORD).private_numbers()
