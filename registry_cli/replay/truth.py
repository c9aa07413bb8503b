"""What the chain says after a replay: positions, holdings, totals. Asked in large pieces."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from typing import Any, Final, TypeVar

from registry_cli.replay.draft import Plan
from registry_cli.replay.home import Running
from registry_cli.replay.people import MARKET_ACCOUNT
from registry_sdk.account_address import account_address
from registry_sdk.reader import ComplianceStatus, Totals

READS_PER_REQUEST: Final = 2_000
Unit = tuple[str, int]
T = TypeVar("T")

#: The contract's status as the records' code.
CODES: Final = {
    ComplianceStatus.COMPLETE: "A",
    ComplianceStatus.SHORT: "B",
    ComplianceStatus.NOT_REPORTED: "C",
}


@dataclass(frozen=True)
class Position:
    """An operator and year on the chain, tonnes. ``code`` is the status frozen at the deadline, "" where none is."""

    obligation: int
    surrendered: int
    offset: int
    code: str


def _pieces(values: Sequence[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while piece := list(islice(rest, READS_PER_REQUEST)):
        yield piece


@dataclass(frozen=True)
class Truth:
    """State of a replay's chain."""

    running: Running
    plan: Plan

    def positions(self, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Position]:
        """Positions by account and year."""
        found: dict[tuple[int, int], Position] = {}
        for piece in _pieces(keys):
            raws = self.running.reader.read_many([("compliance", "positionOf", key) for key in piece])
            found.update({key: _position(raw) for key, raw in zip(piece, raws, strict=True)})
        return found

    @cached_property
    def totals(self) -> dict[Unit, Totals]:
        """Totals by unit."""
        raws = self.running.reader.read_many([(asset, "totalsOf", (unit,)) for asset, unit in self.plan.units])
        return {unit: Totals(**raw) for unit, raw in zip(self.plan.units, raws, strict=True)}

    @cached_property
    def holdings(self) -> dict[Unit, dict[int, int]]:
        """Tonnes by unit and account, accounts without any left out."""
        accounts = [*self.plan.accounts.values(), MARKET_ACCOUNT]
        found: dict[Unit, dict[int, int]] = {unit: {} for unit in self.plan.units}
        for asset in {asset for asset, _ in self.plan.units}:
            numbers = [unit for kind, unit in self.plan.units if kind == asset]
            for piece in _pieces(list(product(accounts, numbers))):
                holders = [account_address(account) for account, _ in piece]
                balances = self.running.reader.read(asset, "balanceOfBatch", holders, [unit for _, unit in piece])
                for (account, unit), balance in zip(piece, balances, strict=True):
                    if balance:
                        found[asset, unit][account] = balance
        return found

    def held(self, unit: Unit) -> int:
        """Sum over all accounts, tonnes."""
        return sum(self.holdings[unit].values())


def _position(raw: dict[str, Any]) -> Position:
    code = CODES.get(ComplianceStatus(raw["frozen"]), "") if raw["isFrozen"] else ""
    return Position(raw["obligation"], raw["surrendered"], raw["offset"], code)
