"""Officers at work through the public API: acts signed by the staff on the spot, proposed, decided, waited for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry_sdk.acts import ActBuilder
from registry_sdk.client.client import RegistryClient
from registry_sdk.client.register import Json
from registry_sdk.documents import Ground
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
        return self._finish(self._post(contract, function, args, ground or self.ground))

    def acts(self, many: Sequence[tuple[Any, ...]]) -> None:
        """Do many acts, each ``(contract, function, *args)``, that do not build on one another."""
        posted = [self._post(contract, function, args, self.ground) for contract, function, *args in many]
        for ids in posted:
            self._finish(ids)

    def _post(self, contract: str, function: str, args: Sequence[Any], ground: Ground) -> list[str]:
        builder = ActBuilder(self.client.contracts)
        act = builder.build(contract, function, list(args), ground, self.client.now() + self.life)
        proposal, decision = self.staff.sign(builder, act)
        posted = [self.client.post_act(proposal)["id"]]
        if decision is not None:
            posted.append(self.client.post_decision(decision)["id"])
        return posted

    def _finish(self, ids: Sequence[str]) -> Json:
        return [self.client.finish(id_, self.timeout) for id_ in ids][-1]
