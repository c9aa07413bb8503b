"""Months of a firm: filed once, sealed for good, corrected beside what was sealed; checks that leave their trace."""

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from evidence_builders import MONTH, item
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from oracles.evidence.checks import check_version
from oracles.evidence.filing import read_items, store_documents
from oracles.evidence.keys import VaultKeys
from oracles.evidence.months import PAGE, Added, MonthStore, Version
from oracles.evidence.signing import prove
from oracles.evidence.vault import Vault
from oracles.refusals import OracleError
from oracles.store import open_store
from oracles.store.engine import writing
from oracles.store.evidence_tables import evidence_items, evidence_months
from registry_sdk.evidence import EvidenceError, Item, Month, verify_item
from registry_sdk.evidence.duties import duties, item_row
from registry_sdk.evidence.proofs import month_root

NOW = 1_744_000_000
PLAIN: dict[str, Any] = {"meter": "", "calibrated_until": None}


@pytest.fixture
def store(tmp_path: Path) -> MonthStore:
    return MonthStore(open_store(tmp_path / "oracle.sqlite3"))


def whole_month(sector: str = "power", **changes: object) -> list[Item]:
    """One item for every duty of a sector."""
    found = []
    for duty in duties(sector):
        row = item_row(sector, duty.codes[0])
        assert row is not None
        found.append(item(kind=f"{duty.codes[0]}/unit-1", unit=row["unit"], **(PLAIN | changes)))
    return found


def refused(error: OracleError | pytest.ExceptionInfo[OracleError]) -> str:
    return (error.value if isinstance(error, pytest.ExceptionInfo) else error).outcome.error


def codes(store: MonthStore, version: Version, vault: Vault | None = None) -> list[str]:
    return sorted(finding.code for finding in check_version(store, version, vault))


def change(store: MonthStore, kind: str, **values: object) -> None:
    """What somebody does who writes into the database beside the program."""
    with writing(store.engine) as connection:
        changed = connection.execute(update(evidence_items).where(evidence_items.c.kind == kind).values(values))
        assert changed.rowcount == 1


def test_add__same_items_twice__nothing_changes(store: MonthStore) -> None:
    assert store.add(MONTH, "power", whole_month(), NOW) == Added(new=7)
    assert store.add(MONTH, "power", whole_month(), NOW + 1) == Added(same=7)
    assert {filed.submitted_at for filed in store.items(store.newest(MONTH))} == {NOW}


def test_add__other_value_of_the_same_kind__refused_whole_unless_replacing(store: MonthStore) -> None:
    store.add(MONTH, "power", [item(value="1")], NOW)
    with pytest.raises(OracleError) as caught:
        store.add(MONTH, "power", [item(kind="generation/unit-2"), item(value="2")], NOW)
    assert refused(caught) == "ItemFiledDifferently"
    assert [f.item.value for f in store.items(store.newest(MONTH))] == ["1"]
    assert store.add(MONTH, "power", [item(value="2")], NOW, replace=True) == Added(replaced=1)
    assert [f.item.value for f in store.items(store.newest(MONTH))] == ["2"]


def test_seal__any_number_of_items__root_of_the_items_in_order_of_kind(store: MonthStore) -> None:
    kinds = [f"fuel_amount/coal-{number}" for number in range(2 * PAGE + 3)]
    store.add(MONTH, "power", (item(kind=kind, unit="t") for kind in reversed(kinds)), NOW)
    sealed = store.seal(store.newest(MONTH), NOW)
    in_order = [item(kind=kind, unit="t") for kind in sorted(kinds)]
    assert (sealed.root, sealed.items) == month_root(in_order, MONTH)
    assert [filed.item for filed in store.items(sealed)] == in_order
    assert store.seal(store.newest(MONTH), NOW + 9) == sealed
    for kind in (kinds[0], kinds[PAGE], kinds[-1]):
        assert verify_item(item(kind=kind, unit="t"), prove(store, sealed, kind), sealed.root or b"")


def test_add__sealed_month__refused_and_corrected_only_as_the_next_version(store: MonthStore) -> None:
    store.add(MONTH, "power", whole_month(), NOW)
    first = store.seal(store.newest(MONTH), NOW)
    fixed = replace(whole_month()[0], value="7")
    with pytest.raises(OracleError) as caught:
        store.add(MONTH, "power", [fixed], NOW)
    assert refused(caught) == "MonthSealed"
    assert store.add(MONTH, "power", [fixed], NOW, replace=True, correct=True) == Added(replaced=1)
    second = store.seal(store.newest(MONTH), NOW)
    assert (second.version, second.items) == (2, first.items)
    assert second.root != first.root
    assert codes(store, first) == codes(store, second) == []
    assert store.versions(MONTH.account, MONTH.year, MONTH.month) == [first, second]


