"""Which complete statements share a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from oracles.attestation.examine import Examination
from oracles.push.port import ChainPort
from registry_sdk.carrier import generous_gas, pack, relay_data
from registry_sdk.deployment import Deployment
from registry_sdk.documents import Call, statement_call


@dataclass(frozen=True)
class Plan:
    """One transaction: digests by position and the relay's call data."""

    digests: tuple[str, ...]
    data: bytes


def plan(deployment: Deployment, ready: Sequence[Examination], batch: int) -> list[Plan]:
    """Group complete statements within the gas and size limits of a transaction.

    A report that was refused on chain before goes alone, so that it cannot take others with it.
    """
    order = sorted((e for e in ready if e.ready), key=lambda e: (e.record.attempts > 0, e.record.key))
    fresh = [e for e in order if e.record.attempts == 0]
    groups = [fresh[i : i + batch] for i in range(0, len(fresh), batch)]
    plans = [part for group in groups for part in _within_limits(deployment, group)]
    return plans + [_plan(deployment, [e]) for e in order if e.record.attempts]


def rehearse(port: ChainPort, deployment: Deployment, planned: Plan) -> int:
    """How many reports of a planned transaction the chain would accept now; sends nothing."""
    return int.from_bytes(port.simulate(deployment.address("relay"), planned.data)[:32])


def _within_limits(deployment: Deployment, group: Sequence[Examination]) -> list[Plan]:
    calls = [_call(deployment, e) for e in group]
    return [_plan(deployment, [group[p] for p in positions]) for positions in pack(calls, generous_gas)]


def _plan(deployment: Deployment, group: Sequence[Examination]) -> Plan:
    calls = [_call(deployment, e) for e in group]
    return Plan(tuple(e.record.digest for e in group), relay_data(deployment, calls))


def _call(deployment: Deployment, examination: Examination) -> Call:
    if examination.ready is None:
        raise ValueError("only complete statements are pushed")
    return statement_call(deployment, examination.ready)
