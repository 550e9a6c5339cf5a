"""The diagrams of the demonstration: every deployed process with its live items."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from earmark.words.text import count
from engine.api import Engine
from engine.definition import RegisteredNames
from visualize import graph_of, inline_svg, render


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn process: its name, a caption, and the SVG to stand in a page."""

    name: str
    caption: str
    items: int
    svg: Markup


def draw_all(engine: Engine, registered: RegisteredNames, folder: Path) -> list[Picture]:
    """Draw every deployed process into the folder and return the pictures."""
    pictures = []
    for name in dict.fromkeys(info.name for info in engine.processes()):
        process, counts = engine.process(name), engine.state_counts(name)
        holding = [state.name for state in process.states if state.reserved]
        fullest = max(holding, key=lambda state: counts.get(state, 0), default=None)
        graph = graph_of(process, registered=registered, counts=counts, highlight=fullest)
        folder.joinpath(f"{name}.svg").write_bytes(render(graph, "svg"))
        items = sum(counts.values())
        caption = f"{count(len(process.states), 'state')}, {count(len(process.transitions), 'transition')}, "
        caption += count(items, "item", ",")
        pictures.append(Picture(name, caption, items, inline_svg(graph)))
    return sorted(pictures, key=lambda picture: -picture.items)
