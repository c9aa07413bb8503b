"""Refusals of the oracle, numbered like those of the contracts.

What the contract would refuse too goes by the contract's error and the rule catalogue of the SDK; what only happens
before the chain (files, documents, figures) is in the table below.
"""

from dataclasses import dataclass
from typing import Any, Final

from oracles.case_refusals import TEXTS as CASES
from oracles.evidence_refusals import TEXTS as EVIDENCE
from oracles.source_refusals import TEXTS as SOURCES
from oracles.store.records import Outcome
from registry_sdk.codec import ContractError
from registry_sdk.rules import refusal as refusal_of

#: Error name to rule, what is wrong (zh, en), what would be valid (zh, en). Braces name arguments of the error.
OWN: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "NotJson": (
        "V-01",
        "不是有效的 JSON：{detail}。",
        "not valid JSON: {detail}.",
        "UTF-8 编码、键不重复的 JSON。",
        "JSON in UTF-8 without repeated keys.",
    ),
    "TooLarge": (
        "V-02",
        "大小 {size} 字节，超过 {limit} 字节。",
        "{size} bytes, more than {limit}.",
        "每个文件一份声明。",
        "one statement in a file.",
    ),
    "NotStatement": (
        "V-03",
        "不符合声明格式：{detail}。",
        "not a signed statement: {detail}.",
        "registry oracle sign 写出的文件。",
        "a file as registry oracle sign writes it.",
    ),
    "NotRegularFile": (
        "V-04",
        "不是普通文件（{kind}）。",
        "not a regular file ({kind}).",
        "直接放入文件，不用链接或文件夹。",
        "the file itself, no link and no folder.",
    ),
    "NoApproval": (
        "V-05",
        "声明没有签名。",
        "the statement carries no signature.",
        "至少一个登记签名人的签名。",
        "the signature of at least one registered signer.",
    ),
    "FigureDiffers": (
        "V-06",
        "重新核算为 {calculated} 吨，报告为 {reported} 吨。",
        "calculated again the figure is {calculated} t, the report says {reported} t.",
        "改正报告或活动数据后再签。",
        "correct the report or the activity data, then sign.",
    ),
    "DeclaredOnly": (
        "V-07",
        "报告没有活动数据，{reported} 吨无法重新核算。",
        "the report has no activity data, so its {reported} t cannot be calculated again.",
        "附上活动数据，或以 --declared-total-accepted 明示接受申报总量。",
        "add the activity data, or accept the declared total with --declared-total-accepted.",
    ),
    "ReportUnreadable": (
        "V-08",
        "报告文件有误：{detail_zh}。",
        "the report file is wrong: {detail}.",
        "含 account、year、tonnes、document 的 JSON，文件与其同一文件夹。",
        "JSON with account, year, tonnes, document; the files beside it.",
    ),
    "StatementDiffers": (
        "V-09",
        "待签声明的 {field} 为 {given}，自行核对应为 {expected}。",
        "{field} of the statement is {given}; checked on our own it must be {expected}.",
        "向核查机构退回，改正后重新签署。",
        "return it to the verifier to be signed again.",
    ),
    "ActivityOfOther": (
        "V-10",
        "活动数据的 {field} 为 {given}，报告为 {expected}。",
        "{field} of the activity data is {given}, of the report {expected}.",
        "同一实体、同一年度的活动数据。",
        "activity data of the same entity and year.",
    ),
    "ActivityRefused": (
        "V-11",
        "活动数据不能核算：{detail}。",
        "the activity data cannot be calculated: {detail}.",
        "按所列规则改正活动数据。",
        "correct the activity data by the rules named.",
    ),
    "Conflict": (
        "V-12",
        "同一实体、年度、版本另有完整声明 {rivals}，内容不同。",
        "another complete statement {rivals} of the same entity, year and version says something else.",
        "由签名机构澄清后，用 registry oracle push --statement 指定其一。",
        "once the signers have settled it, name one with registry oracle push --statement.",
    ),
    "ChainRefusedTransaction": (
        "V-13",
        "整笔交易失败，报告未生效。",
        "the transaction failed as a whole, the report took no effect.",
        "自动重试；反复出现时运行 registry oracle check。",
        "it is tried again; run registry oracle check if it keeps happening.",
    ),
    "EvidenceNotAnchored": (
        "V-16",
        "{month} 月存证的根为 {found}，链上最新为 {anchored}。",
        "the evidence of month {month} has the root {found}, the newest on the chain is {anchored}.",
        "附上各月最新上链的存证。",
        "the months as they were last anchored, all of them.",
    ),
    "EvidenceDiffers": (
        "V-17",
        "报告与月度存证有 {count} 处不同：{detail}。",
        "the report differs from the monthly evidence in {count} places: {detail}.",
        "由存证重新生成报告，或先更正存证。",
        "build the report from the evidence, or correct the evidence first.",
    ),
    "AlreadyRecorded": (
        "V-18",
        "此报告已是第 {version} 版在链数据（{tonnes} 吨）。",
        "this very report is the figure in force, version {version} ({tonnes} t).",
        "更正须附内容不同的报告。",
        "a correction needs a report that says something else.",
    ),
    "HomeOfOther": (
        "V-15",
        "此目录属于链 {chain} 的合约 {contract}。",
        "this home folder belongs to contract {contract} on chain {chain}.",
        "为本登记系统另设 ORACLE_HOME。",
        "set ORACLE_HOME to another folder for this registry.",
    ),
    "SenderMayNotPush": (
        "V-14",
        "推送环境有误：{detail_zh}。",
        "the environment cannot push: {detail}.",
        "按提示改正设置，再运行 registry oracle check。",
        "correct the setting named, then run registry oracle check.",
    ),
    **CASES,
    **EVIDENCE,
    **SOURCES,
}


@dataclass(frozen=True)
class Refusal:
    """A refusal for people: rule number, what is wrong and what would be valid, in both languages."""

    rule: str
    error: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str
    args: dict[str, Any]

    def __str__(self) -> str:
        return f"[{self.rule}] {self.zh} {self.remedy_zh} / {self.en} {self.remedy_en}"

    def to_json(self) -> dict[str, Any]:
        """As an RFC 9457 problem document carries it."""
        return {
            "rule": self.rule,
            "error": self.error,
            "detail_zh": self.zh,
            "detail": self.en,
            "remedy_zh": self.remedy_zh,
            "remedy": self.remedy_en,
            "args": self.args,
        }


class OracleError(Exception):
    """Something is refused before the chain; ``refusal`` says by which rule."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.refusal = explain(outcome)
        super().__init__(str(self.refusal))


def refuse(error: str, **args: Any) -> OracleError:
    """An :class:`OracleError` by name of the table or of a contract error."""
    return OracleError(Outcome(error, args))


def explain(outcome: Outcome) -> Refusal:
    """Number and text of a filed refusal."""
    own = OWN.get(outcome.error)
    if own is None:
        found = refusal_of(ContractError(outcome.error, outcome.args))
        texts = (found.zh, found.en, found.remedy_zh, found.remedy_en)
        return Refusal(found.rule.number, outcome.error, *texts, dict(found.args))
    rule, *templates = own
    zh, en, remedy_zh, remedy_en = (template.format_map(outcome.args) for template in templates)
    return Refusal(rule, outcome.error, zh, en, remedy_zh, remedy_en, outcome.args)
