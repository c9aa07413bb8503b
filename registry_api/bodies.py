"""What a request body may be: of JSON's media type, and JSON without repeated keys or what JSON does not have."""

import json
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute

from registry_api.problems import ProblemError

MEDIA_TYPE: Final = "application/json"


class _StrictRequest(Request):
    """Parses JSON without repeated keys and without what is no JSON (NaN, Infinity)."""

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            text = (await self.body()).decode()
            self._json = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        return self._json


class StrictRoute(APIRoute):
    """A route whose body is parsed strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if self.body_field is not None:
                _require_json(request.headers.get("content-type", MEDIA_TYPE))
            return await inner(_StrictRequest(request.scope, request.receive))

        return handle


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _require_json(given: str) -> None:
    media = given.partition(";")[0].strip().lower()
    if media != MEDIA_TYPE:
        raise ProblemError.of("P-08", given=media[:80] if media.isprintable() else "?")