def test_add__another_sector_or_nothing_to_seal__refused(store: MonthStore) -> None:
    with pytest.raises(OracleError) as caught:
        store.newest(MONTH)
    assert refused(caught) == "MonthUnknown"
    store.add(MONTH, "power", [item()], NOW)
    with pytest.raises(OracleError) as caught:
        store.add(MONTH, "steel", [item()], NOW)
    assert refused(caught) == "SectorDiffers"
    with pytest.raises(OracleError) as caught:
        prove(store, store.newest(MONTH), item().kind)
    assert refused(caught) == "MonthNotSealed"
    sealed = store.seal(store.newest(MONTH), NOW)
    with pytest.raises(OracleError) as caught:
        prove(store, sealed, "generation/unit-9")
    assert refused(caught) == "ItemUnknown"


def test_seal__month_without_items__refused(store: MonthStore) -> None:
    store.add(MONTH, "power", [], NOW)
    with pytest.raises(OracleError) as caught:
        store.seal(store.newest(MONTH), NOW)
    assert refused(caught) == "MonthUnknown"
    assert store.newest(MONTH).root is None


def test_add__stream_that_breaks_off__nothing_is_filed(store: MonthStore) -> None:
    def broken() -> Iterator[Item]:
        for number in range(PAGE + 5):
            yield item(kind=f"fuel_amount/coal-{number}", unit="t")
        raise EvidenceError("value", "坏", "bad", "好", "good")

    with pytest.raises(EvidenceError):
        store.add(MONTH, "power", broken(), NOW)
    with store.engine.connect() as connection:
        for table in (evidence_items, evidence_months):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"value": "41230.56"}, "E-ITEM"),
        ({"value": "not a number"}, "E-ITEM"),
        ({"unit": "MWh "}, "E-ITEM"),
        ({"time": 1_743_436_801}, "E-ITEM"),
        ({"document": bytes(range(2, 34))}, "E-ITEM"),
        ({"calibrated_until": "2025-13-01", "meter": "EM-1"}, "E-ITEM"),
        ({"entry": bytes(32)}, "E-ITEM"),
    ],
)
def test_check_version__item_altered_after_the_seal__named(
    store: MonthStore, values: dict[str, object], code: str
) -> None:
    store.add(MONTH, "power", whole_month(), NOW)
    sealed = store.seal(store.newest(MONTH), NOW)
    change(store, "generation/unit-1", **values)
    found = [each for each in check_version(store, sealed, None) if each.code == code]
    assert [each.figures["item"] for each in found] == ["generation/unit-1"]
    assert found[0].rule == "D-06"
    assert "generation/unit-1" in found[0].message.zh


def test_prove__item_altered_after_the_seal__refused(store: MonthStore) -> None:
    store.add(MONTH, "power", whole_month(), NOW)
    sealed = store.seal(store.newest(MONTH), NOW)
    change(store, "generation/unit-1", value="1")
    with pytest.raises(OracleError) as caught:
        prove(store, sealed, "generation/unit-1")
    assert refused(caught) == "SealBroken"


def test_check_version__item_gone__counted(store: MonthStore) -> None:
    store.add(MONTH, "power", [*whole_month(), item(kind="generation/unit-2")], NOW)
    sealed = store.seal(store.newest(MONTH), NOW)
    with writing(store.engine) as connection:
        connection.execute(evidence_items.delete().where(evidence_items.c.kind == "running_hours/unit-1"))
    found = codes(store, sealed)
    assert "E-ITEM-GONE" in found
    assert "E-INCOMPLETE" in found


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"meter": "EM-1", "calibrated_until": date(2025, 3, 30)}, "E-METER"),
        ({"meter": "EM-1", "calibrated_until": date(2025, 3, 31)}, None),
        ({"time": 1_743_436_800}, None),  # midnight that ends March in Beijing
        ({"time": 1_743_436_801}, "E-TIME"),
        ({"time": 1_740_758_400}, "E-TIME"),  # midnight that begins it
        ({"unit": "kWh"}, "E-UNIT"),
        ({"kind": "windmills"}, "E-UNKNOWN"),
    ],
)
def test_check_version__item_that_breaks_a_rule__found(
    store: MonthStore, changes: dict[str, Any], code: str | None
) -> None:
    others = [each for each in whole_month() if each.code != "generation"]
    mine = item(**({"kind": "generation/unit-1"} | PLAIN | changes))
    extra = [] if mine.code == "generation" else [item(kind="generation", **PLAIN)]
    store.add(MONTH, "power", [*others, mine, *extra], NOW)
    assert codes(store, store.newest(MONTH)) == ([code] if code else [])


