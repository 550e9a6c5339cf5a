"""What is typed in a trial, a line at a time: ``place 2``, ``fire pay``, ``wait 14 days``.

The same lines are typed at the prompt and written in scripts. A line is read and checked before anything is done.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.definition.suggest import nearest
from engine.design.trying.expected import Expected, problems
from engine.design.trying.happened import Happened
from engine.design.trying.trial import Trial
from engine.design.trying.words import (
    after,
    amount,
    before,
    condition_of,
    counted_of,
    longest,
    no_more,
    option,
    time_of,
)
from engine.errors import EarmarkError, InputError

HELP: Mapping[str, str] = {
    "place [QUANTITY] [SKU] [as NAME] [in STATE]": "place an item, or put one into a state",
    "fire EVENT [ITEM]...": "fire an event for all items, or for these",
    "answer CONDITION true|false [ITEM]...": "what a condition says from now on, of all items or of these",
    "wait [SPAN | until TIME]": "turn the clock: by '14 days', to a time, or to what is due next",
    "conditions": "let the conditions run try waiting items once",
    "count QUANTITY [SKU] [made SPAN ago]": "the warehouse counts: stock is set, shipped items are released",
    "undo": "take back what was done last",
    "show": "how things stand",
}
"""What can be typed, with what it does; ``undo`` and ``show`` are seen to by whoever reads the lines."""

_VERBS = tuple(text.split()[0] for text in HELP)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read: its number (counted from 1), its words, and its text."""

    number: int
    words: tuple[str, ...]
    text: str

    @property
    def verb(self) -> str:
        """The first word."""
        return self.words[0]


def read_line(text: str, number: int = 1) -> Line | None:
    """Return the line, None when there is nothing in it but a comment (``#``). Raises InputError."""
    try:
        words = tuple(shlex.split(text, comments=True))
    except ValueError as error:
        raise InputError(f"{text.strip()!r}: {error}", remedy="Close the quotes.") from None
    if not words:
        return None
    if words[0] not in _VERBS:
        near = nearest(words[0], _VERBS)
        hint = "" if near is None else f"; did you mean {near!r}?"
        raise InputError(
            f"{words[0]!r} is nothing that can be done{hint}", remedy=f"There are: {', '.join(_VERBS)}."
        )
    return Line(number, words, text.strip())


def read_script(text: str, name: str, trial: Trial | None = None) -> list[Line]:
    """Return the lines of a script. Raises InputError that lists everything that is wrong, as FILE:LINE.

    With a trial that is about to be played, that is also what it and its process do not have; ``Expected`` tells
    what can be known before anything is done.
    """
    expected = None if trial is None else Expected(trial)
    lines: list[Line] = []
    wrong: list[str] = []
    for number, one in enumerate(text.splitlines(), start=1):
        try:
            line = read_line(one, number)
            if line is not None and expected is not None:
                expected.check(line.verb, list(line.words[1:]))
        except EarmarkError as error:
            wrong += problems(f"{name}:{number}", error)
        else:
            lines += [] if line is None else [line]
    if wrong:
        raise _unplayable(wrong)
    return lines


def _unplayable(wrong: Sequence[str]) -> InputError:
    remedy = "Mend what is listed; docs/trying.md has every line that can be written."
    return InputError("the script cannot be played:", listed=wrong, remedy=remedy)


def check_script(trial: Trial, lines: Sequence[Line], name: str) -> None:
    """See that what the lines ask for can be there. Raises InputError that lists what cannot, as FILE:LINE."""
    expected = Expected(trial)
    wrong: list[str] = []
    for line in lines:
        try:
            expected.check(line.verb, list(line.words[1:]))
        except EarmarkError as error:
            wrong += problems(f"{name}:{line.number}", error)
    if wrong:
        raise _unplayable(wrong)


def do(trial: Trial, line: Line) -> Happened:
    """Do what the line says. Raises EarmarkError for what cannot be done; then nothing was."""
    verbs: Mapping[str, Callable[[Trial, list[str]], Happened]] = {
        "place": _place,
        "fire": _fire,
        "answer": _answer,
        "wait": _wait,
        "conditions": _conditions,
        "count": _count,
        "show": _nothing,
    }
    return verbs[line.verb](trial, list(line.words[1:]))


def _place(trial: Trial, words: list[str]) -> Happened:
    words, state = option(words, "in")
    words, name = option(words, "as")
    return trial.place(*amount(words, default="1"), name=name, state=state)


def _fire(trial: Trial, words: list[str]) -> Happened:
    return trial.fire(*longest(words, trial.process.event_by_name, "an event"))


def _answer(trial: Trial, words: list[str]) -> Happened:
    return trial.answer(*condition_of(words))


def _wait(trial: Trial, words: list[str]) -> Happened:
    if not words:
        due = trial.next_due()
        if due is None:
            raise InputError("nothing is due", remedy="Say how long to wait: wait 1 day.")
        return trial.wait(due)
    if words[0] == "until":
        return trial.wait(time_of(" ".join(words[1:])))
    return trial.wait(after(trial.now, " ".join(words)))


def _conditions(trial: Trial, words: list[str]) -> Happened:
    no_more(words)
    return trial.run_conditions()


def _count(trial: Trial, words: list[str]) -> Happened:
    counted, span = counted_of(words)
    made = None if span is None else before(trial.now, span)
    return trial.count(*amount(counted, default=None), made_at=made)


def _nothing(trial: Trial, words: list[str]) -> Happened:
    del trial
    no_more(words)
    return Happened()
