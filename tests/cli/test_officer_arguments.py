"""Arguments of acts as people write them: what is right arrives unchanged, what is wrong is named by place."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offline import DEPLOYMENT, Offline

from registry_cli.officers.arguments import account_numbers, arguments, takes_ground
from registry_cli.officers.openings import PER_ACT, read_openings
from registry_cli.officers.tables import read_table
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.reading import moment, parse_json
from registry_sdk.codec import Function
from registry_sdk.permissions import permissions
from registry_sdk.tables import Row

SIGNER = "0x" + "ab" * 20
HASH = "0x" + "cd" * 32
OPENING = {
    "number": 1,
    "kind": "KEY_EMITTER",
    "sector": 1,
    "province": 42,
    "approvals": 2,
    "kycHash": HASH,
    "seats": [{"signer": SIGNER, "rights": "INITIATE+APPROVE"}],
}


def function(contract: str, name: str) -> Function:
    return DEPLOYMENT.contract(contract).functions[name]


def values_of(component: dict[str, Any]) -> st.SearchStrategy[Any]:
    """JSON values that fit a component of the ABI."""
    kind = component["type"]
    if kind.endswith("[]"):
        return st.lists(values_of({**component, "type": kind[:-2]}), max_size=3)
    if kind == "tuple":
        return st.fixed_dictionaries({c["name"]: values_of(c) for c in component["components"]})
    if kind.startswith("uint"):
        top = 1 if str(component.get("internalType")).startswith("enum") else 2 ** int(kind[4:]) - 1
        return st.integers(0, top).flatmap(lambda number: st.sampled_from([number, str(number)]))
    if kind.startswith("bytes"):
        length = int(kind[5:] or 20)
        return st.binary(min_size=length, max_size=length).map(lambda raw: "0x" + raw.hex())
    return {
        "bool": st.booleans(),
        "string": st.text(st.characters(exclude_categories=["Cs"])),
        "address": st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
    }[kind]


@given(st.data())
def test_arguments__any_function_by_list_or_object__same_call_data(data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(permissions()))
    abi = function(row.contract, row.function)
    inputs = abi.abi["inputs"][:-1] if takes_ground(abi) else abi.abi["inputs"]
    named = {c["name"]: data.draw(values_of(c)) for c in inputs}
    by_name, by_place = arguments(abi, named), arguments(abi, list(named.values()))
    assert by_name == by_place
    ground = [(1, b"\x01" * 32)] if takes_ground(abi) else []
    assert abi.decode_input(abi.encode(*by_name, *ground))


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_arguments__any_json__mistake_or_call_data(given_: Any) -> None:
    abi = function("compliance", "setYearRules")
    try:
        values = arguments(abi, given_)
    except Mistake:
        return
    assert abi.encode(*values)


@pytest.mark.parametrize(
    ("contract", "name", "given_", "place"),
    [
        ("accounts", "setApprovals", [1], "setApprovals"),
        ("accounts", "setApprovals", [1, 2, 3], "setApprovals"),
        ("accounts", "setApprovals", [1, 256], "approvals"),
        ("accounts", "setApprovals", [-1, 1], "account"),
        ("accounts", "setApprovals", [1.0, 1], "account"),
        ("accounts", "setApprovals", [True, 1], "account"),
        ("accounts", "setApprovals", {"account": 1}, "approvals"),
        ("accounts", "setApprovals", {"account": 1, "approvals": 1, "more": 1}, "more"),
        ("accounts", "freeze", [[1], "HALF_FROZEN"], "RESTRICTED"),
        ("accounts", "freeze", [1, "RESTRICTED"], "accounts"),
        ("accounts", "setModule", ["0x12", True], "module"),
        ("accounts", "setModule", [SIGNER, "yes"], "isModule"),
        ("accounts", "openAccounts", [[OPENING | {"seats": [{"signer": "ab", "rights": 1}]}]], "seats[0].signer"),
        ("accounts", "openAccounts", [[OPENING | {"seats": [{"signer": SIGNER, "rights": "ALL"}]}]], "rights"),
        ("credits", "issueCredits", [1, [{"account": 1}]], "tonnes"),
        ("compliance", "setYearRules", "no", "setYearRules"),
    ],
)
def test_arguments__wrong__place_named(contract: str, name: str, given_: Any, place: str) -> None:
    with pytest.raises(Mistake) as caught:
        arguments(function(contract, name), given_)
    assert place in str(caught.value)


def test_arguments__words__numbers_of_the_contract() -> None:
    opening = arguments(function("accounts", "openAccounts"), [[OPENING]])[0][0]
    assert (opening[1], opening[6]) == (1, [(bytes.fromhex(SIGNER[2:]), 3)])
    assert arguments(function("emissions", "setThreshold"), [2, "VERIFIER+PROVINCE"]) == [2, 0b110]
    rows = arguments(function("credits", "issueCredits"), [1, [{"account": 7, "tonnes": 9}]])[1]
    assert rows == [Row(7, 9).packed]


def test_account_numbers__every_place__found() -> None:
    abi = function("allowances", "forceTransfer")
    assert account_numbers(abi, arguments(abi, [11, 12, 2025, 5, 0])) == [11, 12]
    abi = function("accounts", "freeze")
    assert account_numbers(abi, arguments(abi, [[5, 6], 2])) == [5, 6]


@pytest.mark.parametrize(
    ("text", "unix"),
    [("2026-12-31", 1798732799), ("2026-12-31T23:59:59", 1798732799), ("2026-12-31T00:00:00Z", 1798675200), ("7", 7)],
)
def test_moment__forms__unix_seconds(text: str, unix: int) -> None:
    assert moment(text) == unix


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "-1", "9999999999999", ""])
def test_moment__wrong__refused(text: str) -> None:
    with pytest.raises(Mistake):
        moment(text)


def test_parse_json__repeated_name_or_broken__refused_with_place() -> None:
    with pytest.raises(Mistake, match="quantity"):
        parse_json('{"quantity": 1, "quantity": 2}', "x")
    with pytest.raises(Mistake, match="line 2"):
        parse_json('{\n"a": }', "x")


HEAD = {"year": 2025, "sector": 1, "province": 42, "kind": "FINAL", "chunk_size": 2}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("account,tonnes\n1,5\n2,x\n", "row 3"),
        ("account,tonnes\n1,5\n1,6\n", "row 3"),
        ("account,tonnes\n1,-1\n", "row 2"),
        ("account,tonnes\n1\n", "line 2"),
        ("account,tons\n1,5\n", "account,tonnes"),
        ("account,tonnes\n1,1.5\n", "tonnes"),
        ("account,tonnes\n", "rows"),
        ("", "empty"),
    ],
)
def test_read_table__bad_row__row_named(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "table.csv"
    file.write_text(text)
    with pytest.raises(Mistake) as caught:
        read_table(file, HEAD)
    assert place in str(caught.value)


def test_read_table__csv_and_json__same_root(tmp_path: Path) -> None:
    csv, json_file = tmp_path / "t.csv", tmp_path / "t.json"
    csv.write_bytes("\ufeffaccount,tonnes\r\n1,5\r\n2,6\r\n3,7\r\n".encode())
    rows = '[{"account":1,"tonnes":5},{"account":2,"tonnes":6},{"account":3,"tonnes":7}]'
    json_file.write_text(f'{{"year":2025,"sector":1,"province":42,"kind":2,"chunk_size":2,"rows":{rows}}}')
    assert read_table(csv, HEAD).table == read_table(json_file, {}).table
    with pytest.raises(Mistake, match="year"):
        read_table(csv, {"sector": 1, "province": 2, "kind": "FINAL"})


def test_read_openings__csv__grouped_by_act(tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    rows = [f"{n},KEY_EMITTER,1,42,1,{HASH},{SIGNER}:INITIATE+APPROVE;{SIGNER}:4" for n in range(1, PER_ACT + 3)]
    file.write_text("number,kind,sector,province,approvals,kycHash,seats\n" + "\n".join(rows) + "\n")
    abi = function("accounts", "openAccounts")
    groups = list(read_openings(file, abi))
    assert [len(group) for group in groups] == [PER_ACT, 2]
    assert arguments(abi, [groups[0]])[0][0][6] == [(bytes.fromhex(SIGNER[2:]), 3), (bytes.fromhex(SIGNER[2:]), 4)]
    file.write_text(file.read_text().replace("\n3,KEY_EMITTER", "\n3,KEY_EMITER"))
    with pytest.raises(Mistake, match="row 4"):
        list(read_openings(file, abi))


def test_functions__no_service__every_row_of_the_table(tmp_path: Path) -> None:
    items = Offline(tmp_path).run("officer", "functions")["items"]
    assert len(items) == len(permissions())
