"""Encrypted key files (Web3 Secret Storage, scrypt): one file per key, readable by its owner only."""

import json
import os
from pathlib import Path

from eth_account import Account

from registry_sdk.signers import EthereumSigner


class KeystoreError(Exception):
    """The key file is missing, is not a key file, or the password is wrong."""


def save(path: Path, signer: EthereumSigner, password: str) -> None:
    """Write a key file; an existing file is never overwritten.

    Raises:
        KeystoreError: the file exists or the password is empty.
    """
    if not password:
        raise KeystoreError("口令不能为空 the password must not be empty")
    document = Account.encrypt(signer.account.key, password, kdf="scrypt")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeystoreError(f"{path.name}: 已存在，未覆盖 exists already and was left alone") from None
    with os.fdopen(descriptor, "w") as file:
        json.dump(document, file)


def load(path: Path, password: str) -> EthereumSigner:
    """Read a key file.

    Raises:
        KeystoreError: what is wrong, without any part of the key or password.
    """
    try:
        return EthereumSigner.from_key(bytes(Account.decrypt(path.read_text(), password)))
    except FileNotFoundError:
        raise KeystoreError(f"{path.name}: 没有此密钥文件 no such key file") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise KeystoreError(f"{path.name}: 口令错误或文件损坏 wrong password or damaged key file") from None


def address_of(path: Path) -> str:
    """Address written in a key file; needs no password."""
    try:
        return "0x" + str(json.loads(path.read_text())["address"]).removeprefix("0x")
    except (OSError, ValueError, KeyError, TypeError):
        raise KeystoreError(f"{path.name}: 不是密钥文件 not a key file") from None
