"""The same evidence or the same series in two firms (D-06, H-06)."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from hashlib import blake2b

from oracles.quality.findings import Finding, finding, threshold
from oracles.quality.patterns import MIN_SIGNIFICANT
from oracles.quality.records import MonthlyItem

Key = tuple[str, str, int]


def same_evidence(items: Iterable[MonthlyItem]) -> Iterator[Finding]:
    """A document hash or test report number that a second firm uses, told once per pair of firms.

    Memory: one short hash per distinct document and report.
    """
    owners: dict[bytes, str] = {}
    told: set[tuple[bytes, str]] = set()
    for item in items:
        report = None if item.lab is None else f"{item.lab.laboratory}/{item.lab.report}"
        for code, name, value in (("Q-SAME-DOCUMENT", "document", item.document), ("Q-SAME-REPORT", "report", report)):
            if not value:
                continue
            key = blake2b(f"{code}:{value}".encode(), digest_size=16).digest()
            owner = owners.setdefault(key, item.entity)
            if owner != item.entity and (key, item.entity) not in told:
                told.add((key, item.entity))
                yield finding(code, item.subject, **{name: value}, first=owner, second=item.entity)


def same_series(items: Iterable[MonthlyItem], names: Iterable[str]) -> Iterator[Finding]:
    """Pairs of firms whose figures of an item in ``names`` are equal in several months.

    Short figures (such as 20 or 0.5) agree by chance and do not count. Memory: the firms that used each figure.
    """
    wanted = frozenset(names)
    users: dict[tuple[str, int, int, Fraction], list[str]] = {}
    equal: dict[tuple[str, str, str], int] = {}
    last: dict[tuple[str, str, str], MonthlyItem] = {}
    for item in items:
        if item.item not in wanted or len(item.written.replace(".", "").strip("0")) < MIN_SIGNIFICANT:
            continue
        known = users.setdefault((item.item, item.year, item.month, item.value), [])
        for other in known:
            if other != item.entity:
                first, second = sorted((other, item.entity))
                pair = item.item, first, second
                equal[pair] = equal.get(pair, 0) + 1
                last[pair] = item
        if item.entity not in known:
            known.append(item.entity)
    for (name, first, second), length in sorted(equal.items()):
        seen = last[(name, first, second)]
        if length >= threshold("quality_duplicate_values", seen.last_day):
            subject = {"entity": second, "year": seen.year}
            yield finding("Q-SAME-SERIES", subject, item=name, first=first, second=second, length=length)
