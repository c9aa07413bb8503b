"""The outlook of an account through the service and the command, for whoever may read the account."""

import json
from pathlib import Path

import pytest
import typer
from api_stage import YEAR, ApiStage, Scene, refused
from typer.testing import CliRunner

from registry_cli.forecast import forecast
from registry_sdk import keystore
from registry_sdk.signers import EthereumSigner


@pytest.fixture
def firm(scene: Scene) -> tuple[int, EthereumSigner, str]:
    """An account that has reported nothing, its key, and a token."""
    key = EthereumSigner.create()
    account = scene.stage.open_account(key)
    scene.stage.issue({account: 900})
    return account, key, scene.stage.sign_in(key)


def test_forecast__running_series__projected_covered_and_priced(
    stage: ApiStage, firm: tuple[int, EthereumSigner, str]
) -> None:
    account, _, token = firm
    path = f"/v1/accounts/{account}/forecast"
    series = [f"{YEAR}-{month:02d}=100" for month in range(1, 13)]
    body = stage.get(path, token, year=YEAR, evidence=series, allowance_price="80").json()
    assert (body["basis"], body["obligation"], body["usable_allowances"], body["level"]) == (
        "PROJECTED", 1200, 900, "orange",
    )  # fmt: skip
    assert body["cash_cost_yuan"] == "24000.00"
    assert {"2.1", "7.1"} & set(body["explanations"][0]["rules"])
    refused(stage.get(path, token, year=YEAR), "P-11")
    refused(stage.get(path, token, year=YEAR, evidence=["2031-01=5"]), "P-11")
    refused(stage.get(path, token, year=YEAR, evidence=series, allowance_price="-1"), "P-11")
    refused(stage.get(path, token, year=1999), "P-05")
    refused(stage.get(path, year=YEAR), "P-03")


def test_forecast__verified_figure__decides(scene: Scene) -> None:
    token = scene.stage.sign_in(scene.stage.keys[scene.two][0])
    body = scene.stage.get(f"/v1/accounts/{scene.two}/forecast", token, year=YEAR).json()
    assert (body["basis"], body["obligation"]) == ("VERIFIED", 1000)
    assert body["steps"]


def test_forecast_command__series_from_a_file__same_figures(
    stage: ApiStage, firm: tuple[int, EthereumSigner, str], tmp_path: Path
) -> None:
    account, key, _ = firm
    keystore.save(tmp_path / "firm.json", key, "secret")
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "series.csv").write_text(
        "month,tonnes\n" + "".join(f"{YEAR}-{m:02d},100\n" for m in range(1, 13)), encoding="utf-8"
    )
    app = typer.Typer()
    app.command()(forecast)
    given = [str(account), "--year", str(YEAR), "--evidence", str(tmp_path / "series.csv"), "--url", stage.client.url]
    keys = ["--key", str(tmp_path / "firm.json"), "--password-file", str(tmp_path / "password")]
    done = CliRunner().invoke(app, [*given, *keys, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["obligation"] == 1200
    assert "ORANGE" in CliRunner().invoke(app, [*given, *keys]).stdout


def test_forecast__terms_of_evidence_on_chain__months_that_are_missing_make_it_red(scene: Scene) -> None:
    token = scene.stage.sign_in(scene.stage.keys[scene.two][0])
    path = f"/v1/accounts/{scene.two}/forecast"

    def warned() -> bool:
        body = scene.stage.get(path, token, year=YEAR).json()
        reasons = [reason["en"] for reason in body["reasons"]]
        is_warned = any("months of evidence missing" in reason for reason in reasons)
        assert body["level"] == "red" or not is_warned
        return is_warned

    # The stage is shared: another test may have set the terms before.
    sector = scene.stage.reader.account(scene.two).sector
    assert warned() == (scene.stage.reader.evidence_deadline(sector, YEAR, 1) != 0)
    scene.stage.act("evidence", "setDeadlineDays", 2020, 1, 40)
    assert warned()
