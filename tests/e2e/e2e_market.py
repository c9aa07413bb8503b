"""A market beside the year: traders that hand in signed orders as long as it is open, several on their way at once."""

import random
import threading
from dataclasses import dataclass, field
from typing import Any, Final

from registry_cli.demo.province import PROVINCE
from registry_cli.demo.year import KYC
from registry_sdk.client import ApiOffice, RegistryClient
from registry_sdk.client.transport import Transport
from registry_sdk.documents import Domain, SignedOrder, TransferOrder
from registry_sdk.reader import AccountKind
from registry_sdk.signers import EthereumSigner
from registry_sdk.tables import Row

UNIT: Final = (8 << 16) | 1
FIRST: Final = 42_900_001
TRADERS: Final = 3
STOCK: Final = 1_000_000
ON_THE_WAY: Final = 4
SECONDS: Final = 240.0
#: Far beyond the moment to which the year's end moves the clock.
FAR: Final = 2**40


@dataclass(frozen=True)
class Recorder(Transport):
    """Keeps every document that the service acknowledged, as it was acknowledged."""

    acknowledged: list[dict[str, Any]] = field(default_factory=list)

    def send(self, method: str, path: str, **given: Any) -> Any:
        response = super().send(method, path, **given)
        if method == "POST" and response.status_code == 202:
            self.acknowledged.append(response.json())
        return response

    def ids(self) -> set[str]:
        """Identifiers of the acknowledged submissions; tables are not among them."""
        return {each["id"] for each in self.acknowledged if "submitted_at" in each}


class Trader(threading.Thread):
    """Sells to the next trader, one to nine tonnes an order."""

    def __init__(self, client: RegistryClient, number: int, buyer: int, chance: random.Random) -> None:
        super().__init__(name=f"trader-{number}", daemon=True)
        self.number, self.buyer, self.sold, self.nonce = number, buyer, 0, 0
        self.key = EthereumSigner.create()
        self.failure: Exception | None = None
        self._client, self._chance = client, chance
        self._closing = threading.Event()

    def close(self) -> None:
        """Hand in no more; what is on its way is waited for."""
        self._closing.set()

    def run(self) -> None:
        waiting: list[str] = []
        try:
            while not self._closing.is_set():
                waiting.append(self._client.post_order(self._order())["id"])
                if len(waiting) > ON_THE_WAY:
                    self._client.finish(waiting.pop(0), SECONDS)
                self._closing.wait(self._chance.uniform(0, 0.8))
            for id_ in waiting:
                self._client.finish(id_, SECONDS)
        except Exception as error:
            self.failure = error

    def _order(self) -> SignedOrder:
        contracts = self._client.contracts
        quantity = self._chance.randint(1, 9)
        message = TransferOrder(
            chainId=contracts.chain_id,
            account=self.number,
            to=self.buyer,
            unit=UNIT,
            quantity=quantity,
            nonce=self.nonce,
            expiry=FAR,
        )
        domain = Domain(chain_id=contracts.chain_id, contract=contracts.address("credits").lower())
        self.nonce, self.sold = self.nonce + 1, self.sold + quantity
        return SignedOrder(kind="transfer", domain=domain, message=message).approve(self.key)


class Market:
    """The traders, and their accounts."""

    def __init__(self, client: RegistryClient, seed: int) -> None:
        numbers = [FIRST + at for at in range(TRADERS)]
        self.traders = [
            Trader(client, number, numbers[(at + 1) % TRADERS], random.Random(seed + at))
            for at, number in enumerate(numbers)
        ]

    def open(self, office: ApiOffice) -> None:
        """Open accounts with a stock of credits and let the traders begin."""
        kind = int(AccountKind.PROJECT_OWNER)
        seats = [(trader.number, kind, 0, PROVINCE, 1, KYC, [(trader.key.signer, 7)]) for trader in self.traders]
        total = STOCK * len(self.traders)
        office.act("credits", "registerBatch", UNIT, total, 1, False, "CCER-01-003-V01", b"\x08" * 32)
        office.act("accounts", "openAccounts", seats)
        office.act("credits", "issueCredits", UNIT, [Row(trader.number, STOCK).packed for trader in self.traders])
        for trader in self.traders:
            trader.start()

    def close(self) -> None:
        """Wait until every order is settled. Raises what a trader met."""
        for trader in self.traders:
            trader.close()
        for trader in self.traders:
            trader.join()
        for trader in self.traders:
            if trader.failure is not None:
                raise trader.failure

    def stocks(self) -> dict[int, int]:
        """What every trader must hold now."""
        bought = {trader.buyer: trader.sold for trader in self.traders}
        return {trader.number: STOCK + bought[trader.number] - trader.sold for trader in self.traders}
