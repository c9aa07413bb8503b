"""A second book of the run: what each account must hold and owe, kept from what was done, never read from the chain.

At the end it is compared with the contracts' state, unit by unit and tonne by tonne.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from registry_sdk.reader import Reader

Place = tuple[str, int, int]


@dataclass
class Book:
    """Expected figures, tonnes.

    Attributes:
        held: by asset, account, unit; outside: issued, surrendered and cancelled by asset, unit and what became of it.
        owed, surrendered, offset: by account and year; deducted, net: of the allocation, by account and year.
        debt: allowances that an account owes to the registry. net_sold: allowances sold less those bought.
    """

    held: Counter[Place] = field(default_factory=Counter)
    outside: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    owed: dict[tuple[int, int], int] = field(default_factory=dict)
    surrendered: Counter[tuple[int, int]] = field(default_factory=Counter)
    offset: Counter[tuple[int, int]] = field(default_factory=Counter)
    deducted: Counter[tuple[int, int]] = field(default_factory=Counter)
    net: Counter[tuple[int, int]] = field(default_factory=Counter)
    debt: Counter[int] = field(default_factory=Counter)
    net_sold: Counter[int] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def issue(self, asset: str, account: int, unit: int, tonnes: int) -> None:
        """New units."""
        with self._lock:
            self.held[asset, account, unit] += tonnes
            self.outside[asset, unit, "issued"] += tonnes

    def determine(self, firm: int, year: int, tonnes: int, holder: int | None = None) -> int:
        """The allocation of a firm becomes ``tonnes``: debts come off first, the rest is issued or taken back.

        Args:
            holder: account that is issued to, the firm's own when absent.

        Returns:
            Tonnes issued; below 0 where tonnes were taken back.
        """
        due = self.debt[firm] + self.deducted[firm, year]
        off = min(due, tonnes)
        change = tonnes - off - self.net[firm, year]
        self.deducted[firm, year], self.net[firm, year], self.debt[firm] = off, tonnes - off, due - off
        if change >= 0:
            self.issue("allowances", holder or firm, year, change)
            return change
        back = min(-change, self.of(firm, year))
        self.leave("allowances", firm, year, back, "cancelled")
        self.debt[firm] += -change - back
        return -back

    def gone(self, firm: int, year: int, tonnes: int) -> int:
        """What could not be taken back if the firm's allocation became ``tonnes``."""
        return max(0, self.net[firm, year] - tonnes - self.of(firm, year))

    def move(self, asset: str, source: int, target: int, unit: int, tonnes: int) -> None:
        """Units from one account to another."""
        with self._lock:
            self.held[asset, source, unit] -= tonnes
            self.held[asset, target, unit] += tonnes

    def sell(self, seller: int, buyer: int, vintage: int, tonnes: int) -> None:
        """A trade of allowances."""
        self.move("allowances", seller, buyer, vintage, tonnes)
        with self._lock:
            self.net_sold[seller] += tonnes
            self.net_sold[buyer] -= tonnes

    def leave(self, asset: str, account: int, unit: int, tonnes: int, how: str) -> None:
        """Units that end: ``surrendered`` or ``cancelled``."""
        with self._lock:
            self.held[asset, account, unit] -= tonnes
            self.outside[asset, unit, how] += tonnes

    def surrender(self, holder: int, firm: int, year: int, vintage: int, tonnes: int) -> None:
        """Allowances of ``holder`` that pay what ``firm`` owes."""
        self.leave("allowances", holder, vintage, tonnes, "surrendered")
        with self._lock:
            self.surrendered[firm, year] += tonnes

    def use_credits(self, firm: int, year: int, unit: int, tonnes: int) -> None:
        """Credits that pay a part of what the firm owes."""
        self.leave("credits", firm, unit, tonnes, "surrendered")
        with self._lock:
            self.offset[firm, year] += tonnes

    def convert(self, account: int, old: int, new: int, tonnes: int) -> None:
        """Allowances carried over into another vintage."""
        self.leave("allowances", account, old, tonnes, "cancelled")
        self.issue("allowances", account, new, tonnes)

    def of(self, account: int, unit: int, asset: str = "allowances") -> int:
        """What an account holds of a unit."""
        return self.held[asset, account, unit]

    def left(self, firm: int, year: int) -> int:
        """What a firm still owes for a year."""
        return self.owed.get((firm, year), 0) - self.surrendered[firm, year] - self.offset[firm, year]

    def differences(self, reader: Reader) -> list[dict[str, Any]]:
        """Every figure of the chain that is not this book's."""
        return [each for each in self._compare(reader) if each["expected"] != each["found"]]

    @property
    def figures(self) -> int:
        """How many figures are compared."""
        return len(self.held) + len(self.outside) + 3 * len(self.owed)

    def _compare(self, reader: Reader) -> Iterable[dict[str, Any]]:
        for (asset, account, unit), tonnes in sorted(self.held.items()):
            found = reader.holding(asset, account, unit).held
            yield {"asset": asset, "account": account, "unit": unit, "expected": tonnes, "found": found}
        for (asset, unit, what), tonnes in sorted(self.outside.items()):
            found = getattr(reader.totals(asset, unit), what)
            yield {"asset": asset, "unit": unit, "figure": what, "expected": tonnes, "found": found}
        for (account, year), tonnes in sorted(self.owed.items()):
            position = reader.position(account, year)
            expected = (tonnes, self.surrendered[account, year], self.offset[account, year])
            for name, figure in zip(("obligation", "surrendered", "offset"), expected, strict=True):
                found = getattr(position, name)
                yield {"account": account, "year": year, "figure": name, "expected": figure, "found": found}
