"""P-256 keys in encrypted PEM files (PKCS #8), readable by OpenSSL and by every other tool that knows the format.

In front of the encrypted private key stands the public key, so that a key can be listed without its password.
The writer is ours for one reason: the usual libraries stretch the password with 2,048 rounds, which a graphics card
undoes; here it is PBKDF2-HMAC-SHA256 with 600,000.
"""

import base64
import os
import textwrap
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from registry_sdk.keystore import KeystoreError

ROUNDS: Final = 600_000
BLOCK: Final = 16
SEQUENCE, OCTETS, INTEGER, NULL, OBJECT = b"\x30", b"\x04", b"\x02", b"\x05", b"\x06"
PBES2: Final = bytes.fromhex("2a864886f70d01050d")
PBKDF2: Final = bytes.fromhex("2a864886f70d01050c")
HMAC_SHA256: Final = bytes.fromhex("2a864886f70d0209")
AES_256_CBC: Final = bytes.fromhex("60864801650304012a")


def save(path: Path, key: ec.EllipticCurvePrivateKey, password: str) -> None:
    """Write a key file; an existing file is never overwritten.

    Raises:
        KeystoreError: the file exists or the password is empty.
    """
    if not password:
        raise KeystoreError("口令不能为空 the password must not be empty")
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    text = public + _pem("ENCRYPTED PRIVATE KEY", _encrypted(key, password))
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeystoreError(f"{path.name}: 已存在，未覆盖 exists already and was left alone") from None
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def load(path: Path, password: str) -> ec.EllipticCurvePrivateKey:
    """Read a key file.

    Raises:
        KeystoreError: what is wrong, without any part of the key or password.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), password.encode())
    except FileNotFoundError:
        raise KeystoreError(f"{path.name}: 没有此密钥文件 no such key file") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeystoreError(f"{path.name}: 口令错误或文件损坏 wrong password or damaged key file") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeystoreError(f"{path.name}: 不是 P-256 密钥 not a P-256 key")
    if key.public_key() != public_key(path):
        raise KeystoreError(f"{path.name}: 公钥与私钥不符 the public key is not that of the private key")
    return key


def public_key(path: Path) -> ec.EllipticCurvePublicKey:
    """The public key written in a key file; needs no password. Raises KeystoreError."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        raise KeystoreError(f"{path.name}: 不是密钥文件 not a key file") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeystoreError(f"{path.name}: 不是 P-256 密钥 not a P-256 key")
    return key


def _encrypted(key: ec.EllipticCurvePrivateKey, password: str) -> bytes:
    """EncryptedPrivateKeyInfo (RFC 5958) under PBES2 (RFC 8018)."""
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, start = os.urandom(BLOCK), os.urandom(BLOCK)
    secret = PBKDF2HMAC(SHA256(), 32, salt, ROUNDS).derive(password.encode())
    padder = padding.PKCS7(8 * BLOCK).padder()
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(start)).encryptor()
    body = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    rounds = _der(INTEGER, ROUNDS.to_bytes(ROUNDS.bit_length() // 8 + 1))
    digest = _der(SEQUENCE, _der(OBJECT, HMAC_SHA256) + _der(NULL, b""))
    stretching = _der(OBJECT, PBKDF2) + _der(SEQUENCE, _der(OCTETS, salt) + rounds + digest)
    cipher = _der(OBJECT, AES_256_CBC) + _der(OCTETS, start)
    scheme = _der(OBJECT, PBES2) + _der(SEQUENCE, _der(SEQUENCE, stretching) + _der(SEQUENCE, cipher))
    return _der(SEQUENCE, _der(SEQUENCE, scheme) + _der(OCTETS, body))


def _der(tag: bytes, body: bytes) -> bytes:
    size = len(body)
    if size < 128:
        return tag + bytes([size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return tag + bytes([128 | len(length)]) + length + body


def _pem(label: str, der: bytes) -> str:
    lines = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"
