"""The transition log: the run of a group of items is written, and observers are told of it once it is committed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.errors import InputError
from engine.facts import Stepped
from engine.hooks import CallContext, Command, Item
from engine.moving.step import Origin, Step
from engine.observe import SILENT, Attribute, encloses

if TYPE_CHECKING:
    from engine.runtime import Runtime
    from engine.storage.database import Work

_MICROSECONDS = 1_000_000


class Logged(NamedTuple):
    """A run that was written: its id, and whether a sink wants to be told of items that come to another state."""

    id: int
    listened: bool


def log_run(
    runtime: Runtime, work: Work, step: Step, origin: Origin, items: int, error: str | None = None
) -> Logged:
    """Write the transition run of a group; return its id, and whether a sink wants to know of items that move."""
    (run,) = work.returning(
        "insert_run",
        at=work.now,
        trigger=origin.trigger,
        correlation=origin.correlation,
        host=runtime.host,
        event=None if step.event is None else step.event.name,
        source=step.source_id,
        target=step.target_id,
        outcome=step.outcome,
        command=step.command,
        command_key=step.command_key,
        conditions=json.dumps(dict(step.conditions)) if step.conditions else None,
        data=_kept(step, origin),
        error=error,
        duration_us=step.duration_us,
        items=items,
        actor=origin.actor,
        reason=origin.reason,
    )
    number = int(run.id)
    tell_step(runtime, work, step, origin, items, number, error)
    return Logged(number, bool(run.listeners))


def _kept(step: Step, origin: Origin) -> str | None:
    """Return what the run keeps as JSON: what its calls returned, and what the caller gave.

    Automatic steps see what the caller gave too; it is kept with the step that was asked for, and the correlation
    leads there.
    """
    kept = dict(step.data)
    if origin.data and origin.trigger == "api":
        kept["given"] = json.loads(log_text(origin.data, _given))
    return log_text(kept) if kept else None


def require_loggable(data: Mapping[str, Any]) -> None:
    """See that the log can keep what a caller gives, before anything is done. Raises InputError."""
    try:
        log_text(data, _given)
    except (TypeError, ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError(
            f"the data given with the event cannot be written to the history: {reason}",
            remedy="Give what JSON can hold: texts as keys, and values that do not contain themselves.",
        ) from error


def tell_step(
    runtime: Runtime, work: Work, step: Step, origin: Origin, items: int, run: int, error: str | None
) -> None:
    """Tell of a group's step, or of its failure, as soon as the unit of work is committed."""
    observer = runtime.observer
    if observer is SILENT:
        return
    fact = Stepped(
        process=step.version.name,
        source=None if step.source is None else step.source.name,
        target=None if step.target is None else step.target.name,
        event=None if step.event is None else step.event.name,
        trigger=origin.trigger,
        outcome=step.outcome,
        items=items,
        run=run,
        correlation=origin.correlation,
        actor=origin.actor,
        command=step.command,
        command_s=None if step.duration_us is None else step.duration_us / _MICROSECONDS,
        error=error,
    )
    work.after_commit.append(lambda: observer.tell(fact))


def of_chunk(
    _runtime: Runtime, event: str, origin: Origin, *_rest: Any, **_named: Any
) -> dict[str, Attribute]:
    """Return what a chunk's span carries."""
    return {"event": event, "trigger": origin.trigger, "correlation": origin.correlation}


def watched(runtime: Runtime, command: Command, event: str, origin: Origin) -> Command:
    """Return the command with a span around each of its calls; the span is current while the plugin runs."""
    observer = runtime.observer
    if not encloses(observer):
        return command
    call = command.call

    def enclosed(argument: Item | Sequence[Item], context: CallContext) -> object:
        attributes: dict[str, Attribute] = {
            "command": command.name,
            "event": event,
            "items": len(argument) if isinstance(argument, Sequence) else 1,
            "key": context.key,
            "correlation": origin.correlation,
        }
        with observer.span("earmark.command", **attributes):
            return call(argument, context)

    return replace(command, call=enclosed)  # type: ignore[arg-type]


def log_text(data: Mapping[str, Any], default: Callable[[object], object] | None = None) -> str:
    """Return the data as JSON text; what JSON does not know becomes its text, or what ``default`` says.

    So do NaN and infinite numbers. Raises TypeError or ValueError for keys that are no text or number, and for data
    that contains itself.
    """
    text = json.dumps(dict(data), default=default or _plain)
    # Python writes the three numbers that JSON does not have all the same, and then nobody else can read it.
    if "NaN" in text or "Infinity" in text:
        text = json.dumps(json.loads(text, parse_constant=str))
    return text


def _given(value: object) -> object:
    """Return a value of what a caller gave as JSON has it: a number stays one, unless that would change it."""
    if isinstance(value, Decimal) and value.is_finite() and Decimal(repr(float(value))) == value:
        return float(value)
    return _plain(value)


def _plain(value: object) -> object:
    # What the caller gave and the order's own data are read-only mappings; a command may return them.
    return dict(value) if isinstance(value, Mapping) else str(value)
