"""Observers: who is told what the engine did. Telling costs nothing when nobody listens.

Facts are told after the commit. An observer that raises is never the engine's trouble: the first time is
logged, and the work goes on.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from engine.facts import Fact, Refused

if TYPE_CHECKING:
    from engine.results import MoveReport, Refusal

_log = logging.getLogger("earmark.observe")
# What a Python caller does not ask to see stays unseen.
logging.getLogger("earmark").addHandler(logging.NullHandler())

P = ParamSpec("P")
T = TypeVar("T")

Attribute = str | int | float | bool
"""What a span may carry."""


class Observer(Protocol):
    """Is told facts, and encloses pieces of work. Both may be called from several threads at once."""

    def tell(self, fact: Fact) -> None:
        """Take notice of a fact; called once it is committed."""

    def span(self, name: str, /, **attributes: Attribute) -> AbstractContextManager[object]:
        """Return the context manager that encloses a piece of work, such as ``earmark.trigger``."""


class Listener:
    """An observer that encloses nothing; what it is told is up to the class that extends it."""

    def tell(self, fact: Fact) -> None:
        """Do nothing."""

    def span(self, name: str, /, **attributes: Attribute) -> AbstractContextManager[object]:
        """Enclose nothing."""
        return _NO_SPAN


class Silent(Listener):
    """Listens to nothing."""


_NO_SPAN = nullcontext()

_Opened = tuple[Observer, AbstractContextManager[object]]

SILENT = Silent()
"""The observer of an engine that nobody observes."""


class Observers:
    """Several observers as one, none of which can break the work: what one raises is logged once."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)
        self._enclosing = tuple(observer for observer in observers if encloses(observer))
        self._complained: set[int] = set()

    def tell(self, fact: Fact) -> None:
        """Tell every observer."""
        for observer in self._observers:
            try:
                observer.tell(fact)
            except Exception as error:  # an observer may raise anything
                self._complain(observer, error)

    @property
    def encloses(self) -> bool:
        """Whether any of them encloses work."""
        return bool(self._enclosing)

    def span(self, name: str, /, **attributes: Attribute) -> AbstractContextManager[object]:
        """Enclose the work with a span of every observer. What the work raises is raised, whatever they do."""
        return self._all(name, attributes) if self._enclosing else _NO_SPAN

    @contextmanager
    def _all(self, name: str, attributes: Mapping[str, Attribute]) -> Iterator[None]:
        opened: list[_Opened] = []
        for observer in self._enclosing:
            try:
                span = observer.span(name, **attributes)
                span.__enter__()
            except Exception as error:  # an observer may raise anything
                self._complain(observer, error)
            else:
                opened.append((observer, span))
        try:
            yield
        except BaseException as error:
            self._close(opened, error)
            raise
        self._close(opened, None)

    def _close(self, opened: Sequence[_Opened], raised: BaseException | None) -> None:
        kind = None if raised is None else type(raised)
        trace = None if raised is None else raised.__traceback__
        for observer, span in reversed(opened):
            try:
                span.__exit__(kind, raised, trace)
            except Exception as error:  # an observer may raise anything, also the work's own error again
                if error is not raised:
                    self._complain(observer, error)

    def _complain(self, observer: Observer, error: Exception) -> None:
        if id(observer) in self._complained:
            return
        self._complained.add(id(observer))
        _log.error(
            "the observer %s failed and may miss facts from now on: %s: %s",
            type(observer).__name__, type(error).__name__, error, exc_info=error,
        )  # fmt: skip


def encloses(observer: Observer) -> bool:
    """Return whether the observer encloses work at all: a span around each call of a plugin has its price."""
    return observer.encloses if isinstance(observer, Observers) else not isinstance(observer, Listener)


def observed_by(*observers: Observer) -> Observer:
    """Return the observers as one that can be handed to the engine; SILENT when there are none."""
    heard = [observer for observer in observers if not isinstance(observer, Silent)]
    if not heard:
        return SILENT
    if len(heard) == 1 and isinstance(heard[0], Observers):
        return heard[0]
    return Observers(heard)


def tell_refusals(observer: Observer, report: MoveReport, correlation: str | None = None) -> None:
    """Tell what a report lists as blocked, failed and stuck: one fact per kind and code."""
    if observer is SILENT or not report.refused:
        return
    _tell_kind(observer, "blocked", report.blocked, correlation)
    _tell_kind(observer, "failed", report.failed, correlation)
    _tell_kind(observer, "stuck", report.stuck, correlation)


def _tell_kind(observer: Observer, kind: Any, refusals: Sequence[Refusal], correlation: str | None) -> None:
    first: dict[str, str] = {}
    for refusal in refusals:
        first.setdefault(refusal.code, refusal.message)
    for code, items in Counter(refusal.code for refusal in refusals).items():
        observer.tell(Refused(kind, code, items, first[code], correlation))


class _Observed(Protocol):
    @property
    def observer(self) -> Observer: ...


Owner = TypeVar("Owner", bound=_Observed)


def spanned(
    name: str, attributes: Callable[..., dict[str, Attribute]]
) -> Callable[[Callable[Concatenate[Owner, P], T]], Callable[Concatenate[Owner, P], T]]:
    """Enclose every call of a function whose first argument has an observer, such as the runtime, with a span.

    ``attributes`` is called with the function's arguments, only when somebody encloses work.
    """

    def decorate(function: Callable[Concatenate[Owner, P], T]) -> Callable[Concatenate[Owner, P], T]:
        @wraps(function)
        def called(observed: Owner, /, *args: P.args, **kwargs: P.kwargs) -> T:
            if not encloses(observed.observer):
                return function(observed, *args, **kwargs)
            with observed.observer.span(name, **attributes(observed, *args, **kwargs)):
                return function(observed, *args, **kwargs)

        return called

    return decorate
