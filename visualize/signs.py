"""What a mark is called where it is written."""

from __future__ import annotations

from visualize.graph import SIGNS, Mark


def mark_text(mark: Mark, numbers: tuple[int, ...]) -> str:
    """Return what the badge of a mark says: its sign and the numbers of the changes."""
    return " ".join((SIGNS[mark], ", ".join(map(str, numbers)))).strip()
