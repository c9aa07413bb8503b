"""A folder of encrypted key files: Ethereum keys as Web3 keystores (``.json``), P-256 keys as PKCS #8 (``.pem``)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric import ec

from registry_sdk import keystore, p256_file
from registry_sdk.keystore import KeystoreError
from registry_sdk.signers import EthereumSigner, P256Signer, Signer

KeyKind = Literal["ethereum", "p256"]
SUFFIXES: Final[dict[str, KeyKind]] = {".json": "ethereum", ".pem": "p256"}
NAME: Final = re.compile(r"[\w-][\w.-]{0,63}")


@dataclass(frozen=True)
class KeyFile:
    """One key file. ``public``: the address of an Ethereum key, the 64-byte point of a P-256 key, as 0x text."""

    name: str
    kind: KeyKind
    path: Path
    public: str

    def signer(self, verifier: str | None) -> str | None:
        """ERC-7913 name as 0x text; None for a P-256 key while the verifier contract is unknown."""
        if self.kind == "ethereum":
            return self.public.lower()
        return verifier.lower() + self.public[2:] if verifier else None

    def open(self, password: str, verifier: str | None) -> Signer:
        """The key.

        Args:
            verifier: address of the P-256 verifier contract; unused for Ethereum keys.

        Raises:
            KeystoreError: wrong password, damaged file, or the verifier contract is needed and unknown.
        """
        if self.kind == "ethereum":
            return keystore.load(self.path, password)
        if verifier is None:
            raise KeystoreError(f"{self.name}: P-256 密钥须先知道部署 a P-256 key needs the deployment's verifier")
        return P256Signer(verifier, p256_file.load(self.path, password))


@dataclass(frozen=True)
class Keyring:
    """Key files of a folder, by name."""

    folder: Path

    def files(self) -> list[KeyFile]:
        """All keys of the folder by name; other files are passed over."""
        found = []
        for path in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            if path.suffix in SUFFIXES:
                try:
                    found.append(_key_file(path))
                except KeystoreError:
                    continue
        return found

    def find(self, name: str) -> KeyFile:
        """A key by its name in the folder or by the path of its file.

        Raises:
            KeystoreError: there is none, or two of that name.
        """
        path = Path(name)
        if path.suffix in SUFFIXES and path.exists():
            return _key_file(path)
        there = [self.folder / (name + suffix) for suffix in SUFFIXES if (self.folder / (name + suffix)).exists()]
        if len(there) == 1:
            return _key_file(there[0])
        if there:
            raise KeystoreError(f"{name}: 有两个同名密钥，请写文件名 two keys of this name, give the file's path")
        known = "、".join(each.name for each in self.files()) or "—"
        raise KeystoreError(f"{name}: 没有此密钥，现有 no such key; there are: {known}")

    def create(self, name: str, kind: KeyKind, password: str) -> KeyFile:
        """A fresh key in its file.

        Raises:
            KeystoreError: the name is taken or not fit for a file.
        """
        if not NAME.fullmatch(name):
            raise KeystoreError(
                f"{name}: 名称只能用文字、数字、点、横线 use letters, digits, dots and dashes for a name"
            )
        if any((self.folder / (name + suffix)).exists() for suffix in SUFFIXES):
            raise KeystoreError(f"{name}: 已存在，未覆盖 exists already and was left alone")
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if kind == "ethereum":
            path = self.folder / f"{name}.json"
            keystore.save(path, EthereumSigner.create(), password)
        else:
            path = self.folder / f"{name}.pem"
            p256_file.save(path, ec.generate_private_key(ec.SECP256R1()), password)
        return _key_file(path)


def _key_file(path: Path) -> KeyFile:
    kind = SUFFIXES[path.suffix]
    if kind == "ethereum":
        return KeyFile(path.stem, kind, path, keystore.address_of(path))
    numbers = p256_file.public_key(path).public_numbers()
    return KeyFile(path.stem, kind, path, "0x" + (numbers.x.to_bytes(32) + numbers.y.to_bytes(32)).hex())
