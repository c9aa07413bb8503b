"""What must hold between rows, checked on the state that the events tell."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from registry_sdk.permissions import ADMIN, SIGNED_ACTS
from registry_sdk.projection import Finding, State
from registry_sdk.projection.allocation import covers


def units_balance(state: State) -> Iterator[Finding]:
    """issued = held + surrendered + cancelled, per unit."""
    held: Counter[tuple[str, int]] = Counter()
    for (asset, _, unit), holding in state.holdings.items():
        held[asset, unit] += holding.registry + holding.trading + holding.locked
    for key, row in state.totals.items():
        out = held[key[0], key[1]] + row.surrendered + row.cancelled
        if row.issued != out:
            text = f"签发 {row.issued} 与持有、清缴、注销之和 {out} 不等 issued is not held + surrendered + cancelled"
            yield State.doubt("units-balance", key, text)


def changes_balance(state: State) -> Iterator[Finding]:
    """cancelled = voluntary + compulsory + reclaimed + converted into later vintages; conversions lose no tonne."""
    converted = [0, 0]
    for key, row in state.totals.items():
        changes = state.changes.see(*key)
        converted[0] += changes.converted_out
        converted[1] += changes.converted_in
        if row.cancelled != changes.cancelled:
            yield State.doubt("changes-balance", key, "注销量与各项注销之和不等 cancelled is not the sum of its causes")
    if converted[0] != converted[1]:
        yield State.doubt("changes-balance", tuple(converted), "结转前后总量不等 conversions changed the total")


def locks_balance(state: State) -> Iterator[Finding]:
    """locked = sum of the active locks, per account and unit."""
    locked: Counter[tuple[str, int, int]] = Counter()
    for (asset, _), row in state.locks.items():
        locked[asset, row.account, row.unit] += row.quantity
    for key, holding in state.holdings.items():
        if holding.locked != locked[key[0], key[1], key[2]]:
            yield State.doubt("locks-balance", key, "锁定量与锁定合计不等 locked is not the sum of the locks")


def plans_balance(state: State) -> Iterator[Finding]:
    """Approved, determined and issued within the free share, auctioned and reserved within theirs, per plan; determined
    is the sum of the entitlements, issued that of what they had issued and could not give back."""
    determined: Counter[tuple[int, int]] = Counter()
    issued: Counter[tuple[int, int]] = Counter()
    for (account, year), row in state.entitlements.items():
        key = (year, state.accounts.see(account).sector)
        determined[key] += row.determined
        issued[key] += row.issued + row.shortfall
    for key, plan in state.plans.items():
        sums = (determined[key[0], key[1]], issued[key[0], key[1]])
        if sums != (plan.determined, plan.issued) or not covers(plan):
            yield State.doubt("plans-balance", key, "分配计划不平 plan, entitlements and issue do not fit")


def tables_balance(state: State) -> Iterator[Finding]:
    """held rows are those a table counts; once delivered, applied and held come to the table's total."""
    held: Counter[str] = Counter()
    for (table_id, _), row in state.held_rows.items():
        held[table_id] += row.tonnes
    for (table_id,), table in state.tables.items():
        is_over = table.applied + table.held > table.total and table.rows
        is_short = table.rows == table.delivered_rows != 0 and table.applied + table.held != table.total
        if held[table_id] != table.held or is_over or is_short:
            yield State.doubt("tables-balance", (table_id,), "分配表不平 rows and totals of the table do not fit")


def debts_balance(state: State) -> Iterator[Finding]:
    """issued = determined - deducted; debt + deducted = recorded + not given back - cancelled, per account."""
    settled: Counter[int] = Counter()
    for (account, year), row in state.entitlements.items():
        settled[account] += row.deducted - row.shortfall
        if row.issued != row.determined - row.deducted:
            yield State.doubt(
                "debts-balance", (account, year), "签发不等于核定减扣减 issued is not determined - deducted"
            )
    for (account,), debt in state.debts.items():
        if debt.tonnes + settled[account] != debt.recorded - debt.cancelled:
            yield State.doubt("debts-balance", (account,), "应扣余额不平 debt and deductions do not fit")


