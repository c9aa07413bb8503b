"""Prometheus metrics of the oracle; docs name the alerts that go with them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from oracles.store.tables import STATES

#: Name of a gauge, its labels, and how many.
Count = tuple[str, Mapping[str, str], int]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """One set of metrics with a registry of its own."""

    def __init__(self) -> None:
        own = self.registry = CollectorRegistry()
        self.statements = Gauge("oracle_statements", "statements by state", ["state"], registry=own)
        self.evidence = Gauge("oracle_evidence_statements", "months of evidence by state", ["state"], registry=own)
        self.refusals = Counter("oracle_refusals", "refusals by rule", ["rule", "source"], registry=own)
        self.conflicts = Gauge("oracle_conflicts", "entity years with differing statements", registry=own)
        self.equivocators = Gauge("oracle_equivocating_signers", "signers of differing statements", registry=own)
        self.reports = Counter("oracle_reports", "statements settled on chain", ["outcome"], registry=own)
        self.pushes = Counter("oracle_pushes", "transactions by outcome", ["outcome"], registry=own)
        self.push_age = Gauge("oracle_open_push_seconds", "age of the transaction that is not settled", registry=own)
        self.gas = Counter("oracle_gas_used", "gas of mined transactions", registry=own)
        self.inbox_files = Gauge("oracle_inbox_files", "files not taken in yet", registry=own)
        self.failures = Counter("oracle_cycle_failures", "cycles that failed", ["kind"], registry=own)
        self.cycle_seconds = Histogram("oracle_cycle_seconds", "duration of a cycle", registry=own)
        self.last_cycle = Gauge("oracle_last_cycle_time", "Unix time of the last complete cycle", registry=own)
        self.is_live = Gauge("oracle_live", "1 where reports are pushed, 0 in a dry run", registry=own)
        for state in STATES:
            self.statements.labels(state=state).set(0)
            self.evidence.labels(state=state).set(0)

    def count_sources(self, counts: Callable[[], Iterable[tuple[str, str, int]]]) -> None:
        """Show what became of readings and files: counted in the database, so that every process and restart agrees."""
        self.registry.register(_SourceCounts(counts))

    def count_cases(self, help_texts: Mapping[str, str], counts: Callable[[], Iterable[Count]]) -> None:
        """Show where findings and verification jobs stand, counted in the database at each scrape."""
        self.registry.register(_CaseCounts(help_texts, counts))

    def text(self) -> bytes:
        """Exposition format."""
        return generate_latest(self.registry)


class _SourceCounts(Collector):
    """``oracle_readings_total`` by code ("stored", a refusal or a flag) and way in."""

    def __init__(self, counts: Callable[[], Iterable[tuple[str, str, int]]]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[CounterMetricFamily]:
        family = CounterMetricFamily("oracle_readings", "readings and files by outcome or flag", labels=["code", "via"])
        for code, via, number in self._counts():
            family.add_metric([code, via], number)
        yield family

    def describe(self) -> Iterator[CounterMetricFamily]:
        yield CounterMetricFamily("oracle_readings", "readings and files by outcome or flag", labels=["code", "via"])


class _CaseCounts(Collector):
    """Gauges whose labels come with each count."""

    def __init__(self, help_texts: Mapping[str, str], counts: Callable[[], Iterable[Count]]) -> None:
        self._help = help_texts
        self._counts = counts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for name, labels, number in self._counts():
            family = families.get(name)
            if family is None:
                family = families[name] = GaugeMetricFamily(name, self._help[name], labels=list(labels))
            family.add_metric(list(labels.values()), number)
        yield from families.values()

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return (GaugeMetricFamily(name, text) for name, text in self._help.items())
