"""The figure calculated again from the activity data, before anything is signed."""

import tempfile
from pathlib import Path
from typing import Any

from oracles.accounting import Accounted, Evidence, RefusedError, Report, account, read_json, validate
from oracles.accounting.workbook import locate, read_workbook
from oracles.refusals import OracleError, refuse
from oracles.sheets import Places
from oracles.signing.months import require_same
from oracles.signing.report import Activity, OpenedReport

SHOWN = 5


def recalculate(
    report: OpenedReport, *, declared_total_accepted: bool, evidence: Evidence | None = None
) -> Accounted | None:
    """Calculate the figure and compare it with the report's.

    Args:
        evidence: how measurements are judged; holds what verification decided to treat conservatively.
        declared_total_accepted: sign a report without activity data all the same.

    Returns:
        The calculation, None where the report only declares a total.

    Raises:
        OracleError: FigureDiffers with both figures, DeclaredOnly, or what :func:`read_activity` refuses.
    """
    if report.activity is None:
        if declared_total_accepted:
            return None
        raise refuse("DeclaredOnly", reported=report.tonnes)
    try:
        found, places = read_activity(report.activity, report)
        result: Accounted = locate(places, lambda: account(found, evidence)) if places else account(found, evidence)
    except RefusedError as error:
        raise _refused(error) from None
    if result.whole != report.tonnes:
        raise refuse("FigureDiffers", calculated=result.whole, reported=report.tonnes)
    return result


def read_activity(activity: Activity, report: OpenedReport) -> tuple[Report, Places | None]:
    """The activity data of a report, and where its rows stand in a workbook.

    Raises:
        OracleError: ActivityOfOther, ActivityRefused, EvidenceDiffers.
    """
    try:
        found, places = _read(activity)
    except RefusedError as error:
        raise _refused(error) from None
    if not isinstance(found, Report):
        raise refuse("ActivityOfOther", field="kind", given=found.kind, expected="emissions")
    for name, given, expected in (("year", found.year, report.year), ("entity", found.entity, report.entity)):
        if given != expected:
            raise refuse("ActivityOfOther", field=name, given=given, expected=expected)
    others = {source.subunit for source in found.sources} - {report.subunit}
    if report.subunit is not None and others:
        raise refuse("ActivityOfOther", field="subunit", given=", ".join(sorted(others)), expected=report.subunit)
    if report.months:
        require_same(found, report.months, report.subunit)
    return found, places


def _read(activity: Activity) -> tuple[Any, Places | None]:
    if isinstance(activity.content, bytes) and activity.is_workbook:
        # the reader takes a path; a copy makes sure that it reads the bytes that were hashed
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "activity"
            copy.write_bytes(activity.content)
            return read_workbook(copy)
    return validate(read_json(activity.content) if isinstance(activity.content, bytes) else activity.content), None


def _refused(error: RefusedError) -> OracleError:
    return refuse("ActivityRefused", detail="; ".join(map(str, error.refusals[:SHOWN])))
