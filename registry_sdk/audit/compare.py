"""Comparison of rows by key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from registry_sdk.projection.rows import Key, Row

Place = Literal["state", "database", "code", "proof"]
MISSING: Final = "missing"


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that is not what the events say.

    Attributes:
        place: where it was found: contract ``state``, ``database``, ``code`` or ``proof``.
        kind, key: which row.
        field: which field; ``row`` where the row as a whole is missing or too many.
        expected: from the events; found: in that place. ``missing`` where there is none.
    """

    place: Place
    kind: str
    key: Key
    field: str
    expected: Any
    found: Any


def compare(
    expected: Mapping[Key, Row],
    actual: Mapping[Key, Row],
    *,
    kind: str = "",
    place: Place = "database",
    fields: Iterable[str] | None = None,
) -> list[Difference]:
    """Differences between two sets of rows.

    Args:
        expected: rows by key as the events tell them.
        actual: rows by the same keys as another place has them.
        fields: fields to compare; by default those that the expected row and the actual row both have.
    """
    chosen = None if fields is None else tuple(fields)
    found: list[Difference] = []
    for key, row in expected.items():
        other = actual.get(key)
        if other is None:
            found.append(Difference(place, kind, key, "row", row, MISSING))
            continue
        if other == row:
            continue
        names = chosen if chosen is not None else tuple(name for name in row if name in other)
        found.extend(
            Difference(place, kind, key, name, row.get(name, MISSING), other.get(name, MISSING))
            for name in names
            if row.get(name, MISSING) != other.get(name, MISSING)
        )
    found.extend(
        Difference(place, kind, key, "row", MISSING, other) for key, other in actual.items() if key not in expected
    )
    return found
