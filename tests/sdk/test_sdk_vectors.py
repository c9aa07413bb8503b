"""Published test vectors against what the contracts and the SDK accept."""

import gzip
import hashlib
import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from support.verifiers import ANSWER
from support.world import ALL_RIGHTS, World, start_world

from registry_sdk.codec import ContractError
from registry_sdk.signers import P256_ORDER, EthereumSigner, signer_address
from registry_sdk.typed import digest

VECTORS = Path(__file__).resolve().parents[2] / "../shared/data/vectors"
SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not VECTORS.is_dir(), reason="the published vectors are not beside the checkout"),
]


def _read(name: str) -> Any:
    path = VECTORS / name
    return json.loads((gzip if name.endswith(".gz") else lzma).open(path, "rt", encoding="utf-8").read())  # type: ignore[operator]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    started = start_world(tmp_path_factory.mktemp("node"))
    yield started
    started.node.kill()


# EIP-712


def _number_or_tree(kind: str, value: Any, types: dict[str, Any]) -> Any:
    """Numbers come as text in the vectors; the coder wants numbers."""
    if kind.endswith("]"):
        return [_number_or_tree(kind[: kind.rindex("[")], v, types) for v in value]
    if kind in types:
        return {f["name"]: _number_or_tree(f["type"], value[f["name"]], types) for f in types[kind]}
    return int(value, 0) if kind.startswith(("int", "uint")) and isinstance(value, str) else value


DOMAIN_TYPES = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
    "salt": "bytes32",
}


def test_typed_digest__published_cases__all_equal() -> None:
    cases = _read("eip712-typed-data.json.gz")
    for case in cases:
        types, domain = case["types"], {k: v for k, v in case["domain"].items() if v is not None}
        head = [{"name": n, "type": t} for n, t in DOMAIN_TYPES.items() if n in domain]
        document = {
            "types": {**types, "EIP712Domain": head},
            "primaryType": case["primaryType"],
            "domain": domain,
            "message": _number_or_tree(case["primaryType"], case["data"], types),
        }
        assert "0x" + digest(document).hex() == case["digest"], case["name"]
        if "signature" in case and "privateKey" in case:
            signed = EthereumSigner.from_key(case["privateKey"]).sign(bytes.fromhex(case["digest"][2:]))
            assert "0x" + signed.hex() == case["signature"], case["name"]
    assert len(cases) == 130


# secp256k1: what an account accepts as its representative's signature


def test_secp256k1__published_signatures__accepted_only_if_valid_and_low(world: World) -> None:
    groups = _read("ecdsa_secp256k1_sha256_p1363_test.json.xz")["testGroups"]
    keys = [bytes.fromhex(g["publicKey"]["uncompressed"])[1:] for g in groups]
    openings = [
        (10_000 + i, 1, 1, 11, 1, b"\x01" * 32, [(bytes.fromhex(_address(key)[2:]), ALL_RIGHTS)])
        for i, key in enumerate(keys)
    ]
    for start in range(0, len(openings), 60):
        world.office.act("accounts", "openAccounts", openings[start : start + 60])
    module = world.deployment.address("allowances")
    accepted = 0
    for i, group in enumerate(groups):
        signer = bytes.fromhex(_address(keys[i])[2:])
        for test in group["tests"]:
            hashed = hashlib.sha256(bytes.fromhex(test["msg"])).digest()
            signature = bytes.fromhex(test["sig"])
            is_low = len(signature) == 64 and int.from_bytes(signature[32:]) <= SECP256K1_ORDER // 2
            answers = []
            for v in (b"", b"\x00", b"\x01", b"\x1b", b"\x1c"):
                packed = len(signer).to_bytes(2) + signer + len(signature + v).to_bytes(2) + signature + v
                answers.append(world.ask(module, "accounts", "authorize", 10_000 + i, 0, hashed, 0, packed))
            is_accepted = any(not isinstance(answer, ContractError) for answer in answers)
            assert is_accepted == (test["result"] == "valid" and is_low), test["comment"]
            accepted += is_accepted
    assert accepted > 50


def _address(key: bytes) -> str:
    return str(to_checksum_address(keccak(key)[12:]))


# secp256r1: what the P-256 verifier accepts


def _answers_yes(world: World, verifier: str, key: bytes, hashed: bytes, signature: bytes) -> bool:
    answer = world.ask(world.sender.address, verifier, "verify", key, hashed, signature)
    return bool(answer == ANSWER)


def test_secp256r1__published_signatures__accepted_only_if_valid_and_low(world: World) -> None:
    accepted = 0
    for group in _read("ecdsa_secp256r1_sha256_p1363_test.json.xz")["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["uncompressed"])[1:]
        for test in group["tests"]:
            hashed = hashlib.sha256(bytes.fromhex(test["msg"])).digest()
            signature = bytes.fromhex(test["sig"])
            is_low = len(signature) == 64 and int.from_bytes(signature[32:]) <= P256_ORDER // 2
            expected = test["result"] == "valid" and is_low
            assert _answers_yes(world, "p256", key, hashed, signature) == expected, test["comment"]
            accepted += expected
    assert accepted > 50


# WebAuthn


def test_webauthn__published_assertions__key_verifies_and_passkey_wants_our_challenge(world: World) -> None:
    cases = _read("webauthn-assertions.json.xz")["cases"]
    for case in cases:
        key = case["x"].to_bytes(32) + case["y"].to_bytes(32)
        client, authenticator = case["client_data_json"], bytes.fromhex(case["authenticator_data"][2:])
        hashed = hashlib.sha256(authenticator + hashlib.sha256(client["json"].encode()).digest()).digest()
        low = min(case["s"], P256_ORDER - case["s"])
        signature = case["r"].to_bytes(32) + low.to_bytes(32)
        assert _answers_yes(world, "p256", key, hashed, signature)
        # The verifier of passkeys signs 32-byte digests with the user verified: these texts are other challenges.
        assertion = encode(
            ["bytes32", "bytes32", "uint256", "uint256", "bytes", "string"],
            [
                signature[:32],
                signature[32:],
                client["challenge_index"],
                client["type_index"],
                authenticator,
                client["json"],
            ],
        )
        challenge = case["challenge"].encode()
        is_digest = len(challenge) == 32 and case["uv"]
        asked = challenge if is_digest else hashlib.sha256(challenge).digest()
        assert _answers_yes(world, "passkey", key, asked, assertion) == is_digest
    assert len(cases) == 100


def test_signer_address__long_names__as_the_contract_files_them(world: World) -> None:
    signer = bytes.fromhex(world.deployment.address("p256")[2:]) + b"\x05" * 64
    world.office.act("emissions", "setSigner", signer, 3, 7)
    short = bytes.fromhex(signer_address(signer)[2:])
    assert world.reader.read("emissions", "signerOf", short) == world.reader.read("emissions", "signerOf", signer)
    assert world.reader.read("emissions", "signerOf", signer) == {"class": 3, "province": 7}
