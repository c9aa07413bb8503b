"""The HTTP intake on loopback: statements in, states and metrics out.

It needs no sign-in: a statement is worth what its signatures are worth. Cross-site requests of a browser are kept
out by the content type and the host name asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

import anyio.to_thread
import orjson
import structlog
from fastapi import FastAPI, Path, Query, Request, Response
from starlette.middleware.trustedhost import TrustedHostMiddleware

from oracles.desk import Desk, Receipt
from oracles.metrics import CONTENT_TYPE, Metrics
from oracles.presentation import evidence_json, record_json, signed_json, statement_json
from oracles.reception import Reception
from oracles.refusals import OracleError, Refusal, explain, refuse
from oracles.store.records import State
from registry_sdk.rpc import RpcError, RpcTransportError

log = structlog.get_logger()

HOSTS: Final = ["127.0.0.1", "localhost", "[::1]"]
PAGE: Final = 200

Digest = Annotated[str, Path(pattern=r"^0x[0-9a-f]{64}$")]
Number = Annotated[int, Path(ge=0, lt=2**64)]


@dataclass(frozen=True)
class IntakeService:
    """What the routes stand on."""

    reception: Reception
    metrics: Metrics
    is_ready: Callable[[], bool]

    @property
    def desk(self) -> Desk:
        """The desk for statements of emissions."""
        return self.reception.desk

    def take(self, payload: bytes) -> Response:
        """Answer a statement that was posted: 201 new, 200 known, 422 refused, 503 not now."""
        try:
            receipt = self.reception.receive(payload)
        except OracleError as error:
            return self._problem([error.refusal], 413 if error.outcome.error == "TooLarge" else 422)
        except (RpcTransportError, RpcError):
            title = "链暂不可用，请原样重发 / the chain does not answer now: send the same again later"
            return _json({"type": "about:blank", "title": title, "status": 503}, 503, problem=True)
        if not receipt.is_accepted:
            return self._problem([explain(outcome) for outcome in receipt.refused], 422, receipt)
        log.info("statement_received", source="http", digest=receipt.digest, new_signatures=receipt.added)
        return _json(_receipt_json(receipt), 201 if receipt.added else 200)

    def _problem(self, refusals: list[Refusal], status: int, receipt: Receipt | None = None) -> Response:
        for each in refusals:
            self.metrics.refusals.labels(rule=each.rule, source="http").inc()
        first = refusals[0]
        body: dict[str, Any] = {
            "type": f"urn:registry:rule:{first.rule}",
            "title": f"{first.zh} / {first.en}",
            "status": status,
            **first.to_json(),
            "refusals": [each.to_json() for each in refusals],
        }
        if receipt:
            body |= _receipt_json(receipt)
        log.warning("statement_refused", source="http", rules=[each.rule for each in refusals])
        return _json(body, status, problem=True)


def build_intake(service: IntakeService) -> FastAPI:
    """The application; serve it on loopback only."""
    app = FastAPI(title="registry oracle", docs_url=None, redoc_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)

    @app.post("/v1/statements", summary="提交签名声明 / hand in a signed statement")
    async def take(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            title = "须为 application/json / the content type must be application/json"
            return _json({"type": "about:blank", "title": title, "status": 415}, 415, problem=True)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > service.reception.max_bytes:
                error = refuse("TooLarge", size=len(body), limit=service.reception.max_bytes)
                return service._problem([error.refusal], 413)
        return await anyio.to_thread.run_sync(service.take, bytes(body))

    @app.get("/v1/statements", summary="声明状态 / states of statements")
    def page(
        state: Annotated[list[State] | None, Query()] = None,
        after: Annotated[str, Query(max_length=66)] = "",
        limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
    ) -> Response:
        found = service.desk.store.page(state or (), after, limit)
        following = found[-1].digest if len(found) == limit else None
        return _json({"items": [statement_json(each) for each in found], "after": following}, 200)

    @app.get(
        "/v1/statements/of/{account}/{year}/{unit}/{version}",
        summary="同一实体、年度、单元、版本的全部声明 / rival statements",
    )
    def rivals(account: Number, year: Number, unit: Number, version: Number) -> Response:
        found = service.reception.desk.store.rivals(account, year, unit, version)
        return _json({"items": [statement_json(each) for each in found]}, 200)

    @app.get("/v1/statements/{digest}", summary="一份声明及签名 / one statement with its signatures")
    def one(digest: Digest) -> Response:
        record = service.desk.store.get(digest)
        if record is None:
            return _json(
                {"type": "about:blank", "title": "没有此声明 / no such statement", "status": 404}, 404, problem=True
            )
        return _json(statement_json(record) | {"document": signed_json(record)}, 200)

    @app.get("/v1/evidence", summary="月度存证声明状态 / states of statements of evidence")
    def evidence(
        after: Annotated[str, Query(max_length=66)] = "", limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE
    ) -> Response:
        found = service.reception.evidence.store.page(after, limit)
        following = found[-1].digest if len(found) == limit else None
        return _json({"items": [evidence_json(each) for each in found], "after": following}, 200)

    _add_operations(app, service)
    return app


def _add_operations(app: FastAPI, service: IntakeService) -> None:
    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(service.metrics.text(), media_type=CONTENT_TYPE)

    @app.get("/health/live", summary="进程存活 / the process lives")
    def live() -> Response:
        return _json({"ok": True}, 200)

    @app.get("/health/ready", summary="可以工作 / ready to work")
    def ready() -> Response:
        is_ready = service.is_ready()
        return _json({"ok": is_ready}, 200 if is_ready else 503)


def _receipt_json(receipt: Receipt) -> dict[str, Any]:
    body: dict[str, Any] = {"digest": receipt.digest, "new_signatures": receipt.added}
    return body | {"statement": record_json(receipt.record) if receipt.record else None}


def _json(body: dict[str, Any], status: int, *, problem: bool = False) -> Response:
    kind = "application/problem+json" if problem else "application/json"
    return Response(orjson.dumps(body), status, media_type=kind)
