"""What a purge deleted, or would delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from earmark.words.text import count

_NOUNS = {
    "history": "step",
    "runs": "transition run",
    "messages": "published message",
    "staged_rows": "staged stock row",
    "imports": "stock import",
    "command_calls": "command call",
    "claims": "expired claim",
    "undo_data": "undo row",
    "cart_holds": "cart hold",
    "stock_changes": "change of stock",
    "suspensions": "ended suspension",
    "orders": "archived order",
}


def purge_text(report: Mapping[str, Any]) -> str:
    """Return what a purge deleted, or would delete, on one line."""
    deleted = [count(report[kind], noun) for kind, noun in _NOUNS.items() if report[kind]]
    before = report["before"][:19].replace("T", " ")
    done = "would be deleted" if report["dry_run"] else "deleted"
    stopped = "" if report["complete"] else "; stopped before the end"
    return f"from before {before}Z: {', '.join(deleted) or 'nothing'} {done}{stopped}"
