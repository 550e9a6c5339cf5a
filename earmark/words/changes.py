"""What differs between two processes, in words: for a terminal, and as Markdown for a page of review."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from earmark.words.text import count
from engine.design import Change, ProcessDiff

_SIGNS = {"added": "+", "removed": "-", "renamed": "=", "changed": "~"}
_HEADINGS = {"process": "Process", "state": "States", "event": "Events", "transition": "Ways"}
_SORTS = {"process": "process", "state": "state", "event": "event", "transition": "way"}


def change_text(change: Change) -> str:
    """Return a change as one sentence without its sign."""
    name = f'{_SORTS[change.what]} "{change.name}"'
    if change.kind == "renamed":
        return f'{name} is called "{change.new}" now'
    if change.field is None:
        told = change.new if change.kind == "added" else change.old
        return f"{name}: {told}" if told else name
    note = f" ({change.note})" if change.note else ""
    return f"{name}: {change.field} {change.old or 'none'} -> {change.new or 'none'}{note}"


def signed(change: Change) -> str:
    """Return a change as a line of a terminal: ``+`` added, ``-`` removed, ``=`` renamed, ``~`` changed."""
    return f"{_SIGNS[change.kind]} {change_text(change)}"


def heading(diff: ProcessDiff) -> str:
    """Return what is compared, and how many changes there are."""
    versions = f"{diff.old.version[:12]} -> {diff.new.version[:12]}"
    changes = (
        count(len(diff.changes), "change") if diff.changes else "nothing that means anything has changed"
    )
    return f"{diff.new.name}: {versions}, {changes}"


def item_text(row: Mapping[str, Any]) -> str:
    """Return what becomes of the items of a state."""
    where = (
        f'go on in "{row["goes_to"]}"'
        if row["can_go_on"]
        else "cannot go on: there is no such state any more"
    )
    stays = {
        "kept": "",
        "given free": "; what they reserve is given free",
        "taken": "; they reserve from then on",
    }
    return f'{count(row["items"], "item")} in "{row["state"]}" {where}{stays[row["reservation"]]}'


def markdown(diffs: Iterable[tuple[ProcessDiff, Sequence[Mapping[str, Any]]]]) -> str:
    """Return the changes as Markdown, for the description of a pull request."""
    return "\n".join(line for diff, items in diffs for line in _page(diff, items))


def _page(diff: ProcessDiff, items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield f"## {_escaped(diff.new.name)}"
    yield ""
    yield f"`{diff.old.version[:12]}` -> `{diff.new.version[:12]}`, {count(len(diff.changes), 'change')}"
    yield ""
    for what, title in _HEADINGS.items():
        found = [change for change in diff.changes if change.what == what]
        if found:
            yield f"### {title}"
            yield ""
            yield "| | what | before | after |"
            yield "| --- | --- | --- | --- |"
            yield from map(_row, found)
            yield ""
    if items:
        yield "### Items that are there"
        yield ""
        yield from (f"- {_escaped(item_text(row))}" for row in items)
        yield ""


def _row(change: Change) -> str:
    field = f", {change.field}" if change.field else ""
    after = f"{change.new or ''} ({change.note})" if change.note else change.new or ""
    cells = (change.kind, f"{change.name}{field}", change.old or "", after)
    return f"| {' | '.join(map(_escaped, cells))} |"


def _escaped(text: str) -> str:
    for sign in "\\|<>`*_[]":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")
