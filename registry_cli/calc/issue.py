"""From calculated entities to the tables that two officers approve: one a year, sector and province."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import orjson

from registry_cli.calc.documents import UnreadableError
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.tables.report import Report
from registry_sdk.calc.tables.sheet import RowError
from registry_sdk.evidence.duties import sectors

Kind = Literal["PRE_ALLOCATION", "FINAL", "RECALCULATION"]
#: The figure of an entity that each kind determines, tonnes before any debt is taken off: the ledger does that itself.
FIGURE: Final[dict[str, str]] = {
    "PRE_ALLOCATION": "pre_allocation",
    "FINAL": "allocation",
    "RECALCULATION": "allocation",
}
MAX_ACCOUNT: Final = 2**64
MAX_PROVINCE: Final = 2**8
#: Year, sector and province of a table.
TablePlace = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class IssueRow:
    """What a table determines for one account, tonnes; ``line``: its row among the entities of the file."""

    line: int
    account: int
    tonnes: int


def issue_rows(
    entities: Iterable[tuple[int, Mapping[str, Any]]], kind: Kind
) -> tuple[dict[TablePlace, list[IssueRow]], list[RowError]]:
    """Rows by the table they belong to, and what is wrong with them.

    Differentiated firms are left out of a pre-allocation (rule B-09).

    Args:
        entities: rows of a calculation's section of that name, each with its number.
    """
    groups: dict[TablePlace, list[IssueRow]] = defaultdict(list)
    errors: list[RowError] = []
    numbers = {name: number for number, name in enumerate(sectors(), start=1)}
    seen: dict[tuple[int, int], int] = {}
    for line, row in entities:
        if kind == "PRE_ALLOCATION" and row["differentiated"]:
            continue
        account = _whole(row, "entity_id", "A-06", 1, MAX_ACCOUNT, line, errors)
        province = _whole(row, "province", "A-17", 0, MAX_PROVINCE, line, errors)
        first = seen.setdefault((row["year"], account), line)
        if account and first != line:
            errors.append(_twice(row, first, line))
        groups[row["year"], numbers[row["sector"]], province].append(IssueRow(line, account, row[FIGURE[kind]] or 0))
    return dict(sorted(groups.items())), errors


def write_issue_tables(folder: Path, report: Report, kind: Kind) -> list[Path]:
    """The tables of ``report`` as JSON files for `registry officer table`; nothing is written when a row is wrong.

    Raises:
        UnreadableError: entities without account number or province, each named.
        OSError: the folder cannot be written.
    """
    groups, errors = issue_rows(enumerate(report.sections.get("entities", ()), start=1), kind)
    if errors:
        raise UnreadableError(errors)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for (year, sector, province), rows in groups.items():
        path = folder / f"{year}-{sectors()[sector - 1]}-{province}-{kind.lower()}.json"
        table = {"year": year, "sector": sector, "province": province, "kind": kind}
        listed = {"rows": [{"account": row.account, "tonnes": row.tonnes} for row in rows]}
        path.write_bytes(orjson.dumps(table | listed, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        written.append(path)
    return written


def _whole(
    row: Mapping[str, Any], column: str, rule: str, least: int, limit: int, line: int, errors: list[RowError]
) -> int:
    text = str(row[column] or "")
    if text.isascii() and text.isdigit() and len(text) <= 20 and least <= int(text) < limit:
        return int(text)
    what = {"entity_id": ("账户号", "an account number"), "province": ("省级编号", "the number of a province")}[column]
    shown = text[:40] or "(空 empty)"
    errors.append(RowError("entities", line, CalculationError(
        rule, column, f"{row['entity_id']}：{shown} 不是{what[0]}", f"{row['entity_id']}: {shown} is not {what[1]}",
        f"{least} 至 {limit - 1} 的整数", f"a whole number from {least} to {limit - 1}",
    )))  # fmt: skip
    return 0


def _twice(row: Mapping[str, Any], first: int, line: int) -> RowError:
    return RowError("entities", line, CalculationError(
        "B-01", "entity_id", f"账户 {row['entity_id']} 与第 {first} 行重复",
        f"account {row['entity_id']} stands in row {first} already", "每账户每年一行",
        "one row for an account and year",
    ))  # fmt: skip
