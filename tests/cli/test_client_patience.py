"""What the client repeats and what it does not, against a real socket; and across kills of the real service."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from service_stage import YEAR, ServiceStage

from registry_sdk import rules
from registry_sdk.allocation import ALL_FREE
from registry_sdk.client import Problem, RegistryClient, Unreachable, Unsettled
from registry_sdk.documents import ORDER_KINDS, Domain, SignedOrder
from registry_sdk.signers import EthereumSigner
from registry_sdk.tables import approval_of


class Scripted(BaseHTTPRequestHandler):
    """Answers from a script, the last answer for ever."""

    script: ClassVar[list[tuple[int, bytes]]] = []
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        status, body = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if status == 0:
            self.connection.close()
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Scripted.asked.clear()
    yield server
    server.shutdown()
    server.server_close()


def client_of(server: ThreadingHTTPServer, *script: tuple[int, bytes], patience: float = 5) -> RegistryClient:
    Scripted.script[:] = script
    return RegistryClient(f"http://127.0.0.1:{server.server_port}", patience=patience)


def problem(number: str, **args: Any) -> tuple[int, bytes]:
    refusal = rules.refuse(number, **args)
    return refusal.rule.http, json.dumps(rules.problem(refusal)).encode()


DONE = (200, b'{"state": "DONE", "refusal": null}')


def test_read__chain_away_then_cut_off__repeated(server: ThreadingHTTPServer) -> None:
    client = client_of(server, problem("P-13", retry_after=1), (0, b""), (502, b"<html>"), DONE)
    assert client.submission("0x1")["state"] == "DONE"
    assert len(Scripted.asked) == 4


def test_read__emergency_stop__refusal_not_repeated(server: ThreadingHTTPServer) -> None:
    with pytest.raises(Problem) as caught:
        client_of(server, problem("A-38")).submission("0x1")
    assert (caught.value.rule, caught.value.status, len(Scripted.asked)) == ("A-38", 503, 1)
    assert caught.value.zh
    assert caught.value.remedy


def test_read__passing_problem_that_stays__told_after_patience(server: ThreadingHTTPServer) -> None:
    with pytest.raises(Problem, match="P-17"):
        client_of(server, problem("P-17", retry_after=1), patience=0.2).deployment()


@pytest.mark.parametrize("answer", [(200, b"<html>"), (200, b"[]"), (404, b"nothing"), (200, b"")])
def test_read__not_a_registry__unreachable(server: ThreadingHTTPServer, answer: tuple[int, bytes]) -> None:
    with pytest.raises(Unreachable):
        client_of(server, answer).deployment()


def test_read__nobody_listens__unreachable() -> None:
    with pytest.raises(Unreachable):
        RegistryClient("http://127.0.0.1:1", patience=0.1).units()


def test_wait__never_settled__unsettled_with_what_is_known(server: ThreadingHTTPServer) -> None:
    with pytest.raises(Unsettled) as caught:
        client_of(server, (200, b'{"id": "0x1", "state": "QUEUED"}')).wait("0x1", 0.2)
    assert caught.value.submission["state"] == "QUEUED"


def test_pages__empty_page_or_no_cursor__end(server: ThreadingHTTPServer) -> None:
    pages = ({"items": [1, 2], "next": "a"}, {"items": [3], "next": "b"}, {"items": [], "next": "b"})
    client = client_of(server, *((200, json.dumps(page).encode()) for page in pages))
    assert list(client.events()) == [1, 2, 3]  # type: ignore[comparison-overlap]
    assert Scripted.asked[1:] == ["/v1/events?after=a", "/v1/events?after=b"]


@pytest.mark.e2e
@pytest.mark.kill
def test_orders__service_killed_while_they_run__each_done_once(stage: ServiceStage) -> None:
    number, receiver, key = 8001, 8002, EthereumSigner.create()
    for each in (number, receiver):
        stage.open_account(each, key)
    unit = YEAR + 5
    stage.office.act("allowances", "openVintage", unit)
    stage.office.act("allocation", "setPlan", unit, 1, 1, 1_000, *ALL_FREE)
    table = {"year": unit, "sector": 1, "province": 42, "kind": 2, "rows": [{"account": number, "tonnes": 100}]}
    kept = stage.client.post_table(table)
    stage.office.act("allocation", "approveTable", 42, approval_of(kept))
    while stage.client.table(kept["id"])["state"] != "ISSUED":
        threading.Event().wait(0.1)
    orders = [signed(stage, key, number, receiver, unit, nonce) for nonce in range(12)]
    killer = threading.Thread(target=lambda: [restart(stage) for _ in range(3)])
    killer.start()
    for order in orders:
        stage.client.post_order(order)
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda order: stage.client.finish("0x" + order.digest().hex()), orders))
    killer.join()
    assert [outcome["state"] for outcome in outcomes] == ["DONE"] * len(orders)
    held = {row["unit"]: row for row in stage.client.sign_in(key).holdings(receiver)}
    assert held[unit]["registry"] + held[unit]["trading"] == len(orders)
    assert stage.client.account(number)["nonce"] == len(orders)
    again = stage.client.post_order(orders[0])
    assert (again["state"], stage.client.account(number)["nonce"]) == ("DONE", len(orders))


def signed(stage: ServiceStage, key: EthereumSigner, account: int, to: int, unit: int, nonce: int) -> SignedOrder:
    contracts = stage.client.contracts
    domain = Domain(chain_id=contracts.chain_id, contract=contracts.address("allowances").lower())
    values = {"account": account, "to": to, "unit": unit, "quantity": 1, "nonce": nonce, "expiry": 2**40 - 1}
    message = ORDER_KINDS["transfer"].model.model_validate({"chainId": contracts.chain_id, **values})
    return SignedOrder(kind="transfer", domain=domain, message=message).approve(key)


def restart(stage: ServiceStage) -> None:
    threading.Event().wait(0.3)
    stage.kill()
    threading.Event().wait(0.2)
    stage.start()
    stage.client.transport.send("GET", "/health/live")
