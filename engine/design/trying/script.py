"""What is typed in a trial, a line at a time: ``place 2``, ``fire pay``, ``wait 14 days``.

The same lines are typed at the prompt and written in scripts. A line is read and checked before anything is done.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.clock import format_time, parse_time, to_datetime, to_microseconds
from engine.definition import parse_duration
from engine.definition.suggest import nearest
from engine.design.trying.happened import Happened
from engine.design.trying.terms import check_conditions, check_span
from engine.design.trying.trial import Trial
from engine.errors import EarmarkError, InputError, TimeInvalid
from engine.quantity import SCALE, parse_quantity

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


def read_script(text: str, name: str) -> list[Line]:
    """Return the lines of a script. Raises InputError that lists everything that cannot be read, as FILE:LINE."""
    lines, wrong = [], []
    for number, one in enumerate(text.splitlines(), start=1):
        try:
            line = read_line(one, number)
        except InputError as error:
            wrong.append(f"{name}:{number}: {error.message}")
        else:
            lines += [] if line is None else [line]
    if wrong:
        remedy = f"A line begins with one of: {', '.join(_VERBS)}."
        raise InputError("the script cannot be played:", listed=wrong, remedy=remedy)
    return lines


def check_names(trial: Trial, lines: Sequence[Line], name: str) -> None:
    """See that the process has what a script names. Raises InputError that lists what it has not, as FILE:LINE."""
    wrong = []
    for line in lines:
        try:
            _check_name(trial, line.verb, list(line.words[1:]))
        except EarmarkError as error:
            wrong += [f"{name}:{line.number}: {told}" for told in error.lines]
    if wrong:
        raise InputError("the script names what the process does not have:", listed=wrong)


def _check_name(trial: Trial, verb: str, words: list[str]) -> None:
    if verb == "fire" and words:
        trial.event(_longest(words, trial.process.event_by_name)[0])
    elif verb == "answer" and words:
        check_conditions(trial.process, {_condition(words)[0]: True})
    elif verb == "place" and (state := _option(words, "in")[1]) is not None:
        trial.state(state)


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
    words, state = _option(words, "in")
    words, name = _option(words, "as")
    return trial.place(*_amount(words, default="1"), name=name, state=state)


def _fire(trial: Trial, words: list[str]) -> Happened:
    if not words:
        events = ", ".join(trial.process.event_by_name)
        raise InputError("an event is missing", remedy=f"There are: {events}.")
    event, items = _longest(words, trial.process.event_by_name)
    return trial.fire(event, items)


def _answer(trial: Trial, words: list[str]) -> Happened:
    return trial.answer(*_condition(words))


def _condition(words: list[str]) -> tuple[str, bool, list[str]]:
    """Return the condition, its answer, and the items for which it holds."""
    values = {"true": True, "yes": True, "false": False, "no": False}
    place = next((at for at, word in enumerate(words) if at and word.lower() in values), None)
    if place is None:
        raise InputError("an answer is missing", remedy="Write: answer CONDITION true, or false.")
    return " ".join(words[:place]), values[words[place].lower()], words[place + 1 :]


def _wait(trial: Trial, words: list[str]) -> Happened:
    if not words:
        due = trial.next_due()
        if due is None:
            raise InputError("nothing is due", remedy="Say how long to wait: wait 1 day.")
        return trial.wait(due)
    if words[0] == "until":
        return trial.wait(_time(" ".join(words[1:])))
    return trial.wait(after(trial.now, " ".join(words)))


def _conditions(trial: Trial, words: list[str]) -> Happened:
    _no_more(words)
    return trial.run_conditions()


def _count(trial: Trial, words: list[str]) -> Happened:
    made = None
    if "made" in words:
        place = words.index("made")
        span = " ".join(words[place + 1 :]).removesuffix("ago").strip()
        words, made = words[:place], before(trial.now, span)
    if not words:
        raise InputError("what was counted is missing", remedy="Write: count 12, or count 12 SKU.")
    return trial.count(*_amount(words, default=None), made_at=made)


def _nothing(trial: Trial, words: list[str]) -> Happened:
    del trial
    _no_more(words)
    return Happened()


def after(now: int, span: str) -> int:
    """Return the time that is so much later, in UTC microseconds. Raises InputError."""
    check_span(span)
    try:
        return to_microseconds(parse_duration(span).added_to(to_datetime(now)))
    except OverflowError:
        raise InputError(f"{span!r} leads too far ahead") from None


def before(now: int, span: str) -> int:
    """Return the time that was so much earlier, in UTC microseconds. Raises InputError."""
    return 2 * now - after(now, span)


def _time(text: str) -> int:
    try:
        return parse_time(text)
    except TimeInvalid as error:
        remedy = f"Write a time with its offset, such as {format_time(to_microseconds(to_datetime(0)))}."
        raise InputError(error.message, remedy=remedy) from None


def _option(words: list[str], key: str) -> tuple[list[str], str | None]:
    """Return the words before the key, and what stands behind it."""
    if key not in words:
        return words, None
    place = words.index(key)
    rest = " ".join(words[place + 1 :])
    if not rest:
        raise InputError(f"there is nothing behind {key!r}")
    return words[:place], rest


def _amount(words: list[str], default: str | None) -> tuple[int, str | None]:
    """Return the quantity, in millionths, and the sku, None where none is named."""
    first = words[0] if words else default or ""
    number = first.replace(".", "", 1).isdigit()
    if not number and default is None:
        parse_quantity(first)
    quantity = parse_quantity(first) if number else SCALE
    rest = words[1:] if number else words
    _no_more(rest[1:])
    return quantity, rest[0] if rest else None


def _longest(words: list[str], known: Mapping[str, object]) -> tuple[str, Sequence[str]]:
    """Return the longest name that the words begin with, and the words behind it; names may have blanks."""
    for size in range(len(words), 0, -1):
        if (name := " ".join(words[:size])) in known:
            return name, words[size:]
    return words[0], words[1:]


def _no_more(words: Sequence[str]) -> None:
    if words:
        raise InputError(f"{' '.join(words)!r} is too much", remedy="Leave it out, or see 'help'.")
