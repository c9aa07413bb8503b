"""All settings of the oracle process, from the environment (prefix ``ORACLE_``) in one place.

A secret may also lie in a file: ``ORACLE_PASSWORD_FILE`` names it. Durations are seconds.
"""

from ipaddress import ip_address
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class OracleSettings(BaseSettings):
    """Settings; every one has a default that is safe: nothing is pushed unless ``live`` is set."""

    model_config = SettingsConfigDict(env_prefix="ORACLE_", extra="ignore")

    home: Path = Field(Path("oracle-data"), description="holds the database, the inbox and the lock")
    inbox: Path | None = Field(None, description="folder for statement files; inbox in home when absent")
    rpc_url: str = Field("http://127.0.0.1:8080/rpc", description="JSON-RPC endpoint of the registry")
    rpc_timeout: float = Field(30.0, gt=0, le=600)
    deployment: Path = Field(Path("deployment.json"), description="addresses of the contracts")
    live: bool = Field(False, description="push; without it the process only says what it would push")
    keystore: Path | None = Field(None, description="key that sends transactions; it has no other power")
    password: SecretStr | None = Field(None, description="opens the keystore")
    password_file: Path | None = Field(None, description="file that holds the password")
    vault: Path | None = Field(None, description="folder of encrypted documents; documents in home when absent")
    vault_password: SecretStr | None = Field(None, description="opens the keys of the document vault")
    vault_password_file: Path | None = Field(None, description="file that holds this password")
    host: str = Field("127.0.0.1", description="loopback address of the intake")
    port: int = Field(8090, ge=0, le=65_535, description="port of the intake; 0 lets the system choose")
    poll_seconds: float = Field(2.0, gt=0, le=3600, description="pause between two cycles")
    batch: int = Field(50, ge=1, le=100, description="reports in one transaction at most")
    max_file_bytes: int = Field(262_144, ge=1_024, le=16_777_216, description="size of one statement file at most")
    inbox_grace: float = Field(2.0, ge=0, description="age below which an unreadable file may still be in writing")
    confirmations: int = Field(0, ge=0, le=1_000, description="blocks on top before a report counts as recorded")
    backoff_first: float = Field(1.0, gt=0, description="first pause after a failure")
    backoff_most: float = Field(300.0, gt=0, description="longest pause after failures")
    max_clock_skew: int = Field(120, ge=1, description="how far the chain's clock may run ahead of ours")

    mqtt_host: str = Field("127.0.0.1", description="broker that devices send their readings to")
    mqtt_port: int = Field(1883, ge=1, le=65_535, description="port of the broker; 8883 is usual with TLS")
    mqtt_topic: str = Field("registry/readings/#", min_length=1, max_length=200, description="what is subscribed to")
    mqtt_client: str = Field(
        "registry-oracle", min_length=1, max_length=60, description="name under which the broker keeps the session"
    )
    mqtt_user: str | None = Field(None, description="user name at the broker")
    mqtt_password: SecretStr | None = Field(None, description="password at the broker")
    mqtt_password_file: Path | None = Field(None, description="file that holds the broker password")
    mqtt_ca: Path | None = Field(None, description="certificates that the broker is checked against; turns TLS on")
    mqtt_certificate: Path | None = Field(None, description="own certificate, where the broker asks for one")
    mqtt_key: Path | None = Field(None, description="private key of the own certificate")

    @field_validator("host")
    @classmethod
    def _loopback(cls, value: str) -> str:
        try:
            if not ip_address(value).is_loopback:
                raise ValueError
        except ValueError:
            raise ValueError(
                "must be a loopback address such as 127.0.0.1: the intake has no transport security"
            ) from None
        return value

    @model_validator(mode="after")
    def _read_secret_file(self) -> Self:
        if self.password is None and self.password_file is not None:
            self.password = SecretStr(self.password_file.read_text().rstrip("\r\n"))
        if self.mqtt_password is None and self.mqtt_password_file is not None:
            self.mqtt_password = SecretStr(self.mqtt_password_file.read_text().rstrip("\r\n"))
        if self.vault_password is None and self.vault_password_file is not None:
            self.vault_password = SecretStr(self.vault_password_file.read_text().rstrip("\r\n"))
        return self

    @property
    def database(self) -> Path:
        """SQLite file of the oracle."""
        return self.home / "oracle.sqlite3"

    @property
    def inbox_folder(self) -> Path:
        """Folder that is searched for statement files."""
        return self.inbox or self.home / "inbox"

    @property
    def documents_folder(self) -> Path:
        """Folder of the document vault."""
        return self.vault or self.home / "documents"

    @property
    def vault_keys(self) -> Path:
        """File with the keys of the vault, opened by the vault's password."""
        return self.home / "documents.keys"

    def prepare_home(self) -> Path:
        """Make home and inbox, readable by their owner only."""
        for folder in (self.home, self.inbox_folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.home
