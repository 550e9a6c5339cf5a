"""A process of 40 states and 57 transitions, spread over a main file and four subprocess files."""

from __future__ import annotations

from pathlib import Path

_STATES, _PARTS, _EXTRA = 40, 5, 18


def write_process(folder: Path) -> Path:
    """Write the files into the folder and return the path of the main one."""
    (folder / "parts").mkdir()
    size = _STATES // _PARTS
    for part in range(1, _PARTS):
        text = _process(f"Part{part}", range(part * size, (part + 1) * size))
        (folder / "parts" / f"Part{part}.xml").write_text(_document(text))
    stubs = "".join(f'<process name="Part{n}" file="parts/Part{n}.xml"/>' for n in range(1, _PARTS))
    listed = "".join(f"<process>Part{n}</process>" for n in range(1, _PARTS))
    text = _process("Big", range(size), f"<subprocesses>{listed}</subprocesses>", ' main="true"')
    path = folder / "Big.xml"
    path.write_text(_document(text + stubs))
    return path


def _document(text: str) -> str:
    return f'<?xml version="1.0"?>\n<statemachine xmlns="urn:earmark:process:1">\n{text}\n</statemachine>\n'


def _process(name: str, states: range, head: str = "", attributes: str = "") -> str:
    rows = [f'<state name="{_name(n)}"{_reserved(n)}><flag>cancellable</flag></state>' for n in states]
    edges = [_edge(n, n + 1, f"go {n}", ' happy="true"') for n in states if n + 1 < _STATES]
    jumps = [n for n in states if n < _EXTRA]
    edges += [_edge(n, n * 7 % _STATES, f"jump {n}", f' condition="Bench/Guard{n}"') for n in jumps]
    events = [
        f'<event name="go {n}" manual="true" command="Bench/Go{n}"/>' for n in states if n + 1 < _STATES
    ]
    events += [f'<event name="jump {n}" timeout="{n + 1} days"/>' for n in jumps]
    parts = {"states": rows, "transitions": edges, "events": events}
    sections = "".join(f"<{part}>{_lines(lines)}</{part}>" for part, lines in parts.items())
    return f'<process name="{name}"{attributes}>{head}{sections}</process>'


def _edge(source: int, target: int, event: str, attributes: str) -> str:
    ends = f"<source>{_name(source)}</source><target>{_name(target)}</target>"
    return f"<transition{attributes}>{ends}<event>{event}</event></transition>"


def _name(number: int) -> str:
    return "new" if number == 0 else f"state {number}"


def _reserved(number: int) -> str:
    return ' reserved="true"' if 5 <= number < 20 else ""


def _lines(rows: list[str]) -> str:
    return "\n" + "\n".join(rows) + "\n"
