"""docs/alerts.md names only metrics that the processes expose, with labels they have."""

import re
from pathlib import Path

from prometheus_client import REGISTRY, generate_latest

import registry_api.calendar.clock
import registry_api.outbox.relayer
import registry_api.projection.indexer
from oracles.metrics import Metrics
from oracles.sources import SourceDesk
from oracles.store import open_store
from oracles.verification import VerificationDesk
from oracles.verification.counts import HELP, case_counts

PAGE = Path(__file__).parents[2] / "docs" / "alerts.md"
NAME = re.compile(r"\b(?:oracle|registry)_[a-z_]+(?:\{[^}]*\})?")
LOADED = (registry_api.calendar.clock, registry_api.outbox.relayer, registry_api.projection.indexer)


def exposed(folder: Path) -> set[str]:
    engine = open_store(folder / "oracle.sqlite3")
    metrics = Metrics()
    metrics.count_sources(SourceDesk(engine).counts)
    metrics.count_cases(HELP, lambda: case_counts(engine))
    text = (metrics.text() + generate_latest(REGISTRY)).decode()
    declared = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    return set(declared)


def expressions() -> list[str]:
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.count("|") > 5]
    return [row[2].strip().strip("`") for row in rows if "`" in row[2]]


def test_alerts__every_metric_named__is_exposed(tmp_path: Path) -> None:
    known = exposed(tmp_path)
    named = {found.partition("{")[0] for expression in expressions() for found in NAME.findall(expression)}
    assert len(named) > 15
    assert {name for name in named if name not in known and name.removesuffix("_total") not in known} == set()


def test_alerts__state_labels__are_states_that_are_counted(tmp_path: Path) -> None:
    engine = open_store(tmp_path / "oracle.sqlite3")
    counted = {(name, key, value) for name, labels, _ in case_counts(engine) for key, value in labels.items()}
    for expression in expressions():
        for found in NAME.findall(expression):
            name, _, labels = found.partition("{")
            for key, value in re.findall(r'(\w+)="([^"]*)"', labels) if name in HELP else ():
                assert (name, key, value) in counted


def test_case_counts__finding_and_job__counted_where_they_stand(tmp_path: Path) -> None:
    engine = open_store(tmp_path / "oracle.sqlite3")
    desk = VerificationDesk.open(engine)
    desk.assignment.create("Wang, province", 1001, 2025, sector="power", province=44, draw_block=9)
    found = {(name, *labels.values()): number for name, labels, number in case_counts(engine)}
    assert found["oracle_verification_jobs", "open"] == 1
    assert found["oracle_verification_jobs", "assigned"] == 0
    assert found["oracle_quality_findings", "open", "high"] == 0
    metrics = Metrics()
    metrics.count_cases(HELP, lambda: case_counts(engine))
    assert 'oracle_verification_jobs{state="open"} 1.0' in metrics.text().decode()
