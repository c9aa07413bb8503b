"""Checks of filed evidence: against its seal, its documents, its meters, the items of its sector, and the chain.

Everything is read item by item; nothing is kept but the last document checked.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

from oracles.evidence.findings import finding
from oracles.evidence.months import Damaged, MonthStore, Version
from oracles.evidence.vault import Vault
from oracles.quality.findings import Finding
from registry_sdk.anchors import Anchored
from registry_sdk.evidence import Item, leaf_entry
from registry_sdk.evidence.clock import MonthState, day_of, year_standing
from registry_sdk.evidence.duties import item_row, missing_duties
from registry_sdk.evidence.items import Month
from registry_sdk.evidence.merkle import RootBuilder
from registry_sdk.evidence.proofs import seal


def check_version(store: MonthStore, version: Version, vault: Vault | None) -> Iterator[Finding]:
    """Everything that can be said without the chain.

    Args:
        vault: where the documents lie; None leaves them unread.
    """
    builder, codes = RootBuilder(), set()
    documents: dict[bytes, str] = {}
    for filed in store.rows(version):
        if isinstance(filed, Damaged):
            yield _differs(filed.kind, filed.value, filed.unit, b"", filed.entry or b"", version.month)
            builder.add(b"")
            continue
        item = filed.item
        codes.add(item.code)
        entry = leaf_entry(item, version.month, builder.count)
        builder.add(entry)
        if filed.entry is not None and filed.entry != entry:
            yield _differs(item.kind, item.value, item.unit, entry, filed.entry, version.month)
        yield from check_item(item, version.sector, version.month)
        if vault:
            yield from _check_document(item, vault, documents, version.month)
    if version.items is not None and builder.count != version.items:
        yield finding("E-ITEM-GONE", version.month, sealed=version.items, found=builder.count)
    if missing := missing_duties(version.sector, codes):
        yield finding("E-INCOMPLETE", version.month, missing="; ".join(str(duty.name) for duty in missing))


def check_item(item: Item, sector: str, month: Month) -> Iterator[Finding]:
    """One item against the table of its sector, the certificate of its meter and the month it is filed in."""
    row = item_row(sector, item.code)
    if row is None:
        yield finding("E-UNKNOWN", month, item=item.kind)
    elif row["unit"] != item.unit:
        yield finding("E-UNIT", month, item=item.kind, given=item.unit, expected=row["unit"])
    day = reading_day(item)
    if item.calibrated_until is not None and day > item.calibrated_until:
        yield finding("E-METER", month, item=item.kind, meter=item.meter, day=day, until=item.calibrated_until)
    if (day.year, day.month) != (month.year, month.month):
        yield finding("E-TIME", month, item=item.kind, time=moment(item.time))


def reading_day(item: Item) -> date:
    """The day in Beijing an item belongs to: a span that ends at midnight belongs to the day before."""
    return day_of(max(item.time - 1, 0))


def check_anchors(store: MonthStore, version: Version, history: Sequence[Anchored]) -> Iterator[Finding]:
    """A sealed version against what is anchored of its account and year (``history``, in its order)."""
    mine = [each for each in history if each.month == version.month.month]
    anchored = next((each for each in mine if each.version == version.version), None)
    if anchored is None:
        return
    builder = RootBuilder()
    for filed in store.rows(version):
        builder.add(b"" if isinstance(filed, Damaged) else leaf_entry(filed.item, version.month, builder.count))
    root = seal(builder.root, builder.count) if builder.count else b""
    if root != anchored.root:
        yield finding(
            "E-ROOT",
            version.month,
            version=version.version,
            found="0x" + root.hex(),
            anchored="0x" + anchored.root.hex(),
        )
    if mine[-1].version > version.version:
        yield finding("E-SUPERSEDED", version.month, version=version.version, newest=mine[-1].version)


def check_clock(
    sector: str, account: int, year: int, history: Iterable[Anchored], now: int, block_times: dict[int, int]
) -> Iterator[Finding]:
    """Late and missing months of an account and year.

    Args:
        now: Unix seconds.
        block_times: time of each block in ``history``, Unix seconds.
    """
    first = {each.month: each for each in sorted(history, key=lambda each: -each.version)}
    for each in year_standing(sector, year, {m: a.is_late for m, a in first.items()}, now):
        month, due = Month(account, year, each.month), each.deadline or 0
        if each.state == MonthState.LATE:
            at = block_times[first[each.month].block]
            yield finding("E-LATE", month, anchored=moment(at), deadline=moment(due))
        if each.state == MonthState.MISSING:
            yield finding("E-MISSING", month, deadline=moment(due))


def moment(time: int) -> str:
    """A moment for people and logs, in UTC."""
    return datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")


def _differs(kind: str, value: str, unit: str, found: bytes, sealed: bytes, month: Month) -> Finding:
    hashes = {"found": "0x" + found.hex(), "sealed": "0x" + sealed.hex()}
    return finding("E-ITEM", month, item=kind, value=value, unit=unit, **hashes)


def _check_document(item: Item, vault: Vault, known: dict[bytes, str], month: Month) -> Iterator[Finding]:
    # Items that follow one another often rest on the same document: it is decrypted once.
    if item.document not in known:
        known.clear()
        error = vault.check(item.document)
        known[item.document] = error.outcome.error if error else ""
    name = "0x" + item.document.hex()
    if known[item.document] == "DocumentDamaged":
        yield finding("E-DOCUMENT", month, item=item.kind, document=name, found="SHA-256 ≠")
    elif known[item.document]:
        yield finding("E-DOCUMENT-GONE", month, item=item.kind, document=name)
