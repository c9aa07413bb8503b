"""Random but reproducible: the draw of a body (H-04) and the sample of sites (D-09), from a public seed.

The seed is the hash of a block that did not exist when the job was opened, so nobody could choose it; anybody who
has the record and the chain computes the same result::

    number = SHA-256("registry draw 1" | 0x1f | seed hex | 0x1f | job | 0x1f | round) as an integer
    position = number mod (sum of weights); bodies by number, each as often as its weight; the one at the position
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw with everything needed to repeat it. ``weights`` by number of the body."""

    seed: str
    job: str
    round: int
    weights: Mapping[int, int]
    position: int
    body: int


def ticket(purpose: str, *parts: object) -> int:
    """An even number of 256 bits out of text."""
    return int.from_bytes(hashlib.sha256(SEPARATOR.join([purpose, *map(str, parts)]).encode()).digest())


def draw(seed: str, job: str, number: int, weights: Mapping[int, int]) -> Draw:
    """One body of ``weights``, likely in proportion to its weight.

    Args:
        seed: hex text of a block hash.
        number: round of the job, from 1: a job that moves is drawn anew.

    Raises:
        ValueError: no weight is positive.
    """
    total = sum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        raise ValueError("weights must be positive")
    position = left = ticket("registry draw 1", seed.lower(), job, number) % total
    for body in sorted(weights):
        if left < weights[body]:
            return Draw(seed, job, number, dict(weights), position, body)
        left -= weights[body]
    raise AssertionError("the position lies below the sum of the weights")


def sample(seed: str, year: int, accounts: Iterable[int], share: Fraction) -> tuple[int, ...]:
    """The accounts whose sites are visited: ``share`` of them, rounded up; those with the lowest tickets."""
    among = sorted(set(accounts))
    ranked = sorted(among, key=lambda account: ticket("registry sample 1", seed.lower(), year, account))
    return tuple(sorted(ranked[: ceil(share * len(among))]))
