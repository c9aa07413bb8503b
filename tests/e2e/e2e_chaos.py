"""SIGKILL at random moments: the service, the node under it, the oracle."""

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from e2e_processes import kill_child

from registry_cli.demo.stage import ORACLE, SERVICE, Stage
from registry_sdk.client import RegistryClient

NODE: Final = "node"
TARGETS: Final = (SERVICE, NODE, ORACLE)
#: How often a kill waits for a service that works; the others may hit one that is starting or recovering.
AT_WORK: Final = 0.5
READY_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Kill:
    """One kill: seconds since the first moment, what was hit, whether the service was ready just before."""

    at: float
    target: str
    was_ready: bool


class Chaos(threading.Thread):
    """Kills until told to stop, and starts what it killed again; the service restarts its node by itself.

    Args:
        longest: seconds between two kills at most.
        most: kills after which it rests.
        targets: what is hit, in turn and in random order.

    Attributes:
        kills: what was done.
        ended: processes that ended without having been killed.
    """

    def __init__(
        self, stage: Stage, chance: random.Random, longest: float, most: int, targets: Sequence[str] = TARGETS
    ) -> None:
        super().__init__(name="chaos", daemon=True)
        self.kills: list[Kill] = []
        self.ended: list[str] = []
        self.failure: Exception | None = None
        self._stage, self._chance, self._longest, self._most = stage, chance, longest, most
        self._targets = targets
        self._client = RegistryClient(stage.url)
        self._stopping = threading.Event()
        self._began = time.monotonic()

    @property
    def counts(self) -> Counter[str]:
        """Kills by target, and those that hit a service which was not ready."""
        return Counter(kill.target for kill in self.kills) + Counter(
            "while not ready" for kill in self.kills if not kill.was_ready
        )

    def wait_for(self, kills: int, seconds: float) -> None:
        """Until so many were killed."""
        deadline = time.monotonic() + seconds
        while len(self.kills) < kills and self.failure is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.kills)} of {kills} kills within {seconds:g} s")
            time.sleep(0.05)

    def finish(self) -> None:
        """End after the running kill and let the service come up again."""
        self._stopping.set()
        self.join()
        if self.failure is not None:
            raise self.failure
        if not self._await_ready():
            raise TimeoutError("the service did not come up after the last kill")

    def run(self) -> None:
        bag: list[str] = []
        try:
            while len(self.kills) < self._most and not self._stopping.is_set():
                if self._chance.random() < AT_WORK and not self._await_ready():
                    raise TimeoutError(f"the service was not ready within {READY_SECONDS:g} s after {self.kills[-1:]}")
                if not self._stopping.wait(self._chance.uniform(0, self._longest)):
                    # Each in turn within a round, so that a short run meets all of them.
                    bag = bag or self._chance.sample(self._targets, len(self._targets))
                    if self._strike(bag[-1]):
                        bag.pop()
        except Exception as error:
            self.failure = error

    def _strike(self, target: str) -> bool:
        """Kill; False where there is nobody to kill just now."""
        for name, process in self._stage.processes.items():
            if process.poll() is not None:
                self.ended.append(f"{name} ended by itself with {process.returncode} at {self._elapsed():.1f} s")
                self._stage.launch(name)
        was_ready = self._client.is_ready()
        if target == NODE:
            if kill_child(self._stage.processes[SERVICE].pid) is None:
                return False
        else:
            process = self._stage.processes[target]
            process.kill()
            process.wait()
            self._stage.launch(target)
        self.kills.append(Kill(self._elapsed(), target, was_ready))
        return True

    def _await_ready(self) -> bool:
        deadline = time.monotonic() + READY_SECONDS
        while not self._client.is_ready():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _elapsed(self) -> float:
        return time.monotonic() - self._began
