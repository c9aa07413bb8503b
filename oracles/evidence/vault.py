"""Documents behind evidence, encrypted at rest and named by the SHA-256 of their plain bytes.

A document is encrypted in pieces of 64 KiB, each with AES-256-GCM under a key of its own that is used for nothing else;
the nonce is the piece's number and whether it is the last, so pieces can neither be reordered nor cut off. That key
lies beside the document, wrapped by the vault's newest key and bound to the document's hash: a rotation wraps keys
anew and leaves the large files alone. A document exists once its key file does; everything before is only preparation.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from oracles.evidence.files import sync_folder, write_whole
from oracles.evidence.keys import KEY_BYTES, NONCE_BYTES, VaultKeys
from oracles.refusals import OracleError, refuse

PIECE: Final = 65_536
TAG: Final = 16
AAD: Final = b"allowance registry document 1"


@dataclass(frozen=True)
class Stored:
    """A document in the vault; ``is_new`` is False where it was there already."""

    hash: bytes
    size: int
    is_new: bool


@dataclass(frozen=True)
class Vault:
    """One folder of encrypted documents."""

    folder: Path
    keys: VaultKeys

    def add(self, source: BinaryIO) -> Stored:
        """Store a document; a second time changes nothing. Memory: one piece, whatever its size."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        own = os.urandom(KEY_BYTES)
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".", suffix=".part", delete=False) as part:
            try:
                digest, size = _encrypt(source, part, own)
                part.flush()
                os.fsync(part.fileno())
                is_new = self._keep(Path(part.name), digest, size, own)
            finally:
                Path(part.name).unlink(missing_ok=True)
        return Stored(digest, size, is_new)

    def add_file(self, path: Path) -> Stored:
        """Store a file."""
        with path.open("rb") as source:
            return self.add(source)

    def has(self, digest: bytes) -> bool:
        """Whether the document is there; says nothing about its content."""
        return self._key_file(digest).exists()

    def read(self, digest: bytes) -> Iterator[bytes]:
        """The plain bytes, piece by piece. They are the document only once the iterator has ended without an error.

        Raises:
            OracleError: it is not there, its key is not ours, or it is damaged or exchanged.
        """
        own, size = self._own_key(digest)
        found = sha256()
        try:
            with self._data_file(digest).open("rb") as file:
                for piece in _decrypt(file, own, size):
                    found.update(piece)
                    yield piece
        except (OSError, InvalidTag):
            raise refuse("DocumentDamaged", document="0x" + digest.hex()) from None
        if found.digest() != digest:
            raise refuse("DocumentDamaged", document="0x" + digest.hex())

    def check(self, digest: bytes) -> OracleError | None:
        """What is wrong with a document; None where it decrypts to the bytes it is named by."""
        try:
            for _ in self.read(digest):
                pass
        except OracleError as error:
            return error
        return None

    def hashes(self) -> Iterator[bytes]:
        """Hash of every document, in order."""
        for file in sorted(self.folder.glob("??/*.key")):
            yield bytes.fromhex(file.stem)

    def rewrap(self) -> int:
        """Wrap the keys of all documents by the newest key; returns how many were changed. Safe to run again."""
        changed = 0
        for digest in self.hashes():
            with self._locked():
                wrapped_by = json.loads(self._key_file(digest).read_bytes())["by"]
                if wrapped_by != self.keys.newest:
                    self._write_key(digest, *self._own_key(digest))
                    changed += 1
        return changed

    def _keep(self, part: Path, digest: bytes, size: int, own: bytes) -> bool:
        # Two processes may bring the same document: key and data of one of them must stay together.
        with self._locked():
            if self.has(digest):
                return False
            target = self._data_file(digest)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            part.replace(target)
            sync_folder(target.parent)
            self._write_key(digest, own, size)
            return True

    def _write_key(self, digest: bytes, own: bytes, size: int) -> None:
        name = self.keys.newest
        nonce = os.urandom(NONCE_BYTES)
        wrapped = AESGCM(self.keys.keys[name]).encrypt(nonce, own, _bound(digest, size))
        document = {"by": name, "size": size, "nonce": nonce.hex(), "wrapped": wrapped.hex()}
        write_whole(self._key_file(digest), json.dumps(document).encode())

    def _own_key(self, digest: bytes) -> tuple[bytes, int]:
        name = "0x" + digest.hex()
        try:
            document = json.loads(self._key_file(digest).read_bytes())
            by, size = str(document["by"]), int(document["size"])
            nonce, wrapped = bytes.fromhex(document["nonce"]), bytes.fromhex(document["wrapped"])
        except FileNotFoundError:
            raise refuse("DocumentUnknown", document=name) from None
        except (OSError, ValueError, KeyError, TypeError):
            raise refuse("DocumentDamaged", document=name) from None
        key = self.keys.of(by)
        if key is None:
            raise refuse("DocumentOfOtherKey", document=name, key=by)
        try:
            return AESGCM(key).decrypt(nonce, wrapped, _bound(digest, size)), size
        except (InvalidTag, ValueError):
            raise refuse("DocumentDamaged", document=name) from None

    def _key_file(self, digest: bytes) -> Path:
        return self.folder / digest.hex()[:2] / f"{digest.hex()}.key"

    def _data_file(self, digest: bytes) -> Path:
        return self.folder / digest.hex()[:2] / f"{digest.hex()}.data"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        handle = os.open(self.folder / "vault.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def hash_file(path: Path) -> bytes:
    """SHA-256 of a file, which names it in items."""
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.digest()


def _encrypt(source: BinaryIO, target: IO[bytes], key: bytes) -> tuple[bytes, int]:
    cipher, digest = AESGCM(key), sha256()
    size = number = 0
    piece = _whole_piece(source)
    while True:
        following = _whole_piece(source) if len(piece) == PIECE else b""
        digest.update(piece)
        size += len(piece)
        target.write(cipher.encrypt(_nonce(number, not following), piece, AAD))
        if not following:
            return digest.digest(), size
        piece, number = following, number + 1


def _whole_piece(source: BinaryIO) -> bytes:
    """A full piece, less only at the end: a pipe gives what it has."""
    parts = []
    missing = PIECE
    while missing and (part := source.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _decrypt(file: BinaryIO, key: bytes, size: int) -> Iterator[bytes]:
    cipher = AESGCM(key)
    last = max(size - 1, 0) // PIECE
    for number in range(last + 1):
        yield cipher.decrypt(_nonce(number, number == last), file.read(PIECE + TAG), AAD)
    if file.read(1):
        raise InvalidTag


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(NONCE_BYTES - 1) + bytes([is_last])


def _bound(digest: bytes, size: int) -> bytes:
    return AAD + digest + size.to_bytes(8)
