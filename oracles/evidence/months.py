"""Months of evidence as the firm files them: open, then sealed for good; a correction is a new version beside it.

Items are read and written in pages, in the order in which they stand in the tree: memory does not grow with them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, bindparam, func, insert, select, update

from oracles.refusals import refuse
from oracles.store.engine import writing
from oracles.store.evidence_tables import evidence_items, evidence_months
from registry_sdk.evidence import Item, Month, leaf_entry
from registry_sdk.evidence.merkle import RootBuilder
from registry_sdk.evidence.proofs import seal as sealed_root

PAGE: Final = 500


@dataclass(frozen=True)
class Version:
    """One version of a month. ``root`` (32 bytes) and ``items`` are None while it is open."""

    id: int
    month: Month
    version: int
    sector: str
    items: int | None
    root: bytes | None
    opened_at: int
    sealed_at: int | None

    @property
    def names(self) -> dict[str, int]:
        """As refusals name it."""
        return {
            "account": self.month.account,
            "year": self.month.year,
            "month": self.month.month,
            "version": self.version,
        }


@dataclass(frozen=True)
class Filed:
    """An item as it is filed.

    Attributes:
        submitted_at: when it was handed in, Unix seconds.
        entry: hash that stood for it in the tree when the month was sealed; None while open.
    """

    item: Item
    submitted_at: int
    entry: bytes | None


@dataclass(frozen=True)
class Damaged:
    """A row that is no item any more: somebody wrote into the database beside us."""

    kind: str
    value: str
    unit: str
    entry: bytes | None


@dataclass(frozen=True)
class Added:
    """How many items are new, were the same already, and replaced others."""

    new: int = 0
    same: int = 0
    replaced: int = 0


@dataclass(frozen=True)
class MonthStore:
    """Months in one database."""

    engine: Engine

    def versions(self, account: int | None = None, year: int | None = None, month: int | None = None) -> list[Version]:
        """Versions in the order of account, year, month and version."""
        table = evidence_months.c
        query = select(evidence_months).order_by(table.account, table.year, table.month, table.version)
        for column, wanted in ((table.account, account and str(account)), (table.year, year), (table.month, month)):
            query = query.where(column == wanted) if wanted is not None else query
        with self.engine.connect() as connection:
            return [_version(row) for row in connection.execute(query)]

    def newest(self, month: Month) -> Version:
        """The newest version of a month. Raises OracleError MonthUnknown."""
        found = self.versions(month.account, month.year, month.month)
        if not found:
            raise refuse("MonthUnknown", account=month.account, year=month.year, month=month.month)
        return found[-1]

    def add(
        self,
        month: Month,
        sector: str,
        items: Iterable[Item],
        now: int,
        *,
        replace: bool = False,
        correct: bool = False,
    ) -> Added:
        """File items in the open version; all of them or none. The same a second time changes nothing.

        Args:
            replace: an item of the same kind that says something else gives way.
            correct: start the next version, with the items of the sealed one, where the newest is sealed.

        Raises:
            OracleError: MonthSealed, SectorDiffers, ItemFiledDifferently.
        """
        total = Added()
        with writing(self.engine) as connection:
            version = _open_version(connection, month, sector, now, correct=correct)
            stream = iter(items)
            while page := list(islice(stream, PAGE)):
                done = _add_page(connection, version, page, now, replace=replace)
                total = Added(total.new + done.new, total.same + done.same, total.replaced + done.replaced)
        return total

    def items(self, version: Version) -> Iterator[Filed]:
        """Items of a version in the order of the tree, page by page.

        Raises:
            OracleError: ItemDamaged.
        """
        for row in self.rows(version):
            if isinstance(row, Damaged):
                raise refuse("ItemDamaged", kind=row.kind, **version.names)
            yield row

    def rows(self, version: Version) -> Iterator[Filed | Damaged]:
        """As :meth:`items`, with what is damaged in its place."""
        after = ""
        while True:
            with self.engine.connect() as connection:
                rows = _page(connection, version.id, after)
            yield from (_read(row) for row in rows)
            if len(rows) < PAGE:
                return
            after = rows[-1].kind

    def item(self, version: Version, kind: str) -> tuple[Filed, int]:
        """An item and its position in the tree. Raises OracleError ItemUnknown."""
        table = evidence_items.c
        mine = table.month_id == version.id
        with self.engine.connect() as connection:
            row = connection.execute(select(evidence_items).where(mine, table.kind == kind)).one_or_none()
            before = select(func.count()).where(mine, table.kind < kind)
            position: int = connection.execute(before).scalar_one()
        if row is None:
            names = version.names
            raise refuse("ItemUnknown", kind=kind, **names)
        return _filed(row), position

    def seal(self, version: Version, now: int) -> Version:
        """Fix the items: each gets the hash that stands for it, the month its root. A sealed one is given back.

        Raises:
            OracleError: MonthUnknown where it has no item.
        """
        with writing(self.engine) as connection:
            row = connection.execute(select(evidence_months).where(evidence_months.c.id == version.id)).one()
            if row.sealed_at is not None:
                return _version(row)
            builder = RootBuilder()
            after = ""
            while rows := _page(connection, version.id, after):
                marks = []
                for each in rows:
                    entry = leaf_entry(_filed(each).item, version.month, builder.count)
                    builder.add(entry)
                    marks.append({"own_month": version.id, "own_kind": each.kind, "entry": entry})
                connection.execute(_MARK, marks)
                after = rows[-1].kind
            if builder.count == 0:
                raise refuse("MonthUnknown", **{k: v for k, v in version.names.items() if k != "version"})
            root = "0x" + sealed_root(builder.root, builder.count).hex()
            values = {"items": builder.count, "root": root, "sealed_at": now}
            connection.execute(update(evidence_months).where(evidence_months.c.id == version.id).values(values))
            return _version(connection.execute(select(evidence_months).where(evidence_months.c.id == version.id)).one())


_MARK: Final = (
    update(evidence_items)
    .where(evidence_items.c.month_id == bindparam("own_month"), evidence_items.c.kind == bindparam("own_kind"))
    .values(entry=bindparam("entry"))
)


def _open_version(connection: Connection, month: Month, sector: str, now: int, *, correct: bool) -> Version:
    table = evidence_months.c
    mine = (table.account == str(month.account)) & (table.year == month.year) & (table.month == month.month)
    rows = connection.execute(select(evidence_months).where(mine).order_by(table.version.desc()).limit(1)).all()
    newest = _version(rows[0]) if rows else None
    if newest and newest.sector != sector:
        raise refuse("SectorDiffers", given=sector, expected=newest.sector)
    if newest and newest.sealed_at is None:
        return newest
    if newest and not correct:
        raise refuse("MonthSealed", **newest.names)
    row = {
        "account": str(month.account),
        "year": month.year,
        "month": month.month,
        "version": newest.version + 1 if newest else 1,
        "sector": sector,
        "opened_at": now,
    }
    made = connection.execute(insert(evidence_months).values(row).returning(evidence_months)).one()
    if newest:
        columns = [column for column in evidence_items.c if column.name not in ("month_id", "entry")]
        names = ["month_id", *(column.name for column in columns)]
        source = select(bindparam("new_month", made.id), *columns).where(evidence_items.c.month_id == newest.id)
        connection.execute(insert(evidence_items).from_select(names, source))
    return _version(made)


def _add_page(connection: Connection, version: Version, page: list[Item], now: int, *, replace: bool) -> Added:
    kinds = [item.kind for item in page]
    query = select(evidence_items).where(evidence_items.c.month_id == version.id, evidence_items.c.kind.in_(kinds))
    known: dict[str, Item] = {row.kind: _filed(row).item for row in connection.execute(query)}
    new: list[Mapping[str, Any]] = []
    same = replaced = 0
    for item in page:
        filed = known.get(item.kind)
        if filed == item:
            same += 1
            continue
        if filed and not replace:
            raise refuse("ItemFiledDifferently", kind=item.kind, filed=_said(filed), given=_said(item))
        row = _row(version.id, item, now)
        if filed:
            key = (evidence_items.c.month_id == version.id) & (evidence_items.c.kind == item.kind)
            connection.execute(update(evidence_items).where(key).values(row))
            replaced += 1
        else:
            new.append(row)
        known[item.kind] = item
    fresh = {row["kind"]: row for row in new}
    if fresh:
        connection.execute(insert(evidence_items), [_row(version.id, known[kind], now) for kind in fresh])
    return Added(len(fresh), same, replaced)


def _page(connection: Connection, month_id: int, after: str) -> list[Row[Any]]:
    table = evidence_items.c
    query = select(evidence_items).where(table.month_id == month_id, table.kind > after).order_by(table.kind)
    return list(connection.execute(query.limit(PAGE)).all())


def _row(month_id: int, item: Item, now: int) -> dict[str, Any]:
    return {
        "month_id": month_id,
        "kind": item.kind,
        "value": item.value,
        "unit": item.unit,
        "document": item.document,
        "meter": item.meter,
        "calibrated_until": item.calibrated_until.isoformat() if item.calibrated_until else None,
        "time": item.time,
        "submitted_at": now,
    }


def _filed(row: Row[Any]) -> Filed:
    until = date.fromisoformat(row.calibrated_until) if row.calibrated_until else None
    item = Item(row.kind, row.value, row.unit, bytes(row.document), row.meter, until, row.time)
    return Filed(item, row.submitted_at, None if row.entry is None else bytes(row.entry))


def _read(row: Row[Any]) -> Filed | Damaged:
    try:
        return _filed(row)
    except (ValueError, TypeError):
        return Damaged(str(row.kind), str(row.value), str(row.unit), row.entry and bytes(row.entry))


def _said(item: Item) -> str:
    return f"{item.value} {item.unit} (0x{item.document.hex()[:8]}…, {item.time})"


def _version(row: Row[Any]) -> Version:
    return Version(
        id=row.id,
        month=Month(int(row.account), row.year, row.month),
        version=row.version,
        sector=row.sector,
        items=row.items,
        root=None if row.root is None else bytes.fromhex(row.root[2:]),
        opened_at=row.opened_at,
        sealed_at=row.sealed_at,
    )
