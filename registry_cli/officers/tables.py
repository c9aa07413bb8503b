"""Allocation tables at an officer's desk: read from a file, and checked against the root that is to be approved."""

from pathlib import Path
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from registry_cli.officers.drafts import Draft
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.reading import read_json, read_rows
from registry_sdk.acts import ActBuilder
from registry_sdk.client import Problem, RegistryClient
from registry_sdk.documents import ActMessage
from registry_sdk.tables import MAX_CHUNK, TABLE_TYPES, AllocationTable, Row, TableKind

COLUMNS: Final = ("account", "tonnes")
#: An allocation of nothing is one, too: a firm that is determined to get none.
LEAST: Final = {"account": 1, "tonnes": 0}
HEAD: Final = ("year", "sector", "province", "kind")
MAX: Final = 2**64
OPTIONAL: Final = ("chunk_size", "previous", "edition")
LIMITS: Final = {
    "year": 2**16,
    "sector": 2**8,
    "province": 2**8,
    "chunk_size": MAX_CHUNK + 1,
    "previous": MAX,
    "edition": 2**16,
}


def read_table(path: Path, head: dict[str, Any]) -> Draft:
    """An allocation table that stands in a file of its own.

    Args:
        path: CSV with the head ``account,tonnes``, or a JSON object of head, chunk_size and rows.
        head: what the command line gives; it stands above what the file says.

    Raises:
        Mistake: with the row's number.
    """
    given: dict[str, Any] = {}
    if path.suffix.lower() != ".csv":
        document = read_json(path)
        if not isinstance(document, dict):
            raise Mistake(f"{path.name}: 须为对象 must be an object with {', '.join((*HEAD, *OPTIONAL, 'rows'))}")
        if foreign := [name for name in document if name not in (*HEAD, *OPTIONAL, "rows")]:
            raise Mistake(f"{path.name}: 未知字段 unknown: {', '.join(foreign)}")
        given = {name: value for name, value in document.items() if name != "rows"}
        found = json_rows(path, document.get("rows"))
    else:
        found = [_row(path, number, row) for number, row in read_rows(path, COLUMNS)]
    given |= {name: value for name, value in head.items() if value is not None}
    seen: set[int] = set()
    for line, row in found:
        if row.account in seen:
            raise Mistake(f"{path.name} 第 {line} 行 row {line}: 账户 {row.account} 重复 account stands twice")
        seen.add(row.account)
    try:
        table = AllocationTable(rows=tuple(row for _, row in found), **_head(path, given))
        return Draft(table, "rows", ("account", "tonnes", "account"), tuple(line for line, _ in found))
    except ValueError as error:
        raise Mistake(f"{path.name}: {error}") from None


def table_json(table: AllocationTable) -> dict[str, Any]:
    """The table as ``POST /v1/tables`` takes it."""
    return {
        "year": table.year,
        "sector": table.sector,
        "province": table.province,
        "kind": table.kind,
        "chunk_size": table.chunk_size,
        "previous": table.previous,
        "edition": table.edition,
        "rows": [{"account": row.account, "tonnes": row.tonnes} for row in table.rows],
    }


def table_note(client: RegistryClient, act: ActMessage) -> dict[str, str]:
    """For the approval of an allocation table: whether the rows the service keeps are those under the root.

    Raises:
        Mistake: they are not.
    """
    row, args = ActBuilder(client.contracts).describe(act)
    if (row.contract, row.function) != ("allocation", "approveTable"):
        return {}
    approved = args["table"]
    label = "分配表 rows of the table"
    whole = tuple(approved.values())
    try:
        kept = client.table("0x" + keccak(encode(TABLE_TYPES, [whole])).hex())
    except Problem as problem:
        if problem.status != 404:
            raise
        return {label: "此服务没有这些行，无法核对 this service does not keep the rows: they cannot be checked here"}
    rows = tuple(Row(item["account"], item["tonnes"]) for item in kept["items"])
    table = AllocationTable(rows=rows, **{name: kept[name] for name in (*HEAD, *OPTIONAL)})
    if table.as_tuple() != whole:
        raise Mistake(
            "[L-05] 分配表的行与待批准的根不符，请勿签署；用 officer table check FILE --act 逐行核对 "
            "the rows are not those under the root: do not sign; officer table check FILE --act compares row by row"
        )
    return {label: f"已核对 checked: {len(rows)} 行 rows, {table.total:,} 吨 t"}


def json_rows(path: Path, rows: Any) -> list[tuple[int, Row]]:
    """Rows of account and tonnes, each with its number. Raises Mistake."""
    if not isinstance(rows, list) or not rows:
        raise Mistake(f"{path.name}: rows 须为非空数组 must be a list with at least one row")
    return [_row(path, number, row) for number, row in enumerate(rows, start=1)]


def _row(path: Path, number: int, row: Any) -> tuple[int, Row]:
    where = f"{path.name} 第 {number} 行 row {number}"
    if not isinstance(row, dict) or sorted(row) != sorted(COLUMNS):
        raise Mistake(f"{where}: 须有 needs exactly account, tonnes")
    values = []
    for name in COLUMNS:
        value = whole(row[name])
        if value is None or not LEAST[name] <= value < MAX:
            raise Mistake(f"{where}: {name} 须为整数，至少 must be a whole number of at least {LEAST[name]}")
        values.append(value)
    return number, Row(*values)


def _head(path: Path, given: dict[str, Any]) -> dict[str, int]:
    if missing := [name for name in HEAD if name not in given]:
        raise Mistake(f"{path.name}: 缺少 missing: {', '.join(missing)}（可用选项给出 may be given as options）")
    result: dict[str, int] = {}
    for name, limit in LIMITS.items():
        value = whole(given[name]) if name in given else None
        if name in given and (value is None or not 0 <= value < limit):
            raise Mistake(f"{path.name}: {name} 须为整数 must be a whole number below {limit}")
        if value is not None:
            result[name] = value
    kind = given["kind"]
    names = {each.name: int(each) for each in TableKind if each}
    number = names.get(kind.upper()) if isinstance(kind, str) and kind.upper() in names else whole(kind)
    if number not in names.values():
        raise Mistake(f"{path.name}: kind 须为 must be {'|'.join(names)}")
    return result | {"kind": int(number or 0)}


def whole(value: Any) -> int | None:
    """A whole number, also one written as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None
