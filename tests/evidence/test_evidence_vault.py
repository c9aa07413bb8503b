"""Documents at rest: unreadable without the keys, whole or refused, each once, and outliving a change of keys."""

import io
import json
import os
import tracemalloc
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles.evidence.keys import create_keys, keys_in_use, load_keys, save_keys
from oracles.evidence.office import EvidenceOffice
from oracles.evidence.vault import PIECE, Vault, hash_file
from oracles.refusals import OracleError
from oracles.settings import OracleSettings

PASSWORD = "vault word"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vault")


@pytest.fixture(scope="module")
def vault(folder: Path) -> Vault:
    return Vault(folder / "documents", create_keys(folder / "documents.keys", PASSWORD))


def files_of(vault: Vault, digest: bytes) -> tuple[Path, Path]:
    name = digest.hex()
    return vault.folder / name[:2] / f"{name}.data", vault.folder / name[:2] / f"{name}.key"


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 17])
def test_add__any_size__read_back_and_named_by_its_hash(vault: Vault, size: int) -> None:
    content = os.urandom(size)
    stored = vault.add(io.BytesIO(content))
    assert (stored.hash, stored.size, stored.is_new) == (sha256(content).digest(), size, True)
    assert b"".join(vault.read(stored.hash)) == content
    assert vault.check(stored.hash) is None
    assert not vault.add(io.BytesIO(content)).is_new


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 2 * PIECE), min_size=1, max_size=6))
def test_add__source_that_gives_what_it_has__same_as_whole(vault: Vault, sizes: list[int]) -> None:
    content = os.urandom(sum(sizes))

    class Pipe(io.BytesIO):
        def read(self, most: int | None = -1) -> bytes:
            return super().read(min(most or 0, sizes[0]))

    stored = vault.add(Pipe(content))
    assert stored.hash == sha256(content).digest()
    assert b"".join(vault.read(stored.hash)) == content


def test_add__plain_bytes__appear_nowhere_on_disk(vault: Vault) -> None:
    content = b"coal contract of the plant " * 5_000
    data, key = files_of(vault, vault.add(io.BytesIO(content)).hash)
    assert b"coal contract" not in data.read_bytes()
    assert b"coal contract" not in key.read_bytes()
    assert data.stat().st_mode & 0o077 == key.stat().st_mode & 0o077 == 0


def _cut(data: bytes) -> bytes:
    return data[: -(PIECE // 2)]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        _cut,
        lambda data: data[: PIECE + 16],  # whole pieces are missing at the end
        lambda data: data + b"\0",
        lambda data: bytes([data[0] ^ 1]) + data[1:],
        lambda data: data[PIECE + 16 : 2 * (PIECE + 16)] + data[: PIECE + 16] + data[2 * (PIECE + 16) :],
        lambda _data: b"",
    ],
)
def test_read__data_altered__refused(vault: Vault, damage) -> None:  # type: ignore[no-untyped-def]
    digest = vault.add(io.BytesIO(os.urandom(3 * PIECE))).hash
    data, _ = files_of(vault, digest)
    data.write_bytes(damage(data.read_bytes()))
    error = vault.check(digest)
    assert error is not None
    assert error.outcome.error == "DocumentDamaged"


def test_read__document_exchanged_for_another_one__refused(vault: Vault) -> None:
    one, other = (vault.add(io.BytesIO(os.urandom(100))).hash for _ in range(2))
    for mine, theirs in zip(files_of(vault, one), files_of(vault, other), strict=True):
        mine.write_bytes(theirs.read_bytes())
    error = vault.check(one)
    assert error is not None
    assert error.outcome.error == "DocumentDamaged"
    assert vault.check(other) is None


def test_read__unknown_or_foreign_key__says_which(vault: Vault, tmp_path: Path) -> None:
    unknown = vault.check(bytes(31) + b"\1")
    assert unknown is not None
    assert unknown.outcome.error == "DocumentUnknown"
    digest = vault.add(io.BytesIO(b"one")).hash
    stranger = Vault(vault.folder, create_keys(tmp_path / "other.keys", PASSWORD))
    foreign = stranger.check(digest)
    assert foreign is not None
    assert foreign.outcome.error == "DocumentOfOtherKey"


