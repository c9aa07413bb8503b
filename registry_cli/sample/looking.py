"""Where the sample year looks for the traces of what went wrong in it."""

from collections.abc import Iterator
from typing import Any

from oracles.quality.findings import Finding
from oracles.verification import Job
from registry_cli.sample.authorities import CONFLICTED
from registry_cli.sample.firm import LAPSED_METER, LAPSED_MONTH
from registry_cli.sample.plants import CEMENT, PLANTS, POWER, STEEL, YEAR
from registry_cli.sample.traces import Trace, first
from registry_cli.sample.year import ALTERED_ITEM, LATE_MONTH, SWAPPED, SampleYear
from registry_sdk.calc.result import Text


def traces(year: SampleYear) -> list[Trace]:
    """Every trace that the year must have left; call it after :meth:`SampleYear.tamper`."""
    found = {plant.number: year.findings(year.firm(plant.number)) for plant in PLANTS}
    return [
        *_tampered(year, found[POWER.number]),
        *_swapped(found[STEEL.number]),
        *_expired(year, found[CEMENT.number]),
        *_conflicted(year),
        *_late(year, found[POWER.number]),
    ]


def _tampered(year: SampleYear, found: list[Finding]) -> Iterator[Trace]:
    refused = (each for each in year.refused_readings if each["refusal"]["error"] == "WrongSignature")
    yield Trace(
        "tampered",
        "D-06",
        Text("被拒读数登记", "register of refused readings"),
        first(refused, lambda each: f"{each['refusal']['rule']} {each['refusal']['detail']}"),
    )
    firm = year.firm(POWER.number)
    yield Trace(
        "tampered",
        "D-06",
        Text("设备重发的真实读数", "the true reading, sent again by the device"),
        first((code for code, _, _ in firm.sources.counts() if code == "OutOfOrder"), str),
    )
    for code, where in (
        ("E-ITEM", Text("封存后被改的数据项", "an item altered after the month was sealed")),
        ("E-ROOT", Text("与链上根比对", "the month against its root on the chain")),
    ):
        yield Trace("tampered", "D-06", where, _shown(found, code, ALTERED_ITEM[1]))


def _swapped(found: list[Finding]) -> Iterator[Trace]:
    where = Text("文件库与封存哈希比对", "the document vault against the sealed hash")
    yield Trace("swapped", "D-06", where, _shown(found, "E-DOCUMENT", SWAPPED[1]))


def _expired(year: SampleYear, found: list[Finding]) -> Iterator[Trace]:
    firm = year.firm(CEMENT.number)
    flagged = sum(number for code, _, number in firm.sources.counts() if code == "MeterExpired")
    yield Trace(
        "expired",
        "D-16",
        Text("设备读数的标记", "flags on the device's readings"),
        f"MeterExpired × {flagged}" if flagged else "",
    )
    yield Trace("expired", "D-16", Text("月度存证检查", "check of evidence"), _shown(found, "E-METER", LAPSED_MONTH))
    quality = (each.finding["code"] for each in year.checked.of("Q-METER", firm.entity))
    yield Trace(
        "expired", "D-16", Text("数据质量发现及答复", "data-quality finding with its answer"), first(quality, str)
    )
    handed = next(each for each in year.handed if each.firm is firm)
    uses = (
        use
        for use in year.result_of(handed).defaults
        if use.rule == "D-16" and use.source.endswith(f"@{LAPSED_MONTH:02}") and LAPSED_METER[1] in str(use.reason)
    )
    yield Trace(
        "expired",
        "D-16",
        Text("核算中的保守处理", "conservative treatment in the accounting"),
        first(uses, lambda use: str(use.decision.en)),
    )


def _conflicted(year: SampleYear) -> Iterator[Trace]:
    excluded = [reason for job in year.jobs for reason in _excluded(job)]
    yield Trace(
        "conflicted",
        "H-03",
        Text("抽签记录中的排除理由", "reason for exclusion in the record of the draw"),
        f"{excluded[0]['code']}: {excluded[0]['text']['en']}" if len(excluded) == len(year.jobs) else "",
    )
    yield Trace(
        "conflicted",
        "H-03",
        Text("擅自开展核查被拒", "its attempt to start is refused"),
        year.conflict_rule,
    )


def _excluded(job: Job) -> Iterator[dict[str, Any]]:
    for entry in job.entries:
        if entry.act == "assign":
            yield from (
                reason for reason in entry.body["excluded"].get(str(CONFLICTED.number), ()) if reason["rule"] == "H-03"
            )


def _late(year: SampleYear, found: list[Finding]) -> Iterator[Trace]:
    number, month = LATE_MONTH
    standing = year.reader.evidence(number, YEAR).months[month - 1]
    yield Trace(
        "late",
        "D-06",
        Text("链上逾期标记", "flag on the chain"),
        f"{YEAR}-{month:02} late" if standing.is_late else "",
    )
    yield Trace("late", "D-06", Text("月度存证检查", "check of evidence"), _shown(found, "E-LATE", month))
    quality = (each.finding["message"]["en"] for each in year.checked.of("Q-LATE", str(number)))
    yield Trace("late", "D-06", Text("数据质量发现及答复", "data-quality finding with its answer"), first(quality, str))


def _shown(found: list[Finding], code: str, month: int) -> str:
    matching = (each for each in found if each.code == code and each.subject.get("month") == str(month))
    return first(matching, lambda each: f"{code}: {each.message.en}")
