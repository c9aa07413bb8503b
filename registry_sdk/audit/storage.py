"""The whole storage of every contract, slot by slot, from the state that the events tell."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from eth_utils.crypto import keccak

from registry_sdk.audit.layout import Layout
from registry_sdk.projection import State
from registry_sdk.projection.compliance import is_common

Words = dict[int, int]
#: Struct members whose row field has another name than their own in snake case.
NAMES: Final = {"class": "signer_class", "isInsideETS": "is_inside_ets", "vintageMin": "vintage_min"}
RIGHTS_SHIFT: Final = 40
EPOCH_SHIFT: Final = 8
#: Where the months begin in a word of evidence, less the first month's eight bits.
EVIDENCE_SHIFT: Final = 152
MAX_QUEUE: Final = 16
#: Variables that stay empty: no text of ours is too long for the code, no operation is scheduled in the authority.
EMPTY: Final = ("_consumingSchedule", "_nameFallback", "_versionFallback", "_schedules", "_executionId")


def _key(value: Any) -> bytes:
    if isinstance(value, str):
        data = bytes.fromhex(value[2:])
        return data.rjust(32, b"\0") if len(data) == 20 else data.ljust(32, b"\0")
    return int(value).to_bytes(32)


def mapping_slot(slot: int, *keys: Any) -> int:
    """Slot of a mapping's entry; several keys for nested mappings."""
    for key in keys:
        slot = int.from_bytes(keccak(_key(key) + slot.to_bytes(32)))
    return slot


def _number(value: Any, size: int) -> int:
    if isinstance(value, str):
        data = bytes.fromhex(value[2:])
        return int.from_bytes(data[:size] if data else b"")
    return int(value) & ((1 << (8 * size)) - 1)


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name)


