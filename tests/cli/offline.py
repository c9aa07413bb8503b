"""What tests need that run without any service: contract addresses, a terminal, keys."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from typer.testing import CliRunner

from registry_cli.main import build
from registry_sdk.codec import CONTRACTS
from registry_sdk.deployment import Deployment

PASSWORD = "only for tests"
DEPLOYMENT = Deployment(775_001, 1, {name: to_checksum_address(keccak(text=name)[12:]) for name in CONTRACTS})


@dataclass
class Offline:
    """Commands on a folder, with no service anywhere."""

    folder: Path

    def __post_init__(self) -> None:
        self.deployment = self.folder / "deployment.json"
        DEPLOYMENT.save(self.deployment)
        self.password = self.folder / "password"
        self.password.write_text(PASSWORD + "\n")

    def run(self, *words: object, code: int = 0) -> Any:
        """Standard output as JSON, or standard error where nothing came out."""
        environment = {"REGISTRY_HOME": str(self.folder), "COLUMNS": "200", "REGISTRY_URL": ""}
        result = CliRunner().invoke(build(str(words[0])), [*map(str, words), "--json"], env=environment)
        assert result.exit_code == code, f"{result.exit_code}: {result.stderr} {result.exception!r}"
        return json.loads(result.stdout) if result.stdout else result.stderr

    def new_key(self, name: str, *options: str) -> dict[str, Any]:
        """A new key's public part."""
        made: dict[str, Any] = self.run("key", "new", name, *options, "--password-file", self.password)
        return made
