"""From what the validation of a request says to one numbered refusal. Values of the request stay out: they may be
secrets. Only names of fields and the kind asked for are shown, cut short.
"""

from collections.abc import Sequence
from typing import Any, Final

from registry_sdk import rules
from registry_sdk.documents import ORDER_KINDS

SHOWN_ERRORS: Final = 5
SHOWN_TEXT: Final = 80
PARAMETERS: Final = ("query", "path", "header")
Errors = Sequence[Any]


def refusal_of_form(errors: Errors, body: Any) -> rules.Refusal:
    """The refusal: P-16 no JSON, P-02 idempotency key, P-11 parameter, O-14 unknown kind, O-01 anything else.

    Args:
        errors: errors as pydantic lists them, ``loc`` beginning with body, query, path or header.
        body: the parsed body.
    """
    first = errors[0]
    place = first["loc"]
    if first["type"] == "json_invalid":
        return rules.refuse("P-16", problem=f"第 {place[-1]} 个字符处不是 JSON not JSON at character {place[-1]}")
    if place[0] in PARAMETERS:
        name = str(place[-1])
        if name.lower() == "idempotency-key":
            return rules.refuse("P-02")
        return rules.refuse("P-11", where=_short(name), problem=_short(first["msg"]))
    if place[1:] == ("kind",) and isinstance(body, dict) and isinstance(body.get("kind"), str):
        return rules.refuse("O-14", kind=_short(body["kind"]), known=", ".join(ORDER_KINDS))
    parts = [f"{_where(error)}: {_short(error['msg'])}" for error in errors[:SHOWN_ERRORS]]
    return rules.refuse("O-01", where=_where(first), problem="; ".join(parts))


def _where(error: Any) -> str:
    return _short(".".join(str(part) for part in error["loc"] if part != "body") or "document")


def _short(text: str) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown if len(shown) <= SHOWN_TEXT else shown[:SHOWN_TEXT] + "…"
