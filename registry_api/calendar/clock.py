"""The clock: a thread that compares calendar, chain time and projection, and writes the notices that are due.

It keeps nothing but the notices themselves, so a restart goes on where the last process stopped, and two processes
on one database write each notice once. All times are the chain's; days are days in Beijing.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import func, select

from registry_api.calendar.due import YearView, due_notices, owed_by
from registry_api.calendar.notices import Notice, Notices
from registry_api.calendar.windows import Window, instant, warning_days, windows
from registry_api.projection.query import Item, Projection
from registry_api.store.projection_tables import projection_events
from registry_sdk import calc

log = structlog.get_logger()

ROUND_SECONDS: Final = 2
STOP_SECONDS: Final = 30
#: A round may take one part in so many of the time: orders go before notices.
SHARE: Final = 20
WRITTEN = Counter("registry_notices_total", "Notices written by the clock", ["stage", "step"])
LEFT = Gauge("registry_deadline_days", "Days to the nearest open deadline of a step", ["step"])
OWED = Gauge("registry_owed_tonnes", "Tonnes still owed for years whose surrender is open or past", ["year"])
ROUND = Gauge("registry_clock_round_seconds", "Chain time of the clock's newest round")
FAILURES = Counter("registry_clock_failures_total", "Rounds of the clock that failed and will be repeated")


@dataclass
class Clock:
    """One round is :meth:`round`; :meth:`start` repeats it in a thread of its own.

    Attributes:
        now: time of the chain, Unix seconds.
        block: newest block in the projection.
        on_written: told which notices were written, after they are kept.
    """

    projection: Projection
    notices: Notices
    now: Callable[[], int]
    block: Callable[[], int]
    on_written: Callable[[Sequence[Notice]], None] = lambda notices: None
    _known: set[str] | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the running round and end."""
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=STOP_SECONDS)

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return bool(self._thread and self._thread.is_alive())

    def round(self) -> list[Notice]:
        """Write what is due now and not written yet; which notices these were."""
        now = self.now()
        if self._known is None:
            self._known = self.notices.known()
        fresh = [notice for notice in self._due(now) if notice.id not in self._known]
        written = self.notices.write(fresh, now) if fresh else []
        self._known.update(notice.id for notice in fresh)
        for notice in written:
            WRITTEN.labels(str(notice.stage), notice.step).inc()
        ROUND.set(now)
        if written:
            self.on_written(written)
        return written

    def calendar(self, year: int) -> list[Window]:
        """Windows of a year as they stand. Raises CalculationError where the year has no calendar."""
        return windows(year, self._deadlines())

    def years(self) -> tuple[int, ...]:
        """Years that have a calendar."""
        return calc.scheduled_years()

    def _deadlines(self) -> dict[int, int]:
        return {row["year"]: row["deadline"] for row in self.projection.values("year_rules") if row["deadline"]}

    def _due(self, now: int) -> Iterator[Notice]:
        since = self._since()
        if since is None:
            return
        moment, start = instant(now), instant(since)
        days = warning_days(moment)
        accounts = {row["account"]: row for row in self.projection.values("accounts")}
        nearest: dict[str, int] = {}
        for year in self.years():
            view = self._view(year, start, accounts)
            for due in (window.due for window in view.windows):
                if due.state(moment) == "OPEN":
                    nearest[due.step] = min(nearest.get(due.step, due.days_left(moment)), due.days_left(moment))
            if view.positions:
                OWED.labels(str(year)).set(sum(map(owed_by, view.positions)))
            yield from due_notices(view, moment, start, days)
        for step, left in nearest.items():
            LEFT.labels(step).set(left)

    def _view(self, year: int, start: datetime, accounts: dict[int, Item]) -> YearView:
        found = self.calendar(year)
        rules = self.projection.value("year_rules", year)
        # A year that was over before the contracts existed concerns nobody here.
        is_alive = rules is not None and any(window.due.closes_at > start for window in found)
        positions = self.projection.values("positions", year=year) if is_alive else []
        figures = self.projection.values("figures", year=year) if is_alive else []
        return YearView(year, found, rules, positions, figures, accounts)

    def _since(self) -> int | None:
        """Time of the first event of the contracts; None before there is one."""
        with self.projection.engine.connect() as connection:
            found: int | None = connection.execute(select(func.min(projection_events.c.timestamp))).scalar()
        return found

    def _run(self) -> None:
        seen: tuple[int, str] | None = None
        pause = float(ROUND_SECONDS)
        while not self._stop.wait(pause):
            started = time.monotonic()
            try:
                # Windows turn at midnight in Beijing, everything else with a block.
                current = (self.block(), calc.beijing_day(instant(self.now())).isoformat())
                if current != seen:
                    self.round()
                    seen = current
            except Exception:
                FAILURES.inc()
                log.exception("round of the clock failed, will be repeated")
            pause = max(ROUND_SECONDS, SHARE * (time.monotonic() - started))