def test_check_version__month_without_a_duty__incomplete(store: MonthStore) -> None:
    store.add(MONTH, "power", whole_month()[1:], NOW)
    (found,) = check_version(store, store.newest(MONTH), None)
    assert (found.code, found.severity) == ("E-INCOMPLETE", "high")
    assert "燃料消耗量" in found.message.zh


def test_check_version__document_exchanged_or_gone__found(store: MonthStore, tmp_path: Path) -> None:
    vault = Vault(tmp_path / "documents", VaultKeys({}).with_new_key())
    listed = []
    for number, one in enumerate(whole_month()):
        (tmp_path / f"{number}.pdf").write_bytes(f"document {number}".encode())
        listed.append({**one.to_json(), "file": f"{number}.pdf"})
        del listed[-1]["document"]
    (tmp_path / "items.json").write_text(json.dumps(listed))
    read = read_items(tmp_path / "items.json", "power")
    assert store_documents(read, vault) == 7
    store.add(MONTH, "power", [one for one, _ in read], NOW)
    sealed = store.seal(store.newest(MONTH), NOW)
    assert codes(store, sealed, vault) == []
    swapped, gone = (vault.folder / d.hex()[:2] / f"{d.hex()}" for d in (read[0][0].document, read[1][0].document))
    swapped.with_suffix(".data").write_bytes(b"another document")
    gone.with_suffix(".key").unlink()
    assert codes(store, sealed, vault) == ["E-DOCUMENT", "E-DOCUMENT-GONE"]


def test_read_items__many_mistakes__all_told_with_row_and_field(tmp_path: Path) -> None:
    good = item().to_json()
    rows = [
        good,
        good | {"value": "1.50"},
        good | {"kind": "generation/unit-2", "unit": "kWh"},
        {**{k: v for k, v in good.items() if k != "document"}, "file": "../outside.pdf", "kind": "generation/unit-3"},
        good | {"document": "0x12"},
        good,
        "text",
    ]
    (tmp_path / "items.json").write_text(json.dumps(rows))
    with pytest.raises(OracleError) as caught:
        read_items(tmp_path / "items.json", "power")
    said = str(caught.value)
    for place in ("2: [D-06] value", "3: [D-06] unit", "4: [D-06] file", "5: [D-06] document", "7: [D-06] item"):
        assert place in said, place
    assert "twice" in said
    assert "MWh" in said


@pytest.mark.parametrize("content", ["", "{}", "[]", "[1", '[{"kind": 1, "kind": 2}]', "[NaN]"])
def test_read_items__no_list_of_items__refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "items.json").write_text(content)
    with pytest.raises(OracleError):
        read_items(tmp_path / "items.json", "power")


def test_store_documents__hash_that_the_vault_does_not_hold__refused(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "documents", VaultKeys({}).with_new_key())
    with pytest.raises(OracleError) as caught:
        store_documents([(item(), None)], vault)
    assert refused(caught) == "DocumentUnknown"


def _peak(store: MonthStore, month: Month, count: int) -> int:
    """Most bytes at once while so many items are filed, sealed, checked and one is proven."""
    tracemalloc.start()
    try:
        stream = (item(kind=f"fuel_amount/coal-{number:07}", unit="t") for number in range(count))
        store.add(month, "power", stream, NOW)
        sealed = store.seal(store.newest(month), NOW)
        assert sum(1 for _ in check_version(store, sealed, None)) >= 1
        prove(store, sealed, f"fuel_amount/coal-{count // 2:07}")
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_month__six_times_the_items__same_memory(store: MonthStore) -> None:
    _peak(store, replace(MONTH, month=1), 600)  # what is loaded once
    small = _peak(store, replace(MONTH, month=2), 1_200)
    large = _peak(store, replace(MONTH, month=4), 7_200)
    assert large < 1.25 * small, (small, large)


@settings(max_examples=15, deadline=None)
@given(st.permutations(whole_month()))
def test_seal__items_in_any_order__same_root(tmp_path_factory: pytest.TempPathFactory, order: list[Item]) -> None:
    store = MonthStore(open_store(tmp_path_factory.mktemp("order") / "oracle.sqlite3"))
    store.add(MONTH, "power", order, NOW)
    assert store.seal(store.newest(MONTH), NOW).root == month_root(sorted(order, key=lambda i: i.kind), MONTH)[0]
