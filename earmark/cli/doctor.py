"""``earmark doctor``: is everything in place, and is the work being done?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from earmark.doctor.check import Check
    from engine.api import Engine

_MARKS = {
    "ok": ("ok   ", "green"),
    "warn": ("WARN ", "yellow"),
    "error": ("FAIL ", "bold red"),
    "skipped": ("-    ", None),
}


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    del groups
    command(app, "doctor")(doctor)


def doctor(
    shell: Shell,
    *,
    fast: Annotated[bool, typer.Option("--fast", help="Leave out what reads the whole database.")] = False,
    minutes: Annotated[
        float,
        typer.Option("--overdue", metavar="MINUTES", min=0, help="How late work may be."),
    ] = 15.0,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="List what each check is about, such as every plugin.")
    ] = False,
) -> Answer:
    """Look whether settings, plugins, database, clock, work and reservations are in order, and say what to do."""
    checks = list(_checks(shell, fast=fast, minutes=minutes))
    return Answer(
        [check.as_dict() for check in checks],
        lambda out: _show(out, checks, verbose=verbose),
        refused=not all(check.ok for check in checks),
    )


def _checks(shell: Shell, *, fast: bool, minutes: float) -> Iterator[Check]:
    from earmark.doctor import feeds, setup, sinks
    from earmark.doctor.check import refused, tried
    from engine.errors import EarmarkError

    first = tried("settings", lambda: setup.settings(shell.settings))
    yield first
    if not first.ok:
        return
    yield tried("logs, metrics, traces", lambda: setup.telemetry(shell.settings))
    yield setup.publishing(shell.settings)
    yield feeds.configured(shell.settings, shell.formats_for)
    loaded = tried("plugins and rules", lambda: setup.plugins(shell.wiring))
    yield loaded
    if not loaded.ok:
        return
    yield sinks.configured(shell.settings, shell.wiring.registry.sink_makers)
    try:
        with _opened(shell) as engine:
            yield from _engine_checks(engine, shell, fast=fast, minutes=minutes)
    except EarmarkError as error:
        yield refused("database", error)


@contextmanager
def _opened(shell: Shell) -> Iterator[Engine]:
    # Not the shell's way: what is wrong with logs and traces has been told and must not hide the rest.
    from earmark.bootstrap import open_wired

    engine = open_wired(shell.wiring, shell.settings.database_url, create=False)
    try:
        yield engine
    finally:
        engine.close()


def _engine_checks(engine: Engine, shell: Shell, *, fast: bool, minutes: float) -> Iterator[Check]:
    from earmark.doctor import arrivals, database, exchange, setup, sinks, work
    from earmark.doctor.check import tried

    yield tried("database", lambda: database.reachable(engine))
    yield tried("database settings", lambda: database.settings(engine))
    room = database.room(engine)
    if room is not None:
        yield room
    yield tried("clock", lambda: database.clock(engine))
    yield tried("processes", lambda: setup.processes(engine))
    yield tried(setup.PLUGINS, lambda: setup.live_plugins(engine))
    yield tried("inventory options", lambda: setup.options(engine))
    health, jobs = engine.health(), shell.settings.jobs
    yield work.stuck(health)
    yield work.overdue(health, jobs, minutes)
    yield work.claims(health)
    yield work.suspended(health)
    yield work.job_runs(health, jobs, minutes)
    yield work.messages(health, published=shell.settings.publish_file is not None, minutes=minutes)
    yield work.imports(health)
    yield work.refused_stock(health)
    yield work.counts(health, jobs)
    yield arrivals.arrivals(health, shell.settings.feeds)
    yield work.migrations(health)
    yield exchange.exchange(health, minutes)
    yield tried("sharing", lambda: setup.sharing(engine))
    yield sinks.sinks(health, shell.settings, minutes)
    yield work.shortfalls(health)
    yield work.negatives(health)
    yield tried("reservations", lambda: work.drift(engine, fast=fast))


def _show(out: Console, checks: list[Check], *, verbose: bool) -> None:
    for check in checks:
        mark, style = _MARKS[check.status.value]
        line(out, f"{mark} {check.check}: {check.detail}", style)
        if check.remedy:
            line(out, f"      mend: {check.remedy}")
        for text in check.more if verbose else ():
            line(out, f"      - {text}")
    found = {status: sum(check.status.value == status for check in checks) for status in ("error", "warn")}
    if any(found.values()):
        line(out, f"{count(found['error'], 'error')}, {count(found['warn'], 'warning')}")
