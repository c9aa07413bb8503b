"""PNG from SVG, with the typeface of papers and no other, so that every machine gives the same bytes."""

import re
import tempfile
from html import unescape
from io import BytesIO
from pathlib import Path

import resvg_py
from fontTools.ttLib import TTFont

from registry_sdk.papers.typeface import BOLD, REGULAR, face

DENSITY = 2
FAMILY = "Noto Sans SC"


def png(svg: str) -> bytes:
    """The picture in pixels, two for each unit of the SVG.

    Raises:
        UnprintableError: the typeface is missing, or lacks a character.
    """
    said = unescape("".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg)))
    faces = [_named(face(said, weight)) for weight in (REGULAR, BOLD)]
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.ttf" for number in range(len(faces))]
        for file, content in zip(files, faces, strict=True):
            file.write_bytes(content)
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg,
                zoom=DENSITY,
                skip_system_fonts=True,
                font_files=[str(file) for file in files],
                sans_serif_family=FAMILY,
            )
        )


def _named(font: bytes) -> bytes:
    """The font under the name that the SVG asks for; papers name theirs otherwise."""
    opened = TTFont(BytesIO(font), recalcTimestamp=False)
    opened["name"].setName(FAMILY, 1, 3, 1, 0x409)
    target = BytesIO()
    opened.save(target)
    return target.getvalue()
