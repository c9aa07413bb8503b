"""``docs/api-routes.md``: the routes of both services with what they ask for, from the routers themselves."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Final, cast

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from oracles.intake.http import IntakeService, build_intake
from oracles.sources.desk import SourceDesk
from oracles.sources.http import add_source_routes
from registry_api import routes
from registry_api.routes.deps import get_signer
from registry_cli.docs.markdown import cell, page, table

_INTRO = """\
运行中的服务在 `/openapi.json` 与 `/docs` 给出完整的 OpenAPI（含示例）。下表由路由生成。
“登录”：以账户代表或有岗位人员的密钥签名登录，权利以链上登记为准；单据本身凭其签名有效，提交不需登录。

A running service gives the full OpenAPI with examples at `/openapi.json` and `/docs`. This table is generated from the
routes. "Sign-in": signed in with the key of a representative or officer, whose rights the chain records; a document is
valid by its own signatures and needs no sign-in to be handed in."""
_INTAKE: Final = "registry oracle run：预言机接收端，仅本机 the oracle's intake, on loopback only"


def routes_page() -> str:
    """The page."""
    parts = [_INTRO]
    for tag, rows in _by_tag().items():
        parts += [f"## {cell(tag)}", table(["方法 Method", "路径 Path", "说明 Meaning", "登录 Sign-in"], rows)]
    return page("接口路由 / Routes", *parts)


def _by_tag() -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for tag, route in _routes():
        needs = "需要 yes" if _needs_sign_in(route.dependant) else "不需 no"
        methods = ", ".join(sorted(route.methods or ()))
        found.setdefault(tag, []).append([methods, f"`{route.path}`", cell(route.summary or ""), needs])
    return found


def _routes() -> Iterator[tuple[str, APIRoute]]:
    for module in sorted(info.name for info in pkgutil.iter_modules(routes.__path__)):
        router = getattr(importlib.import_module(f"{routes.__name__}.{module}"), "router", None)
        for route in router.routes if router else ():
            if isinstance(route, APIRoute):
                yield str((route.tags or [module])[0]), route
    # the routes are listed and none is called, so that they need nothing to stand on
    intake = build_intake(cast(IntakeService, None))
    add_source_routes(intake, cast(SourceDesk, None))
    for route in intake.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            yield _INTAKE, route


def _needs_sign_in(dependant: Dependant) -> bool:
    return any(part.call is get_signer or _needs_sign_in(part) for part in dependant.dependencies)
