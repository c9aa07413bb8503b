"""Is this the registry at all: code, constants, wiring, permission table."""

from collections.abc import Iterator
from typing import Any, Final

from eth_utils.crypto import keccak

from registry_sdk.audit.calls import PinnedCalls
from registry_sdk.audit.compare import Difference, compare
from registry_sdk.codec import CONTRACTS
from registry_sdk.permissions import ADMIN, SIGNED_ACTS, permissions
from registry_sdk.projection import State
from registry_sdk.projection.rows import Key, Row
from registry_sdk.typed import DOMAIN_NAME, DOMAIN_VERSION

DOMAIN_TYPE: Final = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
#: Constants that contracts show, and the contract each must name.
WIRING: Final = (
    *((name, "authority", "authority") for name in CONTRACTS if name not in ("authority", "relay", "p256", "passkey")),
    *(
        (name, "ACCOUNTS", "accounts")
        for name in ("allowances", "credits", "evidence", "emissions", "compliance", "carryover")
    ),
    *((name, "ALLOWANCES", "allowances") for name in ("allocation", "compliance", "carryover")),
    ("emissions", "ACCREDITATION", "accreditation"),
    ("compliance", "CREDITS", "credits"),
    ("compliance", "ORACLE", "emissions"),
)


def check_code(state: State, calls: PinnedCalls) -> Iterator[Difference]:
    """Deployed code is our compiled code, and what was filled in at deployment is a constant of this registry."""
    deployment = state.deployment
    names = list(CONTRACTS)
    codes = calls.batch([("eth_getCode", [deployment.address(name), calls.at]) for name in names])
    for name, found in zip(names, codes, strict=True):
        contract = deployment.contract(name)
        code, wanted = bytes.fromhex(found[2:]), contract.deployed_bytecode
        if len(code) != len(wanted):
            yield Difference("code", "bytecode", (name,), "length", len(wanted), len(code))
            continue
        masked, constants = bytearray(code), []
        for places in contract.immutable_references.values():
            for place in places:
                start, end = place["start"], place["start"] + place["length"]
                constants.append(code[start:end].rjust(32, b"\0"))
                masked[start:end] = bytes(place["length"])
        if masked != wanted:
            yield Difference("code", "bytecode", (name,), "code", _hash(wanted), _hash(bytes(masked)))
        allowed = _constants(state, name)
        for constant in constants:
            if constant not in allowed:
                yield Difference("code", "bytecode", (name,), "constant", "a constant of this registry", constant.hex())


def _hash(data: bytes) -> str:
    return "0x" + keccak(data).hex()


def _constants(state: State, name: str) -> set[bytes]:
    """Words that may have been filled into the code of a contract."""
    deployment = state.deployment
    addresses = [*deployment.addresses.values(), *(holder for role, holder in state.roles if role == ADMIN)]
    words = {bytes.fromhex(address[2:]).rjust(32, b"\0") for address in addresses}
    words.add(deployment.chain_id.to_bytes(32))
    for text in (DOMAIN_NAME, DOMAIN_VERSION):
        # A short text as OpenZeppelin keeps it: the text, and its length in the last byte.
        words |= {keccak(text=text), text.encode().ljust(31, b"\0") + bytes([len(text)])}
    words.add(domain_separator(deployment.chain_id, deployment.address(name)))
    return words


def domain_separator(chain_id: int, contract: str) -> bytes:
    """EIP-712 domain separator of a contract."""
    texts = [keccak(text=text) for text in (DOMAIN_TYPE, DOMAIN_NAME, DOMAIN_VERSION)]
    return keccak(b"".join(texts) + chain_id.to_bytes(32) + bytes.fromhex(contract[2:]).rjust(32, b"\0"))


def check_wiring(state: State, calls: PinnedCalls) -> list[Difference]:
    """Contracts name one another as the deployment file does."""
    expected: dict[Key, Row] = {}
    actual: dict[Key, Row] = {}
    for name, function, target in WIRING:
        expected[(name, function)] = {"address": state.deployment.address(target).lower()}
        actual[(name, function)] = {"address": calls.one(name, function)[""]}
    return compare(expected, actual, kind="wiring", place="code")


def check_permissions(state: State) -> list[Difference]:
    """The table in force is the one in the source, and each restricted function is open to signed acts alone."""
    at = state.deployment.address
    table: dict[Key, Row] = {}
    roles: dict[Key, Row] = {}
    for row in permissions():
        address, selector, maker, checker, delay, scope = row.row(at(row.contract).lower())
        key = (address, "0x" + selector.hex())
        table[key] = {"maker": maker, "checker": checker, "delay": delay, "scope_word": scope}
        if row.contract != "authority":
            roles[key] = {"role": SIGNED_ACTS}
    live = {key: row for key, row in state.permissions.as_dicts().items() if row["maker"]}
    found = compare(table, live, kind="permission_table", place="code")
    open_ = {key: row for key, row in state.function_roles.as_dicts().items() if row["role"] != ADMIN}
    return found + compare(roles, open_, kind="function_roles", place="code")


def structure(state: State, calls: PinnedCalls) -> dict[str, tuple[int, list[Difference]]]:
    """Checks by kind: how many things were looked at, and the differences."""
    counts: dict[str, Any] = {"bytecode": len(CONTRACTS), "wiring": len(WIRING), "permission_table": len(permissions())}
    found = {
        "bytecode": list(check_code(state, calls)),
        "wiring": check_wiring(state, calls),
        "permission_table": check_permissions(state),
    }
    return {kind: (counts[kind], differences) for kind, differences in found.items()}
