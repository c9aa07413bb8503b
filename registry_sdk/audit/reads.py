"""Which view function shows which kind of row: one table."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from registry_sdk.account_address import account_address
from registry_sdk.audit.calls import PinnedCalls
from registry_sdk.audit.compare import Difference, compare
from registry_sdk.projection import State, status_of
from registry_sdk.projection.compliance import is_common
from registry_sdk.projection.rows import Key, Row

Rows = dict[Key, Row]
#: Pairs of account and unit in one call.
PAIRS: Final = 400
#: A digest that nothing has.
NO_DIGEST: Final = "0x" + "00" * 32


@dataclass(frozen=True)
class Read:
    """How a kind of row is read from contracts.

    Attributes:
        contract: name of the contract; empty where the first part of the key names it.
        args: arguments from key and expected row.
        rename: result fields whose row field has another name than their own in snake case.
        keep: only the rows that can be read so.
        shown: the expected row as the contract shows it.
    """

    kind: str
    contract: str
    function: str
    args: Callable[[Key, Row], tuple[Any, ...]] = lambda key, row: key
    rename: Mapping[str, str] = field(default_factory=dict)
    keep: Callable[[Key, Row], bool] = lambda key, row: True
    shown: Callable[[Row], Row] = lambda row: row


def _rest(key: Key, row: Row) -> tuple[Any, ...]:
    return key[1:]


def _none(key: Key, row: Row) -> tuple[Any, ...]:
    return ()


def _half_digest(row: Row) -> Row:
    """The contracts keep the first 16 bytes of a digest."""
    return {**row, "digest": (row["digest"] or NO_DIGEST)[:34]}


def _is_accounts(key: Key, row: Row) -> bool:
    return key == ("accounts",)


def _whole_root(row: Row) -> Row:
    return {**row, "root": row["root"] or NO_DIGEST}


def _gone(row: Row) -> Row:
    """What was decided is deleted on chain."""
    return row if row["quantity"] else dict.fromkeys(row, 0)


def is_told(key: Key, row: Row) -> bool:
    """Whether the contract keeps a word for a payment; the common kind is the rest of what was surrendered."""
    return not is_common(*key)


def _is_set(key: Key, row: Row) -> bool:
    """Where no exact deadline is set, the view shows the one by days."""
    return bool(row["deadline"])


READS: Final = (
    Read("accounts", "accounts", "accountOf"),
    Read("representatives", "accounts", "rightsOf", lambda k, r: (k[0], r["signer"]), {"": "rights"}),
    Read("restrictions", "accounts", "restrictedSectors", rename={"": "sectors"}),
    Read("controls", "accounts", "isStopped", _none, {"": "is_stopped"}, _is_accounts),
    Read("controls", "accounts", "epoch", _none, {"": "epoch"}, _is_accounts),
    Read("module_rights", "", "moduleRights", _rest, {"": "rights"}),
    Read("holdings", "", "holdingOf", _rest),
    Read("totals", "", "totalsOf", _rest),
    Read("locks", "", "lockOf", _rest),
    Read("batches", "credits", "batchOf", rename={"class": "credit_class", "isInsideETS": "is_inside_ets"}),
    Read("plans", "allocation", "planOf"),
    Read("tables", "allocation", "tableOf"),
    Read("chunks", "allocation", "isChunkIssued", rename={"": "is_issued"}),
    Read("open_tables", "allocation", "openTable", rename={"": "table_id"}),
    Read("held_rows", "allocation", "heldRow"),
    Read("entitlements", "allocation", "entitlementOf"),
    Read("debts", "allocation", "debtOf", rename={"": "tonnes"}),
    Read("debt_windows", "allocation", "debtWindow"),
    Read("entrusted_locks", "allocation", "entrustedLocks", rename={"": "lock_ids"}),
    Read("cases", "cases", "caseOf"),
    Read("province_accounts", "allocation", "provinceAccountOf", rename={"": "account"}),
    Read("oracle_config", "emissions", "config"),
    Read("report_signers", "emissions", "signerOf", lambda k, r: (r["signer"],), {"class": "signer_class"}),
    Read("figures", "emissions", "figureOf", shown=_half_digest),
    Read("summaries", "emissions", "summaryOf"),
    Read("bodies", "accreditation", "bodyOf"),
    Read("body_signers", "accreditation", "signerBody", lambda k, r: (r["signer"],), {"": "body"}),
    Read("evidence_months", "evidence", "monthOf"),
    Read("evidence_heads", "evidence", "headOf", rename={"": "head"}),
    Read("evidence_deadlines", "evidence", "deadlineOf", rename={"": "deadline"}, keep=_is_set),
    Read("year_rules", "compliance", "yearRules"),
    Read("year_rules", "compliance", "isClosed", rename={"": "is_closed"}),
    Read("positions", "compliance", "positionOf"),
    Read("positions", "compliance", "paidOtherwise", rename={"": "paid_otherwise"}),
    Read("payments", "compliance", "paymentOf", keep=is_told),
    Read("certificates", "compliance", "certificateOf", shown=_half_digest),
    Read("carry_rounds", "carryover", "roundOf"),
    Read("carry_batches", "carryover", "batchOf"),
    Read("carry_tables", "carryover", "tableOf"),
    Read("carry_tables", "carryover", "rootOf", rename={"": "root"}, shown=_whole_root),
    Read("carry_limits", "carryover", "limitOf"),
    Read("carry_applications", "carryover", "applicationOf", shown=_gone),
    Read("permissions", "control", "permissionOf"),
    Read("roles", "authority", "hasRole", rename={"isMember": "is_member"}),
    Read("function_roles", "authority", "getTargetFunctionRole", rename={"": "role"}),
    Read("acts", "control", "acts"),
)


@cache
def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _row(read: Read, result: dict[str, Any], expected: Row) -> Row:
    named = {read.rename.get(name, _snake(name)): value for name, value in result.items()}
    return {name: value for name, value in named.items() if name in expected}


def compare_state(state: State, calls: PinnedCalls) -> Iterator[tuple[str, int, list[Difference]]]:
    """For each entry of :data:`READS`: kind, rows compared, differences."""
    for read in READS:
        expected = {k: read.shown(r) for k, r in state.rows(read.kind).as_dicts().items() if read.keep(k, r)}
        actual: Rows = {}
        for contract in {read.contract or key[0] for key in expected}:
            keys = [key for key in expected if (read.contract or key[0]) == contract]
            results = calls.many(contract, read.function, (read.args(k, expected[k]) for k in keys))
            actual |= {k: _row(read, result, expected[k]) for k, result in zip(keys, results, strict=True)}
        yield read.kind, len(expected), compare(expected, actual, kind=read.kind, place="state")


def compare_statuses(state: State, calls: PinnedCalls, timestamp: int) -> tuple[int, list[Difference]]:
    """Live compliance statuses and, for frozen ones, the frozen status."""
    keys = list(state.positions)
    expected: Rows = {key: {"status": status_of(state, key[0], key[1], timestamp)} for key in keys}
    results = calls.many("compliance", "statusOf", keys)
    actual: Rows = {key: {"status": result[""]} for key, result in zip(keys, results, strict=True)}
    return len(keys), compare(expected, actual, kind="statuses", place="state")


def compare_lists(state: State, calls: PinnedCalls) -> tuple[int, list[Difference]]:
    """Order of the units opened, and number of locks, per ledger."""
    expected: Rows = {}
    actual: Rows = {}
    for asset, count in state.lock_counts.items():
        units = sorted((row.position, unit) for (known, unit), row in state.units.items() if known == asset)
        expected[(asset,)] = {"units": [unit for _, unit in units], "lock_count": count}
        actual[(asset,)] = {
            "units": list(calls.one(asset, "units")[""]),
            "lock_count": calls.one(asset, "lockCount")[""],
        }
    return len(expected), compare(expected, actual, kind="lists", place="state")


def compare_empty(state: State, calls: PinnedCalls) -> tuple[int, list[Difference]]:
    """Accounts hold nothing of units that no event ever gave them."""
    count = 0
    found: list[Difference] = []
    for asset in state.lock_counts:
        units = [unit for known, unit in state.units if known == asset]
        pairs = [
            (account, unit)
            for (account,) in state.accounts
            for unit in units
            if (asset, account, unit) not in state.holdings
        ]
        count += len(pairs)
        chunks = [pairs[at : at + PAIRS] for at in range(0, len(pairs), PAIRS)]
        args = (([account_address(a) for a, _ in chunk], [unit for _, unit in chunk]) for chunk in chunks)
        for chunk, result in zip(chunks, calls.many(asset, "balanceOfBatch", args), strict=True):
            found += [
                Difference("state", "holdings", (asset, account, unit), "held", 0, balance)
                for (account, unit), balance in zip(chunk, result[""], strict=True)
                if balance
            ]
    return count, found
