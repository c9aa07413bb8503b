"""Files and requests of any kind: taken in, refused with a reason, never lost, never fatal."""

import json
import os
import socket
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle_support import Scene, drop

from oracles.intake.documents import read_statement
from oracles.process import Oracle
from oracles.refusals import OracleError
from oracles.server import IntakeStartError, served
from registry_sdk.rpc import RpcTransportError


@pytest.fixture
def oracle(scene: Scene) -> Oracle:
    return scene.oracle()


def reason_of(oracle: Oracle, name: str) -> dict:
    return json.loads((oracle.settings.inbox_folder / "refused" / f"{name}.reason.json").read_text())


BAD_FILES = {
    "empty": (b"", "V-01"),
    "text": (b"hello", "V-01"),
    "cut": (b'{"domain": {', "V-01"),
    "nan": (b'{"domain": NaN}', "V-01"),
    "twice": (b'{"a": 1, "a": 2}', "V-01"),
    "binary": (bytes(range(256)), "V-01"),
    "deep": (b"[" * 100_000, "V-01"),
    "digits": (b'{"a": ' + b"9" * 10_000 + b"}", "V-01"),
    "list": (b"[]", "V-03"),
    "number": (b"7", "V-03"),
    "types": (b'{"domain": {"chain_id": "1", "contract": 5}, "message": [], "approvals": {}}', "V-03"),
    "huge": (b" " * 300_000, "V-02"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_collect__bad_file__set_aside_with_its_rule(oracle: Oracle, name: str) -> None:
    content, rule = BAD_FILES[name]
    (oracle.settings.inbox_folder / f"{name}.json").write_bytes(content)
    oracle.cycle()
    assert (oracle.settings.inbox_folder / "refused" / f"{name}.json").read_bytes() == content
    assert reason_of(oracle, f"{name}.json")["refusals"][0]["rule"] == rule
    assert oracle.inbox.waiting() == 0


def test_collect__links_folders_pipes_sockets__set_aside_unread(
    oracle: Oracle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = oracle.settings.inbox_folder
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (inbox / "link.json").symlink_to(secret)
    (inbox / "dangling.json").symlink_to(tmp_path / "nothing")
    (inbox / "folder.json").mkdir()
    os.mkfifo(inbox / "pipe.json")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(inbox)  # the whole path would be too long for a socket
        listener.bind("socket.json")
    oracle.cycle()
    for name in ("link", "dangling", "folder", "pipe", "socket"):
        assert reason_of(oracle, f"{name}.json")["refusals"][0]["rule"] == "V-04"
    assert secret.read_text() == "secret"
    assert oracle.inbox.waiting() == 0


def test_collect__strange_names_and_repeats__each_kept(oracle: Oracle) -> None:
    inbox = oracle.settings.inbox_folder
    odd = os.fsdecode(b"\xff\xfe bad.json")
    long = "x" * 250
    for name in (odd, long, "a.json"):
        (inbox / name).write_bytes(b"{")
    oracle.cycle()
    (inbox / "a.json").write_bytes(b"{{")
    oracle.cycle()
    kept = [path for path in (inbox / "refused").iterdir() if not path.name.endswith(".reason.json")]
    assert len(kept) == 4
    assert all(path.with_name(path.name + ".reason.json").exists() for path in kept)


def test_collect__file_in_writing__left_alone(scene: Scene) -> None:
    oracle = scene.oracle(inbox_grace=60)
    inbox = oracle.settings.inbox_folder
    (inbox / "half.json").write_bytes(b'{"domain"')
    (inbox / ".hidden.json").write_bytes(b"{")
    (inbox / "b.json.part").write_bytes(b"{")
    oracle.cycle()
    assert {path.name for path in inbox.iterdir()} == {"half.json", ".hidden.json", "b.json.part"}


def test_collect__chain_silent__file_stays_and_is_taken_later(scene: Scene) -> None:
    account = scene.world.open_account()
    silent = scene.settings(rpc_url="http://127.0.0.1:9")
    oracle = Oracle.open(silent)
    drop(silent.inbox_folder, scene.statement(account, scene.verifier), "a.json")
    with pytest.raises(RpcTransportError):
        oracle.cycle()
    assert oracle.inbox.waiting() == 1
    again = scene.oracle(silent.model_copy(update={"rpc_url": scene.world.node.url}))
    again.cycle()
    assert again.inbox.waiting() == 0
    assert len(again.desk.store.page()) == 1


def test_collect__partly_bad_statement__good_signature_kept_and_reason_given(scene: Scene, oracle: Oracle) -> None:
    account = scene.world.open_account()
    good, bad = scene.statement(account, scene.verifier), scene.statement(account, scene.province, tonnes=2)
    mixed = good.model_copy(update={"approvals": [*good.approvals, *bad.approvals]})
    drop(oracle.settings.inbox_folder, mixed, "mixed.json")
    oracle.cycle()
    reason = reason_of(oracle, "mixed.json")
    assert (reason["refusals"][0]["rule"], reason["new_signatures"], reason["state"]) == ("O-06", 1, "collecting")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=400),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(st.sampled_from(["domain", "message", "approvals", "chain_id", "account"]), inner)
            ),
            max_leaves=12,
        ).map(lambda document: json.dumps(document).encode()),
    )
)
def test_read_statement__anything__statement_or_numbered_refusal(payload: bytes) -> None:
    with pytest.raises(OracleError, match=r"\[V-0[123]\]"):
        read_statement(payload, 1_000)


