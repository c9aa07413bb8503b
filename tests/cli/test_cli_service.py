"""Keys, orders and officers' acts from the command line to the chain and back, through a real service."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak
from service_stage import PROVINCE, SECTOR, YEAR, ServiceStage
from typer.testing import CliRunner

from registry_cli.main import build
from registry_sdk import keystore, p256_file
from registry_sdk.documents import SignedOrder
from registry_sdk.evidence.clock import chain_deadlines, deadline
from registry_sdk.keyring import Keyring
from registry_sdk.reader import BodyStatus, Reader
from registry_sdk.signers import EthereumSigner

pytestmark = pytest.mark.e2e

PASSWORD = "only for tests"
PAPER = "0x" + "77" * 32


@dataclass
class Terminal:
    """Runs commands of the program against the stage."""

    stage: ServiceStage
    folder: Path

    def __post_init__(self) -> None:
        self.password = self.folder / "password"
        self.password.write_text(PASSWORD + "\n")
        self.ring = Keyring(self.folder / "keys")
        self.apps = {name: build(name) for name in ("key", "order", "officer")}

    def run(self, *words: object, code: int = 0) -> Any:
        """Standard output as JSON, or standard error where nothing came out."""
        place = ("--url", self.stage.url, "--home", str(self.folder), "--json")
        result = CliRunner().invoke(self.apps[str(words[0])], [*map(str, words), *place])
        assert result.exit_code == code, f"{result.exit_code}: {result.stderr} {result.exception!r}"
        return json.loads(result.stdout) if result.stdout else result.stderr

    def sign(self, *words: object, keys: tuple[str, ...], code: int = 0) -> Any:
        """A command that signs."""
        for key in keys:
            self.import_officer(key)
        chosen = [word for key in keys for word in ("--key", key)]
        return self.run(*words, *chosen, "--password-file", self.password, code=code)

    def officer(self, *words: object, key: str, code: int = 0) -> Any:
        """A proposal with a ground."""
        return self.sign("officer", *words, "--reason", 7, "--paper", PAPER, keys=(key,), code=code)

    def import_officer(self, key: str) -> None:
        """Put an officer's key of the stage into the folder, once; encrypting takes a second."""
        role, _, seat = key.rpartition("-")
        if role and not (self.ring.folder / f"{key}.json").exists():
            signer = self.stage.staff.seats[
                role.upper().replace("PROVINCE-", "PROVINCE:").replace("MARKET-", "MARKET_")
            ][int(seat)]
            assert isinstance(signer, EthereumSigner)
            keystore.save(self.ring.folder / f"{key}.json", signer, PASSWORD)

    def new_key(self, name: str, *options: str) -> str:
        """ERC-7913 name of a new key."""
        made = self.run("key", "new", name, *options, "--password-file", self.password)
        return str(made["signer"])


