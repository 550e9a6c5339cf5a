"""What archiving and forgetting came to, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from earmark.words.text import count

_NEEDED = {
    "work": "with work that is due or was begun",
    "migration": "of a migration that may be undone",
    "suspension": "suspended",
    "newest": "for its id, which must not come again",
}


def archived_text(report: Mapping[str, Any]) -> str:
    """Return what was archived, or would be, on one line."""
    done = "would be archived" if report["dry_run"] else "archived"
    told = f"{count(report['archived'], 'order')} with {count(report['items'], 'item')} {done}"
    return f"{told}{_more(report)}"


def forgotten_text(report: Mapping[str, Any]) -> str:
    """Return what was made anonymous, or would be, on one line."""
    if report["dry_run"]:
        return f"{count(report['forgotten'], 'order')} would be made anonymous{_more(report)}"
    values = ", ".join(f"{path} {number}" for path, number in sorted(report["values"].items()))
    history = f"; history {report['history']}" if report["history"] else ""
    told = f"{count(report['forgotten'], 'order')} made anonymous"
    return f"{told}: {values or 'no value was there'}{history}{_more(report)}"


def _more(report: Mapping[str, Any]) -> str:
    already = f"; {report['already']} before" if report["already"] else ""
    needed = [f"{number} {_NEEDED[what]}" for what, number in sorted(report["needed"].items())]
    left = f"; left: {', '.join(needed)}" if needed else ""
    return f"{already}{left}{'' if report['complete'] else '; stopped before the end'}"
