"""A whole registry on a real node, for tests of contracts: deployed, staffed, and with a manual clock."""

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from registry_api.chain.node import AnvilNode
from registry_sdk.acts import ActBuilder
from registry_sdk.allocation import ALL_FREE
from registry_sdk.calls import Call, act_call, decision_call, execute_call, order_call, statement_call
from registry_sdk.carrier import DirectCarrier, accepted
from registry_sdk.carryover.limits import LimitsTable
from registry_sdk.codec import ContractError, decode_error
from registry_sdk.deployer import Deployer, connect
from registry_sdk.deployment import Deployment
from registry_sdk.documents import ORDER_KINDS, ActMessage, Domain, Ground, ReportMessage, SignedOrder, SignedStatement
from registry_sdk.office import FAR_EXPIRY, TRAINING_GROUND, Office, Staff, accreditation
from registry_sdk.reader import AccountKind, AccountStatus, Reader
from registry_sdk.rpc import RpcError
from registry_sdk.signers import EthereumSigner, Signer
from registry_sdk.tables import AllocationTable, Row, TableKind

CHAIN_ID = 775_901
START = 1_767_225_600  # 2026-01-01 UTC
PROVINCES = (11, 42)
SECTOR = 1
INITIATE, APPROVE, SURRENDER_ONLY, ALL_RIGHTS = 1, 2, 4, 7
VERIFIER_CLASS, PROVINCE_CLASS, CENTRE_CLASS = 1, 2, 3
DAY = 86_400
ZERO_HASH = "0x" + "00" * 32
GROUND = (TRAINING_GROUND.reason, bytes.fromhex(TRAINING_GROUND.paper[2:]))


