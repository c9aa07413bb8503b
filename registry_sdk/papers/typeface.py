"""The typeface of papers: Noto Sans SC (SIL Open Font License), cut down to the characters of one paper.

The npm package brings it in slices of the character set with a weight axis. The slices that a text needs are cut to
its characters, set to one weight and put together; the same text gives the same bytes. The font tools are loaded by
the first cut: most runs of the program print nothing.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from io import BytesIO
from typing import Any, Final

from registry_sdk.paths import NODE_MODULES

FAMILY: Final = NODE_MODULES / "@fontsource-variable" / "noto-sans-sc"
REGULAR, BOLD = 400, 700
EPOCH: Final = 3_786_912_000
"""A moment of no meaning, as fonts count: 1 January 2024."""
ALWAYS: Final = frozenset(map(chr, range(32, 127)))
"""Characters every cut holds, so that figures never lack one."""


class UnprintableError(Exception):
    """Characters that the typeface does not have, or the typeface itself is missing. The text is in zh and en."""


def face(text: str, weight: int) -> bytes:
    """A TrueType font with the characters of ``text``.

    Raises:
        UnprintableError: it lacks some of them, or is not installed.
    """
    return _face(frozenset(text) | ALWAYS, weight)


@lru_cache(maxsize=16)
def _face(characters: frozenset[str], weight: int) -> bytes:
    wanted = {ord(character) for character in characters if character not in "\n\r\t"}
    parts = []
    for name, covered in _slices().items():
        found = wanted & covered
        if found:
            parts.append(_cut(name, found, weight))
            wanted -= found
    if wanted:
        missing = " ".join(f"{chr(code)} (U+{code:04X})" for code in sorted(wanted))
        raise UnprintableError(f"字体没有这些字符 the typeface lacks: {missing}")
    from fontTools.merge import Merger

    merged = Merger().merge(parts)
    # Tables that no PDF needs.
    for table in ("GSUB", "GPOS", "GDEF", "STAT", "DSIG"):
        if table in merged:
            del merged[table]
    # The merger writes the time of the day into the head.
    merged["head"].created = merged["head"].modified = EPOCH
    # PDF writers tell fonts of one file apart by this name.
    digest = hashlib.sha256("".join(sorted(characters)).encode()).hexdigest()[:8]
    merged["name"].names = []
    merged["name"].setName(f"NotoSansSC-{weight}-{digest}", 6, 3, 1, 0x409)
    return _saved(merged)


@lru_cache(maxsize=1)
def _slices() -> Mapping[str, frozenset[int]]:
    try:
        ranges = json.loads((FAMILY / "unicode.json").read_bytes())
    except OSError:
        raise UnprintableError("缺少字体，请先运行 the typeface is missing: run `make setup`") from None
    # Latin first: digits and letters of a paper come from one slice.
    names = sorted(ranges, key=lambda name: (name.startswith("["), name))
    return {name.strip("[]"): frozenset(_codes(ranges[name].split(","))) for name in names}


def _codes(ranges: Iterable[str]) -> Iterator[int]:
    for each in ranges:
        first, _, last = each.strip().removeprefix("U+").partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


@lru_cache(maxsize=128)
def _slice(name: str) -> bytes:
    """One slice unpacked: what takes longest, so done once in a process."""
    from fontTools.ttLib import TTFont

    return _saved(TTFont(FAMILY / "files" / f"noto-sans-sc-{name}-wght-normal.woff2"))


def _cut(name: str, codes: set[int], weight: int) -> BytesIO:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    font = TTFont(BytesIO(_slice(name)), recalcTimestamp=False)
    options = Options()
    options.layout_features = []
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    return BytesIO(_saved(instantiateVariableFont(font, {"wght": weight})))


def _saved(font: Any) -> bytes:
    font.flavor = None
    font.recalcTimestamp = False
    target = BytesIO()
    font.save(target, reorderTables=True)
    return target.getvalue()
