"""One allocation table from calculation to the last issued row, while service and node are killed over and over."""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from e2e_chaos import NODE, Chaos
from e2e_processes import free_port

from registry_cli.demo.stage import SERVICE, Stage
from registry_cli.officers.tables import read_table, table_json
from registry_sdk.allocation import ALL_FREE, CapMode
from registry_sdk.client import ApiOffice, RegistryClient
from registry_sdk.office import FAR_EXPIRY, Staff
from registry_sdk.reader import AccountKind
from registry_sdk.signers import EthereumSigner
from registry_sdk.tables import AllocationTable, Row, TableKind

YEAR, SECTOR, PROVINCE = 2025, 1, 42
FIRST: Final = 42_000_001
OPENINGS_AN_ACT: Final = 100
WAIT_SECONDS: Final = 900.0


@dataclass
class IssueCampaign:
    """A home with a running service.

    Attributes:
        figures: rows a second, by step.
        tables: those issued, in their order.
    """

    home: Path
    rows: int
    chance: random.Random
    figures: dict[str, float] = field(default_factory=dict)
    tables: list[AllocationTable] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stage = Stage(self.home, free_port())
        self.staff = Staff.create([PROVINCE])

    def prepare(self) -> None:
        """Contracts, one account a row, the vintage."""
        self.stage.start_service()
        self.stage.deploy(self.staff.officers())
        self.client = RegistryClient(self.stage.url, patience=180.0)
        self.stage.wait_ready(self.client)
        self.office = ApiOffice(self.client, self.staff, timeout=WAIT_SECONDS, life=FAR_EXPIRY - 2**38)
        with self._measured("opened"):
            seats = [(EthereumSigner.create().signer, 7)]
            openings = [
                (number, int(AccountKind.KEY_EMITTER), SECTOR, PROVINCE, 1, b"\x01" * 32, seats)
                for number in range(FIRST, FIRST + self.rows)
            ]
            groups = [openings[at : at + OPENINGS_AN_ACT] for at in range(0, self.rows, OPENINGS_AN_ACT)]
            self.office.acts([("accounts", "openAccounts", group) for group in groups])
        self.office.act("allowances", "openVintage", YEAR)

    def calculate(self, chunk_size: int) -> AllocationTable:
        """The table that `registry calc allocation` writes for one invented unit an account, each explained."""
        source, folder = self.home / "units.json", self.home / "tables"
        source.write_text(json.dumps({"units": [self._unit(number) for number in range(self.rows)]}))
        out = self.home / "explained.json"
        with self._measured("calculated and written"):
            words = ("--explain", "--out", str(out), "--tables", str(folder), "--kind", "FINAL", "--json")
            self.stage.run("calc", "allocation", str(source), *words)
        assert len(json.loads(out.read_bytes())["explanations"]) >= self.rows
        [path] = folder.iterdir()
        return read_table(path, {"chunk_size": chunk_size}).table

    def _unit(self, at: int) -> dict[str, Any]:
        return {
            "entity_id": str(FIRST + at),
            "province": str(PROVINCE),
            "sector": "power",
            "year": YEAR,
            "unit_id": "1",
            "unit_class": self.chance.choice(["I", "II", "III"]),
            "generation_MWh": str(self.chance.randint(10_000, 9_000_000)),
            "load_factor_pct": str(self.chance.randint(40, 90)),
            "verified_t": str(self.chance.randint(26_000, 8_000_000)),
        }

    def hand_in(self, table: AllocationTable) -> str:
        """The rows, as anybody may hand them in; the table's identifier."""
        with self._measured("handed in"):
            kept = self.client.post_table(table_json(table))
        assert kept["root"] == "0x" + table.root.hex()
        return str(kept["id"])

    def survive(self, table: AllocationTable, kills: int, longest: float) -> Chaos:
        """Have the table approved and issued through so many kills; while some are left, recalculations after it."""
        self.office.act("allocation", "setPlan", YEAR, SECTOR, CapMode.INTENSITY, table.total, *ALL_FREE)
        chaos = Chaos(self.stage, self.chance, longest, kills, (SERVICE, NODE))
        chaos.start()
        try:
            self._issue(table)
            self.figures[f"issued through {len(chaos.kills)} kills"] = self.rows / (time.monotonic() - self.began)
            while len(chaos.kills) < kills and chaos.failure is None:
                self._issue(recalculated(self.tables[-1], self.chance))
        finally:
            chaos.finish()
        return chaos

    def _issue(self, table: AllocationTable) -> None:
        id_ = self.hand_in(table)
        self.began = time.monotonic()
        self.office.act("allocation", "approveTable", PROVINCE, table.as_tuple())
        self.tables.append(table)
        while self._state(id_) != "ISSUED":
            assert time.monotonic() < self.began + WAIT_SECONDS, "the table was not issued in time"
            time.sleep(0.2)

    def _state(self, id_: str) -> str:
        return str(next(each["state"] for each in self.client.tables() if each["id"] == id_))

    @contextmanager
    def _measured(self, step: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.figures[step] = self.rows / (time.monotonic() - began)


def recalculated(table: AllocationTable, chance: random.Random) -> AllocationTable:
    """The same accounts, each with as much as before or less: some is taken back."""
    rows = tuple(Row(row.account, chance.randint(row.tonnes // 2, row.tonnes)) for row in table.rows)
    return replace(table, kind=int(TableKind.RECALCULATION), rows=rows, previous=table.total)
