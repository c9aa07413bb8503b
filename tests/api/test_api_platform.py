"""What every HTTP service owes: limits, media types, OpenAPI, metrics, health, and silence about its secrets."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from api_stage import PASSWORD, ApiStage, Scene, refused

from registry_api.limit import MAX_BODY
from registry_api.routes import examples
from registry_api.service import DEPLOYMENT_FILE
from registry_sdk.documents import SignedAct, SignedDecision, SignedOrder, SignedStatement
from registry_sdk.rules import catalogue


def chunks(total: int) -> Iterator[bytes]:
    for _ in range(0, total, 65_536):
        yield b" " * 65_536


def test_body__longer_than_the_limit__p07_with_and_without_length(stage: ApiStage) -> None:
    headers = {"content-type": "application/json"}
    for path in ("/v1/orders", "/v1/tables", "/v1/sessions"):
        refused(stage.http.post(path, content=b" " * (MAX_BODY + 1), headers=headers), "P-07")
        refused(stage.http.post(path, content=chunks(MAX_BODY + 65_536), headers=headers), "P-07")
    assert stage.http.post("/rpc", content=chunks(MAX_BODY), headers=headers).status_code == 413
    assert stage.get("/health/live").status_code == 200


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"])
def test_body__other_media_type__p08(stage: ApiStage, media: str) -> None:
    refused(stage.http.post("/v1/orders", content=b"{}", headers={"content-type": media}), "P-08")


def test_text__awkward_unicode__answered_not_failed(stage: ApiStage) -> None:
    for text in ("\\ud800", "\\u0000", "﷽" * 50, "\\u202egnp", "𠜎"):
        body = f'{{"kind": "{text}", "{text}": "{text}"}}'.encode()
        assert (
            stage.http.post("/v1/orders", content=body, headers={"content-type": "application/json"}).status_code < 500
        )
        assert stage.http.get(f"/v1/rules/{text}").status_code == 404
    assert stage.http.get("/v1/accounts/%ed%a0%80").status_code in (404, 422)


def test_openapi__valid_references_examples_and_problems(stage: ApiStage) -> None:
    document = stage.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    for reference in references(document):
        assert reference.startswith("#/components/schemas/")
        assert reference.rpartition("/")[2] in schemas
    identifiers = [op["operationId"] for ops in document["paths"].values() for op in ops.values()]
    assert len(identifiers) == len(set(identifiers))
    for path, operations in document["paths"].items():
        if not path.startswith("/v1"):
            continue
        for method, operation in operations.items():
            assert operation["summary"], path
            assert operation.get("description"), path
            shown = {status: r for status, r in operation["responses"].items() if status >= "4"}
            assert {"500", "503"} <= shown.keys(), path
            for status, response in shown.items():
                for number, example in response["content"]["application/problem+json"]["examples"].items():
                    assert str(catalogue()[number].http) == status == str(example["value"]["status"])
            if method == "post" and "requestBody" in operation:
                text = json.dumps(operation["requestBody"])
                name = next(references(operation["requestBody"])).rpartition("/")[2]
                assert "examples" in text + json.dumps(schemas[name]), path
    secured = [path for path, ops in document["paths"].items() if "security" in next(iter(ops.values()))]
    assert len(secured) == 8


def test_examples__are_documents() -> None:
    models: dict[type[Any], Any] = {
        SignedOrder: examples.ORDER,
        SignedAct: examples.ACT,
        SignedDecision: examples.DECISION,
        SignedStatement: examples.STATEMENT,
    }
    for model, example in models.items():
        assert model.model_validate_json(json.dumps(example)).model_dump() == example
    SignedOrder.model_validate(examples.UNSIGNED_ORDER)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_metrics__after_work__tell_of_it(scene: Scene) -> None:
    scene.stage.done(scene.stage.post("/v1/orders", scene.order("transfer")))
    text = scene.stage.get("/metrics").text
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(values['registry_outbox_carried_total{kind="transfer",state="DONE"}']) >= 1
    assert float(values["registry_projection_lag_blocks"]) <= 1
    assert float(values["registry_projection_findings"]) == 0
    assert "registry_outbox_waiting" in values
    assert float(values["registry_projection_block"]) == scene.stage.service.desk.indexer.block


def test_before_deployment__p17_but_alive(tmp_path: Path) -> None:
    stage = ApiStage(tmp_path / "home", sandbox=False).start()
    try:
        assert stage.get("/health/live").json() == {"status": "live"}
        assert stage.get("/health/ready").status_code == 503
        for path in ("/v1/deployment", "/v1/units", "/v1/accounts", "/v1/tables", "/v1/events"):
            answer = stage.get(path)
            refused(answer, "P-17")
            assert answer.headers["retry-after"]
        assert stage.get("/v1/rules").status_code == 200
        assert stage.get("/openapi.json").status_code == 200
        # No training area: the clock is not there, whatever is sent to it.
        for body in (b'{"advance_to": 2000000000}', b"{", b""):
            headers = {"content-type": "application/json"}
            refused(stage.http.post("/v1/sandbox/clock", content=body, headers=headers), "P-05")
        assert "/v1/sandbox/clock" not in stage.get("/openapi.json").json()["paths"]
        stage.deploy()
        assert stage.get("/health/ready").json() == {"status": "ready"}
        assert stage.get("/v1/deployment").json()["sandbox"] is False
        assert (stage.home / DEPLOYMENT_FILE).exists()
    finally:
        stage.stop()


def test_secrets__appear_in_no_answer_log_or_text(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """The relayer's password and key, the sealing key and tokens: not when things go wrong either."""
    stage = scene.stage
    home = stage.home
    token = stage.sign_in(stage.keys[scene.one][0])
    secrets = [
        PASSWORD,
        bytes(stage.service.relayer_key.key).hex(),
        (home / "session.key").read_text(),
        token,
        stage.staff.seats["REGISTRY"][0].account.key.hex(),  # type: ignore[attr-defined]
    ]
    texts = [repr(stage.service.settings), repr(stage.service.sessions), repr(stage.service.desk)]
    texts += [stage.get(path).text for path in ("/openapi.json", "/metrics", "/v1/deployment", "/v1/nothing")]
    desk = stage.service.desk
    original = desk.projection.__class__.values

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the disk is on fire")

    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(),
    )
    try:
        desk.projection.__class__.values = broken  # type: ignore[method-assign]
        answer = stage.get(f"/v1/accounts/{scene.one}/holdings", token)
    finally:
        desk.projection.__class__.values = original  # type: ignore[method-assign]
        structlog.configure(**before)
    document = refused(answer, "P-99")
    assert "connection" not in answer.headers
    assert "fire" not in answer.text
    captured = capsys.readouterr()
    assert document["args"]["incident"] in captured.out
    texts += [answer.text, captured.out, captured.err]
    texts += [stage.get(f"/v1/accounts/{scene.one}/holdings", token + "x").text]
    texts += [stage.post("/v1/sessions", json.dumps({"challenge": token, "signature": PASSWORD}).encode()).text]
    for secret in secrets:
        for text in texts:
            assert secret not in text
    for name in ("session.key", "keys/relayer.json"):
        assert (home / name).stat().st_mode & 0o077 == 0
    assert home.stat().st_mode & 0o077 == 0
