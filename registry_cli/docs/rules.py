"""``docs/rules.md``: the catalogue of refusals."""

from collections.abc import Iterator
from itertools import groupby

from oracles.refusals import OWN
from registry_api.chain.errors import REFUSALS
from registry_cli.docs.markdown import cell, page, pair, table
from registry_sdk.rules import Rule, catalogue

_INTRO = """\
每一种拒绝只有一个编号，合约错误、接口的问题文档（RFC 9457，`type` 为 `/v1/rules/<编号>`）与给人看的文字共用。
编号与领域规则一致者（如 C-05）即该规则；同一规则下的不同拒绝以小写字母区分；其余为本系统编号：
O 指令、L 分配表、R 排放声明、G 经办复核、P 接口、T 合约底层、N 链网关、V 预言机收件、M 监测数据、W 数据质量与核查。
依据后的方括号为置信度：H 已读原文可入测试，M 很可能，L 待核，X 本系统的设计取值。花括号为个案数值。

Every reason to refuse has one number, shared by the contract's error, the API's problem document (RFC 9457, `type` is
`/v1/rules/<number>`) and the text for people. A number of the domain rules (such as C-05) is that rule; different
refusals under one rule end in a small letter; the others are our own: O orders, L allocation tables, R statements of
emissions, G officers' acts, P interface, T low level, N chain gateway, V intake of the oracle, M monitoring data,
W data quality and verification. The letter in brackets is the confidence in the source: H read, M very likely, L to be
confirmed, X a choice of this design. Braces are filled in per case."""

_GATEWAY = """\
## 链网关 / Chain gateway

JSON-RPC 错误的 `data` 带此编号。Carried in the `data` of a JSON-RPC error."""

_ORACLE = """\
## 预言机 / Oracle

合约也会拒绝的，用合约错误的编号；以下只发生在上链之前。What the contract would refuse too goes by its error's number;
these happen before the chain only."""


def rules_page() -> str:
    """The page."""
    rows = ([f'<a id="{number}"></a>{number}', pair(zh, en)] for number, (zh, en) in sorted(REFUSALS.items()))
    return page(
        "规则目录 / Rule catalogue",
        _INTRO,
        *_domains(),
        _GATEWAY,
        table(["编号 No.", "怎样才有效 What would be valid"], rows),
        _ORACLE,
        table(["编号 No.", "拒绝 Refusal", "怎样才有效 What would be valid"], _intake()),
    )


def _intake() -> Iterator[list[str]]:
    for number, zh, en, remedy_zh, remedy_en in sorted(OWN.values()):
        yield [f'<a id="{number}"></a>{number}', pair(zh, en), pair(remedy_zh, remedy_en)]


def _domains() -> Iterator[str]:
    head = ["编号 No.", "拒绝 Refusal", "怎样才有效 What would be valid", "合约错误 · HTTP", "依据 Source"]
    for domain, group in groupby(catalogue().values(), key=lambda rule: rule.domain):
        yield f"## {domain.zh} / {domain.en}"
        yield table(head, map(_row, group))


def _row(rule: Rule) -> list[str]:
    return [
        f'<a id="{rule.number}"></a>{rule.number}',
        f"**{cell(rule.zh)}** {cell(rule.zh_detail)}<br>**{cell(rule.en)}** {cell(rule.en_detail)}",
        pair(rule.zh_remedy, rule.en_remedy),
        (f"`{rule.error}`<br>" if rule.error else "") + str(rule.http),
        pair(rule.source.zh, rule.source.en),
    ]
