"""The FastAPI application: routes around one running service."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI, Request, Response

from registry_api import problems
from registry_api.chain import Gateway, build_router
from registry_api.routes import accounts, documents, health, register, sandbox, sessions, tables
from registry_api.service import Service
from registry_sdk import rules

MAX_BODY: Final = 4 * 1024 * 1024
RPC_PATH: Final = "/rpc"
DESCRIPTION: Final = """
碳排放权登记系统接口。链上合约是权属的唯一记录；本服务只递送已签名的单据，并展示链上事件的投影。

The chain is the record of title; this service carries signed documents and shows a projection of the chain's events.
Every refusal is an RFC 9457 problem document with a rule number, in Chinese and English.
"""


def create_app(service: Service) -> FastAPI:
    """The application around a service that the caller has started and will stop."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield

    app = FastAPI(
        title="碳排放权登记系统 Allowance registry", version="1", description=DESCRIPTION.strip(), lifespan=lifespan
    )
    app.state.service = service
    problems.install(app)

    @app.middleware("http")
    async def limit_body(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        length = request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            return problems.answer(rules.refuse("P-07", limit=MAX_BODY), request)
        return await call_next(request)

    for router in (health, register, accounts, documents, tables, sessions, sandbox):
        app.include_router(router.router)
    app.include_router(build_router(Gateway(service.chain)))
    return app
