"""Verification against the register on the chain, by the commands as people call them; then the signature.

A signer signs only what is settled: the cases of its own home folder are asked, and the chain whose key it is.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from oracle_support import PASSWORD, Scene
from typer.testing import CliRunner, Result

from oracles.accounting import account as calculate
from oracles.accounting import validate
from oracles.verification.register import Register
from registry_cli.oracle import app
from registry_sdk.reader import BodyStatus
from registry_sdk.rpc import RpcClient
from registry_sdk.signers import EthereumSigner

YEAR = 2025
PROVINCE, LEAD, REVIEWER, FIRM = "Wang, province", "Zhao, body", "Qian, body", "Li, firm"


class Office:
    """The commands over one home folder."""

    def __init__(self, scene: Scene, home: Path) -> None:
        self.scene, self.home = scene, home

    def call(self, *words: str | int | Path, code: int = 0) -> Result:
        chain = {"ORACLE_RPC_URL": self.scene.world.node.url, "ORACLE_HOME": str(self.home)}
        chain["ORACLE_DEPLOYMENT"] = str(self.scene.folder / "deployment.json")
        result = CliRunner().invoke(app, [str(word) for word in words], env=chain)
        assert result.exit_code == code, result.output + result.stderr
        return result

    def verify(self, *words: str | int | Path, who: str = PROVINCE, code: int = 0) -> Any:
        result = self.call("verify", *words, "--who", who, "--json", code=code)
        return json.loads(result.stdout) if code == 0 else result.stderr

    def mine(self) -> None:
        """A block, whose hash nobody knew before."""
        self.scene.world.open_account()


def report_file(folder: Path, account: int, tonnes: int | None = None) -> Path:
    source: dict[str, Any] = {"id": "coal", "flow": "fuel", "item": "bituminous", "unit_class": "conventional_coal"}
    source |= {"amount": {"value": "1000.5", "unit": "t"}, "heat_value": {"value": "22.3", "unit": "GJ/t"}}
    source["carbon_per_heat"] = {"value": "0.0262", "unit": "tC/GJ"}
    activity = {"entity": str(account), "sector": "power", "year": YEAR, "sources": [source]}
    figure = calculate(validate(activity)).whole if tonnes is None else tonnes
    path = folder / f"report-{figure}.json"
    path.write_text(json.dumps({"account": account, "year": YEAR, "tonnes": figure, "activity": activity}))
    return path


def key_file(folder: Path, signer: EthereumSigner) -> list[str | Path]:
    path = folder / f"{signer.address}.json"
    path.write_text(json.dumps(Account.encrypt(signer.account.key, PASSWORD, kdf="scrypt", iterations=2)))
    (folder / "password").write_text(PASSWORD)
    return ["--key", path, "--password-file", folder / "password"]


@pytest.mark.e2e
def test_verify__open_to_signature__only_the_assigned_body_signs_and_only_what_is_settled(
    scene: Scene, tmp_path: Path
) -> None:
    world, office = scene.world, Office(scene, tmp_path / "home")
    keys = {world.name_verifier(key): key for key in (EthereumSigner.create() for _ in range(3))}
    account = world.open_account()
    name = f"V-{account}-{YEAR}-1"
    office.verify("open", account, YEAR)
    assert "W-08" in office.verify("assign", name, code=1)
    office.mine()
    tied, *free = list(keys)
    office.verify("body", tied, "tie", "--set", f"entity={account}", "--set", "nature=shares")
    for number in Register(RpcClient(world.node.url), world.deployment).bodies():
        if number.number not in free:
            office.verify("body", number.number, "tie", "--set", f"entity={account}", "--set", "nature=shares")
    drawn = office.verify("assign", name)
    assert drawn["body"] in free
    excluded = drawn["entries"][-1]["body"]["excluded"]
    assert [each["code"] for each in excluded[str(tied)]] == ["TIE"]

    report = report_file(tmp_path, account)
    sign: list[str | Path] = ["sign", report, "--out", tmp_path / "statement.json", "--cases", office.home, "--json"]
    own = key_file(tmp_path, keys[drawn["body"]])
    assert "W-12" in office.call(*sign, *own, code=2).stderr

    assert "W-07" in office.verify("start", name, "--team", "Zhao", "--report", report, code=2)
    office.verify("body", drawn["body"], "staff", "--set", "person=Zhao")
    office.verify("start", name, "--team", "Zhao", "--report", report, who=LEAD)
    for row in ("BOUNDARY", "PLAN", "ACTIVITY", "FACTORS", "LABS", "METERS", "EVIDENCE", "CALCULATION", "QUALITY"):
        office.verify("check", name, row, "met", "--text", "seen", who=LEAD)
    told = office.verify("conclude", name, "--report", report, "--text", "fine", who=REVIEWER, code=2)
    assert "SITE" in told
    for row in ("CEMS", "SITE", "INTERVIEW"):
        office.verify("check", name, row, "met", "--text", "seen", who=LEAD)
    office.verify("raise", name, "--rule", "D-02", "--text", "stock differs", who=LEAD)
    assert "W-11" in office.verify("conclude", name, "--report", report, "--text", "fine", who=REVIEWER, code=2)
    office.verify("answer", name, "NC-1", "--text", "counted again", who=FIRM)
    office.verify("decide", name, "NC-1", "accept", "--text", "seen", who=LEAD)
    job = office.verify("conclude", name, "--report", report, "--text", "fine", who=REVIEWER)
    assert job["state"] == "concluded"

    other = next(number for number in keys if number != drawn["body"])
    assert "W-14" in office.call(*sign, *key_file(tmp_path, keys[other]), code=2).stderr
    assert not (tmp_path / "statement.json").exists()
    office.call(*sign, *own)
    shown = json.loads(office.call("verify", "show", name, "--json").stdout)
    assert (shown["journal_broken_at"], shown["draw_repeats"]) == (None, True)
    assert "V-" in office.call("verify", "status").stdout
    assert "NC-1" in office.call("verify", "findings").stdout

    # a tie that came up after the conclusion
    office.verify("body", drawn["body"], "tie", "--set", f"entity={account}", "--set", "nature=loan")
    (tmp_path / "statement.json").unlink()
    assert "W-07" in office.call(*sign, *own, code=2).stderr


@pytest.mark.e2e
def test_sweep__body_suspended_on_the_chain__job_moves_to_another(scene: Scene, tmp_path: Path) -> None:
    world, office = scene.world, Office(scene, tmp_path / "home")
    world.name_verifier(EthereumSigner.create())
    account = world.open_account()
    office.verify("open", account, YEAR)
    office.mine()
    first = office.verify("assign", f"V-{account}-{YEAR}-1")["body"]
    assert office.verify("sweep") == []
    world.office.act("accreditation", "suspend", first)
    bodies = {each.number: each.status for each in Register(RpcClient(world.node.url), world.deployment).bodies()}
    assert bodies[first] == BodyStatus.SUSPENDED
    (moved,) = office.verify("sweep")
    assert (moved["state"], moved["body"]) == ("open", None)
    assert "H-01" in moved["entries"][-1]["body"]["text"]
    office.mine()
    assert office.verify("assign", moved["job"])["body"] != first
