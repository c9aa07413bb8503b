"""Keys of the document vault in one encrypted file (scrypt, AES-256-GCM), opened by a password.

The newest key encrypts; older ones stay until every document is wrapped anew, so that a rotation may be interrupted.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from oracles.evidence.files import write_whole
from oracles.refusals import refuse

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
#: scrypt's cost; some 0.1 s and 32 MB.
COST: Final = {"n": 2**15, "r": 8, "p": 1}
AAD: Final = b"allowance registry document keys 1"


@dataclass(frozen=True)
class VaultKeys:
    """Keys by name, oldest first; the newest is the one that encrypts."""

    keys: dict[str, bytes] = field(repr=False)

    @property
    def newest(self) -> str:
        return list(self.keys)[-1]

    def of(self, name: str) -> bytes | None:
        """A key by its name."""
        return self.keys.get(name)

    def with_new_key(self) -> "VaultKeys":
        """These keys and a new one that encrypts from now on."""
        return VaultKeys(self.keys | {os.urandom(8).hex(): os.urandom(KEY_BYTES)})

    def newest_only(self) -> "VaultKeys":
        """The newest key alone: nothing is encrypted by the others any more."""
        return VaultKeys({self.newest: self.keys[self.newest]})


@contextmanager
def keys_in_use(path: Path, *, alone: bool = False) -> Iterator[None]:
    """Keep the keys from changing while documents are added, or change them alone.

    Raises:
        OracleError: another process works with the vault and ``alone`` is asked for, or changes its keys.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refuse("VaultBusy") from None
        yield
    finally:
        os.close(handle)


def create_keys(path: Path, password: str) -> VaultKeys:
    """A first key in a new file.

    Raises:
        OracleError: there is such a file already, or the password is empty.
    """
    keys = VaultKeys({}).with_new_key()
    if path.exists():
        raise refuse("VaultKeysUnusable", detail_zh=f"{path.name} 已存在", detail=f"{path.name} exists already")
    save_keys(path, keys, password)
    return keys


def save_keys(path: Path, keys: VaultKeys, password: str) -> None:
    """Write the file whole or not at all, readable by its owner only."""
    if not password:
        raise refuse("VaultKeysUnusable", detail_zh="口令为空", detail="the password is empty")
    salt, nonce = os.urandom(16), os.urandom(NONCE_BYTES)
    content = json.dumps({name: key.hex() for name, key in keys.keys.items()}).encode()
    sealed = AESGCM(_derive(password, salt, COST)).encrypt(nonce, content, AAD)
    document = {"kdf": "scrypt", **COST, "salt": salt.hex(), "nonce": nonce.hex(), "sealed": sealed.hex()}
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, json.dumps(document).encode())


def load_keys(path: Path, password: str) -> VaultKeys:
    """The keys in the file.

    Raises:
        OracleError: no such file, a damaged one, or another password; no part of a key is told.
    """
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
        cost = {name: int(document[name]) for name in COST}
        key = _derive(password, bytes.fromhex(document["salt"]), cost)
        content = AESGCM(key).decrypt(bytes.fromhex(document["nonce"]), bytes.fromhex(document["sealed"]), AAD)
        return VaultKeys({name: bytes.fromhex(value) for name, value in json.loads(content).items()})
    except OSError as error:
        detail = error.strerror or type(error).__name__
    except (InvalidTag, ValueError, KeyError, TypeError, AttributeError):
        detail = "wrong password or damaged file"
    raise refuse("VaultKeysUnusable", detail_zh=f"{path.name}：无法打开", detail=f"{path.name}: {detail}")


def _derive(password: str, salt: bytes, cost: dict[str, int]) -> bytes:
    if not (2**14 <= cost["n"] <= 2**20 and 1 <= cost["r"] <= 32 and 1 <= cost["p"] <= 4):
        raise ValueError("cost out of bounds")
    return Scrypt(salt=salt, length=KEY_BYTES, n=cost["n"], r=cost["r"], p=cost["p"]).derive(password.encode())
