"""A-20 price bands and lot sizes; C-08 volume-weighted mean price of the window before a deadline."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, exact, show, tonnes
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.rounding import scale
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet

METHODS = ("listed", "block")
MARKETS = ("cea", "ccer")
_MODES = {"half_up": ("half_up", "half_up"), "inside": ("ceil", "floor")}
"""Rounding of the lower and of the upper limit."""


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade: day in Beijing, tonnes, yuan per tonne."""

    day: date
    quantity_t: int
    price_yuan: Number


def price_band(
    *,
    previous_close: Number,
    on: date,
    method: str = "listed",
    market: str = "cea",
    ratio: Number | None = None,
    rounding: str | None = None,
    parameters: ParameterSet | None = None,
) -> Result:
    """Lowest and highest price of the day around the previous close (yuan/t), on the price step.

    ``rounding``: half_up, or inside (never leaves the band); default as configured. Outputs: down, up.
    """
    trace = Trace(parameters)
    _check(method, METHODS, "method")
    _check(market, MARKETS, "market")
    close = exact(previous_close, "previous_close", "A-20", above=0)
    band = trace.on(f"{market}_{method}_price_band_ratio", on) if ratio is None else ratio
    width = exact(band, "ratio", "A-20", maximum=1)
    mode = trace.on("price_band_rounding", on) if rounding is None else rounding
    _check(mode, tuple(_MODES), "rounding")
    step = Fraction(trace.on(f"{market}_price_step_yuan", on))
    places = len(show(step).partition(".")[2])
    down, up = (
        scale(scale_to_step(close * factor, step, way), places, "half_up")
        for factor, way in ((1 - width, _MODES[mode][0]), (1 + width, _MODES[mode][1]))
    )
    return trace.result(
        "market.price_band",
        Text("涨跌幅", "price band"),
        up,
        "yuan/t",
        Text("前收盘价 × (1 ± 幅度)", "previous close x (1 +/- ratio)"),
        {"previous_close": close, "ratio": width, "rounding": mode, "method": method, "on": on},
        {"down": down, "up": up},
        ["A-20" if market == "cea" else "1.6", "A-21"],
    )


def scale_to_step(value: Fraction, step: Fraction, mode: str) -> Fraction:
    """``value`` moved to a multiple of ``step`` by ``mode``."""
    return Fraction(scale(value / step, 0, mode)) * step


def lot_allowed(
    *, method: str, quantity_t: Number, on: date, market: str = "cea", parameters: ParameterSet | None = None
) -> bool:
    """Whether an order of ``quantity_t`` belongs to ``method``: listed below the block size, block at or above it."""
    trace = Trace(parameters)
    _check(method, METHODS, "method")
    _check(market, MARKETS, "market")
    quantity = tonnes(quantity_t, "quantity_t", "A-20", minimum=1)
    if quantity % int(trace.on(f"{market}_quantity_step_t", on)):
        return False
    block = quantity >= int(trace.on(f"{market}_block_min_quantity_t", on))
    return block == (method == "block")


def fine_window(deadline: date, parameters: ParameterSet | None = None) -> tuple[date, date]:
    """First and last day of the price window of a fine for ``deadline``, both inclusive."""
    trace = Trace(parameters)
    kind = trace.on("price_window_for_fine", deadline)
    _check(kind, ("calendar_month_before_deadline", "thirty_days_before_deadline"), "price_window_for_fine")
    if kind == "thirty_days_before_deadline":
        return deadline - timedelta(days=30), deadline - timedelta(days=1)
    last = deadline.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def mean_price(trades: Iterable[Trade], deadline: date, parameters: ParameterSet | None = None) -> Result:
    """Volume-weighted mean price (exact) of all trades of all vintages inside the window of ``deadline``.

    Raises CalculationError when nothing was traded in the window.
    """
    trace = Trace(parameters)
    first, last = fine_window(deadline, parameters)
    volume, amount = 0, Fraction(0)
    for trade in trades:
        if first <= trade.day <= last:
            quantity = tonnes(trade.quantity_t, "quantity_t", "C-08", minimum=1)
            volume += quantity
            amount += quantity * exact(trade.price_yuan, "price_yuan", "C-08", above=0)
    if not volume:
        raise CalculationError(
            "C-08", "trades", f"{first} 至 {last} 没有成交", f"no trade from {first} to {last}",
            "窗口内至少一笔成交", "at least one trade in the window",
        )  # fmt: skip
    trace.on("price_window_for_fine", deadline)
    mean = amount / volume
    return trace.result(
        "market.mean_price",
        Text("清缴期限前均价", "mean price before the deadline"),
        mean,
        "yuan/t",
        Text("Σ(量 × 价) / Σ量", "sum(quantity x price) / sum(quantity)"),
        {"deadline": deadline, "first_day": first, "last_day": last},
        {"volume_t": volume, "amount_yuan": amount, "mean_shown": trace.rounded(mean, "mean_price_shown")},
        ["C-08"],
    )


def _check(value: str, known: tuple[str, ...], field: str) -> None:
    if value not in known:
        valid = ", ".join(known)
        raise CalculationError("A-20", field, f"没有 {value!r}", f"unknown {field} {value!r}", valid, valid)
