"""Reads that need no login: the public register, rules, totals, events."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Literal

import httpx

from registry_sdk.client.errors import Problem, Unreachable
from registry_sdk.client.transport import Transport, parsed
from registry_sdk.deployment import Deployment
from registry_sdk.rpc import RpcClient

Json = dict[str, Any]
ActState = Literal["NONE", "PROPOSED", "APPROVED", "EXECUTED", "REJECTED"]


class Register:
    """Public reads of one service. Iterators fetch page by page as they are consumed."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    @property
    def url(self) -> str:
        """Base address."""
        return self.transport.url

    def is_ready(self) -> bool:
        """Whether orders are accepted and carried now; one try, no waiting."""
        try:
            return self._raw("/health/ready", patience=0).is_success
        except (Problem, Unreachable):
            return False

    def metrics(self) -> str:
        """Prometheus metrics."""
        return self._raw("/metrics").text

    def deployment(self) -> Json:
        """``deployment``, ``head``, ``now`` (the chain's time), ``sandbox``, ``projection``, ``relayers``."""
        return self._get("/v1/deployment")

    def now(self) -> int:
        """Time of the chain, Unix seconds."""
        return int(self.deployment()["now"])

    @cached_property
    def contracts(self) -> Deployment:
        """The contracts; asked once, they never change."""
        return Deployment.from_json(self.deployment()["deployment"])

    @cached_property
    def rpc(self) -> RpcClient:
        """The JSON-RPC gateway, for reads of the chain itself."""
        return RpcClient(self.url + "/rpc", attempts=3)

    def rules(self) -> list[Json]:
        """The rule catalogue."""
        return self._items("/v1/rules")

    def rule(self, number: str) -> Json:
        """One rule. Raises Problem P-05."""
        return self._get(f"/v1/rules/{number}")

    def permissions(self) -> list[Json]:
        """Who may have which function called."""
        return self._items("/v1/permissions")

    def accounts(
        self, *, province: int | None = None, sector: int | None = None, kind: int | None = None
    ) -> Iterator[Json]:
        """Accounts by number."""
        return self._pages("/v1/accounts", {"province": province, "sector": sector, "kind": kind})

    def account(self, number: int) -> Json:
        """One account with ``nonce`` and ``next_nonce``. Raises Problem P-05."""
        return self._get(f"/v1/accounts/{number}")

    def units(self) -> list[Json]:
        """Totals by asset and unit."""
        return self._items("/v1/units")

    def plans(self) -> list[Json]:
        """Caps by year and sector."""
        return self._items("/v1/plans")

    def entitlements(self, *, account: int | None = None, year: int | None = None) -> list[Json]:
        """Determined allocation, deductions and net issue of firms."""
        return self._items("/v1/entitlements", {"account": account, "year": year})

    def debts(self, *, account: int | None = None) -> list[Json]:
        """What firms owe and the next issue settles."""
        return self._items("/v1/debts", {"account": account})

    def held_rows(self, *, account: int | None = None) -> list[Json]:
        """Rows of tables that wait until their accounts can receive."""
        return self._items("/v1/held-rows", {"account": account})

    def cases(self, *, account: int | None = None, year: int | None = None) -> list[Json]:
        """Objections and recalculations with their clocks."""
        return self._items("/v1/cases", {"account": account, "year": year})

    def emissions(self, *, account: int | None = None, year: int | None = None) -> list[Json]:
        """Verified figures in force."""
        return self._items("/v1/emissions", {"account": account, "year": year})

    def emissions_config(self) -> Json:
        """Threshold, required classes, epoch and signers of statements."""
        return self._get("/v1/emissions-config")

    def compliance(self, year: int) -> Iterator[Json]:
        """Entities of a year. Raises Problem P-05 where the year has no rules."""
        return self._pages(f"/v1/compliance/{year}")

    def year(self, year: int) -> Json:
        """Rules of a compliance year. Raises Problem P-05."""
        return self._get(f"/v1/years/{year}")

    def calendar(self, year: int | None = None, *, sector: str | None = None, state: str | None = None) -> list[Json]:
        """Windows of a year, or all that are not past. Raises Problem P-05 where the year has no calendar."""
        return self._items("/v1/calendar", {"year": year, "sector": sector, "state": state})

    def notices(self, *, year: int | None = None) -> Iterator[Json]:
        """Notices for everybody, oldest first."""
        return self._pages("/v1/notices", {"year": year})

    def publication(self, year: int, *, mean_price_yuan: str | None = None, decided_on: str | None = None) -> Json:
        """Who surrendered in time, late, not at all, and the penalty (rule C-13). Raises Problem P-05, P-11."""
        return self._get(f"/v1/publication/{year}", {"mean_price_yuan": mean_price_yuan, "decided_on": decided_on})

    def events(self, after: str | None = None) -> Iterator[Json]:
        """What happened after a cursor, oldest first, up to now; each event carries its ``cursor``."""
        return self._pages("/v1/events", cursor=after, name="after")

    def tables(self) -> Iterator[Json]:
        """Allocation tables handed in, oldest first."""
        return self._pages("/v1/tables")

    def table(self, id_: str) -> Json:
        """One allocation table with its rows under ``items``. Raises Problem P-05."""
        return self._get(f"/v1/tables/{id_}")

    def carry_applications(self, number: int) -> list[Json]:
        """Applications of a carry-over round that wait: lock, batch, account, vintage, tonnes. Raises Problem C-10."""
        return self._items(f"/v1/carry-over/{number}/applications")

    def acts(self, state: ActState | None = None) -> Iterator[Json]:
        """Officers' acts."""
        return self._pages("/v1/acts", {"state": state})

    def act(self, id_: str) -> Json:
        """One act. Raises Problem P-05."""
        return self._get(f"/v1/acts/{id_}")

    def submission(self, id_: str) -> Json:
        """State of a document, now. Raises Problem P-05."""
        return self._get(f"/v1/submissions/{id_}")

    def close(self) -> None:
        """Close idle connections."""
        self.transport.close()

    # HTTP

    def _raw(self, path: str, params: Json | None = None, patience: float | None = None) -> httpx.Response:
        return self.transport.send("GET", path, params=params, patience=patience)

    def _get(self, path: str, params: Json | None = None) -> Json:
        return parsed(self._raw(path, params))

    def _items(self, path: str, params: Json | None = None) -> list[Json]:
        items: list[Json] = self._get(path, params)["items"]
        return items

    def _pages(
        self, path: str, params: Json | None = None, *, cursor: str | None = None, name: str = "cursor"
    ) -> Iterator[Json]:
        while True:
            page = self._get(path, {**(params or {}), name: cursor})
            yield from page["items"]
            # A feed that can still grow answers its end with an empty page, a list with no cursor.
            cursor = page.get("next")
            if not page["items"] or cursor is None:
                return
