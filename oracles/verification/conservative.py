"""The figure with what was not mended treated conservatively (D-03, D-08): calculated, never guessed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from oracles.accounting import Accounted, Evidence, Report, account
from oracles.refusals import OracleError, refuse
from registry_sdk.calc.result import Text

Target = tuple[str, str]
"""Source id and figure (``amount``, ``heat_value``, ``carbon_content`` ...)."""


@dataclass(frozen=True, slots=True)
class Conservative:
    """Both figures, and for each contested one what took its place and why."""

    reported: Accounted
    decided: Accounted

    def to_json(self) -> dict[str, Any]:
        uses = [use for use in self.decided.defaults if use.rule == "D-08"]
        return {
            "reported": self.reported.whole,
            "tonnes": self.decided.whole,
            "explanation": [use.text().to_json() for use in uses],
            "uses": [use.to_json() for use in uses],
        }


def reasons(named: Mapping[Target, str]) -> dict[Target, Text]:
    """Why each target is not accepted, from the name of its finding."""
    return {
        target: Text(f"不符合项 {name} 未按期整改", f"finding {name} was not mended in time")
        for target, name in named.items()
    }


def conservative(report: Report, contested: Mapping[Target, str], evidence: Evidence | None = None) -> Conservative:
    """Calculate a report with contested figures treated as figures that may not be used.

    Each contested figure is replaced only by what does not lower the result, so the decided figure is never below
    the one reported.

    Args:
        contested: target to name of the finding.

    Raises:
        OracleError: InputInvalid, where the report has no such figure.
        RefusedError: the report cannot be calculated.
    """
    base = evidence or Evidence()
    before, after = account(report, base), account(report, replace(base, contested=reasons(contested)))
    used = {(use.source, use.where.rpartition(".")[2]) for use in after.defaults if use.rule == "D-08"}
    if missing := sorted(set(contested) - used):
        raise _unknown(report, missing)
    return Conservative(before, after)


def _unknown(report: Report, missing: Iterable[Target]) -> OracleError:
    named = ", ".join("/".join(target) for target in missing)
    known = ", ".join(source.id for source in report.sources[:20])
    return refuse(
        "InputInvalid",
        where=named,
        detail_zh="报告中没有这一数据",
        detail="the report has no such figure",
        valid_zh=f"排放源编号：{known}；数据：amount、heat_value、carbon_content 等。",
        valid=f"a source id ({known}) and a figure (amount, heat_value, carbon_content ...).",
    )
