"""Readings over HTTP: one or a list, each with its own outcome; what was refused can be read."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from source_builders import NOW, OTHER, payload, reading, register

from oracles.metrics import Metrics
from oracles.sources import SourceDesk
from oracles.sources import http as source_http
from oracles.sources.filing import FileDesk
from oracles.sources.templates import TEMPLATES
from oracles.store import open_store


@pytest.fixture
def desk(tmp_path: Path) -> SourceDesk:
    engine = open_store(tmp_path / "oracle.sqlite3")
    register(engine)
    return SourceDesk(engine)


@pytest.fixture
def client(desk: SourceDesk, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(source_http, "unix_now", lambda: NOW + 600)
    app = FastAPI()
    source_http.add_source_routes(app, desk)
    with TestClient(app) as made:
        yield made


def post(client: TestClient, body: bytes, kind: str = "application/json") -> tuple[int, dict[str, object]]:
    answer = client.post("/v1/readings", content=body, headers={"content-type": kind})
    return answer.status_code, answer.json()


def test_readings__one__stored_then_known(client: TestClient) -> None:
    status, body = post(client, payload(reading()))
    assert (status, body["results"]) == (201, [{"outcome": "stored", "device": "scale-1", "sequence": 1, "flags": []}])
    assert post(client, payload(reading()))[0] == 200


def test_readings__list_with_a_forged_one__each_has_its_outcome(client: TestClient) -> None:
    sent = [payload(reading(1)), payload(reading(2), OTHER), payload(reading(4))]
    status, body = post(client, b"[" + b",".join(sent) + b"]")
    assert status == 422
    assert body["type"] == "urn:registry:rule:M-05"
    results = body["results"]
    assert isinstance(results, list)
    assert [each["outcome"] for each in results] == ["stored", "WrongSignature", "stored"]
    assert [each["rule"] for each in results[2]["flags"]] == ["M-21"]
    (filed,) = client.get("/v1/readings/refusals").json()["items"]
    assert (filed["rule"], filed["device"]) == ("M-05", "scale-1")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b"[{", "application/json", 422),
        (b"[1, null]", "application/json", 422),
        (b"{}", "text/plain", 415),
        (b" " * 5_000_000, "application/json", 413),
        (orjson.dumps([{}] * 1_001), "application/json", 422),
    ],
)
def test_readings__bad_body__refused_without_a_trace(client: TestClient, body: bytes, kind: str, status: int) -> None:
    assert client.post("/v1/readings", content=body, headers={"content-type": kind}).status_code == status


def test_metrics__outcomes__counted_in_the_database(client: TestClient, desk: SourceDesk) -> None:
    post(client, payload(reading(1)))
    post(client, payload(reading(3)))
    post(client, b"{")
    metrics = Metrics()
    metrics.count_sources(desk.counts)
    text = metrics.text().decode()
    assert 'oracle_readings_total{code="stored",via="http"} 2.0' in text
    assert 'oracle_readings_total{code="Gap",via="http"} 1.0' in text
    assert 'oracle_readings_total{code="NotJson",via="http"} 1.0' in text


def hand_in(client: TestClient, kind: str, body: bytes, **given: object) -> tuple[int, dict[str, object]]:
    head = {"content-type": "application/octet-stream"}
    answer = client.post(f"/v1/files/{kind}", content=body, params=given, headers=head)
    return answer.status_code, answer.json()


def test_files__cems_csv__kept_once_by_content(client: TestClient, desk: SourceDesk, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    TEMPLATES["cems-daily"](path, 2025, None)
    body = path.read_bytes() + b"1,2025-03-01,220.5,4300.25,,,,,,,\r\n"
    status, receipt = hand_in(client, "cems-daily", body, entity="plant-1", year=2025, name="march.csv")
    assert (status, receipt["new"], receipt["entity"]) == (201, True, "plant-1")
    assert hand_in(client, "cems-daily", body, entity="plant-1", year=2025)[0] == 200
    (kept,) = FileDesk(desk.engine).files("plant-1")
    assert (kept["name"], kept["sha256"]) == ("march.csv", receipt["sha256"])
    assert FileDesk(desk.engine).content(str(receipt["sha256"])) == body


def test_files__bad_file__refused_with_every_cell_and_on_file(client: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    TEMPLATES["cems-daily"](path, 2025, None)
    body = path.read_bytes() + b"1,2025-03-01,x,1,,,,,,,\r\n1,2025-03-02,1,y,,,,,,,\r\n"
    status, problem = hand_in(client, "cems-daily", body, entity="plant-1", year=2025)
    assert (status, problem["rule"]) == (422, "D-15")
    refusals = problem["refusals"]
    assert isinstance(refusals, list)
    assert [each["where"] for each in refusals] == ["C2", "D3"]
    (filed,) = client.get("/v1/readings/refusals").json()["items"]
    assert filed["rule"] == "M-10"


@pytest.mark.parametrize(
    ("kind", "body"), [("gold", b"x"), ("power", b"PK\x03\x04"), ("cems-hourly", b""), ("evidence-power", b"\0" * 50)]
)
def test_files__unknown_or_unreadable__422(client: TestClient, kind: str, body: bytes) -> None:
    assert hand_in(client, kind, body)[0] == 422