class Storage:
    """Slots and words of one contract while they are put together."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.words: Words = {}

    def put(self, slot: int, word: int) -> None:
        """A whole word, or a part of one; zeros too, for nodes that keep a slot once it was used."""
        self.words[slot] = self.words.get(slot, 0) | word

    def slot(self, label: str, *keys: Any) -> int:
        """Slot of a variable, or of a mapping's entry."""
        return mapping_slot(self.layout.variables[label][0], *keys)

    def variable(self, label: str, value: Any) -> None:
        """A plain variable, packed as it is."""
        slot, offset, size = self.layout.variables[label]
        self.put(slot, _number(value, size) << (8 * offset))

    def entry(self, label: str, keys: tuple[Any, ...], value: Any) -> None:
        """A value in a mapping."""
        self.put(self.slot(label, *keys), _number(value, 32))

    def struct(self, slot: int, name: str, row: Mapping[str, Any]) -> None:
        """A struct, its members by the names of their row's fields."""
        for member, (at, offset, size) in self.layout.structs[name].items():
            value = row.get(NAMES.get(member, _snake(member)), row.get(_snake(member), 0))
            self.put(slot + at, _number(value, size) << (8 * offset))

    def array(self, slot: int, values: list[Any], size: int = 32, longest: int = 0) -> None:
        """A dynamic array, small elements packed; ``longest``: how many whole words it may have had."""
        self.put(slot, len(values))
        start, per_word = int.from_bytes(keccak(slot.to_bytes(32))), 32 // size
        for position, value in enumerate(values):
            self.put(start + position // per_word, _number(value, size) << (8 * size * (position % per_word)))
        for gone in range(len(values), longest):
            self.put(start + gone, 0)

    def rows(self, label: str, struct: str, rows: Mapping[Any, Any], keys: Callable[[Any], Any] = lambda k: k) -> None:
        """A mapping of structs from rows of one kind."""
        for key, row in rows.items():
            self.struct(self.slot(label, *keys(key)), struct, asdict(row))


def _authority(s: Storage, state: State, name: str) -> None:
    members, allowed = s.layout.structs["Role"]["members"], s.layout.structs["TargetConfig"]["allowedRoles"]
    for (role, address), member in state.roles.items():
        slot = mapping_slot(s.slot("_roles", role) + members[0], address)
        s.struct(slot, "Access", {"since": member.since, "delay": member.delay})
    for (target, selector), function in state.function_roles.items():
        s.put(mapping_slot(s.slot("_targets", target) + allowed[0], selector), function.role)


def _control(s: Storage, state: State, name: str) -> None:
    s.variable("_isSealed", True)
    s.rows("acts", "ActRecord", state.acts)
    s.rows("_rows", "Row", state.permissions)


def _accounts(s: Storage, state: State, name: str) -> None:
    s.rows("_accounts", "Account", state.accounts)
    for key, seat in state.representatives.items():
        s.entry("_rights", key, seat.rights)
    for key, restriction in state.restrictions.items():
        s.entry("restrictedSectors", key, restriction.sectors)
    for key, module in state.modules.items():
        s.entry("_isModule", key, module.is_module)
    s.array(s.slot("_ledgers"), list(state.ledgers))
    control = state.controls.see("accounts")
    s.variable("epoch", control.epoch)
    s.variable("isStopped", control.is_stopped)
    s.variable("_restrictedProvinces", sum(1 for row in state.restrictions.values() if row.sectors))


def _ledger(s: Storage, state: State, name: str) -> None:
    def own(rows: Mapping[Any, Any]) -> dict[Any, Any]:
        return {key: row for key, row in rows.items() if key[0] == name}

    s.rows("_holdings", "Holding", own(state.holdings), lambda k: k[1:])
    s.rows("_totals", "Totals", own(state.totals), lambda k: k[1:])
    s.rows("_locks", "Lock", own(state.locks), lambda k: k[1:])
    control = state.controls.see(name)
    word = control.epoch << EPOCH_SHIFT | (not control.is_stopped) if control.epoch else 0
    s.variable("_control", word)
    modules = own(state.module_rights)
    for key, module in modules.items():
        s.entry("_modules", key[1:], module.rights << RIGHTS_SHIFT | word)
    s.array(s.slot("_moduleList"), [address for _, address in modules])
    units = sorted((row.position, unit) for (_, unit), row in own(state.units).items())
    s.array(s.slot("_units"), [unit for _, unit in units], 8)
    s.variable("lockCount", state.lock_counts[name])
    for (asset, *keys), queue in state.queues.items():
        if asset == name:
            s.array(s.slot("_queues", *keys), list(queue), longest=MAX_QUEUE)


def _allowances(s: Storage, state: State, name: str) -> None:
    _ledger(s, state, name)
    for asset, unit in state.units:
        if asset == name:
            s.entry("isVintage", (unit,), True)


def _credits(s: Storage, state: State, name: str) -> None:
    _ledger(s, state, name)
    for key, batch in state.batches.items():
        s.struct(s.slot("_batches", *key), "CreditBatch", {**asdict(batch), "class": batch.credit_class})
    s.variable("_nextSerial", 1 + sum(batch.size for batch in state.batches.values()))


def _emissions(s: Storage, state: State, name: str) -> None:
    s.struct(s.slot("_config"), "Config", asdict(state.oracle_config.see()))
    s.rows("_signers", "ReportSigner", state.report_signers)
    s.rows("_figures", "Figure", state.figures)
    divided = {key: row for key, row in state.summaries.items() if row.units > 1}
    s.rows("_summaries", "Summary", divided)


def _accreditation(s: Storage, state: State, name: str) -> None:
    s.rows("_bodies", "Body", state.bodies)
    for key, signer in state.body_signers.items():
        s.entry("_bodyOfSigner", key, signer.body)


def _evidence(s: Storage, state: State, name: str) -> None:
    slot = s.slot("_terms")
    s.put(slot, len(state.evidence_terms))
    start = int.from_bytes(keccak(slot.to_bytes(32)))
    for position, ((year, month), term) in enumerate(sorted(state.evidence_terms.items())):
        s.struct(start + position, "Term", {"from_month": _month(year, month), "days_after": term.days_after})
    for (sector, year, month), row in state.evidence_deadlines.items():
        s.entry("_deadlines", (sector, _month(year, month)), row.deadline)
    for key, head in state.evidence_heads.items():
        s.put(s.slot("_years", *key), _number(head.head, 20))
    for (account, year, month), known in state.evidence_months.items():
        bits = known.version | known.is_late << 6 | known.is_newest_late << 7
        s.put(s.slot("_years", account, year), bits << EVIDENCE_SHIFT + 8 * month)


def _month(year: int, month: int) -> int:
    """A month as the contract numbers it."""
    return 12 * year + month - 1


def _allocation(s: Storage, state: State, name: str) -> None:
    s.rows("_plans", "Plan", state.plans)
    s.rows("_tables", "TableState", state.tables)
    for key, table in state.tables.items():
        s.entry("_rootOf", key, table.root)
    for table_id, chunk in state.chunks:
        s.put(mapping_slot(s.slot("_issued", table_id), chunk >> 8), 1 << (chunk & 255))
    for key, open_ in state.open_tables.items():
        s.entry("openTable", key, open_.table_id)
    s.rows("_held", "HeldRow", state.held_rows)
    s.variable("tableCount", len(state.tables))
    s.rows("_entitlements", "Entitlement", state.entitlements)
    for key, debt in state.debts.items():
        s.entry("_debts", key, debt.tonnes)
    for key, entrusted in state.entrusted_locks.items():
        s.array(s.slot("_entrusted", *key), list(entrusted.lock_ids))
    s.rows("_debtWindows", "DebtWindow", state.debt_windows)
    for key, province in state.province_accounts.items():
        s.entry("_provinceAccounts", key, province.account)


def _cases(s: Storage, state: State, name: str) -> None:
    s.rows("_cases", "Case", state.cases)


def _compliance(s: Storage, state: State, name: str) -> None:
    s.rows("_rules", "YearRules", state.year_rules)
    s.rows("_positions", "Position", state.positions)
    for key, request in state.requests.items():
        s.struct(s.slot("_requests", *key), "Request", asdict(request) if request.quantity else {})
    s.rows("_certificates", "Certificate", state.certificates)
    s.variable("certificateCount", state.certificate_count)
    s.rows("_payments", "Payment", {key: payment for key, payment in state.payments.items() if not is_common(*key)})
    for key, position in state.positions.items():
        s.entry("paidOtherwise", key, position.paid_otherwise)
    for key, rules in state.year_rules.items():
        s.entry("isClosed", key, rules.is_closed)


def _carryover(s: Storage, state: State, name: str) -> None:
    s.rows("_rounds", "CarryRound", state.carry_rounds)
    for key, batch in state.carry_batches.items():
        s.struct(s.slot("_batches", *key), "CarryBatch", asdict(batch))
    s.rows("_tables", "LimitTable", state.carry_tables)
    for key, table in state.carry_tables.items():
        s.entry("rootOf", key, table.root)
    s.rows("_limits", "CarryLimit", state.carry_limits)
    for key, application in state.carry_applications.items():
        s.struct(s.slot("_applications", *key), "CarryApplication", asdict(application) if application.quantity else {})


BUILDERS: Final[dict[str, Callable[[Storage, State, str], None]]] = {
    "authority": _authority,
    "control": _control,
    "accounts": _accounts,
    "allowances": _allowances,
    "credits": _credits,
    "accreditation": _accreditation,
    "evidence": _evidence,
    "emissions": _emissions,
    "allocation": _allocation,
    "cases": _cases,
    "compliance": _compliance,
    "carryover": _carryover,
}

_AUTHORITY: Final = {"_authority"}
_LEDGER: Final = _AUTHORITY | {
    "_holdings",
    "_totals",
    "_locks",
    "_modules",
    "_moduleList",
    "_units",
    "lockCount",
    "_control",
}
#: Variables that the builders put together, by contract.
TOLD: Final[dict[str, set[str]]] = {
    "authority": {"_targets", "_roles"},
    "control": _AUTHORITY | {"_isSealed", "acts", "_rows"},
    "accounts": _AUTHORITY
    | {
        "_accounts",
        "_rights",
        "restrictedSectors",
        "_isModule",
        "_ledgers",
        "epoch",
        "isStopped",
        "_restrictedProvinces",
    },
    "allowances": _LEDGER | {"_queues", "isVintage"},
    "credits": _LEDGER | {"_queues", "_batches", "_nextSerial"},
    "accreditation": _AUTHORITY | {"_bodies", "_bodyOfSigner"},
    "evidence": _AUTHORITY | {"_terms", "_deadlines", "_years"},
    "emissions": _AUTHORITY | {"_config", "_signers", "_figures", "_summaries"},
    "allocation": _AUTHORITY
    | {"_plans", "_tables", "_rootOf", "_issued", "_held", "openTable", "tableCount"}
    | {"_entitlements", "_debts", "_entrusted", "_debtWindows", "_provinceAccounts"},
    "cases": _AUTHORITY | {"_cases"},
    "compliance": _AUTHORITY
    | {
        "_rules",
        "_positions",
        "_requests",
        "isClosed",
        "_certificates",
        "certificateCount",
        "_payments",
        "paidOtherwise",
    },
    "carryover": _AUTHORITY | {"_rounds", "_batches", "_tables", "rootOf", "_limits", "_applications"},
}


def is_told(name: str, layout: Layout) -> bool:
    """Whether events tell every variable of the layout; one of a newer contract may not be known here."""
    return set(layout.variables) <= TOLD.get(name, set()).union(EMPTY)


def storage_of(state: State, name: str, layout: Layout) -> Words:
    """Every slot of a contract that is or may once have been occupied.

    Args:
        name: contract name in the deployment.
        layout: of the code that is deployed.
    """
    storage = Storage(layout)
    if "_authority" in layout.variables:
        storage.variable("_authority", state.deployment.address("authority"))
    builder = BUILDERS.get(name)
    if builder:
        builder(storage, state, name)
    return storage.words
