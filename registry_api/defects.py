"""What nobody foresaw: one line in the log, a numbered answer without a word of it, and the connection lives on."""

import uuid

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registry_api.problems import answer
from registry_sdk import rules

log = structlog.get_logger()


class Defects:
    """ASGI middleware: an exception that no handler took becomes a P-99 with the number of its log entry."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            incident = uuid.uuid4().hex
            log.exception("unexpected error", incident=incident, path=scope.get("path"))
            if has_begun or scope["type"] != "http":
                raise
            refused = answer(rules.refuse("P-99", incident=incident), Request(scope))
            await refused(scope, receive, send)
