"""The processes of the sample year: service, oracle, and a signing process for each institution, keys apart."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from registry_cli.demo.stage import ORACLE, Key, Stage, StageError
from registry_cli.sample.plants import YEAR
from registry_sdk.calc.compliance.calendar import BEIJING

#: The training area's clock begins with the year.
START: Final = int(datetime(YEAR, 1, 1, 8, tzinfo=BEIJING).timestamp())
PATIENCE: Final = 60
#: What the oracle prints when it has started.
INTAKE: Final = re.compile(r'"intake": "(http[^"]+)"')


@dataclass
class SampleStage(Stage):
    """One home folder.

    Attributes:
        bodies: keys of verification bodies by number.
        programs: command lines of the signing processes by name.
    """

    bodies: dict[int, Key] = field(default_factory=dict)
    programs: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Settings of every process on this stage."""
        return super().environment() | {"REGISTRY_SANDBOX_START": str(START), "ORACLE_POLL_SECONDS": "0.3"}

    def body(self, number: int) -> Key:
        """Key of a verification body, made when first asked for."""
        if number not in self.bodies:
            self.bodies[number] = Key.create(self.home / "sample-keys", f"body-{number}")
        return self.bodies[number]

    def intake(self) -> str:
        """Address at which the oracle takes statements, from what it said when it started."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if said := INTAKE.search((self.home / f"{ORACLE}.log").read_text()):
                return said[1]
            time.sleep(0.1)
        raise StageError("the oracle did not say where it listens")

    @contextmanager
    def signing(self, desks: dict[str, Key]) -> Iterator[None]:
        """A signing process on each desk while inside: folder name to the key of the institution."""
        for name, key in desks.items():
            self.programs[name] = (
                *("oracle", "signer", str(self.desk(name)), "--poll", "0.2", "--send", self.intake()),
                *("--cases", str(self.home / "province")),
                *("--key", str(key.path), "--password-file", str(key.password), "--rpc", self.url + "/rpc"),
            )
            self.launch(name)
        try:
            yield
        finally:
            for name in desks:
                self.end(name)

    def words(self, name: str) -> tuple[str, ...]:
        """Command line of one process."""
        if name in self.programs:
            return self.programs[name]
        return (*super().words(name), *(("--json",) if name == ORACLE else ()))

    def desk(self, name: str) -> Path:
        """Folder of an institution's signing process."""
        return self.home / "desks" / name
