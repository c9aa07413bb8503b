"""The figure calculated again from the activity data, before anything is signed."""

import tempfile
from pathlib import Path
from typing import Any

from oracles.accounting import Accounted, RefusedError, Report, account, read_json, validate
from oracles.accounting.workbook import locate, read_workbook
from oracles.refusals import refuse
from oracles.signing.report import Activity, OpenedReport

SHOWN = 5


def recalculate(report: OpenedReport, *, declared_total_accepted: bool) -> Accounted | None:
    """Calculate the figure and compare it with the report's.

    Args:
        declared_total_accepted: sign a report without activity data all the same.

    Returns:
        The calculation, None where the report only declares a total.

    Raises:
        OracleError: FigureDiffers with both figures, ActivityOfOther, ActivityRefused, or DeclaredOnly.
    """
    if report.activity is None:
        if declared_total_accepted:
            return None
        raise refuse("DeclaredOnly", reported=report.tonnes)
    try:
        result = _account(report.activity, report)
    except RefusedError as error:
        raise refuse("ActivityRefused", detail="; ".join(map(str, error.refusals[:SHOWN]))) from None
    if result.whole != report.tonnes:
        raise refuse("FigureDiffers", calculated=result.whole, reported=report.tonnes)
    return result


def _account(activity: Activity, report: OpenedReport) -> Accounted:
    if isinstance(activity.content, bytes) and activity.is_workbook:
        # the reader takes a path; a copy makes sure that it reads the bytes that were hashed
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "activity.xlsx"
            copy.write_bytes(activity.content)
            found, places = read_workbook(copy)
            _require_same(found, report)
            located: Accounted = locate(places, lambda: account(found))
            return located
    document: Any = read_json(activity.content) if isinstance(activity.content, bytes) else activity.content
    model = validate(document)
    _require_same(model, report)
    return account(model)


def _require_same(activity: Any, report: OpenedReport) -> None:
    if not isinstance(activity, Report):
        raise refuse("ActivityOfOther", field="kind", given=activity.kind, expected="emissions")
    for name, given, expected in (
        ("year", activity.year, report.year),
        ("entity", activity.entity, report.entity),
    ):
        if given != expected:
            raise refuse("ActivityOfOther", field=name, given=given, expected=expected)