@dataclass
class World:
    """Registry, node and keys of one test module."""

    node: AnvilNode
    deployment: Deployment
    staff: Staff
    sender: LocalAccount
    now: int = START
    numbers: Any = field(default_factory=lambda: itertools.count(1001))
    bodies: Any = field(default_factory=lambda: itertools.count(1))
    keys: dict[int, tuple[Signer, ...]] = field(default_factory=dict)
    reporters: dict[int, Signer] = field(default_factory=dict)
    states: list[tuple[str, int]] = field(default_factory=list)
    created: str = ""

    def __post_init__(self) -> None:
        self.carrier = DirectCarrier(self.node.rpc, self.deployment, self.sender, self.mine)
        self.office = Office(self.deployment, self.staff, self.carrier)
        self.reader = Reader(self.node.rpc, self.deployment)

    def mine(self, raws: list[bytes]) -> None:
        """One block with these transactions, one second later."""
        refused = self.node.send_in_order(raws)
        if refused:
            raise next(iter(refused.values()))
        self.now += 1
        self.node.mine(self.now)

    def pass_time(self, seconds: int) -> None:
        """Let the chain's clock run."""
        self.now += seconds
        self.mine([])

    def open_account(
        self,
        kind: AccountKind = AccountKind.KEY_EMITTER,
        *,
        province: int = PROVINCES[0],
        sector: int = SECTOR,
        approvals: int = 1,
        rights: tuple[int, ...] = (ALL_RIGHTS,),
        signers: tuple[Signer, ...] | None = None,
    ) -> int:
        """A new account with fresh representatives; returns its number."""
        number = next(self.numbers)
        chosen = signers or tuple(EthereumSigner.create() for _ in rights)
        seats = [(s.signer, r) for s, r in zip(chosen, rights, strict=True)]
        self.office.act(
            "accounts", "openAccounts", [(number, int(kind), sector, province, approvals, b"\x01" * 32, seats)]
        )
        self.keys[number] = chosen
        return number

    def issue(self, year: int, grants: dict[int, int]) -> None:
        """Add to accounts' allocations by tables of their provinces; opens vintage and plan where missing."""
        if year not in self.reader.read("allowances", "units"):
            self.office.act("allowances", "openVintage", year)
        groups: dict[tuple[int, int, int], list[tuple[int, int, int]]] = {}
        for number, tonnes in grants.items():
            account = self.reader.account(number)
            if account.kind != AccountKind.KEY_EMITTER:
                self._supply(year, number, tonnes)
                continue
            before = self.reader.read("allocation", "entitlementOf", number, year)
            kind = TableKind.FINAL if before["stage"] < TableKind.FINAL else TableKind.RECALCULATION
            place = (account.sector, account.province, kind)
            groups.setdefault(place, []).append((number, before["determined"], tonnes))
        for (sector, province, kind), rows in groups.items():
            new = tuple(Row(number, before + tonnes) for number, before, tonnes in rows)
            previous = sum(before for _, before, _ in rows)
            self.grant(AllocationTable(year, sector, province, kind, new, previous=previous))

    def _supply(self, year: int, number: int, tonnes: int) -> None:
        """Who is no key emitter has no allocation: buys from a firm that has one."""
        firm = self.open_account()
        self.issue(year, {firm: tonnes})
        self.do("transfer", firm, to=number, unit=year, quantity=tonnes)

    def raise_cap(self, year: int, sector: int, tonnes: int) -> None:
        """Make room in the plan of a year and sector."""
        plan = self.reader.read("allocation", "planOf", year, sector)
        self.office.act("allocation", "setPlan", year, sector, 1, plan["cap"] + tonnes, *ALL_FREE)

    def grant(self, table: AllocationTable) -> None:
        """Make room for a table, approve it and deliver all of it."""
        if table.total:
            self.raise_cap(table.year, table.sector, table.total)
        self.office.act("allocation", "approveTable", table.province, table.as_tuple())
        accepted(self.carrier.carry([table.chunk_call(self.deployment, c) for c in range(len(table.chunks))]))

    def order(
        self,
        kind: str,
        account: int,
        *,
        asset: str | None = None,
        signers: tuple[Signer, ...] | None = None,
        **fields: Any,
    ) -> SignedOrder:
        """A signed order; missing fields get valid values."""
        spec = ORDER_KINDS[kind]
        values = {
            "chainId": self.deployment.chain_id,
            "account": account,
            "nonce": self.reader.account(account).nonce,
            "expiry": FAR_EXPIRY,
        }
        if kind == "surrender":
            values["beneficiary"] = account
        values.update(fields)
        domain = Domain(
            chain_id=self.deployment.chain_id, contract=self.deployment.address(asset or spec.contracts[0]).lower()
        )
        unsigned = SignedOrder(kind=kind, domain=domain, message=spec.model(**values))  # type: ignore[arg-type]
        for signer in signers or self.keys[account][: self.reader.account(account).approvals]:
            unsigned = unsigned.approve(signer)
        return unsigned

    def carry(self, *orders: SignedOrder) -> None:
        """Carry orders; raises Refused with the contract's error."""
        accepted(self.carrier.carry([order_call(self.deployment, o) for o in orders]))

    def do(self, kind: str, account: int, **fields: Any) -> None:
        """Sign and carry one order."""
        self.carry(self.order(kind, account, **fields))

    # Refusals

    def refusal(self, *calls: Call) -> ContractError:
        """Carry calls of which one must be refused; the first refusal."""
        refused = [c.error for c in self.carrier.carry(calls) if c.error]
        assert refused, "nothing was refused"
        return refused[0]

    def refuse(self, kind: str, account: int, **fields: Any) -> ContractError:
        """Sign an order that must be refused; the refusal."""
        return self.refusal(order_call(self.deployment, self.order(kind, account, **fields)))

    def refuse_act(self, contract: str, function: str, *args: Any) -> ContractError:
        """Do an act that must be refused; the refusal."""
        return self.refusal(*self.office.calls(contract, function, *args))

    # Keys that call contracts themselves

    def ask(self, sender: str, contract: str, function: str, *args: Any) -> Any:
        """What a call from ``sender`` would return; a refusal comes back as ContractError."""
        abi = self.deployment.contract(contract).functions[function]
        call = {"from": sender, "to": self.deployment.address(contract), "data": "0x" + abi.encode(*args).hex()}
        try:
            return abi.decode(bytes.fromhex(self.node.rpc.call("eth_call", call, "latest")[2:]))
        except RpcError as error:
            return decode_error(bytes.fromhex(str(error.data or "0x")[2:]))

    def send(self, key: EthereumSigner, target: str, data: bytes) -> bool:
        """One transaction of a key of its own; whether it succeeded."""
        nonce = int(self.node.rpc.call("eth_getTransactionCount", key.address, "latest"), 16)
        fields: dict[str, Any] = {"chainId": CHAIN_ID, "nonce": nonce, "gas": 16_000_000, "gasPrice": 0, "value": 0}
        if target:
            fields["to"] = to_checksum_address(target)
        signed = key.account.sign_transaction({**fields, "data": "0x" + data.hex()})
        self.mine([bytes(signed.raw_transaction)])
        receipt = self.node.rpc.call("eth_getTransactionReceipt", "0x" + bytes(signed.hash).hex())
        self.created = str(receipt["contractAddress"] or "")
        return receipt["status"] == "0x1"

    def call_as(self, key: EthereumSigner, contract: str, function: str, *args: Any) -> bool:
        """Call a contract's function with a key of its own; whether it succeeded."""
        return self.send(
            key, self.deployment.address(contract), self.deployment.contract(contract).encode(function, *args)
        )

    # Officers' acts in parts

    def seats(self, role: str) -> tuple[Signer, ...]:
        """Officers of a role; a province's as ``PROVINCE:11``."""
        return self.staff.seats[role]

    def make(
        self, contract: str, function: str, *args: Any, expiry: int = FAR_EXPIRY, ground: Ground = TRAINING_GROUND
    ) -> ActMessage:
        """An unsigned act."""
        return ActBuilder(self.deployment).build(contract, function, list(args), ground, expiry)

    def proposal(self, act: ActMessage, maker: Signer) -> Call:
        """The call that proposes an act."""
        return act_call(self.deployment, ActBuilder(self.deployment).propose(act, maker))

    def decision(self, act: ActMessage, checker: Signer, approve: bool = True) -> Call:
        """The call that approves or rejects an act."""
        return decision_call(self.deployment, ActBuilder(self.deployment).decide(act, approve, checker))

    def govern(self, contract: str, function: str, *args: Any) -> None:
        """A governance act, its day of delay waited."""
        act = self.make(contract, function, *args)
        maker, checker = self.seats("GOVERNANCE")[:2]
        accepted(self.carrier.carry([self.proposal(act, maker), self.decision(act, checker)]))
        self.pass_time(DAY)
        accepted(self.carrier.carry([execute_call(self.deployment, act)]))

    def freeze(self, status: AccountStatus, *accounts: int) -> None:
        """One supervisor makes accounts stricter."""
        self.office.act("accounts", "freeze", list(accounts), int(status), GROUND)

    def unfreeze(self, *accounts: int) -> None:
        """Two supervisors release accounts."""
        self.office.act("accounts", "unfreeze", list(accounts))

    # Emissions, rules and credits

    def name_reporters(self, threshold: int = 2, required: int = 0b110) -> None:
        """Name one signer of each class and set the threshold."""
        self.reporters = {c: EthereumSigner.create() for c in (VERIFIER_CLASS, PROVINCE_CLASS, CENTRE_CLASS)}
        self.name_verifier(self.reporters[VERIFIER_CLASS])
        self.office.act("emissions", "setSigner", self.reporters[PROVINCE_CLASS].signer, PROVINCE_CLASS, PROVINCES[0])
        self.office.act("emissions", "setSigner", self.reporters[CENTRE_CLASS].signer, CENTRE_CLASS, 0)
        self.office.act("emissions", "setThreshold", threshold, required)

    def name_verifier(self, *signers: Signer, **terms: int) -> int:
        """Accredit a new body with these keys; returns its number."""
        body = next(self.bodies)
        self.office.acts(accreditation(body, *(signer.signer for signer in signers), **terms))
        return body

    def statement(self, account: int, year: int, tonnes: int, *, signers: Any = None, **fields: Any) -> SignedStatement:
        """A signed statement; missing fields get valid values."""
        figure = self.reader.figure(account, year, fields.get("unit", 1))
        oracle = self.deployment.address("emissions").lower()
        values = {
            "chainId": CHAIN_ID,
            "oracle": oracle,
            "epoch": self.reader.config()[2],
            "account": account,
            "year": year,
            "version": figure.version + 1,
            "tonnes": tonnes,
            "reportHash": "0x" + "22" * 32,
            "previous": "0x" + figure.digest.hex() + "00" * 16,
        }
        values.update(fields)
        unsigned = SignedStatement(
            domain=Domain(chain_id=CHAIN_ID, contract=oracle),
            message=ReportMessage(**values),  # type: ignore[arg-type]
        )
        chosen = signers if signers is not None else (self.reporters[VERIFIER_CLASS], self.reporters[PROVINCE_CLASS])
        for signer in chosen:
            unsigned = unsigned.approve(signer)
        return unsigned

    def report(self, account: int, year: int, tonnes: int) -> None:
        """Record verified emissions."""
        accepted(self.carrier.carry([statement_call(self.deployment, self.statement(account, year, tonnes))]))

    def refuse_report(self, account: int, year: int, tonnes: int, **fields: Any) -> ContractError:
        """A statement that must be refused; the refusal."""
        return self.refusal(statement_call(self.deployment, self.statement(account, year, tonnes, **fields)))

    def year_rules(self, year: int, **fields: int | bool) -> None:
        """Rules of a compliance year; missing fields get valid values."""
        values: dict[str, int | bool] = {
            "deadline": self.now + 365 * DAY,
            "vintageMin": year - 1,
            "vintageMax": year,
            "offsetCapBps": 500,
            "creditClasses": 0b110,
            "oldCreditUntil": self.now + 365 * DAY,
            "runningFrom": 0,
            "isReviewed": False,
            "reversibleUntil": self.now + 500 * DAY,
            "arrearsMin": 0,
            "arrearsMax": 0,
        }
        values.update(fields)
        self.office.act("compliance", "setYearRules", year, tuple(values.values()))

    def carry_round(self, number: int, limits: dict[int, int], **fields: int) -> None:
        """A round with one batch that is open now, and limits; missing fields get valid values."""
        values = {"vintageMin": number - 2, "vintageMax": number - 1, "vintage": number, "base": 10_000}
        values |= {"ratioBps": 15_000, "cutOff": self.now} | fields
        if not self.reader.read("carryover", "roundOf", number)["vintage"]:
            self.office.act("carryover", "setRound", number, tuple(values.values()))
            self.office.act("carryover", "setBatch", number, 1, (0, self.now + 365 * DAY, self.now + 365 * DAY, False))
        if values["vintage"] not in self.reader.read("allowances", "units"):
            self.office.act("allowances", "openVintage", values["vintage"])
        if limits:
            self.carry_limits(number, limits)

    def carry_limits(self, number: int, limits: dict[int, int], chunk_size: int = 400) -> LimitsTable:
        """Approve and deliver a table of limits."""
        table = LimitsTable(number, tuple(Row(a, q) for a, q in limits.items()), chunk_size)
        self.office.act("carryover", "approveLimits", *table.approval())
        accepted(self.carrier.carry([table.load_call(self.deployment, n) for n in range(table.chunks)]))
        return table

    def give_credits(
        self, unit: int, grants: dict[int, int], *, size: int = 0, old: bool = False, inside: bool = False
    ) -> None:
        """Register a credit batch where it is missing and issue of it."""
        if not self.reader.read("credits", "batchOf", unit)["size"]:
            total = size or sum(grants.values())
            self.office.act("credits", "registerBatch", unit, total, 1 if old else 2, inside, "CM-001", b"\x05" * 32)
        if grants:
            self.office.act("credits", "issueCredits", unit, [Row(a, q).packed for a, q in grants.items()])

    # Moments to come back to

    def remember(self) -> None:
        """Keep this moment."""
        self.states.append((self.node.rpc.call("evm_snapshot"), self.now))

    def go_back(self) -> None:
        """Return to the moment kept last."""
        snapshot, self.now = self.states.pop()
        assert self.node.rpc.call("evm_revert", snapshot) is True


def start_world(folder: Path, provinces: tuple[int, ...] = PROVINCES, start: int = START) -> World:
    """A fresh node with a fresh registry; its clock starts at ``start``."""
    node = AnvilNode(CHAIN_ID, start, folder / "anvil.log")
    staff = Staff.create(provinces)
    sender = EthereumSigner.create().account
    clock = itertools.count(start + 1)

    web3 = connect(node.url)
    original = web3.eth.send_raw_transaction

    def send_and_mine(raw: Any) -> Any:
        sent = original(raw)
        node.mine(next(clock))
        return sent

    web3.eth.send_raw_transaction = send_and_mine  # type: ignore[method-assign]
    deployment = Deployer(web3, sender).run(staff.officers())
    return World(node, deployment, staff, sender, now=next(clock))
