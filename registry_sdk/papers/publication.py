"""The public list of a compliance year (rule C-13) as pages."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from registry_sdk.papers.page import LINE, SEAL, SOFT, beijing, font_for, new_canvas, write
from registry_sdk.papers.typeface import BOLD

WIDTH, HEIGHT = landscape(A4)
LEFT, RIGHT, TOP, FOOT = 16 * mm, WIDTH - 16 * mm, HEIGHT - 16 * mm, 16 * mm
ROW: Final = 6.2 * mm
#: Title in zh and en, right or left edge, whether numbers stand there.
COLUMNS: Final = (
    ("account", "账户", "account", 16 * mm, False),
    ("name", "单位", "firm", 40 * mm, False),
    ("obligation", "应清缴", "obligation (t)", 112 * mm, True),
    ("on_time", "按时清缴", "on time (t)", 135 * mm, True),
    ("late", "逾期清缴", "late (t)", 156 * mm, True),
    ("missing", "未清缴", "not surrendered (t)", 181 * mm, True),
    ("standing", "履约情况", "standing", 186 * mm, False),
    ("fine", "罚款区间（元）", "range of the fine (yuan)", 256 * mm, True),
    ("deduction", "核减", "deduction (t)", 281 * mm, True),
)
MAX_NAME: Final = 18


def publication_pdf(year: int, now: int, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The list as a PDF file; the same rows give the same bytes.

    Args:
        rows: entries of the list (C-13) as JSON, with ``name`` where known.

    Raises:
        UnprintableError: a name has characters that the typeface lacks.
    """
    title = (f"{year} 年度碳排放配额清缴情况", f"Surrender of allowances for compliance year {year}")
    lines = [_cells(row) for row in rows]
    heads = [text for _, zh, en, _, _ in COLUMNS for text in (zh, en)]
    words = [*title, *heads, "截至（北京时间） as of 页 page 共 of", *(cell for line in lines for cell in line)]
    fonts = (font_for("".join(words)), font_for("".join(title), BOLD))
    target = BytesIO()
    canvas = new_canvas(target, (WIDTH, HEIGHT), title[0], {"kind": "publication", "year": year, "now": now})
    first = TOP - 26 * mm
    fitting = int((first - FOOT - 4 * mm) / ROW)
    pages = [lines[at : at + fitting] for at in range(0, len(lines), fitting)] or [[]]
    for number, page in enumerate(pages, start=1):
        _head(canvas, fonts, title, now)
        y = first
        for line in page:
            _line(canvas, fonts[0], line, y)
            y -= ROW
        write(canvas, fonts[0], 7.5, RIGHT, FOOT - 5 * mm, f"{number} / {len(pages)}", align="right", ink=SOFT)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _cells(row: Mapping[str, Any]) -> list[str]:
    penalty = row["penalty"]
    fine, deduction = ("待定 to be decided" if row["short_at_deadline"] else "-"), "-"
    if penalty is not None:
        fine = " - ".join(f"{Decimal(penalty[name]):,}" for name in ("min_yuan", "max_yuan"))
        deduction = f"{penalty['deduction_t']:,}"
    name = str(row.get("name") or "-")
    return [
        str(row["account"]),
        name if len(name) <= MAX_NAME else name[: MAX_NAME - 1] + "…",
        *(f"{row[field]:,}" for field in ("obligation", "on_time", "late", "missing")),
        row["standing_zh"],
        fine,
        deduction,
    ]


def _head(canvas: Canvas, fonts: tuple[str, str], title: tuple[str, str], now: int) -> None:
    write(canvas, fonts[1], 16, LEFT, TOP - 5 * mm, title[0], ink=SEAL)
    write(canvas, fonts[0], 9, LEFT, TOP - 10.5 * mm, title[1], ink=SOFT)
    write(canvas, fonts[0], 8, RIGHT, TOP - 5 * mm, f"截至 as of {beijing(now)}（北京时间）", align="right", ink=SOFT)
    for _, zh, en, x, is_number in COLUMNS:
        align = "right" if is_number else "left"
        write(canvas, fonts[0], 9, x, TOP - 17 * mm, zh, align=align)
        write(canvas, fonts[0], 6.5, x, TOP - 20.2 * mm, en, align=align, ink=SOFT)
    canvas.setStrokeColor(SEAL)
    canvas.setLineWidth(0.8)
    canvas.line(LEFT, TOP - 21.8 * mm, RIGHT, TOP - 21.8 * mm)


def _line(canvas: Canvas, font: str, cells: Sequence[str], y: float) -> None:
    for (_, _, _, x, is_number), cell in zip(COLUMNS, cells, strict=True):
        write(canvas, font, 8, x, y, cell, align="right" if is_number else "left")
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.3)
    canvas.line(LEFT, y - 1.9 * mm, RIGHT, y - 1.9 * mm)
