"""The picture: a bar a month, the intensity as a line, findings as marks whose shape tells how severe they are."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Final

from oracles.plots.drawing import (
    BLUE,
    FONTS,
    INK,
    ORANGE,
    PALE,
    PURPLE,
    RED,
    Number,
    at,
    element,
    figure,
    line,
    polyline,
    scale,
    text,
    titled,
)
from oracles.plots.figures import MONTHS, EntityYear, Mark
from oracles.plots.raster import png
from registry_sdk import parameters

FORMATS: Final = ("svg", "png")

WIDTH, HEIGHT = 960, 668
LEFT, RIGHT = 92, 928
BARS: Final = (104, 348)
"""Top and bottom of the panel of emissions."""
INTENSITY: Final = (420, 520)
MARKS: Final = (560, 610)
ROWS: Final = 3
"""Kinds of marks that a month has room for."""
COLUMN = Fraction(RIGHT - LEFT, 12)
BAR = Fraction(40)

#: Severity to colour; the shape differs too.
COLOURS: Final[Mapping[str, str]] = {"high": RED, "medium": ORANGE, "low": BLUE}


def plot(year: EntityYear, kind: str = "svg") -> bytes:
    """The picture of an entity's year as ``svg`` or ``png``; the same figures give the same bytes.

    Raises:
        ValueError: another kind.
        UnprintableError: PNG where the typeface is not installed or lacks a character of the entity's name.
    """
    if kind not in FORMATS:
        raise ValueError(f"{kind}: {', '.join(FORMATS)}")
    drawn = svg(year)
    return png(drawn) if kind == "png" else drawn.encode()


def svg(year: EntityYear) -> str:
    """The picture as SVG text; what it shows is told in its title and description for those who cannot see it."""
    count = len(year.marks)
    name = f"{year.entity} {year.year} 年排放、强度与数据质量发现 / emissions, intensity and findings"
    told = "; ".join(f"{month}: {figure(_round(value))} t" for month, value in sorted(year.emissions.items()))
    parts = [
        element("title", _escaped(name)),
        element("desc", _escaped(f"{told}. {count} findings.")),
        element("rect", width=WIDTH, height=HEIGHT, fill="#ffffff"),
        *_head(year),
        *_bars(year),
        *_intensity(year),
        *_marks(year),
        *_legend(year),
    ]
    root = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img"}
    return element("svg", "\n".join(parts), width=WIDTH, height=HEIGHT, font_family=FONTS, **root) + "\n"


def _head(year: EntityYear) -> Iterator[str]:
    yield text(LEFT, 38, f"{year.entity}　{year.year}", size=22, bold=True)
    filed = len(year.emissions)
    total = f"{figure(_round(year.total))} tCO2"
    yield text(
        LEFT,
        62,
        f"{year.sector.zh} {year.sector.en} · 合计 total {total} · {filed}/12 个月 months",
        size=14,
        fill=PALE,
    )


def _bars(year: EntityYear) -> Iterator[str]:
    top, bottom = BARS
    yield text(LEFT, top - 14, "月度排放 Monthly emissions, tCO2", bold=True)
    ticks = scale(max([*year.emissions.values(), *year.monitored.values()], default=Fraction(0)))
    place = _vertical(top, bottom, ticks[-1])
    yield from _axis(ticks, place)
    for month in MONTHS:
        x = _middle(month)
        yield text(x, bottom + 20, str(month), anchor="middle", fill=PALE)
        value = year.emissions.get(month)
        if value is None:
            box = {"x": x - BAR / 2, "y": top, "width": BAR, "height": bottom - top}
            missing = element("rect", **box, fill="none", stroke=PALE, stroke_dasharray="4 4")
            gap = text(x, (top + bottom) // 2, "缺", anchor="middle", fill=PALE)
            gap += text(x, (top + bottom) // 2 + 18, "none", size=11, anchor="middle", fill=PALE)
            yield titled(f"{month}: 缺 missing", missing + gap)
            continue
        y = place(value)
        bar = element("rect", x=x - BAR / 2, y=y, width=BAR, height=bottom - y, fill=BLUE)
        yield titled(f"{month}: {figure(_round(value))} t", bar)
    for month, value in sorted(year.monitored.items()):
        x, y = _middle(month), place(value)
        yield titled(
            f"{month}: 自动监测 monitored {figure(_round(value))} t",
            line(x - BAR / 2 - 5, y, x + BAR / 2 + 5, y, stroke=INK, width="3"),
        )
    yield text(LEFT - 10, bottom + 20, "月 month", size=12, anchor="end", fill=PALE)
    yield line(LEFT, bottom, RIGHT, bottom, stroke=INK)


def _intensity(year: EntityYear) -> Iterator[str]:
    top, bottom = INTENSITY
    yield text(LEFT, top - 14, f"{year.intensity_name.zh} {year.intensity_name.en}, {year.intensity_unit}", bold=True)
    ticks = scale(max(year.intensity.values(), default=Fraction(0)), 2)
    place = _vertical(top, bottom, ticks[-1])
    yield from _axis(ticks, place)
    run: list[tuple[Number, Number]] = []
    for month in (*MONTHS, 13):
        value = year.intensity.get(month)
        if value is not None:
            run.append((_middle(month), place(value)))
            continue
        if len(run) > 1:
            yield polyline(run, PURPLE)
        run = []
    for month, value in sorted(year.intensity.items()):
        dot = element("circle", cx=_middle(month), cy=place(value), r=Fraction(9, 2), fill=PURPLE, stroke="#ffffff")
        yield titled(f"{month}: {figure(_round(value, 4))} {year.intensity_unit}", dot)
    yield line(LEFT, bottom, RIGHT, bottom, stroke=INK)


def _marks(year: EntityYear) -> Iterator[str]:
    top, bottom = MARKS
    yield text(LEFT, top - 12, "数据质量发现 Data-quality findings", bold=True)
    yield element("rect", x=LEFT, y=top, width=RIGHT - LEFT, height=bottom - top, fill="#f5f5f5")
    for month in MONTHS:
        rows = [mark for mark in year.marks if mark.month == month]
        for index, (severity, settled) in enumerate(_kinds(rows)):
            same = [mark for mark in rows if (mark.severity, mark.is_settled) == (severity, settled)]
            x, y = _middle(month) - 14, top + 10 + 14 * index
            codes = ", ".join(sorted({mark.code for mark in same}))
            number = text(x + 12, y + 5, str(len(same)), size=12)
            yield titled(f"{month}: {codes}", SHAPES[severity](x, y, settled) + number)
    yearly = sum(1 for mark in year.marks if mark.month is None)
    if yearly:
        yield text(RIGHT, top - 12, f"另有全年 {yearly} 项 / {yearly} about the whole year", anchor="end", fill=PALE)


def _legend(year: EntityYear) -> Iterator[str]:
    y = HEIGHT - 22
    x = Fraction(LEFT)
    yield element("rect", x=x, y=y - 11, width=22, height=12, fill=BLUE)
    yield text(x + 30, y, "核算 calculated", size=12)
    x += 140
    if year.monitored:
        yield line(x, y - 4, x + 22, y - 4, stroke=INK, width="3")
        yield text(x + 30, y, "自动监测 monitored", size=12)
        x += 168
    for row in parameters.table("quality_severities"):
        yield SHAPES[row["severity"]](x + 6, y - 4, False)
        yield text(x + 20, y, f"{row['name_zh']} {row['name_en']}", size=12)
        x += 96
    yield SHAPES["high"](x + 6, y - 4, True)
    yield text(x + 20, y, "空心：已认可 hollow: accepted", size=12)


def _axis(ticks: list[Fraction], place: Callable[[Fraction], Fraction]) -> Iterator[str]:
    for tick in ticks:
        yield line(LEFT, place(tick), RIGHT, place(tick))
        yield text(LEFT - 10, place(tick) + 4, figure(tick), size=12, anchor="end", fill=PALE)


def _vertical(top: int, bottom: int, most: Fraction) -> Callable[[Fraction], Fraction]:
    return lambda value: bottom - (bottom - top) * value / most


def _middle(month: int) -> Fraction:
    return LEFT + COLUMN * month - COLUMN / 2


def _kinds(marks: list[Mark]) -> list[tuple[str, bool]]:
    order = list(COLOURS)
    kinds = {(mark.severity, mark.is_settled) for mark in marks}
    return sorted(kinds, key=lambda kind: (order.index(kind[0]), kind[1]))[:ROWS]


def _round(value: Fraction, decimals: int = 0) -> Fraction:
    return Fraction((value * 10**decimals + Fraction(1, 2)) // 1, 10**decimals)


def _escaped(said: str) -> str:
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _triangle(x: Number, y: Number, hollow: bool) -> str:
    points = f"{at(x)},{at(y - 6)} {at(x + 6)},{at(y + 5)} {at(x - 6)},{at(y + 5)}"
    return element("polygon", points=points, **_paint("high", hollow))


def _diamond(x: Number, y: Number, hollow: bool) -> str:
    points = f"{at(x)},{at(y - 6)} {at(x + 6)},{at(y)} {at(x)},{at(y + 6)} {at(x - 6)},{at(y)}"
    return element("polygon", points=points, **_paint("medium", hollow))


def _circle(x: Number, y: Number, hollow: bool) -> str:
    return element("circle", cx=x, cy=y, r=5, **_paint("low", hollow))


def _paint(severity: str, hollow: bool) -> dict[str, str]:
    colour = COLOURS[severity]
    return {"fill": "#ffffff" if hollow else colour, "stroke": colour, "stroke_width": "2"}


SHAPES: Final[Mapping[str, Callable[[Number, Number, bool], str]]] = {
    "high": _triangle,
    "medium": _diamond,
    "low": _circle,
}
