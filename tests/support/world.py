"""A whole registry on a real node, for tests of contracts: deployed, staffed, and with a manual clock."""

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from registry_api.chain.node import AnvilNode
from registry_sdk.carrier import DirectCarrier, accepted
from registry_sdk.deployer import Deployer, connect
from registry_sdk.deployment import Deployment
from registry_sdk.documents import ORDER_KINDS, Domain, SignedOrder, order_call
from registry_sdk.office import FAR_EXPIRY, Office, Staff
from registry_sdk.reader import AccountKind, Reader
from registry_sdk.signers import EthereumSigner, Signer
from registry_sdk.tables import AllocationTable, Row

CHAIN_ID = 775_901
START = 1_767_225_600  # 2026-01-01 UTC
PROVINCES = (11, 42)
SECTOR = 1
INITIATE, APPROVE, SURRENDER_ONLY, ALL_RIGHTS = 1, 2, 4, 7


@dataclass
class World:
    """Registry, node and keys of one test module."""

    node: AnvilNode
    deployment: Deployment
    staff: Staff
    sender: LocalAccount
    now: int = START
    numbers: Any = field(default_factory=lambda: itertools.count(1001))
    keys: dict[int, tuple[Signer, ...]] = field(default_factory=dict)

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

    def issue(self, year: int, grants: dict[int, int], *, province: int = PROVINCES[0], sector: int = SECTOR) -> None:
        """Approve and issue one table; plan and vintage are made where they are missing."""
        if year not in self.reader.read("allowances", "units"):
            self.office.act("allowances", "openVintage", year)
        rows = tuple(Row(a, q) for a, q in grants.items())
        table = AllocationTable(year, sector, province, 2, rows)
        plan = self.reader.read("allocation", "planOf", year, sector)
        self.office.act("allocation", "setPlan", year, sector, 1, plan["cap"] + table.total)
        self.office.act("allocation", "approveTable", province, table.as_tuple())
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


def start_world(folder: Path, provinces: tuple[int, ...] = PROVINCES) -> World:
    """A fresh node with a fresh registry."""
    node = AnvilNode(CHAIN_ID, START, folder / "anvil.log")
    staff = Staff.create(provinces)
    sender = EthereumSigner.create().account
    clock = itertools.count(START + 1)

    web3 = connect(node.url)
    original = web3.eth.send_raw_transaction

    def send_and_mine(raw: Any) -> Any:
        sent = original(raw)
        node.mine(next(clock))
        return sent

    web3.eth.send_raw_transaction = send_and_mine  # type: ignore[method-assign]
    deployment = Deployer(web3, sender).run(staff.officers())
    return World(node, deployment, staff, sender, now=next(clock))