def test_add__process_dies_before_the_key_is_written__document_is_not_there_and_can_be_added(vault: Vault) -> None:
    content = b"cut off"
    digest = vault.add(io.BytesIO(content)).hash
    files_of(vault, digest)[1].unlink()
    assert not vault.has(digest)
    assert vault.add(io.BytesIO(content)).is_new
    assert b"".join(vault.read(digest)) == content


def test_load_keys__wrong_password_or_damaged__refused_without_telling_a_key(folder: Path, tmp_path: Path) -> None:
    keys = load_keys(folder / "documents.keys", PASSWORD)
    damaged = json.loads((folder / "documents.keys").read_bytes())
    (tmp_path / "damaged").write_text(json.dumps(damaged | {"sealed": damaged["sealed"][:-2] + "00"}))
    (tmp_path / "costly").write_text(json.dumps(damaged | {"n": 2**30}))
    for path, password in (
        (folder / "documents.keys", "wrong"),
        (tmp_path / "damaged", PASSWORD),
        (tmp_path / "costly", PASSWORD),
        (tmp_path / "none", PASSWORD),
    ):
        with pytest.raises(OracleError) as caught:
            load_keys(path, password)
        assert caught.value.outcome.error == "VaultKeysUnusable"
        assert not any(key.hex() in str(caught.value) for key in keys.keys.values())
    assert repr(keys) == "VaultKeys()"
    with pytest.raises(OracleError, match="empty"):
        save_keys(tmp_path / "new", keys, "")


def office(home: Path, password: str = PASSWORD) -> EvidenceOffice:
    return EvidenceOffice.open(OracleSettings(home=home, vault_password=password))  # type: ignore[arg-type]


def test_rotate__documents_stay_readable_and_old_keys_open_nothing(tmp_path: Path) -> None:
    mine = office(tmp_path)
    with mine.vault() as vault:
        digests = [vault.add(io.BytesIO(os.urandom(size))).hash for size in (10, PIECE + 1)]
        old = vault
    assert mine.rotate() == 2
    with mine.vault() as vault:
        assert [vault.check(digest) for digest in digests] == [None, None]
        assert list(vault.keys.keys) != list(old.keys.keys)
    assert all(old.check(digest) for digest in digests)


def test_rotate__interrupted_half_way__next_run_finishes(tmp_path: Path) -> None:
    mine = office(tmp_path)
    with mine.vault() as vault:
        digests = sorted(vault.add(io.BytesIO(os.urandom(size))).hash for size in (10, 20, 30))
    path = mine.settings.vault_keys
    both = load_keys(path, PASSWORD).with_new_key()
    save_keys(path, both, PASSWORD)
    half = Vault(vault.folder, both)
    half._write_key(digests[0], *half._own_key(digests[0]))
    with mine.vault() as between:
        assert [between.check(digest) for digest in digests] == [None] * 3
    assert mine.rotate() == 2
    with mine.vault() as after:
        assert list(after.keys.keys) == [both.newest]
        assert [after.check(digest) for digest in digests] == [None] * 3


def test_rotate__while_another_works_with_the_vault__refused(tmp_path: Path) -> None:
    mine = office(tmp_path)
    with mine.vault(), pytest.raises(OracleError) as caught:
        mine.rotate()
    assert caught.value.outcome.error == "VaultBusy"
    with keys_in_use(mine.settings.vault_keys, alone=True), pytest.raises(OracleError), mine.vault():
        pass


def test_vault__keys_lost_but_documents_there__no_new_keys_are_made(tmp_path: Path) -> None:
    mine = office(tmp_path)
    with mine.vault() as vault:
        vault.add(io.BytesIO(b"kept"))
    mine.settings.vault_keys.unlink()
    with pytest.raises(OracleError) as caught, mine.vault():
        pass
    assert caught.value.outcome.error == "VaultKeysUnusable"
    assert not mine.settings.vault_keys.exists()


def test_add__large_file__memory_of_a_few_pieces(vault: Vault, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        for _ in range(320):
            file.write(os.urandom(PIECE))
    tracemalloc.start()
    try:
        stored = vault.add_file(large)
        assert vault.check(stored.hash) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert stored.size == 320 * PIECE
    assert stored.hash == hash_file(large)
    assert peak < 20 * PIECE
