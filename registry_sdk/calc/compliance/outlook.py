"""For a compliance officer: projected obligation, coverage and risk, the cheapest way, what to do next (7.1)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from registry_sdk.calc.compliance.calendar import beijing_day
from registry_sdk.calc.compliance.forecast import Signals, forecast
from registry_sdk.calc.compliance.projection import project_emissions
from registry_sdk.calc.compliance.schedule import Due, schedule
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number
from registry_sdk.calc.result import Result, Text, plain
from registry_sdk.evidence.clock import due_day
from registry_sdk.parameters import ParameterSet

UPCOMING = 6
"""Windows shown beside the advice."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An entity and a compliance year as the registry has them, tonnes.

    Attributes:
        verified: obligation from verified emissions; None before verification.
        in_registry, in_trading: free allowances of vintages that pay the year, by compartment.
        credits: free credits that count for the year.
        deadline: last day to surrender, in Beijing.
    """

    account: int
    year: int
    sector: str
    verified: int | None
    surrendered: int
    offset: int
    pending: int
    in_registry: int
    in_trading: int
    credits: int
    deadline: date
    signals: Signals


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, until when, and under which rule."""

    what: Text
    until: date | None
    rule: str

    def to_json(self) -> dict[str, Any]:
        until = None if self.until is None else self.until.isoformat()
        return {"zh": self.what.zh, "en": self.what.en, "until": until, "rule": self.rule}


@dataclass(frozen=True, slots=True)
class Outlook:
    """The answer; ``projection`` None where verified emissions decide."""

    standing: Standing
    now: datetime
    projection: Result | None
    risk: Result
    steps: tuple[Step, ...]
    windows: tuple[Due, ...]

    def to_json(self) -> dict[str, Any]:
        """Figures, reasons, steps with dates, windows, and the results that explain every figure."""
        s = self.standing
        return {
            "account": s.account,
            "year": s.year,
            "sector": s.sector,
            "today": beijing_day(self.now).isoformat(),
            "deadline": s.deadline.isoformat(),
            "obligation": self.risk.inputs["obligation_t"],
            "basis": "VERIFIED" if self.projection is None else "PROJECTED",
            "surrendered": s.surrendered,
            "offset": s.offset,
            "pending": s.pending,
            "usable_allowances": s.in_registry + s.in_trading,
            "eligible_credits": s.credits,
            **{name: plain(value) for name, value in self.risk.outputs.items()},
            "steps": [step.to_json() for step in self.steps],
            "windows": [due.to_json() | {"state": due.state(self.now)} for due in self.windows],
            "explanations": [result.to_json() for result in (self.projection, self.risk) if result is not None],
        }


def outlook(
    standing: Standing,
    now: datetime,
    *,
    evidence: Mapping[str, Number] | None = None,
    allowance_price_yuan: Number | None = None,
    credit_price_yuan: Number | None = None,
    resale: bool = True,
    parameters: ParameterSet | None = None,
) -> Outlook:
    """The outlook of one entity and year at ``now``.

    Args:
        evidence: running series of emissions by month ("2026-03" -> tonnes), needed until emissions are verified.
        allowance_price_yuan, credit_price_yuan: yuan a tonne; without the first no cost is told.

    Raises:
        CalculationError: neither verified emissions nor a usable series.
    """
    day = beijing_day(now)
    projection: Result | None = None
    if standing.verified is None:
        if not evidence:
            raise CalculationError(
                "7.1", "evidence", "尚无核查排放量，须给出逐月数据", "nothing is verified: monthly figures are needed",
                "如 2026-03 与吨数", "such as 2026-03 with its tonnes",
            )  # fmt: skip
        through = sum(1 for month in range(1, 13) if _is_due(standing, month, day, parameters))
        projection = project_emissions(
            year=standing.year, evidence=evidence, through_month=through, parameters=parameters
        )
    obligation = standing.verified if projection is None else int(projection["obligation"])
    missing = len(projection["missing"]) if projection is not None else standing.signals.missing_evidence_months
    risk = forecast(
        obligation_t=obligation or 0,
        usable_allowances_t=standing.in_registry + standing.in_trading,
        eligible_credits_t=standing.credits,
        surrendered_t=standing.surrendered + standing.pending,
        offsets_used_t=standing.offset,
        allowance_price_yuan=allowance_price_yuan,
        credit_price_yuan=credit_price_yuan,
        on=day,
        resale=resale,
        signals=_with_missing(standing.signals, missing),
        parameters=parameters,
    )
    windows = tuple(due for due in schedule(standing.year, standing.sector, parameters) if due.state(now) != "PASSED")[
        :UPCOMING
    ]
    steps = tuple(_steps(standing, risk, projection, day, parameters))
    return Outlook(standing, now, projection, risk, steps, windows)


def _is_due(standing: Standing, month: int, day: date, parameters: ParameterSet | None) -> bool:
    last = due_day(standing.sector, standing.year, month, parameters)
    return last is not None and last < day


def _with_missing(signals: Signals, months: int) -> Signals:
    return Signals(
        judicial_freeze=signals.judicial_freeze,
        unpaid_earlier_year=signals.unpaid_earlier_year,
        missing_evidence_months=months,
        closed=signals.closed,
        dishonest_debtor=signals.dishonest_debtor,
        pledged_t=signals.pledged_t,
        held_t=signals.held_t,
    )


def _steps(
    s: Standing, risk: Result, projection: Result | None, day: date, parameters: ParameterSet | None
) -> Iterator[Step]:
    if projection is not None and projection["missing"]:
        months = ", ".join(projection["missing"])
        yield Step(Text(f"补交月度存证：{months}", f"file the missing evidence of {months}"), None, "D-06")
    owed, found = int(risk["still_owed"]), risk.outputs
    credits = int(found.get("credits_used", min(s.credits, int(risk["cap_left"]), owed)))
    allowances = owed - credits
    own = s.in_registry + s.in_trading
    buy_credits, buy = max(0, credits - s.credits), max(0, allowances - own)
    if not owed:
        yield Step(Text("义务已清缴，无需操作", "the obligation is met: nothing to do"), None, "C-04")
        return
    if day > s.deadline:
        yield Step(
            Text("清缴期限已过，欠缴仍须补缴并可能受罚", "the deadline is past: the shortfall stays owed"),
            None,
            "C-08",
        )  # fmt: skip
    until = s.deadline if day <= s.deadline else None
    if buy:
        yield Step(Text(f"买入配额 {buy} 吨", f"buy allowances: {buy} t"), until, "C-03")
    if buy_credits:
        yield Step(Text(f"买入减排量 {buy_credits} 吨", f"buy credits: {buy_credits} t"), until, "C-05")
    if credits:
        yield Step(Text(f"以减排量抵销 {credits} 吨", f"offset with credits: {credits} t"), until, "C-05")
    move = min(s.in_trading, max(0, min(allowances, own) - s.in_registry))
    if move:
        yield Step(
            Text(f"由交易划转至登记 {move} 吨", f"move from the trading to the registry compartment: {move} t"),
            until,
            "C-04",
        )
    if allowances:
        yield Step(Text(f"清缴配额 {allowances} 吨", f"surrender allowances: {allowances} t"), until, "C-04")
