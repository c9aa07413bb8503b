"""Reads the catalogue from ``data/*.json``: every refusal of contracts and API, numbered once."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from registry_sdk.codec import CONTRACTS, contract
from registry_sdk.rules.model import Domain, Rule, Source

DATA: Final = Path(__file__).parent / "data"
#: Files in the order of documentation.
FILES: Final = (
    "orders",
    "accounts",
    "units",
    "allocation",
    "accreditation",
    "evidence",
    "reports",
    "compliance",
    "acts",
    "platform",
    "technical",
)
_LAW: Final = DATA.parent.parent / "parameters" / "data" / "sources.json"
#: Errors that no ABI lists: Solidity's own two and what ``codec.decode_error`` makes of foreign data.
BUILT_IN: Final = MappingProxyType({"Panic": ("code",), "Error": ("message",), "UnknownError": ("data",)})
_VARIABLE: Final = re.compile(r"\{(\w+)\}")
_TEMPLATES: Final = ("zh_detail", "en_detail", "zh_remedy", "en_remedy")


@cache
def contract_errors() -> MappingProxyType[str, tuple[str, ...]]:
    """Argument names of every error that a contract of the registry can end with, built-in ones included."""
    found: dict[str, tuple[str, ...]] = dict(BUILT_IN)
    for name in CONTRACTS.values():
        for error, inputs in contract(name).errors.values():
            found[error] = tuple(part["name"] for part in inputs)
    return MappingProxyType(found)


def variables(template: str) -> set[str]:
    """Names a template fills in."""
    return set(_VARIABLE.findall(template))


@cache
def catalogue() -> MappingProxyType[str, Rule]:
    """All rules by number, in the order of documentation.

    Raises:
        ValueError: a number or an error stands twice.
    """
    rules: dict[str, Rule] = {}
    errors: set[str] = set()
    for one in _read():
        if one.number in rules or one.error in errors:
            raise ValueError(f"rule {one.number} ({one.error}) stands twice in the catalogue")
        rules[one.number] = one
        if one.error is not None:
            errors.add(one.error)
    return MappingProxyType(rules)


@cache
def by_error() -> MappingProxyType[str, Rule]:
    """Rules by the name of their contract error."""
    return MappingProxyType({one.error: one for one in catalogue().values() if one.error is not None})


def rule(number: str) -> Rule:
    """The rule of a number.

    Raises:
        KeyError: no such rule.
    """
    try:
        return catalogue()[number]
    except KeyError:
        raise KeyError(f"no rule {number}; the catalogue has {', '.join(catalogue())}") from None


def rule_of_error(name: str) -> Rule:
    """The rule behind a contract error.

    Raises:
        KeyError: the error is not one of the registry's contracts.
    """
    try:
        return by_error()[name]
    except KeyError:
        raise KeyError(f"{name} is not an error of the registry's contracts") from None


def _read() -> Iterator[Rule]:
    titles = json.loads(_LAW.read_text())["sources"]
    for name in FILES:
        raw = json.loads((DATA / f"{name}.json").read_text())
        domain = Domain(**raw["domain"])
        for entry in raw["rules"]:
            yield _rule(entry, domain, titles)


def _rule(entry: dict[str, Any], domain: Domain, titles: dict[str, Any]) -> Rule:
    fields = dict(entry)
    source = fields.pop("source")
    declared = fields.pop("args", None)
    args = contract_errors().get(fields["error"]) if fields["error"] else tuple(declared or ())
    if args is None:
        args = tuple(sorted(set().union(*(variables(fields[part]) for part in _TEMPLATES))))
    law = [_cite(code, titles) for code in source["law"]]
    return Rule(
        **fields,
        args=args,
        domain=domain,
        source=Source(
            rules=tuple(source["rules"]),
            law_zh=tuple(zh for zh, _ in law),
            law_en=tuple(en for _, en in law),
            confidence=source["confidence"],
        ),
    )


def _cite(code: str, titles: dict[str, Any]) -> tuple[str, str]:
    document, _, article = code.partition(":")
    title = titles[document]
    return title["zh"] + (f"第{article}条" if article else ""), title["en"] + (f" art. {article}" if article else "")
