"""The lines of a TOML file on which its keys stand: the standard reader gives values, but no lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

KeyPath = tuple[str | int, ...]
"""The way to a value: keys, and positions in arrays of tables."""

_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.\-\"' ]+?)\s*\]")
_KEY = re.compile(r"^\s*([\w.\-\"']+)\s*=")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line (from 1) of every table header and key. For messages only: a near miss is harmless."""
    found: dict[KeyPath, int] = {}
    counts: Counter[KeyPath] = Counter()
    table: KeyPath = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            *above, name = _parts(header[2])
            table = (*_placed(above, counts), name)
            counts[table] += header[1] == "[["
            table = _placed([name], counts, table[:-1])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_parts(key[1])), number)
    return found


def line_of(found: dict[KeyPath, int], path: KeyPath) -> int:
    """Return the line of the key, or of the nearest known one around it; 1 when there is none."""
    for end in range(len(path), 0, -1):
        if path[:end] in found:
            return found[path[:end]]
    return 1


def _placed(parts: Sequence[str | int], counts: Counter[KeyPath], above: KeyPath = ()) -> KeyPath:
    """Return the way to a table, by the last one of each array of tables on it."""
    for part in parts:
        above = (*above, part)
        if counts[above]:
            above = (*above, counts[above] - 1)
    return above


def _parts(dotted: str) -> KeyPath:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
