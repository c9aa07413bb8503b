"""Officers and representatives at work through the public API: acts, orders, refusals that are meant, waiting."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from registry_cli.demo.stage import Stage, StageError
from registry_sdk.client import ApiOffice, Problem, RegistryClient
from registry_sdk.documents import ORDER_KINDS, Domain, SignedOrder
from registry_sdk.office import Staff
from registry_sdk.signers import EthereumSigner

ORDER_LIFE: Final = 40 * 86_400
WAIT_SECONDS: Final = 180
THREADS: Final = 6

Step = Callable[[str, int, int], None]


@dataclass
class Actors:
    """Everybody who signs on one stage.

    Attributes:
        step: told the step's name, how much is done and how much there is.
        keys: representatives by account.
        refusals: what the registry refused, as it was meant to.
    """

    stage: Stage
    client: RegistryClient
    staff: Staff
    step: Step
    keys: dict[int, tuple[EthereumSigner, ...]] = field(default_factory=dict)
    refusals: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.deployment = self.stage.deployment
        self.office = ApiOffice(self.client, self.staff)

    def order(self, kind: str, account: int, *, asset: str | None = None, **fields: Any) -> None:
        """One order, signed by the account's representatives and carried to its end."""
        sent = self.client.post_order(self.signed(kind, account, asset, fields))
        self.client.finish(sent["id"], WAIT_SECONDS)

    def signed(self, kind: str, account: int, asset: str | None, fields: dict[str, Any]) -> SignedOrder:
        """An order with the signatures of all the account's representatives."""
        spec = ORDER_KINDS[kind]
        head = {"chainId": self.deployment.chain_id, "account": account}
        tail = {"nonce": self.client.account(account)["next_nonce"], "expiry": self.client.now() + ORDER_LIFE}
        contract = self.deployment.address(asset or spec.contracts[0]).lower()
        domain = Domain(chain_id=self.deployment.chain_id, contract=contract)
        message = spec.model.model_validate({**head, **fields, **tail})
        order = SignedOrder.model_validate({"kind": kind, "domain": domain, "message": message})
        for key in self.keys[account]:
            order = order.approve(key)
        return order

    def expect_refusal(self, rule: str, kind: str, account: int, **fields: Any) -> None:
        """An order that the registry must refuse by this rule.

        Raises:
            StageError: it was accepted. Problem: another rule refused it.
        """
        try:
            self.client.post_order(self.signed(kind, account, None, fields))
        except Problem as problem:
            if problem.rule != rule:
                raise
            self.refusals.append(problem.document)
            return
        raise StageError(f"{kind} should have been refused by rule {rule}")

    def all(self, name: str, jobs: Sequence[Any], work: Callable[[Any], None]) -> None:
        """Do independent jobs side by side, telling how far they are."""
        with ThreadPoolExecutor(THREADS) as pool:
            for done, _ in enumerate(pool.map(work, jobs), start=1):
                self.step(name, done, len(jobs))

    def count(self, name: str, count: Callable[[], int], total: int) -> None:
        """Tell how far others' work is until it is done; it must go on within the waiting time."""
        done, deadline = -1, time.monotonic()
        while done < total:
            now = count()
            if now != done:
                done, deadline = now, time.monotonic() + WAIT_SECONDS
                self.step(name, done, total)
            if time.monotonic() > deadline:
                raise StageError(f"{name}: {done}/{total}, no progress within {WAIT_SECONDS} s")
            time.sleep(0.3)

    def until(self, is_done: Callable[[], bool], what: str) -> None:
        """Wait for others' work."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not is_done():
            if time.monotonic() > deadline:
                raise StageError(f"{what} did not come to an end within {WAIT_SECONDS} s")
            time.sleep(0.1)
