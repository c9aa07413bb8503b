"""The catalogue and the contracts' ABI fit each other both ways, and every text can be filled in."""

import json
import re
from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from registry_sdk import codec
from registry_sdk.codec import ContractError
from registry_sdk.rules import Rule, catalogue, contract_errors, problem, refusal, refuse, rule, rule_of_error
from registry_sdk.rules.catalogue import variables
from registry_sdk.rules.words import words

RULES = list(catalogue().values())
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SAMPLES: dict[str, Any] = {
    "uint": 7,
    "address": "0x" + "11" * 20,
    "bytes": b"\x22" * 20,
    "bytes4": b"\x12\x34\x56\x78",
    "bytes16": b"\x22" * 16,
    "bytes32": b"\x22" * 32,
    "string": "text",
}


def sample(kind: str) -> Any:
    return SAMPLES["uint"] if kind.startswith("uint") else SAMPLES[kind]


def abi_errors() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for name in codec.CONTRACTS.values():
        for error, inputs in codec.contract(name).errors.values():
            found[error] = inputs
    return found


def test_catalogue__every_contract_error__has_exactly_one_entry() -> None:
    named = [one.error for one in RULES if one.error is not None]
    assert sorted(named) == sorted(set(named))
    assert set(contract_errors()) - set(named) == set()


def test_catalogue__every_entry_with_an_error__exists_in_an_abi() -> None:
    named = {one.error for one in RULES if one.error is not None}
    assert named - set(contract_errors()) == set()


def test_catalogue__numbers__unique_and_well_formed() -> None:
    assert len({one.number for one in RULES}) == len(RULES)
    assert all(re.fullmatch(r"[A-Z]-\d{2}[a-z]?", one.number) for one in RULES)


@pytest.mark.parametrize("one", RULES, ids=lambda one: one.number)
def test_catalogue__templates__use_only_the_arguments(one: Rule) -> None:
    for template in (one.zh_detail, one.en_detail, one.zh_remedy, one.en_remedy):
        assert variables(template) <= set(one.args), template
    assert variables(one.zh_detail) == variables(one.en_detail)


@pytest.mark.parametrize("one", RULES, ids=lambda one: one.number)
def test_catalogue__texts__complete_in_both_languages(one: Rule) -> None:
    assert 400 <= one.http < 600
    assert one.source.confidence in {"H", "M", "L", "X"}
    assert all(CHINESE.search(text) for text in (one.zh, one.zh_detail, one.zh_remedy, one.domain.zh))
    english = (one.en, one.en_detail, one.en_remedy, one.domain.en)
    assert all(text and not CHINESE.search(text) for text in english)
    assert one.source.confidence == "X" or one.source.law_zh


@pytest.mark.parametrize(("name", "inputs"), sorted(abi_errors().items()), ids=lambda value: str(value)[:40])
def test_refusal__error_bytes_of_the_abi__filled_in_without_gaps(name: str, inputs: list[dict[str, Any]]) -> None:
    types = [part["type"] for part in inputs]
    function = {"name": name, "inputs": inputs}
    data = codec.Function(name, function).encode(*(sample(kind) for kind in types))
    error = codec.decode_error(data)
    assert error.name == name
    document = problem(refusal(error), "/v1/orders/1")
    assert document["rule"] == rule_of_error(name).number
    assert document["type"] == f"/v1/rules/{document['rule']}"
    assert document["instance"] == "/v1/orders/1"
    assert "{" not in document["detail"] + document["detail_zh"] + document["remedy"] + document["remedy_zh"]
    assert json.loads(json.dumps(document)) == document


def test_refusal__offset_cap__says_cap_and_remedy() -> None:
    refused = refusal(ContractError("OffsetCapExceeded", {"account": 9, "year": 2024, "cap": 61728, "wanted": 61729}))
    assert refused.rule.number == "C-05"
    assert "61728" in refused.zh
    assert "61,728" in refused.en
    assert "61,728" in refused.remedy_en


def test_refusal__vintages__future_and_expired_have_numbers_of_their_own() -> None:
    assert rule_of_error("FutureVintage").number == "C-03a"
    assert rule_of_error("ExpiredVintage").number == "C-03b"


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (codec.PANIC + encode(["uint256"], [0x11]), "T-01"),
        (codec.ERROR_STRING + encode(["string"], ["no"]), "T-02"),
        (b"\xde\xad\xbe\xef", "T-99"),
        (b"", "T-99"),
    ],
)
def test_refusal__data_that_no_abi_lists__gets_a_technical_number(data: bytes, number: str) -> None:
    assert refusal(codec.decode_error(data)).rule.number == number


def test_refusal__error_of_another_version__falls_back_with_its_data() -> None:
    refused = refusal(ContractError("NeverHeardOf", {"account": 3, "paper": b"\x01"}))
    assert refused.rule.number == "T-99"
    assert "NeverHeardOf(account=3, paper=0x01)" in refused.en


def test_refuse__value_missing__tells_which() -> None:
    with pytest.raises(KeyError, match="needs key"):
        refuse("P-01")


def test_rule__unknown_number__tells_the_known_ones() -> None:
    with pytest.raises(KeyError, match="C-05"):
        rule("Z-77")
    with pytest.raises(KeyError, match="Nothing"):
        rule_of_error("Nothing")


def test_words__status_role_time_and_rights__written_for_people() -> None:
    assert words("status", 5) == ("全部冻结", "FROZEN_ALL")
    assert words("role", 40 | 42 << 32) == ("省级生态环境主管部门（按省限定），省份 42", "PROVINCE of province 42")
    assert words("expiry", 1_767_196_799) == ("2025-12-31 23:59:59（北京时间）", "2025-12-31 15:59:59 UTC")
    assert words("rights", 3) == ("发起、复核", "initiate, approve")
    assert words("rights", 0) == ("无", "none")
    assert words("selector", codec.contract("Compliance").functions["closeYear"].selector)[0].startswith("closeYear")


@given(st.sampled_from(sorted(abi_errors())), st.data())
def test_problem__any_values_the_abi_allows__exact_json(name: str, data: st.DataObject) -> None:
    args: dict[str, Any] = {}
    for part in abi_errors()[name]:
        kind: str = part["type"]
        if kind.startswith("uint"):
            args[part["name"]] = data.draw(st.integers(0, 2 ** int(kind[4:] or 256) - 1))
        else:
            args[part["name"]] = sample(kind)
    document = problem(refusal(ContractError(name, args)))
    again = json.loads(json.dumps(document))
    assert again == document
    for key, value in again["args"].items():
        if isinstance(args[key], int):
            assert int(value) == args[key]
