"""Order processes written as a few lines of text.

``states new paid* done``           the states, ``*`` marks reserved ones, the first is the initial state
``states sent!30~days``             what its attribute ``final`` says
``new -> paid : pay [ok]``          a transition with its event and its condition, both optional
``event pay command=charge onEnter``   attributes of an event (one that is not listed is manual)
``event expire timeout=1~month``    ``~`` stands for a space
``flag amendable new paid``         states with a flag
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import quoteattr

from engine.definition import OWN_NAMESPACE, Process, load_process

_MOVE = re.compile(r"(\S+) -> (\S+?)(?: *: *(\S+))?(?: *\[(\S+)\])?$")
_NAMES = {"processor": "timeoutProcessor"}


def process_xml(text: str, *, name: str = "Sale", own: bool = True) -> str:
    """The process as a file of Earmark's own dialect, or of the existing ones."""
    states: list[str] = []
    transitions: list[str] = []
    events: dict[str, str] = {}
    flags: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        kind, _, rest = line.partition(" ")
        if kind == "states":
            states += rest.split()
        elif kind == "flag":
            flag, *named = rest.split()
            for state in named:
                flags.setdefault(state, []).append(flag)
        elif kind == "event":
            events[rest.split()[0]] = _event(*rest.split())
        else:
            transitions.append(_transition(line, events))
    told = [_state(word, flags.get(word.rstrip("*"), ()), first=not n) for n, word in enumerate(states)]
    sections = {"states": told, "transitions": transitions, "events": [*events.values()]}
    body = "\n".join(f"<{tag}>\n" + "\n".join(lines) + f"\n</{tag}>" for tag, lines in sections.items())
    namespace = f' xmlns="{OWN_NAMESPACE}"' if own else ""
    head = f'<statemachine{namespace}>\n<process name={quoteattr(name)} main="true">'
    return f"{head}\n{body}\n</process>\n</statemachine>\n".replace("~", " ")


def load(folder: Path, text: str, *, name: str = "Sale", own: bool = True) -> Process:
    """The compiled process; a definition with errors is a mistake of the test."""
    path = folder / f"{name}.xml"
    path.write_text(process_xml(text, name=name, own=own), encoding="utf-8")
    result = load_process(path)
    if result.process is None:
        raise ValueError("\n".join(map(str, result.errors)))
    return result.process


def _state(word: str, flags: Iterable[str], *, first: bool) -> str:
    word, _, final = word.partition("!")
    said = (' reserved="true"' if word.endswith("*") else "") + (' initial="true"' if first else "")
    said += f" final={quoteattr(final)}" if final else ""
    inner = "".join(f"<flag>{flag}</flag>" for flag in flags)
    named = f"<state name={quoteattr(word.rstrip('*'))}{said}"
    return f"{named}>{inner}</state>" if inner else f"{named}/>"


def _event(name: str, *words: str) -> str:
    pairs = [word.partition("=") for word in words]
    shown = [f"{_NAMES.get(key, key)}={quoteattr(value or 'true')}" for key, _, value in pairs]
    return f"<event name={quoteattr(name)} {' '.join(shown)}/>"


def _transition(line: str, events: dict[str, str]) -> str:
    found = _MOVE.match(line)
    if found is None:
        raise ValueError(f"no transition: {line!r}")
    source, target, event, condition = found.groups()
    if event is not None:
        events.setdefault(event, _event(event, "manual"))
    told = f" condition={quoteattr(condition)}" if condition else ""
    inner = f"<event>{event}</event>" if event else ""
    return f"<transition{told}><source>{source}</source><target>{target}</target>{inner}</transition>"
