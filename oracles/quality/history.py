"""Sudden jumps against a firm's own history and against its sector, by robust statistics (D-06)."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction

from oracles.quality.findings import Finding, finding, threshold
from oracles.quality.records import MonthlyItem
from oracles.quality.robust import centre


def own_history(items: Iterable[MonthlyItem]) -> Iterator[Finding]:
    """Jumps of a stream ordered by time. Memory: the last ``quality_history_window`` figures of each series.

    A flagged figure still joins the history: a lasting change is flagged while it is new, then becomes the norm.
    """
    series: dict[tuple[str, str, str], deque[Fraction]] = {}
    for item in items:
        day = item.last_day
        known = series.get(item.series)
        if known is None:
            known = deque(maxlen=int(threshold("quality_history_window", day)))
            series[item.series] = known
        if len(known) >= threshold("quality_history_min", day):
            limit = limit_for(len(known), day)
            usual = centre(known, threshold("quality_jump_floor_ratio", day))
            value = usual.score(item.value)
            if value > limit:
                yield finding(
                    "Q-JUMP-OWN",
                    item.subject,
                    item=item.item,
                    value=item.value,
                    median=usual.middle,
                    spread=usual.spread,
                    score=value,
                    limit=limit,
                    count=len(known),
                )
        known.append(item.value)


def limit_for(count: int, on: date) -> Fraction:
    """Largest score that still counts as usual among ``count`` values.

    The spread of a few values is known badly, so the limit is wider for them: base x (1 + correction / count).
    """
    correction = threshold("quality_jump_small_sample", on)
    return threshold("quality_jump_score", on) * (1 + correction / count)


def peers(items: Iterable[MonthlyItem]) -> Iterator[Finding]:
    """Figures far from those of the same sector, item, unit and month.

    The stream is ordered by (year, month); one month of the sector is kept at a time. Meant for intensive figures
    (heat value, carbon content, intensities): amounts differ between firms because firms differ in size.
    """
    place: tuple[int, int] | None = None
    groups: dict[tuple[str, str, str], list[MonthlyItem]] = {}
    for item in items:
        here = item.year, item.month
        if here != place:
            yield from _outliers(groups)
            groups, place = {}, here
        groups.setdefault((item.sector, item.item, item.unit), []).append(item)
    yield from _outliers(groups)


def _outliers(groups: dict[tuple[str, str, str], list[MonthlyItem]]) -> Iterator[Finding]:
    for group in groups.values():
        day = group[0].last_day
        if len({item.entity for item in group}) < threshold("quality_peers_min", day):
            continue
        values = [item.value for item in group]
        limit, floor = limit_for(len(values), day), threshold("quality_jump_floor_ratio", day)
        usual, firms = centre(values, floor), len({item.entity for item in group})
        for item in group:
            value = usual.score(item.value)
            if value > limit:
                yield finding(
                    "Q-JUMP-PEERS",
                    item.subject,
                    item=item.item,
                    value=item.value,
                    median=usual.middle,
                    spread=usual.spread,
                    score=value,
                    limit=limit,
                    peers=firms,
                )
