"""The registry's state as its events tell it, and what is odd about the events themselves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from registry_sdk.deployment import Deployment
from registry_sdk.projection import allocation_rows as allocation
from registry_sdk.projection import carry_rows, mrv_rows, rows
from registry_sdk.projection.logs import Log
from registry_sdk.projection.rows import Key, Row, Rows

ASSETS: Final = ("allowances", "credits")
#: Names of the columns that make up the key of each kind.
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "accounts": ("account",),
    "representatives": ("account", "signer_address"),
    "restrictions": ("province",),
    "controls": ("contract",),
    "modules": ("address",),
    "module_rights": ("asset", "address"),
    "holdings": ("asset", "account", "unit"),
    "totals": ("asset", "unit"),
    "changes": ("asset", "unit"),
    "locks": ("asset", "lock_id"),
    "units": ("asset", "unit"),
    "batches": ("unit",),
    "plans": ("year", "sector"),
    "tables": ("table_id",),
    "chunks": ("table_id", "chunk"),
    "open_tables": ("year", "sector", "province"),
    "held_rows": ("table_id", "account"),
    "entitlements": ("account", "year"),
    "debts": ("account",),
    "debt_windows": ("cause",),
    "entrusted_locks": ("account", "year"),
    "province_accounts": ("province",),
    "cases": ("case_id",),
    "oracle_config": (),
    "report_signers": ("signer_address",),
    "figures": ("account", "year", "unit"),
    "summaries": ("account", "year"),
    "bodies": ("body",),
    "body_signers": ("signer_address",),
    "evidence_months": ("account", "year", "month"),
    "evidence_heads": ("account", "year"),
    "evidence_terms": ("year", "month"),
    "evidence_deadlines": ("sector", "year", "month"),
    "year_rules": ("year",),
    "positions": ("account", "year"),
    "requests": ("lock_id",),
    "payments": ("beneficiary", "year", "account", "vintage"),
    "certificates": ("account", "year"),
    "carry_rounds": ("round",),
    "carry_batches": ("round", "batch"),
    "carry_tables": ("round",),
    "carry_limits": ("round", "account"),
    "carry_applications": ("lock_id",),
    "permissions": ("address", "selector"),
    "roles": ("role", "address"),
    "function_roles": ("address", "selector"),
    "acts": ("act_id",),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the events tell that the rules do not allow.

    Attributes:
        rule: short name of the invariant.
        key: what it is about.
        message: Chinese first, English beside it.
        block, index: where; -1 for what concerns the whole history.
    """

    rule: str
    key: Key
    message: str
    block: int = -1
    index: int = -1


