"""Every refusal of the API as an RFC 9457 problem document with its rule number, in Chinese and English."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from registry_api.chain import ChainRefusedError, ChainUnavailableError
from registry_api.limit import MAX_BODY, TOO_LARGE
from registry_api.malformed import refusal_of_form
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


def answer(refusal: rules.Refusal, request: Request, **headers: str) -> JSONResponse:
    """The HTTP answer for a refusal; ``headers`` beside those that its status asks for."""
    status = refusal.rule.http
    if status in (429, 503):
        headers["Retry-After"] = str(RETRY_AFTER)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    document = rules.problem(refusal, request.url.path)
    return JSONResponse(jsonable_encoder(document), status, headers=headers, media_type=rules.MEDIA_TYPE)


def _of_http(error: HTTPException, request: Request) -> rules.Refusal:
    """The refusal behind what the framework refuses by itself."""
    path = request.url.path
    if error.status_code == 404:
        return rules.refuse("P-05", what=path)
    if error.status_code == 405:
        return rules.refuse("P-06", method=request.method, allowed=(error.headers or {}).get("Allow", "GET"))
    if error.status_code == TOO_LARGE:
        return rules.refuse("P-07", limit=MAX_BODY)
    if error.status_code == 400:
        return rules.refuse("P-16", problem="不是 JSON not JSON")
    return rules.refuse("P-11", where=path, problem=error.detail)


def install(app: FastAPI) -> None:
    """Register the handlers."""

    @app.exception_handler(ProblemError)
    async def on_problem(request: Request, error: ProblemError) -> JSONResponse:
        return answer(error.refusal, request)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return answer(refusal_of_form(error.errors(), error.body), request)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> JSONResponse:
        return answer(_of_http(error, request), request, **dict(error.headers or {}))

    @app.exception_handler(ChainRefusedError)
    async def on_chain_refusal(request: Request, error: ChainRefusedError) -> JSONResponse:
        return answer(rules.refuse("P-11", where=error.rule, problem=f"{error.zh} {error.en}"), request)

    @app.exception_handler(ChainUnavailableError)
    @app.exception_handler(RpcTransportError)
    async def on_unavailable(request: Request, error: Exception) -> JSONResponse:
        return answer(rules.refuse("P-13", retry_after=RETRY_AFTER), request)

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(PoolTimeoutError)
    async def on_database(request: Request, error: Exception) -> JSONResponse:
        log.warning("database unavailable", path=request.url.path, error=type(error).__name__)
        return answer(rules.refuse("P-14", retry_after=RETRY_AFTER), request)