@pytest.fixture(scope="module")
def terminal(stage: ServiceStage, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    terminal = Terminal(stage, tmp_path_factory.mktemp("terminal"))
    return terminal


@pytest.fixture(scope="module")
def accounts(terminal: Terminal) -> dict[int, tuple[str, ...]]:
    """Three accounts opened by command: one P-256 key, two approvals, one Ethereum key; with allowances."""
    signers = {
        name: terminal.new_key(name, *options) for name, *options in (("pia", "--p256"), ("ann",), ("bob",), ("col",))
    }
    rows = [
        {"number": 7001, "seats": [{"signer": signers["pia"], "rights": 7}], "approvals": 1},
        {
            "number": 7002,
            "seats": [
                {"signer": signers["ann"], "rights": "INITIATE"},
                {"signer": signers["bob"], "rights": "APPROVE+SURRENDER_ONLY"},
            ],
            "approvals": 2,
        },
        {"number": 7003, "seats": [{"signer": signers["col"], "rights": 7}], "approvals": 1},
    ]
    common = {"kind": "KEY_EMITTER", "sector": SECTOR, "province": PROVINCE, "kycHash": PAPER}
    file = terminal.folder / "accounts.json"
    file.write_text(json.dumps([common | row for row in rows]))
    approve(terminal, terminal.officer("open-accounts", file, key="registry-0"), "registry-1")
    vintage = terminal.officer("act", "allowances", "openVintage", "--args", f"[{YEAR}]", key="registry-0")
    approve(terminal, vintage, "ministry-1")
    plan = terminal.officer("set-plan", YEAR, SECTOR, "--cap", 10_000, key="ministry-0")
    approve(terminal, plan, "ministry-1")
    table = terminal.folder / "table.csv"
    table.write_text("account,tonnes\n7001,1000\n7002,2000\n")
    head = ("--year", YEAR, "--sector", SECTOR, "--province", PROVINCE, "--kind", "FINAL")
    approve(terminal, terminal.officer("table", "approve", table, *head, key="registry-0"), f"province-{PROVINCE}-0")
    wait_for(lambda: any(row["issued"] == 3000 for row in terminal.stage.client.units()))
    return {7001: ("pia",), 7002: ("ann", "bob"), 7003: ("col",)}


def approve(terminal: Terminal, proposed: Any, key: str) -> Any:
    """The second officer's approval of the one act."""
    (act,) = proposed["acts"]
    assert act["state"] == "PROPOSED"
    done = terminal.sign("officer", "approve", act["id"], keys=(key,))
    assert done["state"] == "EXECUTED"
    return done


def wait_for(is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_done():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def transfer(*extra: object, account: int = 7001, to: int = 7003, quantity: int = 10) -> tuple[object, ...]:
    fields = ("--account", account, "--to", to, "--unit", YEAR, "--quantity", quantity)
    return ("order", "transfer", *fields, *extra)


def test_transfer__p256_key__done_and_followed(terminal: Terminal, accounts: dict[int, tuple[str, ...]]) -> None:
    done = terminal.sign(*transfer(), keys=accounts[7001])
    assert done["state"] == "DONE"
    assert terminal.run("order", "status", done["id"])["state"] == "DONE"
    listed = terminal.sign("order", "list", 7001, keys=accounts[7001])["items"]
    assert done["id"] in [item["id"] for item in listed]


def test_transfer__over_balance__refused_before_signing_with_rule(
    terminal: Terminal, accounts: dict[int, tuple[str, ...]]
) -> None:
    refused = terminal.sign(*transfer(quantity=10**6), keys=accounts[7001], code=1)
    assert refused["refusal"]["rule"] == "A-11"
    assert refused["refusal"]["remedy"]
    assert refused["refusal"]["remedy_zh"]


def test_transfer__unknown_receiver__unusable(terminal: Terminal, accounts: dict[int, tuple[str, ...]]) -> None:
    assert "O-12" in terminal.sign(*transfer(to=999), keys=accounts[7001], code=2)


def test_transfer__one_of_two_signatures__asks_for_the_second(
    terminal: Terminal, accounts: dict[int, tuple[str, ...]]
) -> None:
    assert "--out" in terminal.sign(*transfer(account=7002), keys=("ann",), code=2)


def test_approve_order__second_representative__handed_in(
    terminal: Terminal, accounts: dict[int, tuple[str, ...]]
) -> None:
    file = terminal.folder / "order.json"
    drafted = terminal.sign(*transfer("--out", file, account=7002), keys=("ann",))
    assert (drafted["signatures"], drafted["required"]) == (1, 2)
    assert terminal.run("order", "preview", file)["valid"]
    assert "O-09" in terminal.sign("order", "approve", file, keys=("ann",), code=2)
    done = terminal.sign("order", "approve", file, keys=("bob",))
    assert (done["id"], done["state"]) == (drafted["id"], "DONE")
    # The digest identifies the order: handing it in again changes nothing.
    held = terminal.stage.client.account(7002)["nonce"]
    assert terminal.stage.client.post_order(signed_again(terminal, file)).get("state") == "DONE"
    assert terminal.stage.client.account(7002)["nonce"] == held


def signed_again(terminal: Terminal, file: Path) -> Any:
    order = SignedOrder.model_validate_json(file.read_bytes())
    return order.approve(terminal.ring.find("bob").open(PASSWORD, None))


def test_submit__offline_order__done(terminal: Terminal, accounts: dict[int, tuple[str, ...]]) -> None:
    deployment = terminal.stage.home / "deployment.json"
    nonce = terminal.stage.client.account(7002)["next_nonce"]
    one, two = terminal.folder / "one.json", terminal.folder / "two.json"
    offline = ("--deployment", deployment, "--nonce", nonce, "--expiry", "2090-01-01", "--out", one)
    terminal.sign(*transfer(*offline, account=7002), keys=("ann",))
    terminal.sign("order", "approve", one, "--deployment", deployment, "--out", two, keys=("bob",))
    assert "O-08" not in str(terminal.run("order", "submit", two))
    assert terminal.stage.client.account(7002)["nonce"] == nonce + 1


def test_relocate__names_of_compartments__done(terminal: Terminal, accounts: dict[int, tuple[str, ...]]) -> None:
    fields = ("--account", 7001, "--unit", YEAR, "--quantity", 5, "--to", "trading")
    assert terminal.sign("order", "relocate", *fields, keys=accounts[7001])["state"] == "DONE"


def test_cancel__statement_file__hash_of_its_bytes(terminal: Terminal, accounts: dict[int, tuple[str, ...]]) -> None:
    paper = terminal.folder / "statement.txt"
    paper.write_bytes(b"given up for good")
    fields = ("--account", 7001, "--unit", YEAR, "--quantity", 1, "--reason", 3, "--statement", paper)
    done = terminal.sign("order", "cancel", *fields, keys=accounts[7001])
    assert done["document"]["message"]["statement"] == "0x" + keccak(b"given up for good").hex()


def test_freeze__one_supervisor__executed_and_released_by_two(
    terminal: Terminal, accounts: dict[int, tuple[str, ...]]
) -> None:
    (act,) = terminal.officer("freeze", 7003, "--status", "RESTRICTED", key="supervisor-0")["acts"]
    assert (act["state"], act["args"]["status"]) == ("EXECUTED", 2)
    assert terminal.stage.client.account(7003)["status"] == "RESTRICTED"
    approve(terminal, terminal.officer("unfreeze", 7003, key="supervisor-0"), "supervisor-1")
    assert terminal.stage.client.account(7003)["status"] == "ACTIVE"


def test_approve_act__same_officer__refused_by_rule(terminal: Terminal) -> None:
    (act,) = terminal.officer("set-plan", 2031, SECTOR, "--cap", 5, key="ministry-0")["acts"]
    assert act["id"] in [each["id"] for each in terminal.run("officer", "pending")["items"]]
    refused = terminal.sign("officer", "approve", act["id"], keys=("ministry-0",), code=1)
    assert refused["refusal"]["rule"] == "G-03"
    shown = terminal.run("officer", "show", act["id"])
    assert (shown["function"], shown["args"]["cap"], shown["reason"]) == ("setPlan", 5, 7)
    assert terminal.sign("officer", "reject", act["id"], keys=("ministry-1",))["state"] == "REJECTED"


def test_approve_act__wrong_role__refused_by_rule(terminal: Terminal) -> None:
    assert terminal.officer("close-year", YEAR, key="supervisor-0", code=1)["refusal"]["rule"] == "G-02"


def test_approve_table__unknown_account__unusable(terminal: Terminal) -> None:
    table = terminal.folder / "bad.csv"
    table.write_text("account,tonnes\n7999,10\n")
    head = ("--year", YEAR, "--sector", SECTOR, "--province", PROVINCE, "--kind", "FINAL")
    refused = terminal.officer("table", "approve", table, *head, key="registry-0", code=2)
    assert [(e["row"], e["column"], e["rule"]) for e in refused["errors"]] == [(2, "account", "O-12")]


def test_set_year_rules__file_with_dates__executed(terminal: Terminal) -> None:
    file = terminal.folder / "rules.json"
    rules = {
        "year": 2031,
        "deadline": "2032-12-31",
        "vintageMin": 2030,
        "vintageMax": 2031,
        "offsetCapBps": 500,
        "creditClasses": "OLD+NEW",
        "oldCreditUntil": "2032-12-31",
        "runningFrom": 0,
        "isReviewed": True,
        "reversibleUntil": 1988150399,
        "arrearsMin": 2030,
        "arrearsMax": 2033,
    }
    file.write_text(json.dumps(rules))
    approve(terminal, terminal.officer("set-year-rules", file, key="ministry-0"), "ministry-1")
    assert terminal.stage.client.year(2031)["deadline"] == 1988121599


def test_set_signer_and_threshold__names__executed(terminal: Terminal) -> None:
    words = ("set-signer", terminal.new_key("paul"), "--class", "PROVINCE", "--province", PROVINCE)
    approve(terminal, terminal.officer(*words, key="ministry-0"), "ministry-1")
    terms = ("--valid-from", "2026-01-01", "--valid-until", "2030-12-31", "--name-hash", "0x" + "21" * 32)
    words = ("accredit", 7, "--sector", SECTOR, *terms)
    approve(terminal, terminal.officer(*words, key="market-regulator-0"), "ministry-1")
    words = ("set-body-signers", 7, terminal.new_key("vera"))
    approve(terminal, terminal.officer(*words, key="market-regulator-0"), "ministry-1")
    words = ("set-threshold", 2, "--class", "VERIFIER", "--class", "PROVINCE")
    approve(terminal, terminal.officer(*words, key="ministry-0"), "ministry-1")
    config = terminal.stage.client.emissions_config()
    assert config["config"]["threshold"] == 2
    assert len(config["signers"]) == 1
    reader = Reader(terminal.stage.client.rpc, terminal.stage.client.contracts)
    body = reader.body(7)
    assert (body.status, body.scopes, body.valid_until) == (BodyStatus.ACTIVE, 1 << SECTOR, 1924963199)


def test_set_evidence_deadlines__dated_data__every_term_on_chain(terminal: Terminal) -> None:
    proposed = terminal.officer("set-evidence-deadlines", key="ministry-0")
    for act in proposed["acts"]:
        terminal.sign("officer", "approve", act["id"], keys=("ministry-1",))
    assert len(proposed["acts"]) == len(chain_deadlines())
    reader = Reader(terminal.stage.client.rpc, terminal.stage.client.contracts)
    for sector, name, month in ((1, "power", 1), (2, "steel", 6), (2, "steel", 7)):
        assert reader.evidence_deadline(sector, 2025, month) == deadline(name, 2025, month)


def test_class_restriction_and_stop__set_and_lifted(terminal: Terminal, accounts: dict[int, tuple[str, ...]]) -> None:
    words = ("--sector", SECTOR, "--province", PROVINCE)
    assert terminal.officer("restrict-class", *words, key="supervisor-0")["acts"][0]["state"] == "EXECUTED"
    assert terminal.sign(*transfer(), keys=accounts[7001], code=1)["refusal"]["rule"] == "A-09"
    approve(terminal, terminal.officer("release-class", *words, key="supervisor-0"), "supervisor-1")
    terminal.officer("stop", key="supervisor-0")
    assert terminal.sign(*transfer(), keys=accounts[7001], code=1)["refusal"]["rule"] == "A-38"
    approve(terminal, terminal.officer("resume", key="supervisor-0"), "supervisor-1")


def test_execute__governance_delay__refused_then_done(terminal: Terminal) -> None:
    args = json.dumps({"module": "0x" + "ab" * 20, "isModule": True})
    (act,) = terminal.officer("act", "accounts", "setModule", "--args", args, key="governance-0")["acts"]
    assert terminal.sign("officer", "approve", act["id"], keys=("governance-1",))["state"] == "APPROVED"
    assert terminal.run("officer", "execute", act["id"], code=1)["refusal"]["rule"] == "G-07"
    terminal.stage.client.advance_clock(terminal.stage.client.now() + 86_401)
    assert terminal.run("officer", "execute", act["id"])["state"] == "EXECUTED"


def test_sign_in__p256_key__token_written(terminal: Terminal, accounts: dict[int, tuple[str, ...]]) -> None:
    out = terminal.folder / "token.json"
    body = terminal.run("key", "sign-in", "pia", "--password-file", terminal.password, "--out", out)
    assert "token" not in body
    assert json.loads(out.read_text())["token"]
    assert out.stat().st_mode & 0o077 == 0
    assert p256_file.public_key(terminal.ring.folder / "pia.pem")
