"""How a picture is to look, whatever it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visualize.layout import Engine

Theme = Literal["light", "dark", "auto"]
"""auto is light, and dark for whoever has set screen or browser so; only SVG and HTML can tell."""

Direction = Literal["down", "right"]
"""Where the ways of a picture lead."""

Paper = Literal["a4", "a3", "letter", "picture"]
"""The pages of a PDF; picture is one page as large as the picture."""

PAGE_WIDTH = 880.0
"""How wide a picture is shown on the page of a pull request, in pixels."""

LEAST_TEXT = 9.0
"""How large the smallest text is at that width, in pixels."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is to look.

    ``width`` in pixels: shown that wide, no text is under 9 pixels; what would be too wide for that is drawn in
    parts, one below the other. None: in one piece, however wide.
    """

    layout: Engine = "auto"
    theme: Theme = "light"
    direction: Direction = "down"
    width: float | None = None
    paper: Paper = "picture"


PLAIN = Look()
"""As it was ever drawn: light, downwards, in one piece."""
