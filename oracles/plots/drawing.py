"""SVG by hand: exact coordinates to a tenth of a pixel, so that the same figures give the same bytes everywhere."""

from collections.abc import Iterable
from fractions import Fraction
from math import floor
from xml.sax.saxutils import escape, quoteattr

Number = Fraction | int

#: Colours that remain apart for colour-blind readers (Okabe and Ito), dark enough on white; shapes differ as well.
INK, PALE, GRID = "#1a1a1a", "#5c5c5c", "#d9d9d9"
BLUE, ORANGE, GREEN, RED, PURPLE = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#7b3f9e"
FONTS = "'Noto Sans SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"


def at(value: Number) -> str:
    """A coordinate to a tenth of a pixel."""
    tenths = floor(Fraction(value) * 10 + Fraction(1, 2))
    sign, tenths = ("-" if tenths < 0 else ""), abs(tenths)
    return f"{sign}{tenths // 10}.{tenths % 10}" if tenths % 10 else f"{sign}{tenths // 10}"


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """One element; underscores in names of attributes become hyphens, numbers coordinates."""
    shown = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value is not None}
    text = "".join(
        f" {key}={quoteattr(at(value) if isinstance(value, Fraction | int) else str(value))}"
        for key, value in shown.items()
    )
    return f"<{name}{text}>{content}</{name}>" if content else f"<{name}{text}/>"


def text(
    x: Number, y: Number, said: str, *, size: int = 13, fill: str = INK, anchor: str = "start", bold: bool = False
) -> str:
    """A line of text; ``y`` is its base line."""
    weight = "700" if bold else None
    return element("text", escape(said), x=x, y=y, font_size=size, fill=fill, text_anchor=anchor, font_weight=weight)


def line(x1: Number, y1: Number, x2: Number, y2: Number, stroke: str = GRID, width: str = "1") -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width)


def titled(name: str, content: str) -> str:
    """A group with a title: browsers show it on pointing, screen readers say it."""
    return element("g", element("title", escape(name)) + content)


def polyline(points: Iterable[tuple[Number, Number]], stroke: str) -> str:
    """A broken line."""
    joined = " ".join(f"{at(x)},{at(y)}" for x, y in points)
    return element("polyline", points=joined, fill="none", stroke=stroke, stroke_width="2.5", stroke_linejoin="round")


def scale(most: Fraction, steps: int = 4) -> list[Fraction]:
    """Round values from 0 to at least ``most``, about ``steps`` of them above 0."""
    if most <= 0:
        return [Fraction(0), Fraction(1)]
    rough = most / steps
    power = Fraction(1)
    while power * 10 <= rough:
        power *= 10
    while power > rough:
        power /= 10
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return [step * number for number in range(int(-(-most // step)) + 1)]


def figure(value: Fraction) -> str:
    """A figure of an axis: thousands set apart, no needless zeros."""
    whole = Fraction(value)
    if whole.denominator == 1:
        return f"{whole.numerator:,}"
    decimals = 1
    while (whole * 10**decimals).denominator != 1 and decimals < 6:
        decimals += 1
    digits = floor(whole * 10**decimals + Fraction(1, 2))
    return f"{digits // 10**decimals:,}.{digits % 10**decimals:0{decimals}d}"
