"""Every refusal of the API as an RFC 9457 problem document with its rule number, in Chinese and English."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from registry_api.chain import ChainRefusedError, ChainUnavailableError
from registry_sdk import rules
from registry_sdk.codec import ContractError
from registry_sdk.rpc import RpcTransportError

log = structlog.get_logger()

RETRY_AFTER: Final = 2
#: Names that the service gives itself, beside the contracts' errors.
OWN_ERRORS: Final = {"BlockedByEarlier": "O-17", "OutOfGas": "O-18"}


class ProblemError(Exception):
    """A refusal on its way to the client."""

    def __init__(self, refusal: rules.Refusal) -> None:
        super().__init__(f"{refusal.rule.number}: {refusal.en}")
        self.refusal = refusal

    @classmethod
    def of(cls, number: str, **args: Any) -> "ProblemError":
        """By rule number."""
        return cls(rules.refuse(number, **args))


def refusal_of(name: str, args: Mapping[str, Any]) -> rules.Refusal:
    """The refusal behind a contract error, or one of the service's own."""
    if name in OWN_ERRORS:
        return rules.refuse(OWN_ERRORS[name], **args)
    return rules.refusal(ContractError(name, dict(args)))


def problem_of(error: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Problem document of a stored contract error."""
    return None if error is None else rules.problem(refusal_of(error["name"], error["args"]))


def validation_problem(error: ValidationError | RequestValidationError) -> ProblemError:
    """What is wrong with a document's form; values stay out, since they may be secrets."""
    parts = [
        f"{'.'.join(str(p) for p in item['loc'] if p != 'body') or 'document'}: {item['msg']}"
        for item in error.errors()[:5]
    ]
    first = error.errors()[0]
    where = ".".join(str(p) for p in first["loc"] if p != "body") or "document"
    return ProblemError.of("O-01", where=where, problem="; ".join(parts))


def answer(refusal: rules.Refusal, request: Request) -> JSONResponse:
    """The HTTP answer for a refusal."""
    document = rules.problem(refusal, str(request.url.path))
    headers = {"Retry-After": str(RETRY_AFTER)} if refusal.rule.http == 503 else None
    status = refusal.rule.http
    return JSONResponse(jsonable_encoder(document), status, headers=headers, media_type=rules.MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Register the handlers."""
    by_status = {404: "P-05", 405: "P-06"}

    @app.exception_handler(ProblemError)
    async def on_problem(request: Request, error: ProblemError) -> JSONResponse:
        return answer(error.refusal, request)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return answer(validation_problem(error).refusal, request)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> JSONResponse:
        number = by_status.get(error.status_code, "P-11")
        args: dict[str, Any] = {
            "P-05": {"what": request.url.path},
            "P-06": {"method": request.method, "allowed": (error.headers or {}).get("Allow", "GET, POST")},
            "P-11": {"where": request.url.path, "problem": error.detail},
        }[number]
        return answer(rules.refuse(number, **args), request)

    @app.exception_handler(ChainRefusedError)
    async def on_chain_refusal(request: Request, error: ChainRefusedError) -> JSONResponse:
        return answer(rules.refuse("P-11", where=error.rule, problem=f"{error.zh} {error.en}"), request)

    @app.exception_handler(ChainUnavailableError)
    @app.exception_handler(RpcTransportError)
    async def on_unavailable(request: Request, error: Exception) -> JSONResponse:
        return answer(rules.refuse("P-13", retry_after=RETRY_AFTER), request)

    @app.exception_handler(Exception)
    async def on_defect(request: Request, error: Exception) -> JSONResponse:
        incident = uuid.uuid4().hex
        log.error("unexpected error", incident=incident, path=request.url.path, exc_info=error)
        return answer(rules.refuse("P-99", incident=incident), request)
