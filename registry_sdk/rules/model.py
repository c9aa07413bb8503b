"""Types of the rule catalogue: a numbered rule, and a refusal by it with texts filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Source:
    """Where a rule comes from.

    Attributes:
        rules: identifiers of the domain rules; law: titles of the documents behind them with article, zh and en;
        confidence: H, M or L as the domain rules grade them, X for a choice of this system's design.
    """

    rules: tuple[str, ...]
    law_zh: tuple[str, ...]
    law_en: tuple[str, ...]
    confidence: str

    @property
    def zh(self) -> str:
        return self._text(self.law_zh, "本系统设计")

    @property
    def en(self) -> str:
        return self._text(self.law_en, "design of this system")

    def _text(self, law: tuple[str, ...], design: str) -> str:
        parts = [*self.rules, *law] or [design]
        return "; ".join(parts) + f" [{self.confidence}]"


@dataclass(frozen=True)
class Domain:
    """Part of the registry a rule belongs to."""

    id: str
    zh: str
    en: str


@dataclass(frozen=True)
class Rule:
    """One reason to refuse.

    Attributes:
        number: unique number, shown to people and used in URIs; error: contract error, None where only the API refuses;
        http: status of the API's answer; zh, en: title; zh_detail, en_detail, zh_remedy, en_remedy: templates over
        ``args``; args: names of the values that a refusal by this rule carries.
    """

    number: str
    error: str | None
    http: int
    zh: str
    en: str
    zh_detail: str
    en_detail: str
    zh_remedy: str
    en_remedy: str
    args: tuple[str, ...]
    source: Source
    domain: Domain


@dataclass(frozen=True)
class Refusal:
    """A rule applied to a case. ``args`` are JSON values; zh, en say what is wrong, remedy_* what would be valid."""

    rule: Rule
    args: Mapping[str, Any]
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str

    def __str__(self) -> str:
        return f"[{self.rule.number}] {self.zh}{self.remedy_zh} / {self.en} {self.remedy_en}"
