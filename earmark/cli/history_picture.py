"""``earmark history ITEM --draw FILE``: the way of an item so far, in the picture of its process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.api import Engine
    from engine.definition import Process
    from engine.results import HistoryEntry, ItemDetail
    from visualize import Step


def process_of(engine: Engine, item: ItemDetail) -> Process:
    """Return the version of its process in which an item stands now."""
    return engine.process(item.process, item.version)


def draw_way(path: Path, process: Process, item: ItemDetail, found: Sequence[HistoryEntry]) -> None:
    """Write the picture. Raises BadParameter for a suffix that tells no format, OSError."""
    from earmark.cli.process_drawing import chosen_format, write_whole
    from earmark.words.story import is_cut
    from visualize import PAGE_WIDTH, Look, passed_graph, render

    form = chosen_format(None, path)
    steps = _steps(found)
    stamp = (f"item {item.item.id} of order {item.order}", f"version {process.version[:12]}")
    notes = ("Older steps were purged.",) if is_cut(found) else ()
    graph = passed_graph(process, steps, notes, stamp)
    look = Look(width=PAGE_WIDTH if form in ("svg", "png") else None, paper="a4")
    write_whole(path, render(graph, form, look=look))


def _steps(found: Sequence[HistoryEntry]) -> list[Step]:
    """Return the steps that lead from state to state; one that stays where it is on its event counts as well."""
    from visualize import Step

    return [
        Step(entry.source, entry.target, entry.event, _told(entry))
        for entry in found
        if entry.target is not None and entry.outcome not in ("condition_false", "failed")
    ]


def _told(entry: HistoryEntry) -> str:
    when = f"{entry.at:%Y-%m-%d %H:%M:%S}"
    by = f" on {entry.event}" if entry.event else ""
    known = {"migration": " by a migration", "force": " by force"}
    return f"{when}: {entry.source or 'placed'} \u2192 {entry.target}{by or known.get(entry.trigger, '')}"
