"""Refusals of data quality and verification (W-01 ...), in the form of :mod:`oracles.refusals`."""

from typing import Final

TEXTS: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "ActNotNow": (
        "W-01",
        "{case} 当前状态为 {state}，不能 {act}。",
        "{case} is {state}: {act} cannot be done now.",
        "此时可做：{valid}。",
        "what can be done now: {valid}.",
    ),
    "UnknownCase": (
        "W-02",
        "没有 {case}。",
        "there is no {case}.",
        "用 quality list 或 verify status 列出。",
        "list them with quality list or verify status.",
    ),
    "NobodyNamed": (
        "W-03",
        "没有写明办理人，或超过 {limit} 个字符。",
        "it is not said who acts, or in more than {limit} characters.",
        "以 --who 写明姓名与单位。",
        "name person and institution with --who.",
    ),
    "SamePerson": (
        "W-04",
        "{who} 已{done_zh}，不能再作决定。",
        "{who} {done} and cannot decide as well.",
        "由另一人决定。",
        "somebody else decides.",
    ),
    "InputInvalid": (
        "W-05",
        "{where}：{detail_zh}。",
        "{where}: {detail}.",
        "{valid_zh}",
        "{valid}",
    ),
    "NoEligibleBody": (
        "W-06",
        "没有可指派的核查机构：{detail_zh}。",
        "no body can be assigned: {detail}.",
        "先消除所列原因，或在登记册中增加机构。",
        "remove the causes named, or accredit more bodies.",
    ),
    "BodyConflicted": (
        "W-07",
        "机构 {body} 不得办理：{detail_zh}。",
        "body {body} may not do this job: {detail}.",
        "verify release 后重新抽取。",
        "verify release, then draw again.",
    ),
    "SeedNotYet": (
        "W-08",
        "抽取所用区块 {block} 尚未产生，最新为 {head}。",
        "block {block}, whose hash decides the draw, does not exist yet; the newest is {head}.",
        "出块后再抽取。",
        "draw once it exists.",
    ),
    "ChecklistOpen": (
        "W-09",
        "核查清单未完成：{missing}。",
        "the checklist is not complete: {missing}.",
        "逐项记录后再作结论。",
        "record each item, then conclude.",
    ),
    "NotDueYet": (
        "W-10",
        "{finding} 的整改期限为 {due}，尚未届满。",
        "{finding} may be mended until {due}, which has not passed.",
        "期满后再采用保守数据。",
        "use conservative data after that day.",
    ),
    "FindingsOpen": (
        "W-11",
        "尚有未了结的阻断性发现：{cases}。",
        "findings that block a signature are open: {cases}.",
        "答复并由他人认可，或更正数据后再签。",
        "have them answered and accepted, or correct the data, then sign.",
    ),
    "NoConcludedJob": (
        "W-12",
        "{case} 的核查为 {state}，不能签署。",
        "verification {case} is {state}: it cannot be signed.",
        "作出核查结论后再签。",
        "conclude the verification, then sign.",
    ),
    "ConclusionDiffers": (
        "W-13",
        "{case} 的核查结论为 {concluded} 吨，报告为 {reported} 吨。",
        "verification {case} concluded {concluded} t, the report says {reported} t.",
        "以核查结论的数据出具报告。",
        "issue the report with the figure that was concluded.",
    ),
    "SignerOfOtherBody": (
        "W-14",
        "签名密钥属于机构 {given}，{case} 指派给机构 {expected}。",
        "the key belongs to body {given}, {case} is assigned to body {expected}.",
        "由所指派的机构签署。",
        "the assigned body signs.",
    ),
}
