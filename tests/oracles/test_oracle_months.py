"""Signing reports of sub-units that were built from anchored months: every difference from the chain is refused."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from oracle_support import YEAR, Scene, recorded_events

from oracles.accounting import account as calculate
from oracles.accounting import validate
from oracles.annual import Plan, PlanSource, build_report
from oracles.process import Oracle
from oracles.refusals import OracleError
from oracles.signing import Signing, prepare
from registry_sdk.calls import evidence_call
from registry_sdk.documents import EvidenceMessage, SignedEvidence
from registry_sdk.evidence import Item, Month
from registry_sdk.evidence.proofs import month_root
from registry_sdk.rpc import RpcClient
from registry_sdk.signers import Signer

PLAN = Plan(
    "power",
    {
        f"coal-{unit}": PlanSource(item="bituminous", subunit=unit, unit_class="conventional_coal")
        for unit in ("1", "2")
    },
)
DAYS = 40
DOCUMENT = b"\x09" * 32
Months = dict[int, list[Item]]


def items(month: int) -> list[Item]:
    def item(kind: str, value: str, unit: str) -> Item:
        meter = "belt" if kind.startswith("fuel") else ""
        until = date(YEAR, 12, 31) if meter else None
        return Item(kind, value, unit, DOCUMENT, meter, until, 1_740_000_000 + month)

    return [
        item("fuel_amount/coal-1", f"{1000 + month}.5", "t"),
        item("fuel_amount/coal-2", f"{2000 + month}.5", "t"),
        item("heat_value/coal-1", "21.5", "GJ/t"),
        item("heat_value/coal-2", "22.5", "GJ/t"),
    ]


MONTHS: Months = {month: items(month) for month in range(1, 13)}


@pytest.fixture(scope="module")
def terms(scene: Scene) -> None:
    scene.world.office.act("evidence", "setDeadlineDays", YEAR, 1, DAYS)


@pytest.fixture
def account(scene: Scene, terms: None) -> int:
    """An account whose twelve months are on the chain."""
    number = scene.world.open_account()
    anchor(scene, number, MONTHS)
    return number


def anchor(scene: Scene, account: int, months: Months) -> None:
    calls = []
    for month, listed in months.items():
        root, count = month_root(sorted(listed, key=lambda item: item.kind), Month(account, YEAR, month))
        message = EvidenceMessage(
            chainId=scene.deployment.chain_id,
            anchors=scene.deployment.address("evidence").lower(),
            account=account,
            year=YEAR,
            month=month,
            version=1,
            items=count,
            root="0x" + root.hex(),
            previous="0x" + "00" * 32,
        )
        calls.append(evidence_call(scene.deployment, SignedEvidence.sign(message, scene.world.keys[account][0])))
    scene.world.carrier.carry(calls)


def report(folder: Path, account: int, unit: int, months: Months = MONTHS, /, **changes: Any) -> Path:
    """Report, activity data and months of one sub-unit, as an institution holds them."""
    folder.mkdir(parents=True, exist_ok=True)
    activity = build_report(str(account), YEAR, PLAN, MONTHS, subunit=str(unit))
    (folder / "activity.json").write_text(activity.model_dump_json(exclude_none=True))
    rows = {str(month): [item.to_json() for item in listed] for month, listed in months.items()}
    (folder / "evidence.json").write_text(json.dumps({"plan": PLAN.to_json(), "months": rows}))
    (folder / "report.txt").write_text(f"report of unit {unit}")
    body = {"account": account, "year": YEAR, "unit": unit, "units": 2, "tonnes": calculate(activity).whole}
    body |= {"document": "report.txt", "activity": "activity.json", "evidence": "evidence.json"}
    path = folder / "report.json"
    path.write_text(json.dumps(body | changes))
    return path


def signed(scene: Scene, path: Path, *signers: Signer) -> Any:
    """The statement of a report with the signatures of these, each of whom prepared it."""
    desk = Signing(RpcClient(scene.world.node.url), scene.deployment)
    statement = None
    for signer in signers:
        statement = desk.sign(prepare(desk, signer, path, received=statement).statement, signer)
    return statement


def refusal(scene: Scene, path: Path) -> OracleError:
    with pytest.raises(OracleError) as caught:
        signed(scene, path, scene.verifier)
    return caught.value


def push(scene: Scene, *statements: Any) -> Oracle:
    oracle = scene.oracle()
    for statement in statements:
        receipt = oracle.desk.receive(statement)
        assert receipt.is_accepted, receipt.refused
    oracle.cycle()
    return oracle


def test_prepare__two_sub_units__recorded_each_and_summed(scene: Scene, tmp_path: Path, account: int) -> None:
    both = (scene.verifier, scene.province)
    push(scene, *(signed(scene, report(tmp_path / str(unit), account, unit), *both) for unit in (1, 2)))
    figures = [scene.world.reader.figure(account, YEAR, unit) for unit in (1, 2)]
    summary = scene.world.reader.summary(account, YEAR)
    assert [figure.version for figure in figures] == [1, 1]
    assert (summary.total, summary.units, summary.reported) == (sum(f.tonnes for f in figures), 2, 2)


def test_prepare__correction_of_one_sub_unit__links_to_what_it_replaces_there(
    scene: Scene, tmp_path: Path, account: int
) -> None:
    both = (scene.verifier, scene.province)
    first = [signed(scene, report(tmp_path / str(unit), account, unit), *both) for unit in (1, 2)]
    push(scene, *first)
    path = report(tmp_path / "correction", account, 2)
    (path.parent / "report.txt").write_text("corrected report of unit 2")
    correction = signed(scene, path, *both)
    assert (correction.message.version, correction.message.unit) == (2, 2)
    assert correction.message.previous == "0x" + first[1].digest().hex()
    push(scene, correction)
    mine = [(e["unit"], e["version"]) for e in recorded_events(scene) if e["account"] == account]
    assert sorted(mine) == [(1, 1), (2, 1), (2, 2)]


def test_prepare__very_report_in_force__not_signed_as_its_own_correction(
    scene: Scene, tmp_path: Path, account: int
) -> None:
    path = report(tmp_path, account, 1)
    push(scene, signed(scene, path, scene.verifier, scene.province))
    assert refusal(scene, path).refusal.rule == "V-18"


def _altered(months: Months) -> Months:
    first, *rest = months[3]
    return {**months, 3: [replace(first, value="1"), *rest]}


def _short(months: Months) -> Months:
    return {month: listed for month, listed in months.items() if month != 7}


def _item_gone(months: Months) -> Months:
    return {**months, 5: months[5][:-1]}


@pytest.mark.parametrize("change", [_altered, _short, _item_gone])
def test_prepare__own_months_are_not_those_of_the_chain__refused_with_the_month(
    scene: Scene, tmp_path: Path, account: int, change: Any
) -> None:
    months = change(MONTHS)
    path = report(tmp_path, account, 1, months)
    activity = build_report(str(account), YEAR, PLAN, months, subunit="1")
    (tmp_path / "activity.json").write_text(activity.model_dump_json(exclude_none=True))
    body = json.loads(path.read_text())
    path.write_text(json.dumps(body | {"tonnes": calculate(activity).whole}))
    error = refusal(scene, path)
    changed = next(month for month in MONTHS if months.get(month) != MONTHS[month])
    assert (error.refusal.rule, error.refusal.args["month"]) == ("V-16", changed)


def test_prepare__nothing_anchored__refused(scene: Scene, tmp_path: Path, terms: None) -> None:
    error = refusal(scene, report(tmp_path, scene.world.open_account(), 1))
    assert (error.refusal.rule, error.refusal.args["anchored"]) == ("V-16", "-")


def test_prepare__report_with_a_figure_that_no_month_has__refused_though_it_adds_up(
    scene: Scene, tmp_path: Path, account: int
) -> None:
    path = report(tmp_path, account, 1)
    activity = json.loads((tmp_path / "activity.json").read_text().replace("1003.5", "903.5"))
    (tmp_path / "activity.json").write_text(json.dumps(activity))
    body = json.loads(path.read_text())
    path.write_text(json.dumps(body | {"tonnes": calculate(validate(activity)).whole}))
    error = refusal(scene, path)
    assert error.refusal.rule == "V-17"
    assert "fuel_amount/coal-1@03: 903.5 t" in error.refusal.en


def test_prepare__activity_of_the_other_sub_unit__refused(scene: Scene, tmp_path: Path, account: int) -> None:
    path = report(tmp_path, account, 1)
    other = build_report(str(account), YEAR, PLAN, MONTHS, subunit="2")
    (tmp_path / "activity.json").write_text(other.model_dump_json(exclude_none=True))
    error = refusal(scene, path)
    assert (error.refusal.rule, error.refusal.args["field"]) == ("V-10", "subunit")


@pytest.mark.parametrize(
    "changes", [{"unit": 3}, {"unit": 0}, {"units": 0}, {"evidence": "nothing.json"}, {"evidence": "report.txt"}]
)
def test_open__unit_or_evidence_file_wrong__refused(
    scene: Scene, tmp_path: Path, account: int, changes: dict[str, Any]
) -> None:
    assert refusal(scene, report(tmp_path, account, 1, **changes)).refusal.rule in ("V-08", "V-01")
