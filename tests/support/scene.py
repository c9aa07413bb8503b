"""Accounts of every make with units, credits and obligations: what tests of orders start from."""

from dataclasses import dataclass
from typing import Any

from support.world import APPROVE, INITIATE, SURRENDER_ONLY, World

from registry_sdk.calls import order_call
from registry_sdk.codec import ContractError
from registry_sdk.documents import SignedOrder

CREDIT = (7 << 16) | 1


@dataclass
class Scene:
    """``one`` signs alone, ``two`` needs two of its three representatives, ``other`` receives."""

    world: World
    one: int
    two: int
    other: int

    def fields(self, kind: str) -> dict[str, Any]:
        """A valid order of one tonne."""
        return {
            "transfer": {"to": self.other, "unit": 2025, "quantity": 1},
            "relocate": {"unit": 2025, "quantity": 1, "to": 1},
            "cancel": {"unit": 2025, "quantity": 1, "reason": 1, "statement": "0x" + "33" * 32},
            "surrender": {"year": 2025, "vintage": 2025, "quantity": 1},
            "offset": {"year": 2025, "unit": CREDIT, "quantity": 1},
            "carry-over": {"round": 2026, "vintage": 2025, "quantity": 1},
        }[kind]

    def order(self, kind: str, account: int = 0, **changes: Any) -> SignedOrder:
        """A valid order, changed before it is signed."""
        return self.world.order(kind, account or self.one, **{**self.fields(kind), **changes})

    def refusal(self, order: SignedOrder) -> ContractError:
        """What the contract says."""
        return self.world.refusal(order_call(self.world.deployment, order))

    def nonce(self, account: int) -> int:
        return self.world.reader.account(account).nonce


def set_scene(world: World) -> Scene:
    """Open, issue, report: every kind of order of one tonne is valid afterwards."""
    one = world.open_account()
    two = world.open_account(approvals=2, rights=(INITIATE, APPROVE, SURRENDER_ONLY))
    other = world.open_account()
    world.issue(2025, {one: 1000, two: 1000})
    world.name_reporters()
    world.year_rules(2025)
    world.carry_round(2026, {one: 1_000_000, two: 1_000_000})
    world.give_credits(CREDIT, {one: 100, two: 100}, size=10_000)
    for account in (one, two):
        world.report(account, 2025, 1_000_000)
    return Scene(world, one, two, other)
