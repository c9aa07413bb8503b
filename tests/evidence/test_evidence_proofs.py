"""Whatever is altered in an item, its place, its month or its firm: the proof does not lead to the root any more."""

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from evidence_builders import MONTH, documents, item, items, months
from hypothesis import assume, given
from hypothesis import strategies as st

from registry_sdk.evidence import Item, ItemProof, Month, decimal_text, verify_item
from registry_sdk.evidence.merkle import RootBuilder, fold_proof, leaf_hash, pair_hash, proof_of, root_of
from registry_sdk.evidence.proofs import entries, month_root, prove_item

#: Entries and roots of the first n of them, as implementations of Certificate Transparency publish them.
CT_ENTRIES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
CT_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())


def by_definition(leaves: list[bytes]) -> bytes:
    """The tree as RFC 9162 writes it down: split at the largest power of two below the number of leaves."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return pair_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


@pytest.mark.parametrize("count", sorted(CT_ROOTS))
def test_root_of__published_vectors__same_root(count: int) -> None:
    assert root_of(CT_ENTRIES[:count]) == (bytes.fromhex(CT_ROOTS[count]), count)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=70))
def test_root_of__any_entries__root_of_the_definition_and_every_proof_leads_to_it(leaves: list[bytes]) -> None:
    root, count = root_of(iter(leaves))
    assert root == by_definition(leaves)
    for position, leaf in enumerate(leaves):
        proof = proof_of(iter(leaves), position, count)
        assert fold_proof(leaf, position, count, proof) == root
        for wrong in (position - 1, position + 1):
            if leaves[wrong % count] != leaf:
                assert fold_proof(leaf, wrong, count, proof) != root
        assert fold_proof(leaf, position, count, [*proof, bytes(32)]) != root
        assert not proof or fold_proof(leaf, position, count, proof[:-1]) != root


@given(st.integers(1, 4096))
def test_root_builder__any_count__holds_one_hash_a_full_subtree(count: int) -> None:
    builder = RootBuilder()
    for number in range(count):
        builder.add(number.to_bytes(4))
    assert len(builder._full) == count.bit_count()


def test_fold_proof__pair_shown_as_leaf__another_root() -> None:
    left, right = b"left", b"right"
    root, _ = root_of([left, right])
    assert fold_proof(leaf_hash(left) + leaf_hash(right), 0, 1, []) != root


def test_root_of__nothing__refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        root_of([])


@pytest.mark.parametrize(("position", "count"), [(0, 0), (3, 3), (-1, 3), (0, 2), (0, 4), (2, 4)])
def test_proof_of__count_or_position_that_does_not_fit__refused(position: int, count: int) -> None:
    with pytest.raises(ValueError, match="there"):
        proof_of([b"a", b"b", b"c"], position, count)


CHANGES = st.one_of(
    st.fixed_dictionaries({"value": st.integers(-(10**9), 10**9).map(decimal_text)}),
    st.fixed_dictionaries({"unit": st.sampled_from(["kg", "GJ", "kWh"])}),
    st.fixed_dictionaries({"time": st.integers(0, 2**32)}),
    st.fixed_dictionaries({"document": documents}),
    st.fixed_dictionaries({"kind": st.sampled_from(["clinker", "sinter", "crude_steel/line-2"])}),
)


@given(st.data(), st.lists(items(), min_size=1, max_size=24), months)
def test_verify_item__anything_altered__does_not_verify(
    data: st.DataObject, month_items: list[Item], month: Month
) -> None:
    root, count = month_root(iter(month_items), month)
    position = data.draw(st.integers(0, count - 1))
    mine = month_items[position]
    proof = prove_item(iter(month_items), month, position, count)
    assert verify_item(mine, proof, root)

    altered = replace(mine, **data.draw(CHANGES))
    assume(altered != mine)
    assert not verify_item(altered, proof, root)
    if mine.calibrated_until:
        other_meter = replace(mine, meter=mine.meter + "1")
        later = replace(mine, calibrated_until=mine.calibrated_until + timedelta(days=1))
        assert not verify_item(other_meter, proof, root)
        assert not verify_item(later, proof, root)
    elsewhere = data.draw(months.filter(lambda each: each != month))
    assert not verify_item(mine, replace(proof, month=elsewhere), root)
    for changes in ({"position": position + 1}, {"position": count}, {"count": count + 1}, {"count": count - 1}):
        assert not verify_item(mine, replace(proof, **changes), root)  # type: ignore[arg-type]


@given(items(), st.integers(2, 40))
def test_verify_item__same_item_twice_in_a_month__each_proof_fits_its_own_place(one: Item, count: int) -> None:
    root, _ = month_root([one] * count, MONTH)
    first, last = (prove_item([one] * count, MONTH, at, count) for at in (0, count - 1))
    assert verify_item(one, first, root)
    assert verify_item(one, last, root)
    assert not verify_item(one, replace(first, position=count - 1), root)
    assert not verify_item(one, replace(last, position=0), root)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: each["name"])
def test_vectors__committed_months__same_encodings_roots_and_proofs(vector: dict[str, object]) -> None:
    month = Month(**vector["month"])  # type: ignore[arg-type]
    filed = [Item.from_json(each) for each in vector["items"]]  # type: ignore[attr-defined]
    assert [each.encode(month, at).hex() for at, each in enumerate(filed)] == vector["encodings"]
    assert [entry.hex() for entry in entries(filed, month)] == vector["entries"]
    root, count = month_root(filed, month)
    assert root.hex() == vector["root"]
    for position, path in enumerate(vector["paths"]):  # type: ignore[arg-type, var-annotated]
        proof = ItemProof(month, position, count, tuple(bytes.fromhex(each) for each in path))
        assert prove_item(filed, month, position, count) == proof
        assert verify_item(filed[position], proof, root)


def test_encode__one_plain_item__bytes_written_out_by_hand() -> None:
    by_hand = (
        sha256(b"Allowance Registry evidence item 1").hexdigest()
        + "0000004cdb7e4501"  # account 330100000001
        + "07e9" + "03" + "00000000"  # 2025, March, position 0
        + bytes(range(1, 33)).hex()  # document
        + "000b4920"  # certificate until 2025-12-31, day 739616 of the proleptic calendar
        + "0000000067eabc00"  # 2025-03-31T16:00:00Z
        + "11" + b"generation/unit-1".hex() + "08" + b"41230.55".hex() + "03" + b"MWh".hex() + "07" + b"EM-4401".hex()
    )  # fmt: skip
    assert item().encode(MONTH, 0).hex() == by_hand
