"""What observers are told of execution: steps once they are committed, and spans around chunks and commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.execution.step import Origin, Step
from engine.facts import Stepped
from engine.hooks import CallContext, Command, Item
from engine.observe import SILENT, Attribute, encloses
from engine.runtime import Runtime

if TYPE_CHECKING:
    from engine.storage.database import Work

_MICROSECONDS = 1_000_000


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


def of_chunk(_runtime: Runtime, event: str, origin: Origin, *_rest: Any) -> dict[str, Attribute]:
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
