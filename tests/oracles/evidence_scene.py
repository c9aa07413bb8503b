"""A firm with a home of its own, for tests that bring its months to the chain."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from oracle_support import PASSWORD, Scene
from typer.testing import CliRunner, Result

from oracles.evidence.months import Version
from oracles.evidence.office import EvidenceOffice
from oracles.evidence.signing import EvidenceSigning
from oracles.process import Oracle
from oracles.settings import OracleSettings
from registry_cli.oracle import app
from registry_sdk.documents import SignedEvidence
from registry_sdk.evidence import Item, Month
from registry_sdk.evidence.clock import chain_deadlines, end_of, last_day
from registry_sdk.evidence.duties import duties, item_row
from registry_sdk.rpc import RpcClient
from registry_sdk.signers import EthereumSigner

YEAR = 2025


def allow_evidence(scene: Scene) -> None:
    """Put the law's deadlines on chain; the world begins with 2026."""
    for function, arguments in chain_deadlines():
        scene.world.office.act("evidence", function, *arguments)


def receive(oracle: Oracle, signed: SignedEvidence) -> str | None:
    """Hand a statement in; the error it is refused by."""
    receipt = oracle.evidence.receive(signed)
    return receipt.refused[0].error if receipt.refused else None


def items_of(month: int, sector: str = "power", value: str = "12.5") -> list[Item]:
    """One item for every duty of a sector, taken at the month's end."""
    found = []
    for duty in duties(sector):
        row = item_row(sector, duty.codes[0])
        assert row is not None
        kind, time = f"{duty.codes[0]}/unit-1", end_of(last_day(YEAR, month))
        found.append(Item(kind, value, row["unit"], bytes(range(1, 33)), "", None, time))
    return found


@dataclass(frozen=True)
class Firm:
    """One account, its representative's key and its home folder."""

    scene: Scene
    account: int
    settings: OracleSettings

    @classmethod
    def create(cls, scene: Scene, **settings: Any) -> "Firm":
        return cls(scene, scene.world.open_account(), scene.settings(vault_password=PASSWORD, **settings))

    @property
    def key(self) -> EthereumSigner:
        key = self.scene.world.keys[self.account][0]
        assert isinstance(key, EthereumSigner)
        return key

    @property
    def office(self) -> EvidenceOffice:
        return EvidenceOffice.open(self.settings)

    def sealed(self, month: int, value: str = "12.5") -> Version:
        """The month's next version, filed and sealed."""
        office, wanted = self.office, Month(self.account, YEAR, month)
        office.months.add(wanted, "power", items_of(month, value=value), 1, replace=True, correct=True)
        return office.months.seal(office.months.newest(wanted), 2)

    def signed(self, month: int, value: str = "12.5") -> SignedEvidence:
        """The month's next version, signed."""
        client = RpcClient(self.scene.world.node.url)
        return EvidenceSigning(client, self.scene.deployment, self.office.months).sign(
            self.sealed(month, value), self.key
        )

    def write_items(self, folder: Path, month: int, **changes: object) -> Path:
        """The month's items as a file, each with a document beside it."""
        rows = []
        for number, each in enumerate(items_of(month)):
            (folder / f"{month}-{number}.txt").write_text(f"original {month} {number}")
            row = {k: v for k, v in each.to_json().items() if k != "document"}
            rows.append(row | {"file": f"{month}-{number}.txt"} | (changes if each.code == "generation" else {}))
        path = folder / f"items-{month}.json"
        path.write_text(json.dumps(rows))
        return path

    def run(self, *arguments: object, offline: bool = False) -> Result:
        """``registry oracle evidence ...`` in this firm's home."""
        where = ["--home", self.settings.home]
        if not offline:
            where += ["--deployment", self.settings.deployment]
        if not offline and arguments[0] != "prove":
            where += ["--rpc", self.settings.rpc_url]
        result = CliRunner().invoke(app, ["evidence", *map(str, arguments), *map(str, where), "--json"])
        structlog.reset_defaults()  # logs went to the runner's standard error, which is closed now
        return result
