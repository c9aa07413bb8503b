"""Signed transactions and chains for the tests of this folder."""

from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import to_checksum_address

from registry_api.chain.clock import Clock, ManualClock
from registry_api.chain.embedded import EmbeddedChain
from registry_api.settings import Settings
from registry_api.store import create_store_engine, migrate

CHAIN_ID = 775_001
START = 1_700_000_000
KEYS: list[LocalAccount] = [Account.from_key(bytes([number]) * 32) for number in range(1, 9)]
DEPLOYER = KEYS[0]
SENDERS = KEYS[1:6]
STRANGER = KEYS[6]
RECEIVER = "0x" + "11" * 20
# Stores the block time in slot 0 and emits one event at every call.
STORE_TIME = bytes.fromhex("600a600c600039600a6000f3" + "4260005560006000a000")


def raw(key: LocalAccount, nonce: int, **fields: Any) -> bytes:
    """A signed transaction without value; ``to=None`` creates a contract."""
    tx: dict[str, Any] = {"nonce": nonce, "gas": 100_000, "gasPrice": 0, "value": 0, "chainId": CHAIN_ID}
    tx |= {"to": RECEIVER, "data": b""} | fields
    if tx["to"]:
        tx["to"] = to_checksum_address(tx["to"])
    if "maxFeePerGas" in tx or tx.get("type") == 2:
        tx.pop("gasPrice")
    if tx["to"] is None:
        tx.pop("to")
    return bytes(key.sign_transaction(tx).raw_transaction)


def settings(home: Path, **fields: Any) -> Settings:
    """Settings with listed senders and one deployer."""
    given: dict[str, Any] = {"chain_id": CHAIN_ID, "genesis_time": START}
    given |= {"allowed_senders": [key.address for key in SENDERS], "allowed_deployers": [DEPLOYER.address]}
    return Settings(home=home, **(given | fields))


def chain(home: Path, clock: Clock | None = None, **fields: Any) -> EmbeddedChain:
    """A chain that is not started yet; give ``clock`` to choose another than one standing at START + 100."""
    chosen = settings(home, **fields)
    engine = create_store_engine(chosen.database)
    migrate(engine)
    return EmbeddedChain(chosen, engine, clock or ManualClock(START + 100))
