"""``earmark exchange ...``: reservations of stores that sell from one warehouse out of separate databases."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, table
from earmark.cli.shell import Shell
from earmark.cli.signals import stop_on_signals
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import ExchangeExportReport, ExchangeImportReport


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    exchange = group(app, groups, "exchange")
    command(exchange, "export")(export)
    command(exchange, "import")(receive)
    command(exchange, "status")(status)
    command(exchange, "refused")(refused)
    command(exchange, "resync")(resync)
    command(exchange, "forget")(forget)


def export(
    shell: Shell,
    to: Annotated[
        list[str],
        typer.Option(
            "--to",
            metavar="WAY",
            help="spool:DIR, amqp://HOST/VHOST?queue=NAME or redis://HOST/DB?queue=NAME.",
        ),
    ],
    compare: Annotated[bool, typer.Option("--compare", help="Compare all amounts now, too.")] = False,
) -> Answer:
    """Tell other databases what has changed of the reservations; one --to for each of them."""
    with shell.engine() as engine:
        report = engine.exchange_export(to, compare=compare)
    return Answer(report.as_dict(), lambda out: _show_export(out, report))


def _show_export(out: Console, report: ExchangeExportReport) -> None:
    if not report.stores:
        line(out, "no store of this database shares with one of another: there is nothing to tell")
    told = f"{count(report.rows, 'reservation')} told, {count(report.messages, 'message')} sent"
    more = [
        f"{count(report.resent, 'message')} sent anew" if report.resent else "",
        f"{report.refused} not accepted by plugins" if report.refused else "",
    ]
    line(out, ", ".join(filter(None, (told, *more))))


def receive(
    shell: Shell,
    source: Annotated[str, typer.Option("--from", metavar="WAY", help="Where to read; a way as of export.")],
    follow: Annotated[
        bool, typer.Option("--follow/--once", help="Wait for further messages until SIGTERM or Ctrl-C.")
    ] = False,
) -> Answer:
    """Take what other databases have told, and lower or raise what can be sold here accordingly."""
    stop = threading.Event()
    if follow:
        stop_on_signals(stop)
    with shell.changing() as engine:
        reading = engine.for_caller(engine.caller.until(stop.is_set))
        report = reading.exchange_import(source, follow=follow)
    return Answer(report.as_dict(), lambda out: _show_import(out, report), refused=bool(report.kept))


def _show_import(out: Console, report: ExchangeImportReport) -> None:
    line(out, f"{count(report.messages, 'message')} taken, {count(report.rows, 'reservation')} told")
    if report.ignored:
        line(out, f"{count(report.ignored, 'reservation')} of stores of this database passed over")
    if report.kept:
        line(out, f"{count(report.kept, 'message')} kept aside: see 'earmark exchange refused'", "yellow")


def status(shell: Shell) -> Answer:
    """Show how far each store is: what is to be told, what has come, and how old the newest of it is."""
    with shell.engine() as engine:
        found = engine.exchange_status()
    rows = [(s.store, s.direction, s.last_version, s.pending, _age(s.lag_s)) for s in found]
    columns = ("store", "direction", "#last version", "#pending", "lag")
    empty = "no store shares with one of another database"
    return Answer([one.as_dict() for one in found], lambda out: table(out, columns, rows, empty=empty))


def _age(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.0f} s"


def refused(
    shell: Shell,
    again: Annotated[bool, typer.Option("--again", help="Take the kept messages once more first.")] = False,
) -> Answer:
    """List what other databases told and what does not count here, with the reason."""
    with shell.changing() if again else shell.engine() as engine:
        if again:
            report = engine.exchange_take_again()
            shell.note(f"{report.messages - report.kept} of {count(report.messages, 'message')} taken now")
        found = engine.exchange_refused()
    rows = [(k.id, k.reason, count(k.rows, "row") if k.rows else k.channel, k.message) for k in found]
    columns = ("#id", "reason", "what", "message")
    empty = "nothing is kept aside"
    return Answer([one.as_dict() for one in found], lambda out: table(out, columns, rows, empty=empty))


def resync(shell: Shell) -> Answer:
    """Tell everything anew with the next export: to be used after this database was restored from a backup."""
    with shell.engine() as engine:
        engine.exchange_resync()
    return Answer({"resync": True}, lambda out: line(out, "the next export tells everything anew"))


def forget(
    shell: Shell,
    store: Annotated[str, typer.Argument(metavar="STORE", help="A store of another database.")],
) -> Answer:
    """Let another database tell of a store than the one that did so far, as when that was made anew."""
    with shell.engine() as engine:
        engine.exchange_forget(store)
    return Answer({"store": store}, lambda out: line(out, f"whoever tells of '{store}' next is believed"))
