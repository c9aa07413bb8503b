"""How long a request body may be, with or without Content-Length."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Bytes.
MAX_BODY: Final = 4 * 1024 * 1024
TOO_LARGE: Final = 413


class BodyLimit:
    """ASGI middleware: the body is counted as it arrives, and no more of it is read than may come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        count = 0

        async def counted() -> Message:
            nonlocal count
            message = await receive()
            count += len(message.get("body", b""))
            if count > MAX_BODY:
                raise HTTPException(TOO_LARGE)
            return message

        await self._app(scope, counted if scope["type"] == "http" else receive, send)
