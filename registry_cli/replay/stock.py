"""What every account holds by vintage while the plan is made: which units pay a surrender and what must be bought."""

from collections import defaultdict
from dataclasses import dataclass, field

Parts = tuple[tuple[int, int], ...]
"""Vintage and tonnes, one after another."""


@dataclass
class Stock:
    """Holdings by account and vintage, tonnes, and what was paid with them by account and year."""

    held: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    paid: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, account: int, vintage: int, tonnes: int) -> None:
        """Units come in: issued, bought, given back."""
        self.held[account][vintage] += tonnes

    def short(self, account: int, first: int, last: int, tonnes: int) -> int:
        """Tonnes missing of ``tonnes``, where the vintages from ``first`` to ``last`` pay."""
        held = sum(quantity for vintage, quantity in self.held[account].items() if first <= vintage <= last)
        return max(tonnes - held, 0)

    def pay(self, account: int, year: int, first: int, last: int, tonnes: int) -> Parts:
        """Take units out, the oldest vintage first.

        Raises:
            ValueError: the account holds less.
        """
        if self.short(account, first, last, tonnes):
            raise ValueError(f"account {account} holds less than {tonnes}")
        parts = []
        for vintage in sorted(v for v in self.held[account] if first <= v <= last):
            part = min(self.held[account][vintage], tonnes)
            if part:
                self.held[account][vintage] -= part
                tonnes -= part
                parts.append((vintage, part))
        self.paid[account, year].extend(parts)
        return tuple(parts)

    def give_back(self, account: int, year: int, tonnes: int) -> Parts:
        """Undo payments of a year, the last first.

        Raises:
            ValueError: less was paid.
        """
        paid = self.paid[account, year]
        if sum(part for _, part in paid) < tonnes:
            raise ValueError(f"account {account} paid less than {tonnes} for {year}")
        parts = []
        while tonnes:
            vintage, quantity = paid.pop()
            part = min(quantity, tonnes)
            if part < quantity:
                paid.append((vintage, quantity - part))
            tonnes -= part
            self.add(account, vintage, part)
            parts.append((vintage, part))
        return tuple(parts)
