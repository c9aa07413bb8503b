"""A registry on a private node, for measurements: fixed keys, a clock of its own, moments to come back to."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from registry_api.chain.node import AnvilNode
from registry_sdk.acts import ActBuilder
from registry_sdk.calls import Call, act_call, decision_call, execute_call
from registry_sdk.carrier import TRANSACTION_GAS, CarrierError, DirectCarrier, accepted
from registry_sdk.codec import contract
from registry_sdk.deployer import Deployer, connect
from registry_sdk.deployment import Deployment
from registry_sdk.office import FAR_EXPIRY, ROLE_SEATS, TRAINING_GROUND, Office, Staff
from registry_sdk.permissions import PROVINCE, permission
from registry_sdk.signers import EthereumSigner

CHAIN_ID: Final = 775_902
START: Final = 1_767_225_600  # 2026-01-01 UTC
DAY: Final = 86_400


def fixed_key(label: str) -> EthereumSigner:
    """A key that anybody can derive from its label: figures come out the same in every run. Nothing is kept by it."""
    return EthereumSigner.from_key(keccak(text=f"gas benchmark: {label}"))


@dataclass(frozen=True)
class Sent:
    """A mined transaction: its gas as a whole, its hash, its call data."""

    gas: int
    hash: str
    data: bytes


@dataclass
class BenchWorld:
    """Node, registry, staff and one sender who pays for every transaction (gas is free here)."""

    node: AnvilNode
    deployment: Deployment
    staff: Staff
    sender: LocalAccount
    now: int
    office: Office = field(init=False)

    def __post_init__(self) -> None:
        self.carrier = DirectCarrier(self.node.rpc, self.deployment, self.sender, self.mine)
        self.office = Office(self.deployment, self.staff, self.carrier)

    def mine(self, raws: Sequence[bytes]) -> None:
        """One block of these transactions. Raises RpcError where the node refuses one."""
        for refused in self.node.send_in_order(list(raws)).values():
            raise refused
        self.now += 1
        self.node.mine(self.now)

    def carry(self, calls: Sequence[Call]) -> None:
        """Carry calls through the relay, unmeasured. Raises Refused."""
        accepted(self.carrier.carry(calls))

    def send(self, target: str, data: bytes) -> Sent:
        """One transaction straight to a contract, alone in its block.

        Raises:
            CarrierError: it failed.
        """
        receipt = self._transact({"to": to_checksum_address(target)}, data)
        return Sent(int(receipt["gasUsed"], 16), receipt["transactionHash"], data)

    def send_call(self, call: Call) -> Sent:
        """One call straight to its contract, alone in its block."""
        return self.send(call.target, call.data)

    def create(self, name: str, *args: Any) -> str:
        """Deploy a compiled contract; its address."""
        return str(to_checksum_address(self._transact({}, contract(name).creation(*args))["contractAddress"]))

    def trace(self, sent: Sent) -> dict[str, Any]:
        """The tree of call frames of a transaction."""
        return dict(self.node.rpc.call("debug_traceTransaction", sent.hash, {"tracer": "callTracer"}))

    def govern(self, name: str, function: str, *args: Any) -> None:
        """An act of governance, its delay included."""
        row = permission(name, function)
        builder = ActBuilder(self.deployment)
        act = builder.build(name, function, list(args), TRAINING_GROUND, FAR_EXPIRY)
        proposed = act_call(self.deployment, builder.propose(act, self.staff.of(row.maker, 0, 0)))
        self.carry(
            [proposed, decision_call(self.deployment, builder.decide(act, True, self.staff.of(row.maker, 0, 1)))]
        )
        self.now += DAY
        self.mine([])
        self.carry([execute_call(self.deployment, act)])

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What happens inside is undone afterwards, so that no measurement touches another."""
        snapshot, now = self.node.rpc.call("evm_snapshot"), self.now
        yield
        self.node.rpc.call("evm_revert", snapshot)
        self.now = now

    def _transact(self, to: dict[str, Any], data: bytes) -> dict[str, Any]:
        nonce = int(self.node.rpc.call("eth_getTransactionCount", self.sender.address, "latest"), 16)
        transaction = {
            "chainId": CHAIN_ID,
            "nonce": nonce,
            "gas": TRANSACTION_GAS,
            "gasPrice": 0,
            "value": 0,
            "data": data,
            **to,
        }
        raw = bytes(self.sender.sign_transaction(transaction).raw_transaction)
        self.mine([raw])
        receipt = self.node.rpc.call("eth_getTransactionReceipt", "0x" + keccak(raw).hex())
        if receipt is None or receipt["status"] != "0x1":
            raise CarrierError("a measured transaction failed")
        return dict(receipt)


@contextmanager
def bench_world(folder: Path, provinces: Sequence[int]) -> Iterator[BenchWorld]:
    """A fresh registry on a fresh node, ended with the block.

    Raises:
        NodeError: the node does not start.
        DeploymentError: the registry cannot be deployed.
    """
    node = AnvilNode(CHAIN_ID, START, folder / "node.log")
    try:
        seats = {r: tuple(fixed_key(f"{r} {i}") for i in range(n)) for r, n in ROLE_SEATS.items()}
        staff = Staff({**seats, **{f"{PROVINCE}:{p}": (fixed_key(f"province {p}"),) for p in provinces}})
        sender = fixed_key("sender").account
        node.rpc.call("evm_setAutomine", True)
        deployment = Deployer(connect(node.url), sender).run(staff.officers())
        node.rpc.call("evm_setAutomine", False)
        yield BenchWorld(node, deployment, staff, sender, int(node.head()["timestamp"], 16))
    finally:
        node.kill()
