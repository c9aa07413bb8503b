"""The client of the registry's HTTP API: signed documents in, their fate and the register out."""

import copy
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import orjson

from registry_sdk.client.errors import Problem, Unsettled
from registry_sdk.client.register import Json, Register
from registry_sdk.client.session import Session
from registry_sdk.client.transport import Transport, parsed
from registry_sdk.documents import (
    Document,
    Domain,
    OrderKindName,
    OrderMessage,
    SignedAct,
    SignedDecision,
    SignedObjection,
    SignedOrder,
    SignedStatement,
)
from registry_sdk.signers import Signer

if TYPE_CHECKING:
    from registry_sdk.carryover.limits import LimitsTable

SETTLED: Final = ("DONE", "REFUSED")
#: One long poll; short, so that many waiting clients do not hold all of the service's workers.
POLL_SECONDS: Final = 10.0
MARGIN_SECONDS: Final = 20.0


class RegistryClient(Register):
    """One registry service. Safe to share between threads; survives restarts of the service.

    Every method raises :class:`Problem` with the rule when the registry refuses, and :class:`Unreachable` when no
    answer came within the client's patience.

    Args:
        url: address of the service such as ``http://127.0.0.1:8080``.
        patience: seconds during which a request is repeated while nobody answers.
        timeout: seconds for one answer.
    """

    def __init__(self, url: str, *, patience: float = 60.0, timeout: float = 30.0) -> None:
        super().__init__(Transport(url.rstrip("/"), patience, timeout))
        self._session: Session | None = None

    def sign_in(self, signer: Signer) -> "RegistryClient":
        """A client that reads as this key; it signs in when it first has to, and again when its token lapses."""
        client = copy.copy(self)
        client._session = Session(self.transport, signer)
        return client

    # DOCUMENTS IN

    def post_order(self, order: SignedOrder, key: str | None = None) -> Json:
        """Hand in an order; ``key`` is an idempotency key, which the digest makes unnecessary."""
        return self._post_document("/v1/orders", order, key)

    def preview_order(self, kind: OrderKindName, domain: Domain, message: OrderMessage) -> Json:
        """``valid``, ``refusal``, ``digest``, ``typed_data`` of an order that nobody signed yet."""
        body = {"kind": kind, "domain": domain.model_dump(), "message": message.model_dump()}
        return self._post("/v1/orders/preview", body)

    def post_act(self, act: SignedAct, key: str | None = None) -> Json:
        """Propose an officer's act."""
        return self._post_document("/v1/acts", act, key)

    def post_decision(self, decision: SignedDecision, key: str | None = None) -> Json:
        """Approve or reject an act, which may still be on its way."""
        return self._post_document("/v1/decisions", decision, key)

    def execute_act(self, id_: str) -> Json:
        """Have an approved act executed after its delay."""
        return self._post(f"/v1/acts/{id_}/execute", None)

    def post_statement(self, statement: SignedStatement, key: str | None = None) -> Json:
        """Hand in verified emissions with all their signatures."""
        return self._post_document("/v1/statements", statement, key)

    def post_objection(self, objection: SignedObjection, key: str | None = None) -> Json:
        """File a firm's objection to its allocation or verification."""
        return self._post_document("/v1/objections", objection, key)

    def post_table(self, table: Json) -> Json:
        """Hand in the rows of an allocation table; the same table is kept once."""
        return self._post("/v1/tables", table)

    def post_limits(self, table: "LimitsTable") -> Json:
        """Hand in the rows of an approved table of carry-over limits. Raises Problem C-10f for any other table."""
        rows = [{"account": row.account, "tonnes": row.tonnes} for row in table.rows]
        return self._post(f"/v1/carry-over/{table.round}/limits", {"chunk_size": table.chunk_size, "rows": rows})

    def advance_clock(self, to: int) -> int:
        """Move the training area's clock forward; the chain's time afterwards. Raises Problem P-05 in production."""
        return int(self._post("/v1/sandbox/clock", {"advance_to": to})["now"])

    # THEIR FATE

    def wait(self, id_: str, timeout: float = 120.0) -> Json:
        """The submission once it is settled, DONE or REFUSED, across restarts of the service.

        Raises:
            Unsettled: it is not within ``timeout`` seconds.
            Unreachable: the service answered nobody in that time.
        """
        deadline = time.monotonic() + timeout
        while True:
            rest = max(0.0, deadline - time.monotonic())
            poll = min(rest, POLL_SECONDS)
            found = parsed(
                self.transport.send(
                    "GET",
                    f"/v1/submissions/{id_}",
                    params={"wait": round(poll, 3)},
                    patience=rest,
                    timeout=poll + MARGIN_SECONDS,
                )
            )
            if found["state"] in SETTLED:
                return found
            if time.monotonic() >= deadline:
                raise Unsettled(found, timeout)

    def finish(self, id_: str, timeout: float = 120.0) -> Json:
        """Like :meth:`wait`, for what must be DONE.

        Raises:
            Problem: the chain refused it.
        """
        found = self.wait(id_, timeout)
        if found["refusal"] is not None:
            raise Problem(found["refusal"])
        return found

    # WHAT ONLY REPRESENTATIVES AND OFFICERS MAY READ

    def holdings(self, account: int) -> list[Json]:
        """Registry, trading and locked tonnes by asset and unit."""
        return self._private_items(account, "holdings")

    def locks(self, account: int) -> list[Json]:
        """Locks in force or waiting."""
        return self._private_items(account, "locks")

    def obligations(self, account: int) -> list[Json]:
        """Positions by compliance year."""
        return self._private_items(account, "obligations")

    def representatives(self, account: int) -> list[Json]:
        """Signers and their rights."""
        return self._private_items(account, "representatives")

    def history(self, account: int) -> Iterator[Json]:
        """Events that name the account, oldest first."""
        return self._private_pages(account, "history")

    def notices_to(self, account: int) -> Iterator[Json]:
        """Notices of the clock to the account, oldest first."""
        return self._private_pages(account, "notices")

    def forecast(self, account: int, year: int, **given: Any) -> Json:
        """Outlook of a compliance year. Raises Problem P-05, P-11.

        Args:
            given: ``evidence`` as a list of "2026-03=1234.5", ``allowance_price`` and ``credit_price`` in yuan a tonne
                as text, ``dishonest_debtor``.
        """
        path, params = f"/v1/accounts/{account}/forecast", {"year": year, **given}
        return self._session.send(path, params) if self._session else self._get(path, params)

    def orders(self, account: int) -> Iterator[Json]:
        """Orders of the account that the service took in, oldest first."""
        return self._private_pages(account, "orders")

    # HTTP

    def _post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Json:
        return self._post_bytes(path, orjson.dumps(body), headers)

    def _post_document(self, path: str, document: Document, key: str | None) -> Json:
        headers = {"Idempotency-Key": key} if key is not None else None
        return self._post_bytes(path, document.model_dump_json().encode(), headers)

    def _post_bytes(self, path: str, content: bytes, headers: dict[str, str] | None) -> Json:
        return parsed(self.transport.send("POST", path, content=content, headers=headers))

    def _private(self, account: int, part: str, cursor: str | None = None) -> Json:
        path = f"/v1/accounts/{account}/{part}"
        params = {"cursor": cursor}
        # Without a key the service itself says what is missing (rule P-03).
        return self._session.send(path, params) if self._session else self._get(path, params)

    def _private_items(self, account: int, part: str) -> list[Json]:
        items: list[Json] = self._private(account, part)["items"]
        return items

    def _private_pages(self, account: int, part: str) -> Iterator[Json]:
        cursor: str | None = None
        while True:
            page = self._private(account, part, cursor)
            yield from page["items"]
            cursor = page.get("next")
            if not page["items"] or cursor is None:
                return
