"""The chain the registry runs on, and the only door users have to it.

* :class:`EmbeddedChain` - Anvil as a private child of this process, made durable by a write-ahead journal;
* :class:`ExternalChain` - any JSON-RPC endpoint of a permissioned EVM network;
* :class:`Chain` - what both offer; :func:`open_chain` chooses by the settings;
* :class:`Gateway` - the default-deny JSON-RPC front for users.

A block is made thus: admit (form, chain, signature, lists, gas, size, nonce) -> commit (height, timestamp, signed
transactions) -> send in that order -> mine -> check height, time and transactions -> commit the hash -> acknowledge.
One thread does it, so callers that wait at the same time share a block. It makes a block only for work (or ``tick``).

Trust: whoever can run code as the service's user can reach the child's port and Anvil's cheat methods, or edit the
database. Such a change is not prevented here but comes out at the next start (replay, headers, state root) and
in any audit; units cannot be forged without signatures, whoever runs the node.

Measured with Anvil 1.7.1, beyond or against section 6 of the design:

* ``anvil_dumpState`` / ``anvil_loadState`` give identical heights, hashes and later block hashes (``mixHash`` is a
  function of the height): snapshots are used, no full replay is needed.
* The 16,777,216 gas cap is enforced only with ``--enable-tx-gas-limit`` *and* ``--hardfork osaka``; with ``cancun``
  the flag is without effect. Contracts compiled for cancun run unchanged.
* ``--order fifo`` is the order of arrival, but the calls of one JSON-RPC batch of more than about 100 are executed
  out of order, and the order is part of the block hash. Transactions are therefore sent one by one on one
  connection (about 2,600 per second instead of 4,800 in batches); the order is checked against the block.
* Two blocks may share a timestamp; a smaller one is refused.
* ``eth_call`` without gas runs with the gas of a whole block: an endless loop blocked the node for over 50 s. The
  gateway always sets gas, at most 16,777,216. It answers with the time of the newest block: ``tick`` or ``advance``
  moves it when nothing else does (or pass a block override ``{"time": …}`` as fourth parameter, inside only).
* There is no native money: value and gas price must be 0, else the node refuses (N-09).
* With ``--prune-history 64`` ``eth_call`` works on about the last 64 blocks; older state is not kept.
* Everything stays in the node's memory: about 10 KB per transaction; a dump of 21,000 transactions is 8 MB, takes
  0.3 s and loads in 0.9 s.
"""

from sqlalchemy import Engine

from registry_api.chain.admission import AdmissionPolicy
from registry_api.chain.clock import Clock, ManualClock, SandboxClock, WallClock
from registry_api.chain.embedded import EmbeddedChain
from registry_api.chain.errors import (
    ChainError,
    ChainIntegrityError,
    ChainLockedError,
    ChainRefusedError,
    ChainUnavailableError,
    NonceRefusedError,
    TxRefusedError,
)
from registry_api.chain.external import ExternalChain
from registry_api.chain.gateway import Gateway, build_router
from registry_api.chain.protocol import Chain, Head
from registry_api.settings import Settings

__all__ = [
    "AdmissionPolicy",
    "Chain",
    "ChainError",
    "ChainIntegrityError",
    "ChainLockedError",
    "ChainRefusedError",
    "ChainUnavailableError",
    "Clock",
    "EmbeddedChain",
    "ExternalChain",
    "Gateway",
    "Head",
    "ManualClock",
    "NonceRefusedError",
    "SandboxClock",
    "TxRefusedError",
    "WallClock",
    "build_router",
    "open_chain",
]


def open_chain(settings: Settings, engine: Engine, clock: Clock | None = None) -> EmbeddedChain | ExternalChain:
    """The chain the settings name, started. ``engine`` must be migrated; stop the chain when done."""
    if settings.chain_url is None:
        return EmbeddedChain(settings, engine, clock).start()
    return ExternalChain(settings).start()
