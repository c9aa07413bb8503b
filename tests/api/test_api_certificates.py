"""From a met obligation to a certificate that anybody can check, and the public list of a year."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from api_stage import YEAR, ApiStage, Scene, printed, refused, set_scene, wait_until
from openpyxl import load_workbook
from typer.testing import CliRunner

from registry_cli.certificates import app
from registry_cli.publish import publish
from registry_sdk.papers.certificate import certificate_pdf
from registry_sdk.papers.chain import certificate_facts, check_certificate

RUNNER = CliRunner()
publish_app = typer.Typer()
publish_app.command()(publish)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    stage = ApiStage(tmp_path_factory.mktemp("certificates") / "home").start()
    try:
        yield set_scene(stage.deploy())
    finally:
        stage.stop()


def verified(stage: ApiStage, file: Path) -> tuple[int, list[bool]]:
    arguments = [str(file), "--rpc", f"{stage.client.url}/rpc", "--home", str(stage.home), "--json"]
    done = RUNNER.invoke(app, ["verify", *arguments])
    return done.exit_code, [check["is_true"] for check in printed(done.stdout)["checks"]]


def listed(stage: ApiStage, **wanted: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = stage.get(f"/v1/certificates/{YEAR}", **wanted).json()["items"]
    return items


def test_certificates__year_without_rules__refused(scene: Scene) -> None:
    refused(scene.stage.get("/v1/certificates/1999"), "P-05")
    assert scene.stage.get("/v1/certificates/70000").status_code == 422


def test_certificate__obligation_met__certified_printed_verified_and_voided_by_a_correction(
    scene: Scene, tmp_path: Path
) -> None:
    stage, one = scene.stage, scene.one
    assert certificate_facts(stage.reader, one, YEAR) is None
    order = stage.order("surrender", one, year=YEAR, vintage=YEAR, quantity=1000)
    stage.done(stage.post("/v1/orders", order))
    wait_until(lambda: certificate_facts(stage.reader, one, YEAR) is not None, "the clerk has it certified")
    place = ["--rpc", f"{stage.client.url}/rpc", "--home", str(stage.home)]
    file = tmp_path / "certificate.pdf"
    done = RUNNER.invoke(app, ["print", str(one), str(YEAR), "--out", str(file), "--holder", "甲公司", *place])
    assert done.exit_code == 0, done.output
    facts = certificate_facts(stage.reader, one, YEAR, "甲公司")
    assert facts is not None
    assert (facts.obligation, facts.surrendered, facts.offset, facts.is_on_time) == (1000, 1000, 0, True)
    assert file.read_bytes() == certificate_pdf(facts)
    assert verified(stage, file) == (0, [True, True, True, True])
    wait_until(lambda: listed(stage), "the projection has the certificate")
    (row,) = listed(stage)
    stated = (row["number"], row["account"], row["obligation"], row["surrendered"], row["offset"])
    assert (*stated, row["digest"]) == (facts.number, one, 1000, 1000, 0, facts.digest)
    assert listed(stage, account=scene.two) == []

    # a page whose drawing was altered still carries true facts
    altered = tmp_path / "altered.pdf"
    altered.write_bytes(file.read_bytes().replace(b"/Title", b"/Titel", 1))
    assert verified(stage, altered) == (1, [True, True, True, False])

    # the figure is corrected: the year is open again and the certificate void, until the rest is paid
    correction = stage.statement(one, 1200, scene.verifier, scene.province)
    stage.done(stage.post("/v1/statements", correction))
    assert verified(stage, file) == (1, [True, False, False, True])
    again = RUNNER.invoke(app, ["print", str(one), str(YEAR), "--out", str(file), *place])
    assert again.exit_code == 2
    wait_until(lambda: not listed(stage), "the void certificate is off the list")
    stage.done(stage.post("/v1/orders", stage.transfer(scene.rich, one, 200)))
    stage.done(stage.post("/v1/orders", stage.order("surrender", one, year=YEAR, vintage=YEAR, quantity=200)))
    wait_until(lambda: certificate_facts(stage.reader, one, YEAR) is not None, "the new figures are certified")
    second = certificate_facts(stage.reader, one, YEAR)
    assert second is not None
    assert (second.number, second.obligation) == (facts.number + 1, 1200)
    assert verified(stage, file) == (1, [True, False, False, True])


def test_verify__certificate_of_another_registry__told_at_once(scene: Scene, tmp_path: Path) -> None:
    stage = scene.stage
    facts = certificate_facts(stage.reader, scene.one, YEAR)
    assert facts is not None
    file = tmp_path / "other.pdf"
    file.write_bytes(certificate_pdf(replace(facts, chain_id=1)))
    assert verified(stage, file) == (1, [False])
    # figures that are not the chain's, printed faithfully
    file.write_bytes(certificate_pdf(replace(facts, surrendered=facts.surrendered + 1)))
    checks = check_certificate(file.read_bytes(), stage.reader)
    assert [check.is_true for check in checks] == [True, True, False, True]
    assert "surrendered: 1201 -> 1200" in checks[2].detail.en
    assert RUNNER.invoke(app, ["verify", str(stage.home / "deployment.json"), "--home", str(stage.home)]).exit_code == 2


def test_publication__year_with_a_shortfall__list_workbook_and_pages(scene: Scene, tmp_path: Path) -> None:
    stage = scene.stage
    place = ["--url", stage.client.url, "--json"]
    listed = {row["account"]: row for row in stage.get(f"/v1/publication/{YEAR}").json()["items"]}
    assert (listed[scene.one]["standing"], listed[scene.two]["standing"]) == ("ON_TIME", "OPEN")
    refused(stage.get("/v1/publication/1999"), "P-05")
    stage.service.advance_to(stage.client.year(YEAR)["deadline"] + 86_400)
    refused(stage.get(f"/v1/publication/{YEAR}", mean_price_yuan="abc"), "P-11")
    refused(stage.get(f"/v1/publication/{YEAR}", mean_price_yuan="80", decided_on="2020-01-01"), "P-11")
    names = tmp_path / "names.csv"
    names.write_text(f"account,name\n{scene.two},乙公司\n", encoding="utf-8")
    for name in ("list.xlsx", "list.json", "list.pdf"):
        given = [str(YEAR), "--out", str(tmp_path / name), "--names", str(names), "--mean-price", "74.63"]
        done = RUNNER.invoke(publish_app, [*given, *place])
        assert done.exit_code == 0, done.output
    short = {row["account"]: row for row in json.loads((tmp_path / "list.json").read_bytes())["items"]}[scene.two]
    assert (short["name"], short["standing"], short["missing"]) == ("乙公司", "NONE", 1000)
    assert (short["penalty"]["min_yuan"], short["penalty"]["max_yuan"]) == ("373150.00", "746300.00")
    sheet = load_workbook(tmp_path / "list.xlsx").active
    rows = list(sheet.values)
    assert dict(zip(rows[0], rows[-1], strict=True))["account"] in short.values()
    assert (tmp_path / "list.pdf").read_bytes().startswith(b"%PDF-")
    names.write_text(f"account,name\n{scene.two},\n", encoding="utf-8")
    wrong = RUNNER.invoke(publish_app, [str(YEAR), "--names", str(names), *place])
    assert wrong.exit_code == 2
    assert RUNNER.invoke(publish_app, [str(YEAR), "--out", "list.doc", *place]).exit_code == 2