@dataclass(slots=True)
class Flow:
    """One ledger between two logs: what an event has announced and the next one must carry out.

    Attributes:
        announced: ``out``, ``back`` or ``over``, account, unit, quantity: a payment, a reversal, or a release of
            entrusted units told by compliance.
        used: account, unit, quantity, kind of the lock that just gave units up for a movement.
        legs: movements (giver, taker, unit, quantity) that a conversion announced and that must follow.
        burn: account, unit, quantity that left without an announcement; operator: by whose call.
        doubts: findings that hold unless the next event of the ledger explains the movement.
        before: holding and epoch before the newest movement; a forced transfer does not clear the receiver.
        minted: unit to tonnes and rows that no chunk accounts for yet.
    """

    announced: tuple[str, int, int, int] | None = None
    used: tuple[int, int, int, int] | None = None
    legs: list[tuple[int, int, int, int]] = field(default_factory=list)
    burn: tuple[int, int, int] | None = None
    operator: str = ""
    doubts: list[Finding] = field(default_factory=list)
    before: tuple[rows.Holding, int] | None = None
    minted: dict[int, tuple[int, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Determination:
    """A row that took effect and whose chunk has not told its table yet. ``more``: tonnes to be issued."""

    account: int
    year: int
    determined: int
    replaced: int
    more: int
    taken: int
    is_entrusted: bool = False


@dataclass
class State:
    """All rows by kind, in the kinds of :data:`KEYS`. Feed it with :func:`registry_sdk.projection.fold.fold`."""

    deployment: Deployment
    accounts: Rows[rows.Account] = field(default_factory=lambda: Rows(rows.Account))
    representatives: Rows[rows.Representative] = field(default_factory=lambda: Rows(rows.Representative))
    restrictions: Rows[rows.Restriction] = field(default_factory=lambda: Rows(rows.Restriction))
    controls: Rows[rows.Control] = field(default_factory=lambda: Rows(rows.Control))
    modules: Rows[rows.Module] = field(default_factory=lambda: Rows(rows.Module))
    module_rights: Rows[rows.ModuleRights] = field(default_factory=lambda: Rows(rows.ModuleRights))
    holdings: Rows[rows.Holding] = field(default_factory=lambda: Rows(rows.Holding))
    totals: Rows[rows.Totals] = field(default_factory=lambda: Rows(rows.Totals))
    changes: Rows[rows.Changes] = field(default_factory=lambda: Rows(rows.Changes))
    locks: Rows[rows.Lock] = field(default_factory=lambda: Rows(rows.Lock))
    units: Rows[rows.Unit] = field(default_factory=lambda: Rows(rows.Unit))
    batches: Rows[rows.Batch] = field(default_factory=lambda: Rows(rows.Batch))
    plans: Rows[allocation.Plan] = field(default_factory=lambda: Rows(allocation.Plan))
    tables: Rows[allocation.Table] = field(default_factory=lambda: Rows(allocation.Table))
    chunks: Rows[allocation.Chunk] = field(default_factory=lambda: Rows(allocation.Chunk))
    open_tables: Rows[allocation.OpenTable] = field(default_factory=lambda: Rows(allocation.OpenTable))
    held_rows: Rows[allocation.HeldRow] = field(default_factory=lambda: Rows(allocation.HeldRow))
    entitlements: Rows[allocation.Entitlement] = field(default_factory=lambda: Rows(allocation.Entitlement))
    debts: Rows[allocation.Debt] = field(default_factory=lambda: Rows(allocation.Debt))
    debt_windows: Rows[allocation.DebtWindow] = field(default_factory=lambda: Rows(allocation.DebtWindow))
    entrusted_locks: Rows[allocation.Entrusted] = field(default_factory=lambda: Rows(allocation.Entrusted))
    cases: Rows[allocation.Case] = field(default_factory=lambda: Rows(allocation.Case))
    province_accounts: Rows[allocation.ProvinceAccount] = field(
        default_factory=lambda: Rows(allocation.ProvinceAccount)
    )
    oracle_config: Rows[mrv_rows.OracleConfig] = field(default_factory=lambda: Rows(mrv_rows.OracleConfig))
    report_signers: Rows[mrv_rows.ReportSigner] = field(default_factory=lambda: Rows(mrv_rows.ReportSigner))
    figures: Rows[mrv_rows.Figure] = field(default_factory=lambda: Rows(mrv_rows.Figure))
    summaries: Rows[mrv_rows.Summary] = field(default_factory=lambda: Rows(mrv_rows.Summary))
    bodies: Rows[mrv_rows.Body] = field(default_factory=lambda: Rows(mrv_rows.Body))
    body_signers: Rows[mrv_rows.BodySigner] = field(default_factory=lambda: Rows(mrv_rows.BodySigner))
    evidence_months: Rows[mrv_rows.EvidenceMonth] = field(default_factory=lambda: Rows(mrv_rows.EvidenceMonth))
    evidence_heads: Rows[mrv_rows.EvidenceHead] = field(default_factory=lambda: Rows(mrv_rows.EvidenceHead))
    evidence_terms: Rows[mrv_rows.EvidenceTerm] = field(default_factory=lambda: Rows(mrv_rows.EvidenceTerm))
    evidence_deadlines: Rows[mrv_rows.EvidenceDeadline] = field(default_factory=lambda: Rows(mrv_rows.EvidenceDeadline))
    year_rules: Rows[rows.YearRules] = field(default_factory=lambda: Rows(rows.YearRules))
    positions: Rows[rows.Position] = field(default_factory=lambda: Rows(rows.Position))
    requests: Rows[rows.Request] = field(default_factory=lambda: Rows(rows.Request))
    payments: Rows[rows.Payment] = field(default_factory=lambda: Rows(rows.Payment))
    certificates: Rows[rows.Certificate] = field(default_factory=lambda: Rows(rows.Certificate))
    carry_rounds: Rows[carry_rows.CarryRound] = field(default_factory=lambda: Rows(carry_rows.CarryRound))
    carry_batches: Rows[carry_rows.CarryBatch] = field(default_factory=lambda: Rows(carry_rows.CarryBatch))
    carry_tables: Rows[carry_rows.LimitTable] = field(default_factory=lambda: Rows(carry_rows.LimitTable))
    carry_limits: Rows[carry_rows.CarryLimit] = field(default_factory=lambda: Rows(carry_rows.CarryLimit))
    carry_applications: Rows[carry_rows.CarryApplication] = field(
        default_factory=lambda: Rows(carry_rows.CarryApplication)
    )
    permissions: Rows[rows.Permission] = field(default_factory=lambda: Rows(rows.Permission))
    roles: Rows[rows.Role] = field(default_factory=lambda: Rows(rows.Role))
    function_roles: Rows[rows.FunctionRole] = field(default_factory=lambda: Rows(rows.FunctionRole))
    acts: Rows[rows.Act] = field(default_factory=lambda: Rows(rows.Act))

    findings: list[Finding] = field(default_factory=list)
    #: Queues of waiting locks by asset, account, unit; oldest first.
    queues: dict[Key, list[int]] = field(default_factory=dict)
    lock_counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ASSETS, 0))
    #: Addresses of the ledgers that are told of stops and epochs, in their order.
    ledgers: list[str] = field(default_factory=list)
    flows: dict[str, Flow] = field(default_factory=lambda: {asset: Flow() for asset in ASSETS})
    #: Transaction and account of an authorized order that no business event has used yet.
    authorized: tuple[str, int] | None = None
    #: Account, year and tonnes of a figure that has not become an obligation yet.
    recorded: tuple[int, int, int] | None = None
    #: Beneficiary, year, account, unit and quantity of a surrender that a province just accepted.
    accepted: tuple[int, int, int, int, int] | None = None
    #: Beneficiary, account, unit and quantity of a surrender out of entrusted units.
    entrusted: tuple[int, int, int, int] | None = None
    #: Account and year of an obligation that must be reopened next.
    reopened: tuple[int, int] | None = None
    #: Lock, vintage and quantity of an application that was accepted and must be converted next.
    carried: tuple[int, int, int] | None = None
    certificate_count: int = 0
    #: Rows of the chunk or claim that is under way, and accounts whose rows it held.
    determinations: list[Determination] = field(default_factory=list)
    holding_back: list[int] = field(default_factory=list)
    #: Tonnes taken back by vintage, as the rows tell it.
    taken_back: dict[int, int] = field(default_factory=dict)
    #: Transaction, target and selector of the act that was executed last.
    act: tuple[str, str, str] | None = None
    is_handed_over: bool = False
    logs: int = 0

    def __post_init__(self) -> None:
        # The account registry starts at epoch 1; a ledger does not run before it hears of that.
        self.controls.edit("accounts").epoch = 1
        for asset in ASSETS:
            self.controls.edit(asset).is_stopped = True
        self.oracle_config.edit()

    def rows(self, kind: str) -> Rows[object]:
        """Rows of a kind of :data:`KEYS`."""
        found: Rows[object] = getattr(self, kind)
        return found

    def as_dicts(self) -> dict[str, dict[Key, Row]]:
        """All rows of all kinds as plain dicts: what a table of a database holds."""
        return {kind: self.rows(kind).as_dicts() for kind in KEYS}

    def odd(self, rule: str, key: Key, message: str, log: Log | None = None) -> Finding:
        """Record a finding."""
        finding = self.doubt(rule, key, message, log)
        self.findings.append(finding)
        return finding

    @staticmethod
    def doubt(rule: str, key: Key, message: str, log: Log | None = None) -> Finding:
        """A finding that is not recorded yet."""
        return Finding(rule, key, message, log.block if log else -1, log.index if log else -1)

    def announce(self, asset: str, what: str, account: int, unit: int, quantity: int, log: Log) -> None:
        """Compliance tells of a movement (``out``, ``back`` or ``over``) that the ledger must show next."""
        flow = self.flows[asset]
        if flow.announced:
            self.odd("announced", (asset, *flow.announced[1:3]), "清缴或撤销无对应划转 announced but not moved", log)
        flow.announced = (what, account, unit, quantity)

    def use_order(self, log: Log, account: int) -> bool:
        """Whether an order of ``account`` was authorized for this log; an order pays for one business event only."""
        found = self.authorized == (log.transaction, account)
        if found:
            self.authorized = None
        if not self.modules.see(self.deployment.address(log.source).lower()).is_module:
            self.odd("module", (log.source,), "合约未获授权为业务模块 the contract is no module of the registry", log)
        return found


Handler = Callable[[State, Log], None]
Handlers = dict[tuple[str, str], Handler]
