"""All settings of the service, from the environment (prefix ``REGISTRY_``) in one place.

A secret may also lie in a file: ``REGISTRY_RELAYER_PASSWORD_FILE`` names it.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

GENESIS_TIME: Final = int(datetime(2021, 1, 1, tzinfo=UTC).timestamp())

Addresses = Annotated[list[str], NoDecode]


class Settings(BaseSettings):
    """Settings; lists are written with commas."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", extra="ignore")

    home: Path = Field(Path("data"), description="holds database, snapshots and keystores")
    database_url: str | None = Field(
        None, repr=False, description="SQLAlchemy address; SQLite file in home when absent"
    )
    chain_id: int = Field(775_001, ge=1)
    chain_url: str | None = Field(None, description="external JSON-RPC endpoint; the embedded chain when absent")
    genesis_time: int = Field(GENESIS_TIME, ge=1, description="Unix time of the embedded chain's first block")
    sandbox: bool = Field(False, description="training area: the chain's clock may be advanced")
    sandbox_start: int | None = Field(
        None, ge=1, description="Unix time at which a fresh training area's clock starts; the machine's when absent"
    )
    allowed_senders: Addresses = Field(default_factory=list, description='addresses, or "*"')
    allowed_deployers: Addresses = Field(default_factory=list, description='addresses, or "*"; also senders')
    snapshot_every: int = Field(500, ge=1, description="blocks between two snapshots of the embedded chain")
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65_535)
    relayer_password: SecretStr | None = Field(None, description="opens the relayer keystores")
    relayer_password_file: Path | None = Field(None, description="file that holds the relayer password")

    @field_validator("allowed_senders", "allowed_deployers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value

    @field_validator("allowed_senders", "allowed_deployers")
    @classmethod
    def _addresses(cls, value: list[str]) -> list[str]:
        for word in value:
            if word != "*" and not _is_address(word):
                raise ValueError('each entry must be "0x" and 40 hexadecimal digits, or "*"')
        return [word.lower() for word in value]

    @model_validator(mode="after")
    def _check_sandbox_start(self) -> Self:
        if self.sandbox_start is not None and not (self.sandbox and self.sandbox_start > self.genesis_time):
            raise ValueError("sandbox_start needs sandbox=true and a time after genesis_time")
        return self

    @model_validator(mode="after")
    def _read_secret_file(self) -> Self:
        if self.relayer_password is None and self.relayer_password_file is not None:
            self.relayer_password = SecretStr(self.relayer_password_file.read_text().rstrip("\r\n"))
        return self

    @property
    def database(self) -> str:
        """SQLAlchemy address in force."""
        return self.database_url or f"sqlite:///{self.home.absolute() / 'registry.sqlite3'}"

    @property
    def snapshots(self) -> Path:
        """Folder of the embedded chain's snapshots."""
        return self.home / "snapshots"

    def prepare_home(self) -> Path:
        """Make the home directory, readable by its owner only."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.home


def _is_address(word: str) -> bool:
    digits = word.removeprefix("0x")
    return (
        len(digits) == 40
        and len(word) == 42
        and digits.isascii()
        and all(c in "0123456789abcdefABCDEF" for c in digits)
    )