def issue_balance(state: State) -> Iterator[Finding]:
    """What the ledger issued of a vintage, less what was taken back, is what its plans issued and what was carried over
    into it."""
    planned: Counter[int] = Counter()
    for (year, _), plan in state.plans.items():
        planned[year] += plan.issued + plan.auctioned + plan.reserved
    for (asset, unit), row in state.totals.items():
        changes = state.changes.see(asset, unit)
        if asset == "allowances" and row.issued - changes.reclaimed != planned[unit] + changes.converted_in:
            yield State.doubt("issue-balance", (asset, unit), "签发量与计划不等 issued is not what the plans issued")


def payments_balance(state: State) -> Iterator[Finding]:
    """Surrendered and offset in the ledgers are what obligations were paid with; pending is what waits."""
    for asset, name in (("allowances", "surrendered"), ("credits", "offset")):
        paid = sum(getattr(row, name) for row in state.positions.values())
        retired = sum(row.surrendered for (known, _), row in state.totals.items() if known == asset)
        if paid != retired:
            yield State.doubt("payments-balance", (asset,), f"账本 {retired} 与履约 {paid} 不等 ledger and compliance")
    ways: Counter[tuple[int, int]] = Counter()
    for (beneficiary, year, _, _), payment in state.payments.items():
        ways[beneficiary, year] += payment.ordered + payment.entrusted
    for key, row in state.positions.items():
        if row.surrendered != ways[key[0], key[1]]:
            yield State.doubt(
                "payments-balance", key, "清缴量与各付出账户之和不等 surrendered is not the sum of payments"
            )
    waiting: Counter[tuple[int, int]] = Counter()
    for request in state.requests.values():
        waiting[request.beneficiary, request.year] += request.quantity
    for key, row in state.positions.items():
        if row.pending != waiting[key[0], key[1]]:
            yield State.doubt("pending-balance", key, "待审清缴不平 pending is not the sum of the requests")


def carryover_balance(state: State) -> Iterator[Finding]:
    """used = waiting + carried, per account and round; what was carried is what the ledger converted."""
    waiting: Counter[tuple[int, int]] = Counter()
    for (lock_id,), application in state.carry_applications.items():
        waiting[application.round, state.locks.see("allowances", lock_id).account] += application.quantity
    used: Counter[int] = Counter()
    for key, limit in state.carry_limits.items():
        used[state.carry_rounds.see(key[0]).vintage] += limit.used - waiting[key[0], key[1]]
        if limit.used < waiting[key[0], key[1]]:
            yield State.doubt("carryover-balance", key, "结转已用量少于待办量 less used than what waits")
    for vintage, tonnes in used.items():
        if tonnes != state.changes.see("allowances", vintage).converted_in:
            yield State.doubt("carryover-balance", (vintage,), "结转量与账本不等 carried is not what was converted")


def sole_power(state: State) -> Iterator[Finding]:
    """DualControl is the only administrator and the only one that may call restricted functions."""
    control = state.deployment.address("control").lower()
    for role in (ADMIN, SIGNED_ACTS):
        members = {holder for (number, holder), row in state.roles.items() if number == role and row.is_member}
        if members != {control}:
            yield State.doubt("sole-power", (role, *sorted(members)), "权限不止于双人控制 others than DualControl")


CHECKS: Final[tuple[Callable[[State], Iterator[Finding]], ...]] = (
    units_balance,
    changes_balance,
    locks_balance,
    plans_balance,
    tables_balance,
    debts_balance,
    issue_balance,
    payments_balance,
    carryover_balance,
    sole_power,
)


def check_invariants(state: State) -> list[Finding]:
    """Findings of all checks."""
    return [finding for check in CHECKS for finding in check(state)]
