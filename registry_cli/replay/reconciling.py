"""Chain against data, to the tonne: every difference is named, none is tolerated."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from registry_cli.replay.draft import Plan
from registry_cli.replay.items import Order
from registry_cli.replay.offsets import Attempt, credit_unit
from registry_cli.replay.people import MARKET_ACCOUNT
from registry_cli.replay.records import Record
from registry_cli.replay.truth import Position, Truth

Positions = Mapping[tuple[int, int], Position]


@dataclass(frozen=True)
class Difference:
    """Two figures that should be the same, tonnes."""

    what: str
    chain: int
    data: int

    def to_json(self) -> dict[str, Any]:
        return {"what": self.what, "chain": self.chain, "data": self.data}


def compliance_differences(truth: Truth, rows: Iterable[Record], positions: Positions) -> list[Difference]:
    """Compare a compliance replay with its rows (the lead-in included)."""
    chosen = list(rows)
    figures = [
        *_ledger(truth),
        *_issued(truth, chosen),
        ("held by the market account", sum(held.get(MARKET_ACCOUNT, 0) for held in truth.holdings.values()), 0),
        *_running_totals(truth.plan, chosen, positions),
        _retired(truth, sum(p.surrendered for p in positions.values())),
    ]
    return [Difference(what, chain, data) for what, chain, data in figures if chain != data]


def order_difference(truth: Truth) -> Difference | None:
    """Signed orders carried out, by the accounts' order numbers, against those of the plan."""
    accounts = [*truth.plan.accounts.values(), MARKET_ACCOUNT]
    found = truth.running.reader.read_many([("accounts", "accountOf", (account,)) for account in accounts])
    done = sum(int(raw["nonce"]) for raw in found)
    planned = sum(isinstance(item, Order) for stage in truth.plan.stages for item in stage.items)
    return None if done == planned else Difference("signed orders carried out", done, planned)


def offset_differences(truth: Truth, attempts: Iterable[Attempt], positions: Positions) -> list[Difference]:
    """Compare an offsets replay with its attempts."""
    tried: dict[int, int] = defaultdict(int)
    figures = _ledger(truth)
    for attempt in attempts:
        key = (truth.plan.accounts[attempt.record.operator], attempt.record.year)
        tried[credit_unit(attempt.record.year)] += attempt.quantity
        name = f"{attempt.record.operator} {attempt.record.year}"
        figures.append((f"{name} verified", positions[key].obligation, attempt.verified))
        # A refused attempt leaves its credits where they were, an accepted one all gone: nothing in between.
        held = truth.holdings["credits", credit_unit(attempt.record.year)].get(key[0], 0)
        figures.append((f"{name} offset and held", positions[key].offset + held, attempt.quantity))
    figures += [(f"issued credits {unit}", truth.totals["credits", unit].issued, sum_) for unit, sum_ in tried.items()]
    figures.append(_retired(truth, sum(p.offset for p in positions.values())))
    return [Difference(what, chain, data) for what, chain, data in figures if chain != data]


def _ledger(truth: Truth) -> list[tuple[str, int, int]]:
    return [
        (f"held {asset} {unit}", truth.held((asset, unit)), total.issued - total.surrendered - total.cancelled)
        for (asset, unit), total in truth.totals.items()
    ]


def _retired(truth: Truth, paid: int) -> tuple[str, int, int]:
    return ("surrendered units and what positions were paid", sum(t.surrendered for t in truth.totals.values()), paid)


def _issued(truth: Truth, rows: list[Record]) -> Iterator[tuple[str, int, int]]:
    wanted: dict[int, int] = defaultdict(int)
    for row in rows:
        wanted[row.year] += row.allocated or 0
    for vintage, tonnes in bought(truth.plan).items():
        wanted[vintage] += tonnes
    for (asset, unit), total in truth.totals.items():
        yield f"issued {asset} {unit}", total.issued, wanted[unit]


def bought(plan: Plan) -> dict[int, int]:
    """Tonnes bought from the market account, by vintage."""
    found: dict[int, int] = defaultdict(int)
    for stage in plan.stages:
        for item in stage.items:
            if isinstance(item, Order) and item.account == MARKET_ACCOUNT:
                found[item.fields["unit"]] += item.fields["quantity"]
    return found


def _running_totals(plan: Plan, rows: list[Record], positions: Positions) -> Iterator[tuple[str, int, int]]:
    """Per operator and phase: what the chain sums up to, and the file's last running totals."""
    ordered = sorted(rows, key=lambda r: (r.registry, r.number, r.year))
    for (operator, phase), group in groupby(ordered, key=lambda r: (r.operator, r.phase)):
        own = list(group)
        stands = [positions[plan.accounts[operator], row.year] for row in own]
        verified, surrendered = _last_totals(own)
        yield f"{operator} {phase} verified", sum(p.obligation for p in stands), verified
        yield f"{operator} {phase} surrendered", sum(p.surrendered for p in stands), surrendered


def _last_totals(rows: list[Record]) -> tuple[int, int]:
    verified = surrendered = 0
    for row in rows:
        # A figure without a running total comes on top until the next running total says otherwise.
        verified = verified + (row.verified or 0) if row.running_verified is None else row.running_verified
        total = row.running_surrendered
        if total is not None and (row.running_verified is not None or total > surrendered):
            surrendered = total
    return verified, surrendered
