"""What a file of cases says, read and checked: items that are given, what is done, and what is expected then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.definition import Process
from engine.design.trying.happened import Happened
from engine.design.trying.terms import Terms
from engine.design.trying.trial import Trial

Do = Callable[[Trial], Happened]
"""Does one thing in a trial. Raises EarmarkError for what cannot be done."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that is expected: its key, its value, and its line; ``item`` is the one it is about, if any."""

    key: str
    value: object
    line: int
    item: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that is done, as it is written, and its line."""

    text: str
    do: Do
    line: int


@dataclass(frozen=True, slots=True)
class CaseStep:
    """Things that are done one after the other, and what is expected then."""

    actions: tuple[Action, ...]
    expected: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A case: its name, its line, the terms of its trial, and its steps. The first step has the items given."""

    name: str
    line: int
    terms: Terms
    steps: tuple[CaseStep, ...]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The cases of one file, and the process that they are about."""

    file: str
    process: Process
    cases: tuple[Case, ...] = ()


@dataclass(slots=True)
class Unmet:
    """An expectation that was not met: its line, what it is about, and what was expected and found."""

    line: int
    what: str
    expected: str
    got: str

    @property
    def text(self) -> str:
        """The sentence for people."""
        return f"expected {self.what} {self.expected}, got {self.got}"


@dataclass(slots=True)
class Seen:
    """What the cases have seen of a process: names of states, and indexes of transitions."""

    states: set[str] = field(default_factory=set)
    transitions: set[int] = field(default_factory=set)

    def note(self, done: Happened) -> None:
        """Take note of what happened."""
        for fired in done.fired:
            self.states |= {name for name in (fired.source, fired.target) if name is not None}
            if fired.transition is not None and fired.outcome == "moved":
                self.transitions.add(fired.transition)

    def add(self, more: Seen) -> None:
        """Take note of what another has seen of the same process."""
        self.states |= more.states
        self.transitions |= more.transitions
