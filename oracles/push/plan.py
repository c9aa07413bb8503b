"""Which complete documents share a transaction. What a document says is none of the push's business."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from oracles.push.port import ChainPort
from registry_sdk.calls import Call
from registry_sdk.carrier import generous_gas, pack, relay_data
from registry_sdk.deployment import Deployment

#: A signer's 0x name is an address of 20 bytes, or a verifier contract and its key.
ETHEREUM_NAME: Final = 42
ECDSA_GAS: Final = 15_000
VERIFIER_GAS: Final = 450_000


@dataclass(frozen=True)
class Ready:
    """A document that is complete: what identifies it and the call that carries it.

    Attributes:
        attempts: how often the chain refused it.
        gas: upper estimate of what the call takes; None asks for the most that any call may take.
        lane: documents of one lane never share a transaction, since one changes what the next must prove.
    """

    digest: str
    call: Call
    attempts: int = 0
    gas: int | None = None
    lane: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Plan:
    """One transaction: digests by position and the relay's call data."""

    digests: tuple[str, ...]
    data: bytes


def plan(deployment: Deployment, ready: Sequence[Ready], batch: int) -> list[Plan]:
    """Group complete documents, in the order given, within the gas and size limits of a transaction.

    A document that was refused on chain before goes alone, so that it cannot take others with it.
    """
    fresh = [each for each in ready if each.attempts == 0]
    again = [[each] for each in ready if each.attempts]
    groups = [part for group in _groups(fresh, batch) for part in _within_limits(group)]
    return [_plan(deployment, group) for group in [*groups, *again]]


def estimate(base: int, signers: Sequence[str]) -> int:
    """Upper estimate of a call: what it takes without signatures, and what checking each of them takes at most.

    An estimate that is too low costs time only: the relay undoes a transaction that runs short, and what was in it is
    tried again, each alone.
    """
    return base + sum(ECDSA_GAS if len(signer) == ETHEREUM_NAME else VERIFIER_GAS for signer in signers)


def rehearse(port: ChainPort, deployment: Deployment, planned: Plan) -> int:
    """How many documents of a planned transaction the chain would accept now; sends nothing."""
    return int.from_bytes(port.simulate(deployment.address("relay"), planned.data)[:32])


def _groups(waiting: Sequence[Ready], batch: int) -> Iterator[list[Ready]]:
    while waiting:
        taken: list[Ready] = []
        left: list[Ready] = []
        lanes: set[tuple[int, ...] | None] = set()
        for each in waiting:
            fits = len(taken) < batch and (each.lane is None or each.lane not in lanes)
            (taken if fits else left).append(each)
            lanes.update({each.lane} if fits else ())
        yield taken
        waiting = left


def _within_limits(group: Sequence[Ready]) -> list[list[Ready]]:
    known = {each.call: each.gas or generous_gas(each.call) for each in group}
    positions = pack([each.call for each in group], known.__getitem__)
    return [[group[at] for at in part] for part in positions]


def _plan(deployment: Deployment, group: Sequence[Ready]) -> Plan:
    return Plan(tuple(each.digest for each in group), relay_data(deployment, [each.call for each in group]))