@pytest.mark.parametrize("blank", ["  ", "\t\n", "\n\n"])
def test_read_statement__blanks_between_digits__refused(scene: Scene, blank: str) -> None:
    good = scene.statement(1, scene.verifier).model_dump(mode="json")
    assert read_statement(json.dumps(good).encode(), 10_000)
    good["approvals"][0]["signer"] += blank
    with pytest.raises(OracleError, match="V-03"):
        read_statement(json.dumps(good).encode(), 10_000)


def post(address: str, body: bytes, kind: str = "application/json", host: str | None = None) -> tuple[int, dict]:
    headers = {"content-type": kind} | ({"host": host} if host else {})
    request = urllib.request.Request(f"{address}/v1/statements", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        content = error.read()
        return error.code, json.loads(content) if content.startswith(b"{") else {}


def get(address: str, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address + path, timeout=30) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


def test_post__verifier_and_province_apart__collected_then_ready(scene: Scene, oracle: Oracle) -> None:
    account = scene.world.open_account()
    first, second = scene.statement(account, scene.verifier), scene.statement(account, scene.province)
    with served(oracle) as address:
        status, body = post(address, first.model_dump_json().encode())
        assert (status, body["new_signatures"], body["statement"]["state"]) == (201, 1, "collecting")
        status, body = post(address, first.model_dump_json().encode())
        assert (status, body["new_signatures"]) == (200, 0)
        status, body = post(address, second.model_dump_json().encode())
        assert (status, body["statement"]["state"]) == (201, "ready")
        digest = body["digest"]
        assert len(json.loads(get(address, f"/v1/statements/{digest}")[1])["document"]["approvals"]) == 2
        assert oracle.cycle().settled == 1
        status, body = post(address, second.model_dump_json().encode())
        assert (status, body["statement"]["state"]) == (200, "recorded")
        assert b'oracle_statements{state="recorded"} 1.0' in get(address, "/metrics")[1]


def test_post__bad_requests__problem_documents(scene: Scene, oracle: Oracle) -> None:
    account = scene.world.open_account()
    good = scene.statement(account, scene.verifier).model_dump_json().encode()
    with served(oracle) as address:
        status, body = post(address, b"{")
        assert (status, body["rule"], body["type"]) == (422, "V-01", "urn:registry:rule:V-01")
        status, body = post(address, scene.statement(account, scene.verifier, epoch=77).model_dump_json().encode())
        assert (status, body["rule"], body["statement"]["state"]) == (422, "R-03", "refused")
        assert post(address, b" " * 300_000)[0] == 413
        assert post(address, good, kind="text/plain")[0] == 415
        assert post(address, good, host="evil.example")[0] == 400
        assert get(address, "/v1/statements/0x12")[0] == 422
        assert get(address, f"/v1/statements/0x{'00' * 32}")[0] == 404
        assert get(address, "/v1/statements?limit=9999")[0] == 422


def test_post__chain_silent__503_and_nothing_filed(scene: Scene) -> None:
    account = scene.world.open_account()
    oracle = Oracle.open(scene.settings(rpc_url="http://127.0.0.1:9"))
    with served(oracle) as address:
        assert post(address, scene.statement(account, scene.verifier).model_dump_json().encode())[0] == 503
        assert get(address, "/health/ready")[0] == 503
    assert oracle.desk.store.page() == []


def test_served__port_taken__told(scene: Scene, oracle: Oracle) -> None:
    with served(oracle) as address:
        port = int(address.rpartition(":")[2])
        with pytest.raises(IntakeStartError, match=str(port)), served(scene.oracle(port=port)):
            pass


def test_settings__host_beyond_loopback__refused(scene: Scene) -> None:
    with pytest.raises(ValueError, match="loopback"):
        scene.settings(host="0.0.0.0")
