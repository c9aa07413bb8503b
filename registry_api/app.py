"""The FastAPI application: routes around one running service.

There is no limit of requests per client here: one kept in memory would not hold across processes, and clients behind
one address are many. That is the reverse proxy's part. What costs much is bounded instead, where it is counted once
for all processes: orders of an account on their way, tables without approval; and here in each process: threads, body
size, gas of a preview, clients that wait.
"""

from typing import Final

from fastapi import FastAPI

from registry_api import problems
from registry_api.chain import Gateway, build_router
from registry_api.defects import Defects
from registry_api.limit import BodyLimit
from registry_api.openapi import describe
from registry_api.routes import (
    accounts,
    acts,
    calendar,
    carryover,
    documents,
    health,
    register,
    sandbox,
    sessions,
    tables,
)
from registry_api.service import Service

DESCRIPTION: Final = """
碳排放权登记系统接口。链上合约是权属的唯一记录；本服务只递送已签名的单据，并展示链上事件的投影。

The chain is the record of title; this service carries signed documents and shows a projection of the chain's events.
Every refusal is an RFC 9457 problem document with a rule number, in Chinese and English.
"""
ROUTERS: Final = (health, register, calendar, accounts, documents, acts, tables, carryover, sessions)


def create_app(service: Service) -> FastAPI:
    """The application around a service that the caller has started and will stop."""
    app = FastAPI(title="碳排放权登记系统 Allowance registry", version="1", description=DESCRIPTION.strip())
    app.state.service = service
    problems.install(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Defects)
    for module in ROUTERS:
        app.include_router(module.router)
    if service.settings.sandbox:
        app.include_router(sandbox.router)
    app.include_router(build_router(Gateway(service.chain)))
    describe(app)
    return app
