"""From a contract error or an API's own check to a refusal, and from a refusal to a problem document (RFC 9457)."""

from typing import Any, Final

from registry_sdk.codec import ContractError
from registry_sdk.rules.catalogue import by_error, rule, rule_of_error
from registry_sdk.rules.model import Refusal, Rule
from registry_sdk.rules.words import plain, words

#: Path under which the API serves the catalogue; a problem's ``type`` points there.
RULES_PATH: Final = "/v1/rules"
MEDIA_TYPE: Final = "application/problem+json"


def refusal(error: ContractError) -> Refusal:
    """The refusal behind a decoded contract error; one outside the catalogue comes back as T-99 with its data."""
    if error.name in by_error():
        return _fill(rule_of_error(error.name), error.args)
    shown = ", ".join(f"{name}={plain(value)}" for name, value in error.args.items())
    return _fill(rule_of_error("UnknownError"), {"data": f"{error.name}({shown})"})


def refuse(number: str, **args: Any) -> Refusal:
    """A refusal by number, for checks made before the chain or that the chain does not know.

    Raises:
        KeyError: no such rule, or a value of the rule's templates is missing.
    """
    found = rule(number)
    missing = [name for name in found.args if name not in args]
    if missing:
        raise KeyError(f"rule {number} needs {', '.join(missing)}")
    return _fill(found, args)


def problem(refused: Refusal, instance: str | None = None) -> dict[str, Any]:
    """Problem document. ``title``, ``detail``, ``remedy``, ``source`` are English, the ``_zh`` members Chinese.

    Args:
        refused: what was refused.
        instance: URI reference of this occurrence, left out where there is none.
    """
    found = refused.rule
    document: dict[str, Any] = {
        "type": f"{RULES_PATH}/{found.number}",
        "title": found.en,
        "title_zh": found.zh,
        "status": found.http,
        "detail": refused.en,
        "detail_zh": refused.zh,
        "rule": found.number,
        "error": found.error,
        "args": dict(refused.args),
        "remedy": refused.remedy_en,
        "remedy_zh": refused.remedy_zh,
        "source": found.source.en,
        "source_zh": found.source.zh,
    }
    if instance is not None:
        document["instance"] = instance
    return document


def _fill(found: Rule, args: dict[str, Any]) -> Refusal:
    texts = {name: words(name, value) for name, value in args.items()}
    zh = {name: text for name, (text, _) in texts.items()}
    en = {name: text for name, (_, text) in texts.items()}
    return Refusal(
        rule=found,
        args={name: plain(value) for name, value in args.items()},
        zh=found.zh_detail.format_map(zh),
        en=found.en_detail.format_map(en),
        remedy_zh=found.zh_remedy.format_map(zh),
        remedy_en=found.en_remedy.format_map(en),
    )
