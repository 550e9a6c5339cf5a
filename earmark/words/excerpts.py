"""The line of a file that a finding is about, with a mark below the place."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from engine.definition import Location

_WIDEST = 100
"""How many characters of a line are shown."""

_LARGEST = 5 << 20


@lru_cache(maxsize=8)
def _lines(file: str) -> tuple[str, ...]:
    try:
        path = Path(file)
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return ()
        return tuple(path.read_text(encoding="utf-8-sig", errors="replace").splitlines())
    except (OSError, ValueError):
        return ()


def excerpt(place: Location) -> list[str]:
    """Return the line and the mark below it, or nothing where the file cannot be shown."""
    lines = _lines(place.file)
    if not 0 < place.line <= len(lines):
        return []
    text = lines[place.line - 1].expandtabs(1)
    cut = max(0, place.column - _WIDEST // 2) if len(text) > _WIDEST else 0
    shown = text[cut : cut + _WIDEST]
    number = str(place.line)
    mark = " " * max(place.column - 1 - cut, 0) + "^"
    return [f"  {number} | {shown}".rstrip(), f"  {' ' * len(number)} | {mark}"]
