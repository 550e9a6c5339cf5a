"""What is known of the lines of a script before anything is done: so everything that is wrong is told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.design.trying.terms import check_conditions
from engine.design.trying.trial import Trial
from engine.design.trying.words import (
    after,
    amount,
    condition_of,
    counted_of,
    longest,
    no_more,
    option,
    time_of,
)
from engine.errors import EarmarkError, InputError


@dataclass(frozen=True, slots=True)
class _There:
    """What there can be: items by the names that a script gives them, how many were placed, and products."""

    names: frozenset[str]
    placed: int
    skus: frozenset[str]


class Expected:
    """What there can be in a trial after each line of a script.

    What depends on how the items fare is seen when the script is played: whether so much can be sold, whether
    something is due.
    """

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._there = _There(frozenset(trial.items), len(trial.items), frozenset(trial.stock))
        self._before: list[_There] = []
        self._verbs: Mapping[str, Callable[[list[str]], None]] = {
            "place": self._place,
            "fire": self._fire,
            "answer": self._answer,
            "wait": self._wait,
            "count": self._count,
            "conditions": no_more,
            "show": no_more,
        }

    def check(self, verb: str, words: list[str]) -> None:
        """See that a line asks for what can be there. Raises EarmarkError; later lines count on it all the same."""
        if verb == "undo":
            no_more(words)
            if not self._before:
                raise InputError("nothing was done yet")
            self._there = self._before.pop()
            return
        self._before.append(self._there)
        self._verbs[verb](words)

    def _place(self, words: list[str]) -> None:
        there = self._there
        self._there = replace(there, placed=there.placed + 1)
        words, state = option(words, "in")
        words, name = option(words, "as")
        if name is not None:
            self._there = replace(self._there, names=there.names | {name})
        if state is not None:
            self._trial.state(state)
        self._product(amount(words, default="1")[1])

    def _fire(self, words: list[str]) -> None:
        event, items = longest(words, self._trial.process.event_by_name, "an event")
        self._trial.event(event)
        if not self._there.placed:
            raise InputError("there is no item yet", remedy="Place one first.")
        self._known(items)

    def _answer(self, words: list[str]) -> None:
        condition, _, items = condition_of(words)
        check_conditions(self._trial.process, {condition: True})
        self._known(items)

    def _wait(self, words: list[str]) -> None:
        if words and words[0] == "until":
            time_of(" ".join(words[1:]))
        elif words:
            after(self._trial.now, " ".join(words))

    def _count(self, words: list[str]) -> None:
        words, span = counted_of(words)
        if span is not None:
            after(self._trial.now, span)
        sku = amount(words, default=None)[1]
        if sku is not None:
            self._there = replace(self._there, skus=self._there.skus | {sku})
        else:
            self._product(None)

    def _product(self, sku: str | None) -> None:
        self._trial.check_sku(sku, self._there.skus)

    def _known(self, items: Sequence[str]) -> None:
        there = self._there
        # Whoever is not named is called by a number: how many there are, or a little more where names are numbers.
        most = there.placed + sum(name.isdigit() for name in there.names)
        for name in items:
            if name not in there.names and not (name.isdigit() and 0 < int(name) <= most):
                raise self._trial.no_item(name)


def problems(place: str, error: EarmarkError) -> Iterator[str]:
    """Yield what is wrong with a line as lines of a list, with the place before each of them."""
    *told, last = error.lines
    mend = "" if "did you mean" in last or not error.remedy else f". {error.remedy}"
    yield from (f"{place}: {text}" for text in told)
    yield f"{place}: {last}{mend}"
