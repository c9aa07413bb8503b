"""The JSON-RPC front users reach: default deny, the same for an embedded and an external chain.

``Gateway.handle`` is a pure function of the request body (and the chain); ``build_router`` puts it on ``POST /rpc``.
Refusals are JSON-RPC errors whose ``data`` carries rule number, zh and en text.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import anyio.to_thread
import orjson
from fastapi import APIRouter, Request, Response

from registry_api.chain.errors import REFUSALS, ChainError, TxRefusedError
from registry_api.chain.gateway_methods import CLIENT_VERSION, METHODS, READS, SEND, FormError
from registry_api.chain.protocol import Chain
from registry_sdk.rpc import RpcError, RpcTransportError

MAX_BODY_BYTES: Final = 2 * 1024 * 1024
MAX_BATCH: Final = 100
MAX_LOG_BLOCKS: Final = 2_000
MAX_LOGS: Final = 10_000
MAX_THREADS: Final = 32
MAX_ID: Final = 2**53
CODES: Final = {
    "N-20": -32601,
    "N-21": -32700,
    "N-22": -32600,
    "N-23": -32600,
    "N-24": -32602,
    "N-25": -32600,
    "N-26": -32005,
    "N-27": -32002,
}
TX_REFUSED: Final = -32003


class _RefusedError(Exception):
    """A request that is not passed on."""

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(rule)
        self.error = _error(rule, detail)


@dataclass(slots=True)
class _Job:
    """One request of a body; ``answer`` holds its ``result`` or ``error`` member once known."""

    id: Any
    method: str = ""
    params: Sequence[Any] = ()
    answer: dict[str, Any] | None = None


class Gateway:
    """Checks requests, forwards reads to the chain's node and transactions to ``chain.send_each``."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def handle(self, payload: bytes) -> bytes:
        """Answer a request body. Never raises; blocks until transactions are accepted."""
        try:
            body = _parse(payload)
            if isinstance(body, list) and not 0 < len(body) <= MAX_BATCH:
                raise _RefusedError("N-23", f"{len(body)}")
        except _RefusedError as refusal:
            return orjson.dumps(_envelope(_Job(None, answer=refusal.error)))
        jobs = [_job(entry) for entry in (body if isinstance(body, list) else [body])]
        self._send([job for job in jobs if job.answer is None and job.method == SEND])
        self._read([job for job in jobs if job.answer is None and job.method in READS])
        answers = [_envelope(job) for job in jobs]
        return orjson.dumps(answers if isinstance(body, list) else answers[0])

    def _send(self, jobs: list[_Job]) -> None:
        if not jobs:
            return
        try:
            outcomes = self._chain.send_each([bytes.fromhex(job.params[0][2:]) for job in jobs])
        except (ChainError, RpcTransportError, RpcError):
            _fail(jobs)
            return
        for job, outcome in zip(jobs, outcomes, strict=True):
            job.answer = _tx_error(outcome) if isinstance(outcome, TxRefusedError) else {"result": outcome}

    def _read(self, jobs: list[_Job]) -> None:
        try:
            for job in jobs:
                if job.method == "eth_getLogs":
                    self._bound_logs(job)
            jobs = [job for job in jobs if job.answer is None]
            results = self._chain.rpc.batch_each([(job.method, job.params) for job in jobs])
        except (ChainError, RpcTransportError, RpcError):
            _fail([job for job in jobs if job.answer is None])
            return
        for job, result in zip(jobs, results, strict=True):
            if isinstance(result, RpcError):
                job.answer = {"error": {"code": result.code, "message": result.message, "data": result.data}}
            elif job.method == "eth_getLogs" and len(result) > MAX_LOGS:
                job.answer = _error("N-26", f"{len(result)} logs")
            else:
                job.answer = {"result": result}

    def _bound_logs(self, job: _Job) -> None:
        """Replace tags by heights, so that the range checked is the range asked."""
        wanted = job.params[0]
        if "blockHash" in wanted:
            if "fromBlock" in wanted or "toBlock" in wanted:
                job.answer = _error("N-24", "blockHash goes without fromBlock and toBlock")
            return
        newest = self._chain.head().height
        first, last = (_height(wanted.get(name, "latest"), newest) for name in ("fromBlock", "toBlock"))
        last = min(last, newest)
        if first > last:
            job.answer = {"result": []}
        elif last - first >= MAX_LOG_BLOCKS:
            job.answer = _error("N-26", f"{last - first + 1} blocks")
        job.params = [wanted | {"fromBlock": hex(first), "toBlock": hex(last)}]


def build_router(gateway: Gateway) -> APIRouter:
    """``POST /rpc``: bounded body, off the event loop, in threads of its own."""
    router = APIRouter()
    limiter = anyio.CapacityLimiter(MAX_THREADS)

    @router.post("/rpc", summary="JSON-RPC")
    async def rpc(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                refused = orjson.dumps(_envelope(_Job(None, answer=_error("N-25"))))
                return Response(refused, 413, media_type="application/json")
        answer = await anyio.to_thread.run_sync(gateway.handle, bytes(body), limiter=limiter)
        return Response(answer, media_type="application/json")

    return router


def _parse(payload: bytes) -> Any:
    if len(payload) > MAX_BODY_BYTES:
        raise _RefusedError("N-25")
    try:
        return json.loads(payload.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _RefusedError("N-21") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _job(entry: Any) -> _Job:
    number = entry.get("id") if isinstance(entry, dict) else None
    job = _Job(number if _is_id(number) else None)
    try:
        if isinstance(entry, list):
            raise _RefusedError("N-23")
        if not isinstance(entry, dict) or not _is_id(number) or entry.get("jsonrpc") != "2.0":
            raise _RefusedError("N-22")
        params = entry.get("params", [])
        if entry.keys() - {"jsonrpc", "id", "method", "params"} or not isinstance(params, list):
            raise _RefusedError("N-22")
        method = entry.get("method")
        if not isinstance(method, str) or method not in METHODS:
            raise _RefusedError("N-20")
        job.method = method
        job.params = METHODS[method].form(params)
    except _RefusedError as refusal:
        job.answer = refusal.error
    except FormError as error:
        job.answer = _error("N-24", str(error))
    if job.answer is None and job.method == CLIENT_VERSION:
        job.answer = {"result": "allowance-registry"}
    return job


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= 128 and value.isprintable()
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_ID


def _height(block: str, newest: int) -> int:
    tags = {"earliest": 0, "latest": newest, "pending": newest, "safe": newest, "finalized": newest}
    return tags[block] if block in tags else int(block, 16)


def _fail(jobs: list[_Job]) -> None:
    for job in jobs:
        job.answer = _error("N-27")


def _envelope(job: _Job) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": job.id, **(job.answer or _error("N-27"))}


def _error(rule: str, detail: str = "") -> dict[str, Any]:
    zh, en = REFUSALS[rule]
    return {"error": {"code": CODES[rule], "message": f"{rule}: {en}", "data": _data(rule, zh, en, detail)}}


def _tx_error(error: TxRefusedError) -> dict[str, Any]:
    data = _data(error.rule, error.zh, error.en, error.detail)
    return {"error": {"code": TX_REFUSED, "message": str(error), "data": data}}


def _data(rule: str, zh: str, en: str, detail: str) -> dict[str, str]:
    return {"rule": rule, "zh": zh, "en": en, "detail": detail}
