"""How a picture lies on pages of paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from visualize.look import Paper

_SIZES = {"a4": (595.28, 841.89), "a3": (841.89, 1190.55), "letter": (612.0, 792.0)}
_MARGIN = 28.0
_SMALLEST_SCALE = 0.75
"""Made smaller than this, the smallest text would be under 5 points on paper."""

_OVERLAP = 14.0
"""What two pages beside each other both have, to be glued together by."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Pages in columns and rows, and where the picture lies on them; in points, the picture's before ``scale``."""

    page_width: float
    page_height: float
    margin: float
    scale: float
    width: float
    height: float

    @property
    def inner_width(self) -> float:
        """The room between the margins."""
        return self.page_width - 2 * self.margin

    @property
    def inner_height(self) -> float:
        """The room between the margins."""
        return self.page_height - 2 * self.margin

    @property
    def columns(self) -> int:
        """How many pages lie side by side."""
        return _pages(self.width * self.scale, self.inner_width)

    @property
    def rows(self) -> int:
        """How many pages lie one below the other."""
        return _pages(self.height * self.scale, self.inner_height)

    def tiles(self) -> Iterator[tuple[int, int]]:
        """Yield column and row of every page, as they are read."""
        yield from ((column, row) for row in range(self.rows) for column in range(self.columns))

    def origin(self, column: int, row: int) -> tuple[float, float]:
        """Return where the lower left corner of the picture lies, seen from the one of the page."""
        left = self.margin - column * (self.inner_width - _OVERLAP)
        top = self.page_height - self.margin + row * (self.inner_height - _OVERLAP)
        return left, top - self.height * self.scale

    def caption(self, column: int, row: int) -> str:
        """Return which page it is."""
        number = row * self.columns + column + 1
        where = f", row {row + 1}, column {column + 1}" if self.columns > 1 else ""
        return f"page {number} of {self.rows * self.columns}{where}"


def sheet_of(width: float, height: float, paper: Paper) -> Sheet:
    """Return the pages for a picture of this size, in points; upright or across, whatever needs fewer pages."""
    if paper == "picture":
        return Sheet(width, height, 0.0, 1.0, width, height)
    short, long = _SIZES[paper]
    sheets = [_sheet(width, height, page) for page in ((short, long), (long, short))]
    return min(sheets, key=lambda sheet: (sheet.rows * sheet.columns, -sheet.scale))


def _sheet(width: float, height: float, page: tuple[float, float]) -> Sheet:
    inner = (page[0] - 2 * _MARGIN, page[1] - 2 * _MARGIN)
    one_page = min(1.0, inner[0] / width, inner[1] / height)
    scale = one_page if one_page >= _SMALLEST_SCALE else max(_SMALLEST_SCALE, min(1.0, inner[0] / width))
    return Sheet(*page, _MARGIN, scale, width, height)


def _pages(length: float, room: float) -> int:
    return 1 if length <= room + 0.01 else 1 + ceil((length - room) / (room - _OVERLAP) - 0.0001)
