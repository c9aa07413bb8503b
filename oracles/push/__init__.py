"""The push: complete statements of emissions and of evidence to the chain, each exactly once.

A transaction is signed and stored with its nonce and its documents before it is sent; the same bytes are sent again
until they are mined; only then is the outcome of each document filed, in one step. At every moment a process may end:
the next one finds either nothing stored, or a transaction to send again, or a receipt to file. The contract's version
check is the last guard: a document that arrived by any way is never recorded twice.
"""

from oracles.push.backoff import Backoff, pause
from oracles.push.plan import Plan, Ready, plan, rehearse
from oracles.push.port import ChainPort, RpcPort
from oracles.push.pusher import Pusher, PushError

__all__ = ["Backoff", "ChainPort", "Plan", "PushError", "Pusher", "Ready", "RpcPort", "pause", "plan", "rehearse"]
