"""What all papers share: fonts of one paper, text on a canvas, the facts hidden in the file, Beijing time."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

import orjson
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from registry_sdk.calc.compliance.calendar import BEIJING
from registry_sdk.papers.typeface import REGULAR, face

INK: Final = HexColor("#1b2733")
SOFT: Final = HexColor("#5b6875")
LINE: Final = HexColor("#b9c3cc")
SEAL: Final = HexColor("#8c2f2b")
MARK: Final = "registry-facts:"
_FACTS: Final = re.compile(rb"registry-facts:([A-Za-z0-9_=-]+)")


class PaperError(Exception):
    """A file that is no paper of this registry. The text is in zh and en."""


def font_for(text: str, weight: int = REGULAR) -> str:
    """Name of a font with the characters of ``text``, ready for the canvas. Raises UnprintableError."""
    data = face(text, weight)
    name = f"NotoSansSC-{weight}-{hashlib.sha256(data).hexdigest()[:8]}"
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, BytesIO(data)))
    return name


def new_canvas(target: BytesIO, size: tuple[float, float], title: str, facts: Mapping[str, Any]) -> Canvas:
    """A canvas whose bytes depend on what is drawn alone; ``facts`` can be read back from the file."""
    canvas = Canvas(target, pagesize=size, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setAuthor("碳排放权登记系统 allowance registry")
    # Plain letters only: readable from the file without a PDF library.
    canvas.setKeywords(MARK + base64.urlsafe_b64encode(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).decode())
    return canvas


def facts_of(data: bytes) -> dict[str, Any]:
    """The facts in a paper's file. Raises PaperError."""
    found = set(_FACTS.findall(data))
    if not data.startswith(b"%PDF-") or len(found) != 1:
        raise PaperError("不是本系统出具的 PDF not a paper of this registry")
    try:
        facts = orjson.loads(base64.b64decode(found.pop(), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise PaperError("文件中的数据无法读取 the facts in the file cannot be read") from None
    if not isinstance(facts, dict):
        raise PaperError("文件中的数据无法读取 the facts in the file cannot be read")
    return facts


def beijing(seconds: int) -> str:
    """Unix seconds as Beijing time."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def write(
    canvas: Canvas, font: str, size: float, x: float, y: float, text: str, *, align: str = "left", ink: Color = INK
) -> None:
    """One line of text with its baseline at ``y``; ``align``: left, centre or right of ``x``."""
    canvas.setFont(font, size)
    canvas.setFillColor(ink)
    draw = {"left": canvas.drawString, "centre": canvas.drawCentredString, "right": canvas.drawRightString}[align]
    draw(x, y, text)
