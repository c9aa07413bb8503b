"""The service's projection as the audit reads it: as text, so that a damaged byte is a difference and not a crash."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, Table, Text, cast, make_url, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from registry_api.projection.indexer import key_text
from registry_api.store import create_store_engine
from registry_api.store.projection_tables import (
    projection_events,
    projection_head,
    projection_history,
    projection_rows,
)
from registry_sdk.account_address import PREFIX
from registry_sdk.audit import AuditError, Check, compare
from registry_sdk.projection import KEYS, Log, State
from registry_sdk.projection.rows import Key, Row

ACCOUNT_FIELDS: Final = ("account", "to", "from", "beneficiary")
Rows = dict[Key, Row]


@dataclass(frozen=True)
class StoredProjection:
    """All tables of the projection, read in one transaction.

    Attributes:
        block, block_hash: where the projection stands.
        rows: by kind and key text; events by block and position; history by account, block and position.
    """

    block: int
    block_hash: str
    rows: dict[tuple[str, str], Row]
    events: Rows
    history: Rows

    def check(self, state: State, logs: Sequence[Log], block_hash: str) -> Iterator[Check]:
        """Compare rows of every kind, events, history, and the block they belong to."""
        for kind, names in KEYS.items():
            expected = {(key_text(key),): _stored(names, key, row) for key, row in state.rows(kind).as_dicts().items()}
            actual = {(key,): row for (known, key), row in self.rows.items() if known == kind}
            yield kind, len(expected), compare(expected, actual, kind=kind)
        unknown: Rows = {(kind, key): row for (kind, key), row in self.rows.items() if kind not in KEYS}
        yield "unknown", 0, compare({}, unknown, kind="unknown")
        events: Rows = {(log.block, log.index): _event(log) for log in logs}
        yield "events", len(events), compare(events, self.events, kind="events")
        history: Rows = {(account, log.block, log.index): {} for log in logs for account in _accounts_of(log)}
        yield "history", len(history), compare(history, self.history, kind="history")
        head: Rows = {(self.block,): {"block_hash": block_hash}}
        yield "head", 1, compare(head, {(self.block,): {"block_hash": self.block_hash}}, kind="head")


def _stored(names: tuple[str, ...], key: Key, row: Row) -> Row:
    named = dict(zip(names, key, strict=True))
    return {"account": named.get("account", row.get("account")), "year": named.get("year"), "value": {**named, **row}}


def _event(log: Log) -> Row:
    return {
        "timestamp": log.timestamp,
        "transaction": log.transaction,
        "contract": log.source,
        "event": log.name,
        "fields": log.fields,
    }


def _accounts_of(log: Log) -> set[int]:
    """Accounts that an event names, by number or by their ERC-1155 address."""
    accounts = set()
    for name in ACCOUNT_FIELDS:
        value = log.fields.get(name)
        if isinstance(value, int):
            accounts.add(value)
        elif isinstance(value, str) and value.startswith(PREFIX):
            accounts.add(int(value[len(PREFIX) :], 16))
    return accounts - {0}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _number(text: str | None) -> Any:
    return int(text) if text is not None and text.isdigit() else text


def _as_text(table: Table) -> Any:
    return select(*(cast(column, Text).label(column.name) for column in table.columns))


def read_projection(url: str) -> StoredProjection:
    """Read the projection of a database.

    Raises:
        AuditError: no database there, or no projection in it.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise AuditError("数据库地址应如 the address of a database looks like sqlite:///registry.sqlite3") from None
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        raise AuditError(f"数据库文件不存在 no database file: {address.database}")
    try:
        engine = create_store_engine(url)
    except (SQLAlchemyError, ImportError):
        raise AuditError(f"没有此类数据库的驱动 no driver for this kind of database: {address.drivername}") from None
    try:
        return _read(engine)
    except SQLAlchemyError as error:
        raise AuditError(f"数据库不能读取 the database cannot be read: {type(error).__name__}") from error
    finally:
        engine.dispose()


def _read(engine: Engine) -> StoredProjection:
    with engine.connect() as plain:
        connection = plain
        if engine.dialect.name == "postgresql":
            connection = plain.execution_options(isolation_level="REPEATABLE READ")
        head = connection.execute(_as_text(projection_head)).mappings().one_or_none()
        if head is None or not str(head["block"]).isdigit():
            raise AuditError("数据库尚无投影 the database holds no projection yet")
        rows = {
            (row["kind"], row["key"]): {
                "account": _number(row["account"]),
                "year": _number(row["year"]),
                "value": _parsed(row["value"]),
            }
            for row in connection.execute(_as_text(projection_rows)).mappings()
        }
        events: Rows = {
            (_number(row["block"]), _number(row["log_index"])): {
                "timestamp": _number(row["timestamp"]),
                "transaction": row["transaction"],
                "contract": row["contract"],
                "event": row["event"],
                "fields": _parsed(row["fields"]),
            }
            for row in connection.execute(_as_text(projection_events)).mappings()
        }
        history: Rows = {
            tuple(_number(row[name]) for name in ("account", "block", "log_index")): {}
            for row in connection.execute(_as_text(projection_history)).mappings()
        }
        return StoredProjection(int(head["block"]), str(head["block_hash"]), rows, events, history)
