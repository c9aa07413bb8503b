"""One compliance year, step by step, through the public API.

Officers sign acts, representatives sign orders, a verifier and the province sign emissions, the oracle process pushes
them. Nobody here talks to the chain behind the service's back.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from registry_cli.demo.actors import Actors
from registry_cli.demo.province import COMPLIANCE_YEAR, PROVINCE, SECTORS, Emitter
from registry_sdk import calc, parameters
from registry_sdk.allocation import ALL_FREE, CapMode
from registry_sdk.office import accreditation
from registry_sdk.reader import AccountKind, AccountStatus, SignerClass
from registry_sdk.signers import EthereumSigner
from registry_sdk.tables import Row, TableKind, approval_of

VERIFIER_BODY: Final = 1
CREDIT_UNIT: Final = (7 << 16) | 1
CREDIT_OWNER: Final = 99_000_001
CREDITS: Final = 2_000_000
NEW_CREDITS: Final = 2
KYC: Final = b"\x5a" * 32
OPEN_AT_ONCE: Final = 15
#: The firm that stays short, the one that is restricted and still surrenders, the one that asks for too many credits.
LATE, RESTRICTED, GREEDY = 7, 11, 13


@dataclass(kw_only=True)
class Year(Actors):
    """The year's actors."""

    emitters: Sequence[Emitter]

    def __post_init__(self) -> None:
        super().__post_init__()
        for emitter in self.emitters:
            self.keys[emitter.number] = tuple(EthereumSigner.create() for _ in range(emitter.approvals))
        self.keys[CREDIT_OWNER] = (EthereumSigner.create(),)

    def run(self) -> None:
        """The whole year."""
        self.set_rules()
        self.open_accounts()
        self.allocate()
        self.report()
        self.trade()
        self.offset()
        self.supervise()
        self.surrender()
        self.close()

    # STEPS

    def set_rules(self) -> None:
        """Rules of the year, vintage, caps, threshold and signers, credits."""
        year, name = COMPLIANCE_YEAR, "年度规则 rules of the year"
        acts: list[tuple[Any, ...]] = [
            ("compliance", "setYearRules", year, self._year_rules()),
            ("allowances", "openVintage", year),
            ("emissions", "setThreshold", 2, 1 << SignerClass.VERIFIER | 1 << SignerClass.PROVINCE),
            *accreditation(VERIFIER_BODY, _bytes(self.stage.verifier.address)),
            ("emissions", "setSigner", _bytes(self.stage.province.address), int(SignerClass.PROVINCE), PROVINCE),
            ("credits", "registerBatch", CREDIT_UNIT, CREDITS, NEW_CREDITS, False, "CCER-01-002-V01", b"\x07" * 32),
        ]
        for sector in SECTORS:
            cap = sum(e.allocated for e in self.emitters if e.sector is sector)
            acts.append(("allocation", "setPlan", year, sector.id, CapMode.INTENSITY, cap, *ALL_FREE))
        for done, act in enumerate(acts, start=1):
            self.office.act(*act)
            self.step(name, done, len(acts))

    def _year_rules(self) -> tuple[Any, ...]:
        """The year's rules, from the dated numbers of the law."""
        deadline = self.deadline()
        lawful = calc.surrender_deadline(COMPLIANCE_YEAR, "power")
        basis_points = int(parameters.get("ccer_offset_cap_ratio", lawful).value * 10_000)
        vintages = calc.allowed_vintages(COMPLIANCE_YEAR)
        arrears = calc.arrears_vintages(COMPLIANCE_YEAR)
        window = (min(vintages), max(vintages))
        return (deadline, *window, basis_points, 1 << NEW_CREDITS, 0, 0, True, deadline, *arrears)

    def deadline(self) -> int:
        """The law's deadline; in later years, when it is past, thirty days from now."""
        lawful = int(calc.end_of_day(calc.surrender_deadline(COMPLIANCE_YEAR, "power")).timestamp())
        return lawful if lawful > self.client.now() + 86_400 else self.client.now() + 30 * 86_400

    def open_accounts(self) -> None:
        """Accounts of the emitters and of a credit owner."""
        name = "开立账户 open accounts"
        openings = [
            self._opening(e.number, AccountKind.KEY_EMITTER, e.sector.id, PROVINCE, e.approvals) for e in self.emitters
        ]
        openings.append(self._opening(CREDIT_OWNER, AccountKind.PROJECT_OWNER, 0, PROVINCE, 1))
        for at in range(0, len(openings), OPEN_AT_ONCE):
            self.office.act("accounts", "openAccounts", openings[at : at + OPEN_AT_ONCE])
            self.step(name, min(at + OPEN_AT_ONCE, len(openings)), len(openings))
        self.office.act("credits", "issueCredits", CREDIT_UNIT, [Row(CREDIT_OWNER, CREDITS).packed])

    def _opening(self, number: int, kind: AccountKind, sector: int, province: int, approvals: int) -> tuple[Any, ...]:
        # With two approvals the first initiates and the second approves; alone, one does both.
        rights = (1, 2) if approvals == 2 else (7,)
        seats = [(key.signer, right) for key, right in zip(self.keys[number], rights, strict=True)]
        return (number, int(kind), sector, province, approvals, KYC, seats)

    def allocate(self) -> None:
        """One table a sector: rows handed in, root approved by two officers, chunks issued by the service."""
        name = "配额分配 allocation"
        for done, sector in enumerate(SECTORS, start=1):
            rows = [{"account": e.number, "tonnes": e.allocated} for e in self.emitters if e.sector is sector]
            head = {"year": COMPLIANCE_YEAR, "sector": sector.id, "province": PROVINCE, "chunk_size": 8}
            table = self.client.post_table({**head, "kind": int(TableKind.FINAL), "rows": rows})
            self.office.act("allocation", "approveTable", PROVINCE, approval_of(table))
            self.until(partial(self._is_issued, table["id"]), f"table of {sector.name}")
            self.step(name, done, len(SECTORS))

    def _is_issued(self, table: str) -> bool:
        return bool(self.client.table(table)["state"] == "ISSUED")

    def report(self) -> None:
        """Verified reports, signed by verifier and province in processes of their own, pushed by the oracle process."""
        name, total = "排放核查 verified emissions", len(self.emitters)
        folder = self.stage.home / "reports"
        folder.mkdir(exist_ok=True)
        reports = [self._report_file(folder, e) for e in self.emitters]
        rpc = ("--rpc", self.client.url + "/rpc", "--yes")
        statements = self.stage.home / "statements"
        statements.mkdir(exist_ok=True)
        for signer in (self.stage.verifier, self.stage.province):
            key = ("--key", str(signer.path), "--password-file", str(signer.password), "--out", str(statements))
            self.stage.repeat("oracle", "sign", *map(str, reports), *key, *rpc)
        for statement in sorted(statements.glob("*.json")):
            self.hand_in(statement)
        self.count(name, lambda: len(self.client.emissions(year=COMPLIANCE_YEAR)), total)

    def hand_in(self, statement: Path) -> None:
        """Put a signed statement into the oracle's inbox, whole."""
        inbox = self.stage.oracle_home / "inbox"
        inbox.mkdir(parents=True, exist_ok=True)
        statement.replace(inbox / statement.name)

    def _report_file(self, folder: Path, emitter: Emitter) -> Path:
        path = folder / f"{emitter.number}.json"
        head = {"account": emitter.number, "year": COMPLIANCE_YEAR, "tonnes": emitter.verified}
        path.write_text(json.dumps({**head, "activity": emitter.activity}, ensure_ascii=False))
        return path

    def trade(self) -> None:
        """Firms with too few allowances buy from those with more; each seller's representatives sign."""
        name = "转让 transfers"
        stock = {e.number: -e.gap for e in self.emitters if e.gap < 0}
        orders: dict[int, list[tuple[int, int]]] = {}
        buyers = [e for position, e in enumerate(self.emitters, start=1) if e.gap > 0 and position != LATE]
        for buyer in buyers:
            wanted = buyer.gap - self.credits_of(buyer)
            for seller, left in stock.items():
                given = min(wanted, left)
                if given > 0:
                    orders.setdefault(seller, []).append((buyer.number, given))
                    stock[seller] -= given
                    wanted -= given
        jobs = [(account, sales) for account, sales in orders.items()]
        self.all(name, jobs, lambda job: self._sell(*job))

    def _sell(self, account: int, sales: list[tuple[int, int]]) -> None:
        for buyer, tonnes in sales:
            self.order("transfer", account, to=buyer, unit=COMPLIANCE_YEAR, quantity=tonnes)

    def offset(self) -> None:
        """Credits up to the cap; one firm tries more and is refused by rule C-05."""
        name = "抵销 offsets"
        buyers = [e for e in self.emitters if self.credits_of(e)]
        for done, emitter in enumerate(buyers, start=1):
            tonnes = self.credits_of(emitter)
            self.order("transfer", CREDIT_OWNER, asset="credits", to=emitter.number, unit=CREDIT_UNIT, quantity=tonnes)
            self.step("核证自愿减排量转让 credit transfers", done, len(buyers))
        greedy = self.emitters[GREEDY - 1]
        over = greedy.verified // 20 + 1
        self.expect_refusal("C-05", "offset", greedy.number, year=COMPLIANCE_YEAR, unit=CREDIT_UNIT, quantity=over)
        self.all(name, buyers, self._offset)

    def _offset(self, emitter: Emitter) -> None:
        tonnes = self.credits_of(emitter)
        self.order("offset", emitter.number, year=COMPLIANCE_YEAR, unit=CREDIT_UNIT, quantity=tonnes)

    def credits_of(self, emitter: Emitter) -> int:
        """Credits a firm buys: what it lacks, at most the cap."""
        late = self.emitters[LATE - 1]
        cap = emitter.verified * 5 // 100
        return 0 if emitter is late else max(0, min(emitter.gap, cap, 30_000))

    def supervise(self) -> None:
        """One firm is restricted: it can no longer sell, and still surrenders."""
        firm = self.emitters[RESTRICTED - 1]
        self.office.act("accounts", "freeze", [firm.number], int(AccountStatus.RESTRICTED))
        self.expect_refusal(
            "A-09", "transfer", firm.number, to=self.emitters[0].number, unit=COMPLIANCE_YEAR, quantity=1
        )
        self.step("监管 supervision", 1, 1)

    def surrender(self) -> None:
        """Every firm surrenders what it owes, as far as it can; the province checks each."""
        self.all("清缴申请 surrender", list(self.emitters), self._surrender)
        pending = [row for row in self._events("SurrenderRequested")]
        locks = [row["args"]["lockId"] for row in pending]
        for at in range(0, len(locks), 20):
            self.office.act("compliance", "decideSurrenders", PROVINCE, locks[at : at + 20], True)
            self.step("省级审核 province check", min(at + 20, len(locks)), len(locks))

    def _surrender(self, emitter: Emitter) -> None:
        late = emitter is self.emitters[LATE - 1]
        owed = emitter.verified - self.credits_of(emitter)
        quantity = min(owed, emitter.allocated) if late else owed
        self.order(
            "surrender",
            emitter.number,
            beneficiary=emitter.number,
            year=COMPLIANCE_YEAR,
            vintage=COMPLIANCE_YEAR,
            quantity=quantity,
        )

    def _events(self, name: str) -> Iterable[dict[str, Any]]:
        return [event for event in self.client.events() if event["event"] == name]

    def close(self) -> None:
        """The deadline passes, the year is closed, statuses are frozen."""
        self.client.advance_clock(self.deadline() + 86_400)
        self.office.act("compliance", "closeYear", COMPLIANCE_YEAR)
        self.count("年度关闭 year closed", self._frozen, len(self.emitters))

    def _frozen(self) -> int:
        return sum(row["frozen"] is not None for row in self.client.compliance(COMPLIANCE_YEAR))


def _bytes(address: str) -> bytes:
    return bytes.fromhex(address[2:])
