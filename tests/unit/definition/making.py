"""Process files for tests, written as text with marks.

``[[wrong||right]]`` stands for a mistake and its cure, ``§`` for the place at which it is to be reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

OWN = "urn:earmark:process:1"
_CHOICE = re.compile(r"\[\[(.*?)\|\|(.*?)\]\]", re.DOTALL)


def machine(*processes: str, namespace: str = OWN) -> str:
    """A whole file."""
    declared = f' xmlns="{namespace}"' if namespace else ""
    return "\n".join([f"<statemachine{declared}>", *processes, "</statemachine>"])


def process(content: str, attributes: str = 'name="Main" main="true"') -> str:
    """A process whose sections are made from its elements: states, transitions and events in any order."""
    sections = {"process": "subprocesses", "state": "states", "transition": "transitions", "event": "events"}
    lines = [f"<process {attributes}>"]
    for line in content.strip().splitlines():
        element = re.match(r"[§\s\[|]*<(process|state|transition|event)\b", line)
        section = sections[element[1]] if element else None
        lines.append(f"<{section}>\n{line}\n</{section}>" if section else line)
    return "\n".join([*lines, "</process>"])


def move(source: str, target: str, event: str | None = None, attributes: str = "") -> str:
    """A transition on one line."""
    named = f"<event>{event}</event>" if event else ""
    return f"<transition {attributes}><source>{source}</source><target>{target}</target>{named}</transition>"


@dataclass(frozen=True)
class Written:
    """Files on the disk, and the place of the mark in them."""

    main: Path
    place: tuple[str, int, int] | None


def write(folder: Path, files: dict[str, str], *, mended: bool = False) -> Written:
    """Write the files below ``folder`` with their mistakes, or mended; the first one is the main file."""
    place = None
    for name, marked in files.items():
        text = _CHOICE.sub(r"\2" if mended else r"\1", marked)
        before, mark, _ = text.partition("§")
        path = folder / name
        if mark:
            place = (str(path), before.count("\n") + 1, len(before) - before.rfind("\n"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.replace("§", "").encode("utf-8"))
    return Written(folder / next(iter(files)), place)
