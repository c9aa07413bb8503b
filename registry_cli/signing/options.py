"""Options of commands that talk to a registry and sign: where it is, and with which keys."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import RenderableType

from registry_api.settings import Settings
from registry_cli.output import console
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.reading import moment, read_bytes, read_json
from registry_sdk.client import RegistryClient
from registry_sdk.deployment import Deployment
from registry_sdk.keyring import KeyFile, Keyring
from registry_sdk.signers import Signer

DEPLOYMENT_FILE: Final = "deployment.json"
SERVICE_FILE: Final = "service.json"
DAY: Final = 86_400
VALID_DAYS: Final = 30
#: Seconds a command waits for a service that restarts.
PATIENCE: Final = 20.0


@dataclass(frozen=True)
class Place:
    """Which registry, and how the result is printed."""

    url: Annotated[
        str | None, typer.Option(envvar="REGISTRY_URL", help="服务地址 service address (default: the one in home)")
    ] = None
    home: Annotated[Path | None, typer.Option(help="数据目录 home directory (REGISTRY_HOME)")] = None
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON print JSON")] = False

    @property
    def folder(self) -> Path:
        """The home directory."""
        return self.home or Settings().home

    @cached_property
    def client(self) -> RegistryClient:
        """The service."""
        return RegistryClient(self.url or self._announced(), patience=PATIENCE)

    def verifier(self) -> str | None:
        """Address of the P-256 verifier contract, from the home directory or the service; None where neither knows."""
        path = self.folder / DEPLOYMENT_FILE
        if path.exists():
            return Deployment.load(path).address("p256")
        return self.client.contracts.address("p256") if self.url else None

    def _announced(self) -> str:
        """Address that the service running on the home directory wrote there."""
        path = self.folder / SERVICE_FILE
        if not path.exists():
            raise Mistake("服务未运行：先执行 registry up，或给出 --url no service runs here: start it or give --url")
        return str(read_json(path)["url"])


@dataclass(frozen=True)
class Keys:
    """Which keys sign."""

    key: Annotated[
        list[str] | None, typer.Option(help="密钥名或文件，可重复 name or file of a key, may be repeated")
    ] = None
    keys: Annotated[Path | None, typer.Option(help="密钥目录 folder of keys (default: keys in home)")] = None
    password_file: Annotated[
        list[Path] | None,
        typer.Option(
            envvar="REGISTRY_KEY_PASSWORD_FILE",
            help="口令文件：一个通用，或按 --key 顺序 password file: one for all, or one per --key in order",
        ),
    ] = None
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 do not ask before signing")] = False

    def ring(self, place: Place) -> Keyring:
        """The folder of keys."""
        return Keyring(self.keys or place.folder / "keys")

    def files(self, place: Place) -> list[KeyFile]:
        """The chosen key files, each once. Raises Mistake, KeystoreError."""
        found = [self.ring(place).find(name) for name in self.key or []]
        twice = [each.name for at, each in enumerate(found) if each.public in [one.public for one in found[:at]]]
        if twice:
            raise Mistake.of("O-09", signer=twice[0])
        return found

    def open(self, place: Place, verifier: str | None) -> list[Signer]:
        """The chosen keys, opened with their passwords."""
        files = self.files(place)
        passwords = self._passwords(files)
        return [file.open(password, verifier) for file, password in zip(files, passwords, strict=True)]

    def confirm(self, shown: RenderableType) -> None:
        """Show what would be signed and, at a terminal, ask."""
        console.print(shown)
        if not self.yes and sys.stdin.isatty():
            typer.confirm("签署？ sign?", abort=True, err=True)

    def _passwords(self, files: list[KeyFile]) -> list[str]:
        given = [password_of(path) for path in self.password_file or []]
        if len(given) > 1 and len(given) != len(files):
            raise Mistake(f"口令文件 {len(given)} 个，密钥 {len(files)} 个 give one password file, or one per key")
        if given:
            return given if len(given) > 1 else given * len(files)
        return [ask_password(f"{file.name} 口令 password") for file in files]


@dataclass(frozen=True)
class OneKey(Keys):
    """Exactly one key signs: an officer's."""

    expiry: Annotated[
        str | None, typer.Option(help="有效期 valid until: 2026-12-31, ISO time or Unix (default: 30 days)")
    ] = None

    def signer(self, place: Place) -> Signer:
        """The key."""
        if len(self.key or []) != 1:
            raise Mistake("须以一个 --key 签署 sign with exactly one --key")
        return self.open(place, place.client.contracts.address("p256"))[0]

    def until(self, now: Callable[[], int]) -> int:
        """Last second of validity."""
        return moment(self.expiry) if self.expiry else now() + VALID_DAYS * DAY


def password_of(path: Path) -> str:
    """A password from its file, without the line's end."""
    password = read_bytes(path).decode(errors="replace").rstrip("\r\n")
    if not password:
        raise Mistake(f"{path.name}: 口令文件为空 the password file is empty")
    return password


def ask_password(prompt: str, confirm: bool = False) -> str:
    """A password typed unseen at the terminal."""
    if not sys.stdin.isatty():
        raise Mistake("无终端可问口令，请用 --password-file no terminal to ask at: give --password-file")
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))
