"""Readings over HTTP: the checks and the store are those of MQTT. A reading is worth what its signature is worth."""

from typing import Any, Final

import anyio.to_thread
import orjson
from fastapi import FastAPI, Query, Request, Response
from starlette.exceptions import HTTPException

from oracles.desk import unix_now
from oracles.intake.documents import read_json
from oracles.refusals import OracleError, refuse
from oracles.sources.desk import MAX_BYTES, Message, Receipt, SourceDesk
from oracles.sources.filing import MAX_BYTES as FILE_BYTES
from oracles.sources.filing import FileDesk

MOST: Final = 1_000
"""Readings in one request."""
PAGE: Final = 200


def add_source_routes(app: FastAPI, desk: SourceDesk) -> None:
    """Routes for readings and for what was refused."""

    @app.post("/v1/readings", summary="提交签名读数 / hand in signed readings, one or a list")
    async def take(request: Request) -> Response:
        require_type(request, "application/json")
        body = await bounded(request, MOST * MAX_BYTES)
        return await anyio.to_thread.run_sync(_take, desk, body)

    @app.get("/v1/readings/refusals", summary="被拒读数及原因 / refused readings with the reason")
    def refusals(after: int = Query(0, ge=0), limit: int = Query(PAGE, ge=1, le=PAGE)) -> Response:
        found = desk.refusals(after, limit)
        following = found[-1]["id"] if len(found) == limit else None
        return answer({"items": found, "after": following}, 200)

    @app.post("/v1/files/{kind}", summary="提交填报文件 / hand in a file: activity data, monthly evidence, CEMS")
    async def take_file(
        request: Request,
        kind: str,
        name: str = Query("", max_length=200),
        entity: str | None = Query(None, max_length=120),
        year: int | None = Query(None, ge=2000, le=2100),
        month: int | None = Query(None, ge=1, le=12),
    ) -> Response:
        require_type(request, "application/octet-stream")
        body = await bounded(request, FILE_BYTES)
        given = {"entity": entity, "year": year, "month": month}
        known = {key: value for key, value in given.items() if value is not None}
        return await anyio.to_thread.run_sync(_take_file, FileDesk(desk.engine), body, kind, name, known)


def _take_file(desk: FileDesk, body: bytes, kind: str, name: str, given: dict[str, Any]) -> Response:
    try:
        receipt = desk.take(body, kind, name, given, "http", unix_now())
    except OracleError as error:
        return _problem(error.refusal.to_json(), {})
    if receipt.refusals:
        first = receipt.refusals[0]
        detail = {"rule": first.rule, "detail_zh": f"{first.where}: {first.problem.zh}"}
        detail |= {
            "detail": f"{first.where}: {first.problem.en}",
            "remedy_zh": first.valid.zh,
            "remedy": first.valid.en,
        }
        return _problem(detail, receipt.to_json())
    return answer(receipt.to_json(), 201 if receipt.is_new else 200)


def _problem(first: dict[str, Any], content: dict[str, Any]) -> Response:
    head = {"type": f"urn:registry:rule:{first['rule']}", "title": f"{first['detail_zh']} / {first['detail']}"}
    return answer(head | {"status": 422} | first | content, 422)


def _take(desk: SourceDesk, body: bytes) -> Response:
    try:
        messages = _messages(body)
    except OracleError as error:
        receipts = [Receipt(error.outcome.error, refusal=error.outcome)]
    else:
        receipts = desk.take(messages, "http", unix_now())
    # a reading that is there already is no fault of whoever sends it again after a lost answer
    wrong = [each for each in receipts if each.refusal is not None and each.code != "Replayed"]
    content: dict[str, Any] = {"results": [each.to_json() for each in receipts]}
    if not wrong:
        return answer(content, 201 if any(each.code == "stored" for each in receipts) else 200)
    return _problem(wrong[0].to_json()["refusal"], content)


def _messages(body: bytes) -> list[Message]:
    """One reading as it came; of a list each by itself. Raises OracleError for a body that is no JSON."""
    if not body.lstrip().startswith(b"["):
        return [Message(body)]
    found = read_json(body)
    if len(found) > MOST:
        raise refuse("TooLarge", size=len(found), limit=MOST)
    return [Message(orjson.dumps(each)) for each in found]


async def bounded(request: Request, limit: int) -> bytes:
    """The body, at most ``limit`` bytes; 413 past that."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise HTTPException(413, f"至多 {limit} 字节 / at most {limit} bytes")
    return bytes(body)


def require_type(request: Request, expected: str) -> None:
    """415 for another content type: it keeps cross-site requests of a browser out."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != expected:
        raise HTTPException(415, f"须为 {expected} / the content type must be {expected}")


def answer(body: dict[str, Any], status: int) -> Response:
    kind = "application/problem+json" if status >= 400 else "application/json"
    return Response(orjson.dumps(body), status, media_type=kind)
