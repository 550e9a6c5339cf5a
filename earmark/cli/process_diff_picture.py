"""What differs between processes as a picture, for ``earmark process diff -o FILE.svg`` and its like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.definition import Process
    from engine.design import ProcessDiff

Compared = tuple["ProcessDiff", list[dict[str, Any]]]


def diff_picture(
    found: Sequence[Compared],
    alone: Sequence[tuple[Process | None, Process | None]],
    sources: str,
    format: str,
) -> bytes:
    """Return the picture: each process that differs, and whole those that are ``alone``.

    ``sources`` says what was compared. Raises LayoutUnavailable or DiagramFailed.
    """
    from visualize import render

    graphs = [_graph(one, items, sources) for one, items in found]
    graphs += [_graph(_whole(old, new), [], sources) for old, new in alone]
    return render(graphs or [_empty(sources)], format)


def _graph(diff: ProcessDiff, items: Sequence[dict[str, Any]], sources: str) -> Any:
    from earmark.words.changes import change_text, heading, item_text
    from visualize import compared_graph

    told = [change_text(change) for change in diff.changes]
    return compared_graph(diff, told, [item_text(row) for row in items], (sources, heading(diff)))


def _empty(sources: str) -> Any:
    from visualize import Graph

    name = "Nothing that means anything has changed"
    return Graph(name, "", "first", (), (), (), compared=True, stamp=(sources,))


def _whole(old: Process | None, new: Process | None) -> ProcessDiff:
    from engine.design import diff_processes, nothing_of

    one = new or old
    assert one is not None
    return diff_processes(old or nothing_of(one), new or nothing_of(one))
