"""What the chain's events tell for carry-over: trades, holdings at the cut-off, and who met which year in time."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from registry_sdk.calc.compliance.calendar import beijing_day
from registry_sdk.calc.compliance.carryover import Holding, Movement
from registry_sdk.deployment import Deployment
from registry_sdk.projection.fold import fold
from registry_sdk.projection.logs import Log
from registry_sdk.projection.rows import Lock
from registry_sdk.projection.state import State
from registry_sdk.projection.status import status_of
from registry_sdk.projection.units import account_number
from registry_sdk.reader import AccountKind, ComplianceStatus

FREE, SURRENDER_PENDING, CANCEL_PENDING, ORDER, REPO, JUDICIAL = 0, 1, 3, 4, 6, 7
#: Units that change hands by sale: free ones, and those an order of the market holds. A repo is told apart (F-07).
#: What moves units for another reason than a sale, as the handing over of entrusted ones (B-09), moves them out of a
#: lock of its own kind.
TRADED: Final = (FREE, ORDER, REPO)
#: Which figure of the snapshot a lock counts for; units under any other lock are not available.
SNAPSHOT: Final[dict[int, str]] = {
    SURRENDER_PENDING: "pending_surrender_t",
    CANCEL_PENDING: "pending_cancellation_t",
    JUDICIAL: "judicially_frozen_t",
}
_Key = tuple[int, str, date, int, bool]


@dataclass
class History:
    """What :func:`read_history` found.

    Attributes:
        firms: key emitters, ascending.
        holdings: account to its units of the old vintages at the cut-off.
        met: year to the firms that met it in time; reported: year to the firms that had an obligation at all.
    """

    trades: Counter[_Key] = field(default_factory=Counter)
    firms: tuple[int, ...] = ()
    holdings: dict[int, Holding] = field(default_factory=dict)
    met: dict[int, set[int]] = field(default_factory=dict)
    reported: dict[int, set[int]] = field(default_factory=dict)

    def movements(self) -> dict[int, list[Movement]]:
        """Sales and purchases by account; those of one day and vintage as one."""
        found: dict[int, list[Movement]] = {}
        for (account, side, day, vintage, repo), quantity in self.trades.items():
            found.setdefault(account, []).append(Movement(day, side, vintage, quantity, repo))
        return found


def read_history(
    deployment: Deployment, logs: Iterable[Log], vintages: tuple[int, int], cut_off: int, deadlines: Mapping[int, int]
) -> History:
    """Fold all logs once; look at holdings after the second ``cut_off``, at statuses after each year's deadline.

    Args:
        logs: the whole history in its order.
        vintages: oldest and newest that count.
        deadlines: year to the last second of surrender.
    """
    state, history = State(deployment), History()
    complete: dict[int, set[int]] = {}
    waiting: dict[int, set[int]] = {}
    looks: list[tuple[int, Callable[[], None]]] = [(cut_off, lambda: _hold(history, state, vintages))]
    for year, second in deadlines.items():
        looks.append((second, lambda y=year, s=second: _look(state, y, s, complete, waiting)))  # type: ignore[misc]
    looks.sort(key=lambda look: look[0])
    last = cut_off
    for log in _sales(state, logs, history.trades):
        while looks and log.timestamp > looks[0][0]:
            looks.pop(0)[1]()
        last = log.timestamp
        fold(state, log)
    for _, look in looks:
        look()
    history.firms = tuple(sorted(n for (n,), row in state.accounts.items() if row.kind == AccountKind.KEY_EMITTER))
    for year in deadlines:
        history.reported[year] = {a for (a, y), row in state.positions.items() if y == year and row.is_reported}
        history.met[year] = {
            account
            for account in history.reported[year]
            if _was_met(state, account, year, last, complete[year], waiting[year])
        }
    return history


def _was_met(state: State, account: int, year: int, now: int, complete: set[int], waiting: set[int]) -> bool:
    """The status frozen on chain; where none is: complete at the deadline, or by what waited for the province then."""
    position = state.positions.see(account, year)
    if position.is_frozen:
        return position.frozen == ComplianceStatus.COMPLETE
    is_complete = status_of(state, account, year, now) == ComplianceStatus.COMPLETE
    return account in complete or (account in waiting and is_complete)


def _look(state: State, year: int, second: int, complete: dict[int, set[int]], waiting: dict[int, set[int]]) -> None:
    accounts = {account for account, of in state.positions if of == year}
    complete[year] = {a for a in accounts if status_of(state, a, year, second) == ComplianceStatus.COMPLETE}
    waiting[year] = {a for a in accounts if state.positions.see(a, year).pending}


def _hold(history: History, state: State, vintages: tuple[int, int]) -> None:
    sums: dict[int, Counter[str]] = {}
    for (asset, account, unit), row in state.holdings.items():
        if asset == "allowances" and vintages[0] <= unit <= vintages[1]:
            found = sums.setdefault(account, Counter())
            found["registry_available_t"] += row.registry
            found["trading_available_t"] += row.trading
    for lock in _locks(state, vintages):
        found = sums.setdefault(lock.account, Counter())
        found[SNAPSHOT[lock.kind]] += lock.quantity
        if lock.kind != JUDICIAL:
            # The ledger's free units leave pending ones out already; the rule takes them off what is available.
            found["trading_available_t" if lock.compartment else "registry_available_t"] += lock.quantity
    history.holdings = {account: Holding(**found) for account, found in sums.items()}


def _locks(state: State, vintages: tuple[int, int]) -> Iterator[Lock]:
    for (asset, _), lock in state.locks.items():
        if asset == "allowances" and lock.kind in SNAPSHOT and vintages[0] <= lock.unit <= vintages[1]:
            yield lock


def _sales(state: State, logs: Iterable[Log], trades: Counter[_Key]) -> Iterator[Log]:
    """Passes logs on, and counts in ``trades`` each movement between accounts that proves to be a sale."""
    open_sale: tuple[_Key, _Key, int] | None = None
    for log in logs:
        f = log.fields
        if log.source == "allowances" and log.name == "UnitsForced" and f["to"]:
            open_sale = None
        elif log.source == "allowances" and log.name == "TransferSingle":
            _count(trades, open_sale)
            used = state.flows["allowances"].used
            kind = used[3] if used else FREE
            giver, taker = account_number(f["from"]), account_number(f["to"])
            open_sale = None
            if giver and taker and kind in TRADED:
                what = (beijing_day(datetime.fromtimestamp(log.timestamp, UTC)), f["id"], kind == REPO)
                open_sale = ((giver, "SOLD", *what), (taker, "BOUGHT", *what), f["value"])
        yield log
    _count(trades, open_sale)


def _count(trades: Counter[_Key], sale: tuple[_Key, _Key, int] | None) -> None:
    if sale:
        sold, bought, quantity = sale
        trades[sold] += quantity
        trades[bought] += quantity
