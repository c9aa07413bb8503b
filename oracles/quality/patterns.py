"""Patterns that honest measurement seldom makes: uneven last digits, the same value again and again (D-06)."""

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from itertools import groupby

from oracles.quality.findings import Finding, finding, threshold
from oracles.quality.records import MonthlyItem
from registry_sdk import parameters

DIGITS = 10
MIN_SIGNIFICANT = 3


def last_digit(written: str) -> int | None:
    """The last digit as typed ("21.30" ends in 0), None for figures too short for it to be random."""
    digits = [character for character in written if character.isdigit()]
    significant = "".join(digits).lstrip("0")
    return int(digits[-1]) if len(significant) >= MIN_SIGNIFICANT else None


def varies(item: str) -> bool:
    """Whether honest figures of the item change from month to month (capacity, for one, does not)."""
    row = parameters.table("quality_items").find(item=item)
    return row is None or bool(row["varies"])


def chi_square(counts: Iterable[int]) -> Fraction:
    """Pearson's statistic of ``counts`` against an even distribution. Raises ValueError for no values."""
    observed = list(counts)
    total = sum(observed)
    if not total:
        raise ValueError("no values were counted")
    expected = Fraction(total, len(observed))
    return sum(((count - expected) ** 2 / expected for count in observed), Fraction(0))


def digits(items: Iterable[MonthlyItem]) -> Iterator[Finding]:
    """Per entity and item, at the end of the stream; where no item shows anything, all items of the entity together.

    Memory: ten counters per pair.
    """
    counts: dict[tuple[str, str], list[int]] = {}
    day: date | None = None
    for item in items:
        digit = last_digit(item.written)
        if digit is not None and varies(item.item):
            counts.setdefault((item.entity, item.item), [0] * DIGITS)[digit] += 1
            day = max(day or item.last_day, item.last_day)
    if day is None:
        return
    for entity, group in groupby(sorted(counts.items()), key=lambda pair: pair[0][0]):
        series = [(name, observed) for (_, name), observed in group]
        found = [each for name, observed in series for each in _uneven("Q-DIGITS", entity, observed, day, item=name)]
        yield from found
        if not found:
            together = [sum(column) for column in zip(*(observed for _, observed in series), strict=True)]
            yield from _uneven("Q-DIGITS-ALL", entity, together, day, items=len(series))


def _uneven(code: str, entity: str, observed: list[int], day: date, **named: object) -> Iterator[Finding]:
    if sum(observed) < threshold("quality_digits_min", day):
        return
    value, limit = chi_square(observed), threshold("quality_digits_chi_square", day)
    if value > limit:
        yield finding(
            code,
            {"entity": entity},
            **named,
            count=sum(observed),
            chi_square=value,
            limit=limit,
            counts=" ".join(f"{digit}:{count}" for digit, count in enumerate(observed)),
        )


def repeats(items: Iterable[MonthlyItem]) -> Iterator[Finding]:
    """Runs of the same non-zero value in a series; the stream is ordered by time. Memory: one run per series.

    A run is reported once, when it ends or when the stream ends.
    """
    runs: dict[tuple[str, str, str], list[MonthlyItem]] = {}
    for item in items:
        if not varies(item.item):
            continue
        run = runs.setdefault(item.series, [])
        if run and run[-1].value != item.value:
            yield from _run(run)
            run.clear()
        run.append(item)
    for run in runs.values():
        yield from _run(run)


def _run(run: list[MonthlyItem]) -> Iterator[Finding]:
    last = run[-1]
    if last.value != 0 and len(run) >= threshold("quality_repeat_run", last.last_day):
        yield finding(
            "Q-REPEATS",
            last.subject,
            item=last.item,
            length=len(run),
            value=last.value,
            from_month=f"{run[0].year}-{run[0].month:02}",
            to_month=f"{last.year}-{last.month:02}",
        )
