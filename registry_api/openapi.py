"""The OpenAPI document: what FastAPI makes of the routes, with problem documents and examples of answers added."""

from typing import Any, Final

from fastapi import FastAPI

from registry_sdk import rules

PROBLEM: Final = "Problem"
_TEXT: Final = {"type": "string"}
_PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "title": PROBLEM,
    "description": "RFC 9457，附规则号与中英文 with the rule number, in Chinese and English",
    "type": "object",
    "required": ["type", "title", "title_zh", "status", "detail", "detail_zh", "rule", "remedy", "remedy_zh"],
    "properties": {
        **dict.fromkeys(("type", "title", "title_zh", "detail", "detail_zh", "rule", "remedy", "remedy_zh"), _TEXT),
        **dict.fromkeys(("source", "source_zh", "instance"), _TEXT),
        "status": {"type": "integer"},
        "error": {"type": ["string", "null"], "description": "合约错误名 name of the contract error"},
        "args": {"type": "object", "additionalProperties": True},
    },
}
Cases = tuple[tuple[str, dict[str, Any]], ...]
#: Refusals shown as examples: number and values. Every operation lists those that it may meet.
_ALWAYS: Final[Cases] = (("P-13", {"retry_after": 2}), ("P-17", {"retry_after": 2}), ("P-99", {"incident": "5f0c…"}))
_WITH_BODY: Final[Cases] = (
    ("O-01", {"where": "message.quantity", "problem": "message.quantity: Input should be a valid integer"}),
    ("P-16", {"problem": "第 12 个字符处不是 JSON not JSON at character 12"}),
    ("P-07", {"limit": 4_194_304}),
    ("P-08", {"given": "text/plain"}),
)
_SIGNED: Final[Cases] = (
    ("P-01", {"key": "k-1"}),
    ("O-02", {"expiry": 1_767_225_600}),
    ("O-03", {"account": 11000001, "expected": 5, "given": 4}),
    ("A-09", {"account": 11000001, "status": 5, "action": 0}),
    ("A-11", {"account": 11000001, "unit": 2025, "free": 10, "wanted": 11}),
    ("P-09", {"retry_after": 2}),
)
_PATH: Final[Cases] = (("P-05", {"what": "账户 account 7"}), ("P-11", {"where": "number", "problem": "not a number"}))
_LOGIN: Final[Cases] = (("P-03", {}), ("P-04", {"what": "账户 account 11000001"}))
_CURSOR: Final[Cases] = (("P-10", {}), ("P-11", {"where": "limit", "problem": "greater than 500"}))
_CHALLENGE: Final[Cases] = (("P-12", {}),)
_ANSWERS: Final[dict[str, Any]] = {
    "/v1/orders": {"id": "0x" + "ab" * 32, "kind": "transfer", "state": "QUEUED", "refusal": None},
    "/v1/orders/preview": {"valid": True, "refusal": None, "digest": "0x" + "ab" * 32, "typed_data": {}},
    "/v1/submissions/{id_}": {"id": "0x" + "ab" * 32, "kind": "transfer", "state": "DONE", "block": 77, "position": 0},
    "/v1/accounts/{number}": {"number": 11000001, "status": "ACTIVE", "kind": "KEY_EMITTER", "next_nonce": 5},
    "/v1/accounts/{number}/holdings": {
        "items": [
            {"asset": "allowances", "account": 11000001, "unit": 2025, "registry": 900, "trading": 0, "locked": 0}
        ]
    },
    "/v1/sessions": {"token": "gAAAAA…", "expires_at": 1_767_229_200},
}


def describe(app: FastAPI) -> None:
    """Have ``app`` serve the completed document."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            document["components"]["schemas"][PROBLEM] = _PROBLEM_SCHEMA
            document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            for unused in ("HTTPValidationError", "ValidationError"):
                document["components"]["schemas"].pop(unused, None)
            for path, operations in document["paths"].items():
                for operation in operations.values():
                    _complete(path, operation)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(path: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    if not path.startswith("/v1"):
        return
    for response in responses.values():
        content = response.get("content", {}).get("application/json")
        if content is not None and path in _ANSWERS:
            content["example"] = _ANSWERS[path]
    if "authorization" in {p["name"] for p in operation.get("parameters", [])}:
        operation["security"] = [{"token": []}]
        operation["parameters"] = [p for p in operation["parameters"] if p["name"] != "authorization"]
    by_status: dict[int, dict[str, Any]] = {}
    for number, args in _met_by(path, operation):
        refusal = rules.refuse(number, **args)
        by_status.setdefault(refusal.rule.http, {})[number] = {
            "summary": f"{refusal.rule.zh} {refusal.rule.en}",
            "value": rules.problem(refusal, path),
        }
    for status, examples in sorted(by_status.items()):
        content = {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}, "examples": examples}
        responses[str(status)] = {"description": ", ".join(examples), "content": {rules.MEDIA_TYPE: content}}


def _met_by(path: str, operation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Refusals that an operation may meet, by what it takes."""
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    is_signed = "Idempotency-Key" in names or path.endswith("/execute")
    chosen = (
        (_ALWAYS, True),
        (_WITH_BODY, "requestBody" in operation),
        (_SIGNED, is_signed),
        (_PATH, "{" in path),
        (_LOGIN, "security" in operation),
        (_CURSOR, bool(names & {"cursor", "after"})),
        (_CHALLENGE, path == "/v1/sessions"),
    )
    return [row for rows, is_met in chosen if is_met for row in rows]
