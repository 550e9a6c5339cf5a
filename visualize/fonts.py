"""The typeface that ships with the package, and how wide a text is in it.

Liberation Sans has the widths of Arial and Helvetica, so a viewer that has any of the three shows a text
exactly as wide as it was measured here, whatever fonts the drawing machine has.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

FAMILY = "Liberation Sans"
"""The family name of the shipped typeface."""

REGULAR = Path(__file__).parent / "fonts" / "LiberationSans-Regular.ttf"
BOLD = Path(__file__).parent / "fonts" / "LiberationSans-Bold.ttf"

_UNITS = 1000


@lru_cache(maxsize=2)
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    path = BOLD if bold else REGULAR
    return ImageFont.truetype(str(path), _UNITS, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of one line of text in points; scripts outside the typeface are estimated."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    rest = "".join(character for character in text if unicodedata.east_asian_width(character) not in "WF")
    return (_font(bold).getlength(rest) / _UNITS + wide) * size


def covers(text: str) -> bool:
    """Return whether the shipped typeface has every character of the text."""
    if all(" " <= character <= "~" for character in text):
        return True
    return all(ord(character) in _characters() for character in text)


@lru_cache(maxsize=1)
def _characters() -> frozenset[int]:
    from reportlab.pdfbase.ttfonts import TTFontFile

    return frozenset(TTFontFile(str(REGULAR)).charToGlyph)
