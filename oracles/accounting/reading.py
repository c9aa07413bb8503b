"""From JSON text to a validated input model; every mistake becomes a numbered refusal."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from oracles.accounting.model import CemsReport, OffshoreWindReport, Report
from oracles.accounting.refusal import Refusal, RefusedError, refuse
from registry_sdk.calc.result import Text

MAX_JSON_BYTES = 20_000_000
MAX_REFUSALS = 200

MODELS: Mapping[str, type[BaseModel]] = {
    "emissions": Report,
    "cems": CemsReport,
    "offshore_wind": OffshoreWindReport,
}

FIELD_RULES: Mapping[str, str] = {
    "entity": "D-07",
    "sector": "A-05a",
    "year": "D-07",
    "rounding": "D-17",
    "meter": "D-16",
    "certificates": "D-16",
    "lab": "H-06",
    "heat_value": "D-02",
    "carbon_per_heat": "D-03",
    "carbon_content": "D-02",
    "anode_net_carbon": "D-14",
    "anode_sulfur": "D-14",
    "anode_ash": "D-14",
    "anode_effect": "D-14",
    "month": "D-06",
    "days": "D-15",
    "concentration": "D-15",
    "flow": "D-02",
    "exported": "E-10",
    "imported": "E-10",
    "operating_margin": "E-10",
    "build_margin": "E-10",
    "weight_operating": "E-10",
    "weight_build": "E-10",
}
"""Rule number of the nearest named field on the path of a mistake; D-07 (annual report) for the rest."""

_PROBLEMS: Mapping[str, tuple[Text, Text]] = {
    "missing": (Text("缺少此项", "missing"), Text("填写此项", "give this field")),
    "extra_forbidden": (
        Text("不认识的字段", "unknown field"),
        Text("删除此字段；可用字段：{known}", "remove it; known fields: {known}"),
    ),
    "literal_error": (Text("取值不在列表中", "not one of the allowed values"), Text("{expected}", "{expected}")),
    "date_type": (Text("不是日期", "not a date"), Text("YYYY-MM-DD，如 2024-03-31", "YYYY-MM-DD, such as 2024-03-31")),
    "int_type": (Text("不是整数", "not a whole number"), Text("整数，如 2024", "a whole number, such as 2024")),
    "bool_type": (Text("不是真假值", "not true or false"), Text("true 或 false", "true or false")),
    "string_type": (Text("不是文字", "not text"), Text("带引号的文字", "text in quotes")),
    "string_too_short": (Text("为空", "empty"), Text("至少 {min_length} 个字符", "at least {min_length} character(s)")),
    "string_too_long": (Text("过长", "too long"), Text("至多 {max_length} 个字符", "at most {max_length} characters")),
    "string_pattern_mismatch": (
        Text("不是有效代码", "not a valid key"),
        Text("小写字母、数字、下划线或连字符", "lower-case letters, digits, _ or -"),
    ),
    "greater_than_equal": (Text("过小", "too small"), Text("不小于 {ge}", "at least {ge}")),
    "less_than_equal": (Text("过大", "too large"), Text("不大于 {le}", "at most {le}")),
    "too_short": (Text("至少一行", "no rows"), Text("至少 {min_length} 行", "at least {min_length} row(s)")),
    "too_long": (Text("行数过多", "too many rows"), Text("至多 {max_length} 行", "at most {max_length} rows")),
    "model_type": (Text("不是对象", "not an object"), Text("对象 {{…}}", "an object {{…}}")),
    "tuple_type": (Text("不是列表", "not a list"), Text("列表 […]", "a list […]")),
}
_OTHER = (Text("格式不符", "wrong form"), Text("见模板", "see the template"))


def path_of(location: Sequence[str | int]) -> str:
    """("sources", 2, "amount") as "sources[2].amount"."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "report"


def rule_of(location: Sequence[str | int]) -> str:
    named = [part for part in reversed(location) if isinstance(part, str) and part in FIELD_RULES]
    return FIELD_RULES[named[0]] if named else "D-07"


def _known_fields(model: type[BaseModel], location: Sequence[str | int]) -> str:
    """Names of the fields of the model that holds the last step of ``location``."""
    current: Any = model
    for part in location[:-1]:
        if isinstance(part, str) and isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(part)
            current = _inner_model(field.annotation) if field else None
    if isinstance(current, type) and issubclass(current, BaseModel):
        return ", ".join(current.model_fields)
    return "-"


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _inner_model(part)
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    return None


def _refusal(model: type[BaseModel], error: Mapping[str, Any]) -> Refusal:
    location, context = error["loc"], dict(error.get("ctx") or {})
    rule = str(context.get("rule") or rule_of(location))
    if "valid_zh" in context:
        problem = Text(str(context["zh"]), str(context["en"]))
        return Refusal(path_of(location), rule, problem, Text(str(context["valid_zh"]), str(context["valid_en"])))
    problem, valid = _PROBLEMS.get(str(error["type"]), _OTHER)
    context["known"] = _known_fields(model, location)
    filled = Text(valid.zh.format_map(_Blank(context)), valid.en.format_map(_Blank(context)))
    return Refusal(path_of(location), rule, problem, filled)


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def validate(document: Any) -> BaseModel:
    """The input model of ``document`` (chosen by its "kind"). Raises RefusedError with every mistake."""
    if not isinstance(document, dict):
        raise refuse("report", "D-07", Text("不是对象", "not an object"), Text("JSON 对象 {…}", "a JSON object {…}"))
    kind = document.get("kind", "emissions")
    model = MODELS.get(kind) if isinstance(kind, str) else None
    if model is None:
        names = ", ".join(MODELS)
        raise refuse("kind", "D-07", Text("未知种类", "unknown kind"), Text(names, names))
    try:
        return model.model_validate(document)
    except ValidationError as error:
        mistakes: list[dict[str, Any]] = [dict(each) for each in error.errors(include_url=False, include_input=False)]
        # a list whose rows failed is reported once more as too short; the rows themselves say it better
        inner = {each["loc"][:depth] for each in mistakes for depth in range(len(each["loc"]))}
        told = [each for each in mistakes if each["type"] != "too_short" or each["loc"] not in inner]
        raise RefusedError(_refusal(model, each) for each in told[:MAX_REFUSALS]) from None


def read_json(text: str | bytes) -> Any:
    """The JSON document in ``text`` with exact numbers. Raises RefusedError for NaN, duplicate keys or bad syntax."""
    if len(text) > MAX_JSON_BYTES:
        raise refuse(
            "file",
            "D-07",
            Text("文件过大", "the file is too large"),
            Text(f"至多 {MAX_JSON_BYTES} 字节", f"at most {MAX_JSON_BYTES} bytes"),
        )

    def constant(name: str) -> Any:
        raise refuse(
            "file", "D-07", Text(f"{name} 不是数", f"{name} is not a number"), Text("十进制数", "a decimal number")
        )

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise refuse(
                    key, "D-07", Text("字段重复", "field given twice"), Text("每个字段一次", "each field once")
                )
            found[key] = value
        return found

    try:
        return json.loads(text, parse_float=Decimal, parse_constant=constant, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        place = f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "file"
        raise refuse(
            place, "D-07", Text("不是有效的 JSON", "not valid JSON"), Text("UTF-8 的 JSON 文件", "JSON in UTF-8")
        ) from None
