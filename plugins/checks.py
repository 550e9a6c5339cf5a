"""What a marked object must be like before the engine may call it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from engine.definition import GUARD_PREFIX
from engine.hooks import Scope
from plugins.errors import PluginProblem
from plugins.marks import NAMELESS, Kind, Mark

_ARGUMENTS = {
    Kind.COMMAND: ("items", "context"),
    Kind.CONDITION: ("items", "context"),
    Kind.TIMEOUT_PROCESSOR: ("item", "text", "now"),
    Kind.RESERVATION_HANDLER: ("changes", "work"),
    Kind.EXPORT_FILTER: ("export",),
    Kind.STOCK_FORMAT: ("file", "options"),
    Kind.SHARING_STRATEGY: ("products",),
    Kind.ALLOCATION_STRATEGY: ("shipment",),
    Kind.SINK: ("options",),
}
_SCOPES = {
    Kind.COMMAND: (Scope.ITEM, Scope.ORDER, Scope.BATCH),
    Kind.CONDITION: (Scope.ITEM, Scope.BATCH),
}


def place_of(plugin: Callable[..., Any], default: str) -> str:
    """Return ``file:line`` of the function behind a plugin, or the default when there is none."""
    for candidate in (inspect.unwrap(plugin), type(plugin).__call__):
        code = getattr(candidate, "__code__", None)
        if code is not None:
            return f"{code.co_filename}:{code.co_firstlineno}"
    return default


def title(mark: Mark) -> str:
    """Return how messages call a plugin: its kind and, if it has one, its name."""
    return str(mark.kind) if mark.kind in NAMELESS else f'{mark.kind} "{mark.name}"'


def problems_of(plugin: Callable[..., Any], mark: Mark, place: str) -> Iterator[PluginProblem]:
    """Yield everything that is wrong with a marked object."""
    wrong = [*_name(mark), *_scope(mark), *_flags(mark), *_shadow(mark), *_callable(plugin, mark)]
    for message, remedy in wrong:
        yield PluginProblem(place, message, remedy)


_Wrong = Iterator[tuple[str, str]]


def _name(mark: Mark) -> _Wrong:
    if mark.kind in NAMELESS:
        return
    if not isinstance(mark.name, str) or not mark.name.strip():
        yield f"a {mark.kind} has the name {mark.name!r}", "Give it a name such as 'Shop/Capture'."
    elif mark.name != mark.name.strip():
        yield f"the {title(mark)} has space around its name", "Process files are read without it: remove it."
    elif mark.kind is Kind.CONDITION and mark.name.startswith(GUARD_PREFIX):
        yield f"the {title(mark)} is named like a guard of the rule files", f"Drop '{GUARD_PREFIX}'."
    elif mark.kind in (Kind.STOCK_FORMAT, Kind.SINK) and "/" not in mark.name:
        # Names without a slash are those of Earmark's own formats, of today and of later.
        yield f"the {title(mark)} could be one of Earmark's own", f"Name it such as 'Shop/{mark.name}'."


def _scope(mark: Mark) -> _Wrong:
    allowed = _SCOPES.get(mark.kind)
    if allowed is not None and mark.per not in allowed:
        words = " or ".join(f'per="{scope}"' for scope in allowed)
        yield f"the {title(mark)} has per={mark.per!r}", f"Write {words}."


def _flags(mark: Mark) -> _Wrong:
    if not isinstance(mark.transactional, bool):
        yield f"the {title(mark)} has transactional={mark.transactional!r}", "Write True or False."
    if mark.constant is not None and not isinstance(mark.constant, bool):
        yield f"the {title(mark)} has constant={mark.constant!r}", "Write True, False or None."


def _shadow(mark: Mark) -> _Wrong:
    if mark.shadows is not None:
        place = place_of(mark.shadows, "before")
        yield (
            f"the {title(mark)} takes the Python name of the plugin at {place}, which is lost",
            "Give each function a name of its own.",
        )


def _callable(plugin: Callable[..., Any], mark: Mark) -> _Wrong:
    if inspect.isclass(plugin):
        yield f"the {title(mark)} is a class", "Mark a function, or an instance that can be called."
        return
    codes = (plugin, type(plugin).__call__)
    if any(inspect.iscoroutinefunction(code) or inspect.isasyncgenfunction(code) for code in codes):
        yield f"the {title(mark)} is async", "Write a plain function; the engine does not await plugins."
    elif mark.kind is not Kind.STOCK_FORMAT and any(inspect.isgeneratorfunction(code) for code in codes):
        yield f"the {title(mark)} yields", "Return a value; the engine does not run generators."
    arguments = _arguments(mark)
    try:
        inspect.signature(plugin).bind(*arguments)
    except (TypeError, ValueError):
        shown = ", ".join(arguments)
        yield f"the {title(mark)} cannot be called with ({shown})", f"Write def name({shown})."


def _arguments(mark: Mark) -> tuple[str, ...]:
    arguments = _ARGUMENTS[mark.kind]
    return ("item", *arguments[1:]) if mark.per == Scope.ITEM and arguments[0] == "items" else arguments
