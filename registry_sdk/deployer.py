"""Deploy the registry to any EVM network: contracts, wiring, permission table, officers, then hand all power over.

After the last step the deployer holds no role; ``DualControl`` is the only administrator.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from eth_account.signers.local import LocalAccount

from registry_sdk.codec import CONTRACTS, contract
from registry_sdk.deployment import Deployment, DeploymentError
from registry_sdk.permissions import ADMIN, SIGNED_ACTS, VERIFIER, permissions, roles
from registry_sdk.signers import signer_address

if TYPE_CHECKING:
    from web3 import Web3
    from web3.types import TxReceipt

#: Constructor arguments by contract; names are contracts deployed before.
CONSTRUCTORS: Final[dict[str, tuple[str, ...]]] = {
    "authority": ("deployer",),
    "control": ("authority",),
    "accounts": ("authority",),
    "allowances": ("authority", "accounts"),
    "credits": ("authority", "accounts"),
    "accreditation": ("authority",),
    "evidence": ("authority", "accounts"),
    "emissions": ("authority", "accounts", "accreditation"),
    "allocation": ("authority", "accounts", "allowances"),
    "cases": ("authority", "accounts", "allocation"),
    "compliance": ("authority", "accounts", "allowances", "credits", "emissions"),
    "carryover": ("authority", "accounts", "allowances"),
    "relay": (),
    "p256": (),
    "passkey": (),
}
ISSUE, RETIRE, MOVE, RESTORE, RECLAIM, CONVERT = 1, 2, 4, 8, 16, 32
#: Rights over kinds of locks.
SURRENDER_PENDING, CARRYOVER_PENDING, ENTRUSTED = (1 << (8 + kind) for kind in (1, 2, 9))
#: What each module may do in which ledger.
MODULE_RIGHTS: Final = (
    ("allowances", "allocation", ISSUE | RECLAIM | ENTRUSTED),
    ("allowances", "compliance", RETIRE | RESTORE | MOVE | SURRENDER_PENDING | ENTRUSTED),
    ("allowances", "carryover", CONVERT | CARRYOVER_PENDING),
    ("credits", "compliance", RETIRE),
)
MODULES: Final = ("allowances", "credits", "compliance", "carryover")
#: Contracts that check signatures of keys without an address of their own.
VERIFIERS: Final = ("p256", "passkey")
DEPLOY_GAS: Final = 16_000_000
Step = Callable[[str], None]


@dataclass(frozen=True)
class Officer:
    """An officer to start with.

    Attributes:
        signer: ERC-7913 name of the officer's key.
        role: role name of the permission table.
        province: for the role PROVINCE.
    """

    signer: bytes
    role: str
    province: int = 0


def connect(url: str) -> "Web3":
    """A web3 connection; raises DeploymentError where nobody answers."""
    # takes a second to load, and every command knows the deployer's tables while one of them deploys
    from web3 import HTTPProvider, Web3

    web3 = Web3(HTTPProvider(url, request_kwargs={"timeout": 120}))
    if not web3.is_connected():
        raise DeploymentError(f"链节点无应答 no node answers at {url}")
    return web3


@dataclass
class Deployer:
    """One deployment by one key."""

    web3: "Web3"
    key: LocalAccount

    def run(self, officers: Iterable[Officer], step: Step = lambda text: None) -> Deployment:
        """Deploy, wire, hand over.

        Args:
            officers: the first holders of the roles; REGISTRY, MINISTRY and SUPERVISOR need two each, or nothing that
                takes two officers could ever be done.
            step: told what is being done.

        Raises:
            DeploymentError: a transaction failed, or officers are missing.
        """
        chosen = list(officers)
        _require_officers(chosen)
        self._nonce = int(self.web3.eth.get_transaction_count(self.key.address))
        chain_id = self.web3.eth.chain_id
        addresses: dict[str, str] = {"deployer": self.key.address}
        block = 0
        for name, constructor in CONSTRUCTORS.items():
            step(CONTRACTS[name])
            data = contract(CONTRACTS[name]).creation(*(addresses[a] for a in constructor))
            receipt = self._send(None, data, CONTRACTS[name])
            addresses[name] = str(receipt["contractAddress"])
            block = block or receipt["blockNumber"]
        del addresses["deployer"]
        deployment = Deployment(chain_id, block, addresses)
        for name, function, args in self._wiring(deployment, chosen):
            step(f"{CONTRACTS[name]}.{function}")
            self._send(addresses[name], deployment.contract(name).encode(function, *args), function)
        return deployment

    def _wiring(self, deployment: Deployment, officers: list[Officer]) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
        at = deployment.address
        for module in MODULES:
            yield "accounts", "setModule", (at(module), True)
        for ledger, module, rights in MODULE_RIGHTS:
            yield ledger, "setModuleRights", (at(module), rights)
        yield "accounts", "setLedgers", ([at("allowances"), at("credits")],)
        yield "emissions", "setSink", (at("compliance"),)
        rows = permissions()
        for name in CONTRACTS:
            selectors = [row.selector for row in rows if row.contract == name]
            if selectors and name != "authority":
                yield "authority", "setTargetFunctionRole", (at(name), selectors, SIGNED_ACTS)
        authority = deployment.contract("authority")
        grants = [authority.encode("grantRole", SIGNED_ACTS, at("control"), 0)]
        grants += [authority.encode("grantRole", VERIFIER, at(name), 0) for name in VERIFIERS]
        for officer in officers:
            role = roles()[officer.role].scoped(officer.province)
            grants.append(authority.encode("grantRole", role, signer_address(officer.signer), 0))
        yield "authority", "multicall", (grants,)
        yield "control", "seal", ([row.row(at(row.contract)) for row in rows],)
        yield "authority", "grantRole", (ADMIN, at("control"), 0)
        yield "authority", "renounceRole", (ADMIN, self.key.address)

    def _send(self, to: str | None, data: bytes, what: str) -> "TxReceipt":
        transaction: dict[str, Any] = {
            "chainId": self.web3.eth.chain_id,
            "nonce": self._nonce,
            "gas": DEPLOY_GAS,
            "gasPrice": self.web3.eth.gas_price,
            "value": 0,
            "data": "0x" + data.hex(),
        }
        if to:
            transaction["to"] = to
        raw = self.key.sign_transaction(transaction).raw_transaction
        receipt = self.web3.eth.wait_for_transaction_receipt(self.web3.eth.send_raw_transaction(raw), timeout=120)
        self._nonce += 1
        if receipt["status"] != 1:
            raise DeploymentError(f"交易失败 transaction failed: {what}")
        return receipt


def _require_officers(officers: list[Officer]) -> None:
    for name in ("REGISTRY", "MINISTRY", "SUPERVISOR", "GOVERNANCE"):
        if len({o.signer for o in officers if o.role == name}) < 2:
            raise DeploymentError(f"岗位 {name} 至少需要两名不同人员 role {name} needs two different officers at least")
