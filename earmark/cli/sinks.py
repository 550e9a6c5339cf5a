"""``earmark sink ...``: where messages are published to, each place with a position of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.confirming import confirm
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, lines, table
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from engine.hooks import NamedSink
    from engine.results import SinkReport, SinkState

_Name = Annotated[str, typer.Argument(metavar="NAME", help="A sink of earmark.toml.")]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    sink = group(app, groups, "sink")
    command(sink, "list")(listing)
    command(sink, "publish")(publish)
    command(sink, "republish")(republish)
    command(sink, "kept")(kept)
    command(sink, "forget")(forget)


def listing(shell: Shell) -> Answer:
    """Show each sink: what waits for it and how long, what it cannot take, and what goes wrong."""
    with shell.engine() as engine:
        found = engine.sink_states()
    known, stored = {sink.name: sink.kind for sink in shell.settings.sinks}, {one.sink for one in found}
    data = [{**one.as_dict(), "kind": known.get(one.sink)} for one in found]
    rows = [_row(one, known.get(one.sink)) for one in found]
    rows += [
        (name, kind, None, None, None, None, "never published to")
        for name, kind in known.items()
        if name not in stored
    ]
    data += [_unknown(name, kind) for name, kind in known.items() if name not in stored]
    columns = ("sink", "kind", "#waiting", "#lag s", "#kept", "last taken", "state")
    empty = "no sinks: [[sinks]] of earmark.toml makes one"
    return Answer(data, lambda out: table(out, columns, rows, empty=empty))


def _row(one: SinkState, kind: str | None) -> tuple[Any, ...]:
    sent = None if one.sent_at is None else f"{one.sent_at:%Y-%m-%d %H:%M:%S}"
    return one.sink, kind or "-", one.waiting, f"{one.lag_s:.0f}", one.kept, sent, _state(one, kind)


def _state(one: SinkState, kind: str | None) -> str:
    if kind is None:
        return "not in the settings: 'earmark sink forget' lets go of it"
    if one.error is not None:
        return f"failing, {count(one.attempts, 'attempt')}: {one.error}"
    return "telling the state of all products" if one.resending else "fine"


def _unknown(name: str, kind: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("sent_at", "failing_since", "retry_at", "error"))
    numbers = {"position": 0, "waiting": 0, "lag_s": 0.0, "kept": 0, "attempts": 0}
    return {"sink": name, **numbers, **nothing, "resending": False, "kind": kind}


def publish(
    shell: Shell,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Sinks of earmark.toml; else all.")
    ] = None,
) -> Answer:
    """Hand every sink now what waits for it, also those that failed not long ago."""
    sinks = _sinks(shell, names or [])
    with shell.engine(create=True) as engine:
        reports = engine.publish_to(sinks, now=True)
    return _answer(reports)


def republish(shell: Shell, name: _Name) -> Answer:
    """Hand a sink the state of every product, as for somebody who begins to listen."""
    (sink,) = _sinks(shell, [name])
    with shell.engine() as engine:
        report = engine.republish(sink)
    return _answer([report])


def _sinks(shell: Shell, names: Sequence[str]) -> list[NamedSink]:
    from earmark.bootstrap import sinks_of
    from engine.errors import ConfigurationInvalid

    sinks = sinks_of(shell.settings, lambda: shell.wiring, names)
    if not sinks:
        raise ConfigurationInvalid(
            "there are no sinks", remedy="Add [[sinks]] to earmark.toml; see docs/sinks.md."
        )
    return sinks


def _answer(reports: Sequence[SinkReport]) -> Answer:
    wrong = any(one.outcome in ("failed", "busy") or one.kept for one in reports)
    return Answer(
        [one.as_dict() for one in reports],
        lambda out: lines(out, [text for one in reports for text in _told(one)]),
        refused=wrong,
    )


def _told(one: SinkReport) -> list[str]:
    told = f"{one.sink}: {count(one.published, 'message')} published"
    if one.kept:
        told += f", {count(one.kept, 'message')} kept aside: see 'earmark sink kept {one.sink}'"
    if one.outcome == "failed":
        told += f"; then it failed: {one.error}"
    elif one.outcome == "busy":
        told += "; somebody else is publishing to it"
    told += "; there is more" if one.outcome == "more" else ""
    return [told, f"  mend: {one.remedy}"] if one.remedy else [told]


def kept(
    shell: Shell,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Of this sink only.")] = None,
    *,
    again: Annotated[bool, typer.Option("--again", help="Hand them to the sink once more first.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Forget them, once they were shown.")] = False,
) -> Answer:
    """List the messages that a sink can never take, with the reason."""
    from engine.errors import InputError

    if (again or drop) and (name is None or again == drop):
        raise InputError("--again and --drop are for one sink, and not both", remedy="Name the sink.")
    sinks = _sinks(shell, [name]) if again and name is not None else []
    with shell.engine() as engine:
        for sink in sinks:
            taken, left = engine.sink_kept_again(sink)
            shell.note(f"{taken} of {count(taken + left, 'message')} taken now")
        found = engine.sink_kept(name)
        if drop and name is not None:
            engine.drop_sink_kept(name)
    rows = [(one.id, one.sink, one.kind, f"{one.created_at:%Y-%m-%d %H:%M:%S}", one.reason) for one in found]
    columns = ("#id", "sink", "kind", "of", "reason")
    return Answer(
        [one.as_dict() for one in found], lambda out: table(out, columns, rows, empty="nothing is kept aside")
    )


def forget(
    shell: Shell,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A sink that was published to.")],
    *,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask, whatever is lost for the sink.")
    ] = False,
) -> Answer:
    """Forget a sink that is published to no longer, so that nothing is kept for it; asks if something is lost."""
    with shell.engine() as engine:
        state = next((one for one in engine.sink_states() if one.sink == name), None)
        if state is not None and (lost := _lost(shell, state)):
            confirm(shell, f"{name}: {lost}", yes=yes)
        engine.forget_sink(name)
    return Answer({"sink": name}, lambda out: _forgotten(out, name))


def _lost(shell: Shell, state: SinkState) -> str:
    """Return what nobody hands the sink any more once it is forgotten; nothing for a sink that has lost nothing."""
    told = []
    if any(sink.name == state.sink for sink in shell.settings.sinks):
        told.append("is in the settings, and would begin anew with what comes after its next run")
    if state.waiting:
        told.append(f"{count(state.waiting, 'message')} that it was not handed would be passed over")
    if state.kept:
        told.append(f"{count(state.kept, 'message')} kept aside would be deleted")
    return "; ".join(told)


def _forgotten(out: Console, name: str) -> None:
    line(out, f"nothing is kept for '{name}' any more")
