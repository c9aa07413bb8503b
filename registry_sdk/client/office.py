"""Officers at work through the public API: acts signed by the staff on the spot, proposed, decided, waited for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry_sdk.acts import ActBuilder
from registry_sdk.client.client import RegistryClient
from registry_sdk.client.register import Json
from registry_sdk.documents import Ground, SignedAct, SignedDecision
from registry_sdk.office import TRAINING_GROUND, Staff

ACT_LIFE: Final = 30 * 86_400


@dataclass(frozen=True)
class ApiOffice:
    """Like :class:`registry_sdk.office.Office`, with the service as the carrier.

    Args:
        timeout: seconds to wait for one act.
        life: seconds an act stays valid.
    """

    client: RegistryClient
    staff: Staff
    ground: Ground = TRAINING_GROUND
    timeout: float = 180.0
    life: int = ACT_LIFE

    def act(self, contract: str, function: str, *args: Any, ground: Ground | None = None) -> Json:
        """Do one act and wait; the settled submission of its last step. One with a delay is then APPROVED.

        Raises:
            Problem: a rule refuses it.
            Unsettled: it is not settled in time.
        """
        proposal, decision = self._sign(contract, function, args, ground or self.ground)
        # One after the other: a decision on an act that a rule stops would be refused for that, not by the rule.
        done = self.client.finish(self.client.post_act(proposal)["id"], self.timeout)
        if decision is not None:
            done = self.client.finish(self.client.post_decision(decision)["id"], self.timeout)
        return done

    def acts(self, many: Sequence[tuple[Any, ...]]) -> None:
        """Do many acts, each ``(contract, function, *args)``, that do not build on one another."""
        signed = [self._sign(contract, function, args, self.ground) for contract, function, *args in many]
        self._finish([self.client.post_act(proposal)["id"] for proposal, _ in signed])
        self._finish([self.client.post_decision(decision)["id"] for _, decision in signed if decision is not None])

    def _sign(
        self, contract: str, function: str, args: Sequence[Any], ground: Ground
    ) -> tuple[SignedAct, SignedDecision | None]:
        builder = ActBuilder(self.client.contracts)
        act = builder.build(contract, function, list(args), ground, self.client.now() + self.life)
        return self.staff.sign(builder, act)

    def _finish(self, ids: Sequence[str]) -> None:
        for id_ in ids:
            self.client.finish(id_, self.timeout)
