"""A trial as it is played: lines that are done one after the other, and can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.clock import format_time
from engine.definition import Process
from engine.design.trying.happened import Happened
from engine.design.trying.script import Line, check_script, do, read_line
from engine.design.trying.shown import step_of
from engine.design.trying.terms import Terms
from engine.design.trying.trial import Trial
from engine.design.trying.world import Ask
from engine.errors import EarmarkError, InputError

UNDO = "undo"


class Session:
    """Lines that are typed at a prompt. What is asked for on the way is kept: undoing asks nothing again."""

    def __init__(self, process: Process, terms: Terms, ask: Ask | None = None) -> None:
        self._process, self._terms, self._ask_user = process, terms, ask
        self._asked: dict[str, bool] = {}
        self._done: list[Line] = []
        self.trial = self._new()

    @property
    def clock(self) -> str:
        """The time of the trial."""
        return format_time(self.trial.now)

    def do(self, text: str) -> dict[str, Any] | None:
        """Do what a line says and return it as ``step_of`` does; None for an empty one.

        Raises EarmarkError for what cannot be done, and everything is as before.
        """
        line = read_line(text)
        if line is None:
            return None
        if line.verb == UNDO:
            return self._undo(line)
        try:
            done = do(self.trial, line)
        except EarmarkError:
            self._replay()
            raise
        self._done.append(line)
        return step_of(self.trial, line.text, done)

    def _undo(self, line: Line) -> dict[str, Any]:
        if not self._done:
            raise InputError("nothing was done yet")
        undone = self._done.pop()
        self._replay()
        return step_of(self.trial, f"{line.text} {undone.text}", Happened())

    def _replay(self) -> None:
        self.trial = self._new()
        for line in self._done:
            do(self.trial, line)

    def _new(self) -> Trial:
        return Trial(self._process, self._terms, None if self._ask_user is None else self._ask)

    def _ask(self, condition: str, item: str) -> bool:
        if condition not in self._asked:
            assert self._ask_user is not None
            self._asked[condition] = self._ask_user(condition, item)
        return self._asked[condition]


def play_script(process: Process, terms: Terms, lines: Sequence[Line], name: str) -> list[dict[str, Any]]:
    """Play the lines of a script and return each as ``step_of`` does.

    Raises InputError that lists everything that is known to be wrong before the first line is done; and one that
    names the line, as FILE:LINE, for what cannot be done as things are when it is its turn.
    """
    session = Session(process, terms)
    check_script(session.trial, lines, name)
    steps = []
    for line in lines:
        try:
            step = session.do(line.text)
        except EarmarkError as error:
            place = f"{name}:{line.number}: "
            raise type(error)(place + error.message, remedy=error.remedy, **error.parameters) from None
        steps += [] if step is None else [step]
    return steps
