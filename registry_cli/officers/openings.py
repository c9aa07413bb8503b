"""Accounts to open, from a file: each row checked, then as many a time as one act may hold."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from registry_cli.officers.arguments import arguments
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.reading import read_rows
from registry_sdk.codec import Function

COLUMNS: Final = ("number", "kind", "sector", "province", "approvals", "kycHash", "seats")
#: About 110,000 gas an account with its representatives; a transaction holds 16,777,216.
PER_ACT: Final = 50


def read_openings(path: Path, function: Function) -> Iterator[list[dict[str, Any]]]:
    """Openings of a JSON list or a CSV file, in groups of one act each.

    In CSV the column ``seats`` holds ``0xSIGNER:RIGHTS`` joined by semicolons, rights such as ``INITIATE+APPROVE``.

    Raises:
        Mistake: with the row's number.
    """
    rows = []
    numbers: set[int] = set()
    for line, row in read_rows(path, COLUMNS):
        where = f"{path.name} 第 {line} 行 row {line}"
        try:
            opening = _opening(row)
            number = arguments(function, [[opening]])[0][0][0]
        except Mistake as mistake:
            raise Mistake(f"{where}: {mistake}") from None
        if number in numbers:
            raise Mistake(f"{where}: 账户 {number} 重复 account stands twice")
        numbers.add(number)
        rows.append(opening)
    if not rows:
        raise Mistake(f"{path.name}: 没有数据行 there are no rows")
    for at in range(0, len(rows), PER_ACT):
        yield rows[at : at + PER_ACT]


def _opening(row: dict[str, Any]) -> dict[str, Any]:
    seats = row.get("seats")
    if not isinstance(seats, str):
        return row
    found = []
    for seat in filter(None, (part.strip() for part in seats.split(";"))):
        signer, separator, rights = seat.partition(":")
        if not separator:
            raise Mistake("seats: 须为 must be 0xSIGNER:RIGHTS;0xSIGNER:RIGHTS")
        found.append({"signer": signer.strip(), "rights": rights.strip()})
    return row | {"seats": found}
