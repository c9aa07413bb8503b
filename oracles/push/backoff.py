"""Pauses after failures: doubled each time, bounded, and spread so that many processes do not come back at once."""

import random
from dataclasses import dataclass, field

_random = random.SystemRandom()


def pause(failures: int, first: float, most: float) -> float:
    """Seconds to wait after the n-th failure in a row (from 1): half to all of the doubled pause."""
    longest = min(most, first * 2 ** min(failures - 1, 32))
    return _random.uniform(longest / 2, longest)


@dataclass
class Backoff:
    """Counts failures in a row."""

    first: float
    most: float
    failures: int = field(default=0)

    def failed(self) -> float:
        """Seconds to wait now."""
        self.failures += 1
        return pause(self.failures, self.first, self.most)

    def succeeded(self) -> None:
        """Start again from the first pause."""
        self.failures = 0
