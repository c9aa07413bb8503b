"""What every state machine stands on: one real registry per module, brought back to its first moment each time."""

import tempfile
from pathlib import Path
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine
from support.world import World, start_world

from registry_sdk.calls import Call, order_call
from registry_sdk.codec import ContractError


class Ground(RuleBasedStateMachine):
    """A machine on a real registry. Subclasses say in ``prepare`` what stands before the first step."""

    world: ClassVar[World]

    @classmethod
    def raise_registry(cls) -> None:
        """Start the node and prepare it once."""
        cls.world = start_world(Path(tempfile.mkdtemp(prefix="machine-")))
        cls.prepare()

    @classmethod
    def prepare(cls) -> None:
        """Accounts and units that every example starts with."""

    def __init__(self) -> None:
        super().__init__()
        self.world.remember()

    def teardown(self) -> None:
        self.world.go_back()

    def carried(self, *calls: Call) -> ContractError | None:
        """Carry calls; the first refusal."""
        return next((c.error for c in self.world.carrier.carry(calls) if c.error), None)

    def ordered(self, kind: str, account: int, **fields: Any) -> ContractError | None:
        """Sign and carry an order; its refusal."""
        return self.carried(order_call(self.world.deployment, self.world.order(kind, account, **fields)))

    def acted(self, contract: str, function: str, *args: Any) -> ContractError | None:
        """Do an officers' act; its refusal."""
        return self.carried(*self.world.office.calls(contract, function, *args))


def expect(refused: ContractError | None, allowed: bool) -> bool:
    """Compare what the contract did with what the model foresaw; whether it was done."""
    assert (refused is None) == allowed, f"model says {'yes' if allowed else 'no'}, contract says {refused}"
    return allowed
