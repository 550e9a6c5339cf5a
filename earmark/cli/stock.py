"""``earmark stock import``, ``show`` and ``list``, and the group of all commands of stock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.feeds import FeedOption
from earmark.cli.groups import Groups, group
from earmark.cli.listing import AfterOption, LimitOption, OfWarehouseOption, show_next
from earmark.cli.output import Answer, line, lines, table
from earmark.cli.printing import show_refusals
from earmark.cli.shell import Shell
from earmark.cli.stock_corrections import correct, history
from earmark.cli.stock_export import export
from earmark.cli.stock_source import counts_of
from earmark.words.stock_imports import came_to_lines, given_back_line

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from engine.results import ImportReport, StockPage, StockView


_COLUMNS = ("warehouse", "active", "#quantity", "never out of stock", "!counted at", "number from")

_NOW = "now"
"""The word for a count of this moment."""

AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        help="When the stock was counted, such as 2026-03-01T08:30:00Z, or 'now'. Else the rows say, or the file's "
        "own time.",
    ),
]
RefusedOption = Annotated[
    Path | None,
    typer.Option(
        "--refused",
        metavar="FILE",
        help="Write all refused rows there, as they are and why, to be mended and imported.",
    ),
]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    stock = group(app, groups, "stock")
    command(stock, "import")(import_stock)
    command(stock, "show")(show)
    command(stock, "list")(stock_list)
    command(stock, "correct")(correct)
    command(stock, "history")(history)
    command(stock, "export")(export)


def import_stock(
    shell: Shell,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE|-", help="concrete_sku,name,quantity,..., or as the feed has it; - is stdin."
        ),
    ] = None,
    feed: FeedOption = None,
    as_of: AsOfOption = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Take a count that is older than the stored one; it releases nothing."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would come of it; nothing is stored.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Import a file that a guard of its feed does not believe.")
    ] = False,
    refused: RefusedOption = None,
    as_new: Annotated[
        bool,
        typer.Option("--as-new", help="Take deltas as a delivery of their own, whatever they look like."),
    ] = False,
) -> Answer:
    """Import counted stock and release the items that were shipped before the count.

    With --feed the file is read as that feed of earmark.toml, or that profile, describes it; without FILE it is the
    feed's source.
    """
    from engine.api.values import parse_time, to_microseconds

    moment = None if as_of in (None, _NOW) else parse_time(as_of)
    with (
        counts_of(shell, file, feed) as counts,
        shell.changing() as engine,
        shell.progress("stock rows") as progress,
    ):
        if as_of == _NOW:
            moment = to_microseconds(engine.now())
        report = engine.import_stock(
            counts,
            as_of=moment,
            force=force,
            progress=progress,
            dry_run=dry_run,
            accept=accept,
            refused=refused,
            as_new=as_new,
        )
    name = file or (counts if isinstance(counts, Path) else counts.path)
    wrong = bool(report.refused or report.blocked or report.failed or report.stopped)
    return Answer(report.as_dict(), lambda out: _show_import(out, name, report, refused), refused=wrong)


def _show_import(out: Console, file: Path, report: ImportReport, given_back: Path | None) -> None:
    if report.note:
        line(out, report.note)
    lines(out, (f"{file}:{row.line} refused {row.code} {row.message}" for row in report.refused), "red")
    lines(out, (f"{file}:{odd.line} {odd.code} {odd.message}" for odd in report.warnings), "yellow")
    show_refusals(out, "blocked", report.blocked)
    show_refusals(out, "failed", report.failed)
    lines(out, came_to_lines(report), "red" if report.stopped and not report.dry_run else "")
    if given_back is not None and (report.complete or report.stopped is not None):
        line(out, given_back_line(given_back, report))


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}Z"


def show(
    shell: Shell, sku: Annotated[str, typer.Argument(metavar="SKU", help="A concrete product.")]
) -> Answer:
    """Show the stock of a product per warehouse."""
    with shell.engine() as engine:
        rows = engine.stock(sku)
    cells = [_cells(row) for row in rows]
    return Answer(
        [row.as_dict() for row in rows],
        lambda out: table(out, _COLUMNS, cells, empty=f"no stock of {sku.strip()}"),
    )


def stock_list(
    shell: Shell,
    *,
    warehouse: OfWarehouseOption = None,
    sold_out: Annotated[
        bool, typer.Option("--sold-out", help="What no store that the warehouse serves can sell.")
    ] = False,
    short: Annotated[
        bool, typer.Option("--short", help="Of what a store has promised more than there is.")
    ] = False,
    never_counted: Annotated[
        bool, typer.Option("--never-counted", help="What no warehouse has counted; or the one named.")
    ] = False,
    counted_before: Annotated[
        str | None, typer.Option("--counted-before", metavar="AGE", help="Counted longer than AGE ago.")
    ] = None,
    limit: LimitOption = 100,
    after: AfterOption = None,
) -> Answer:
    """List the stock of all products, in the order in which they were made."""
    with shell.engine() as engine:
        page = engine.stock_list(
            warehouse=warehouse,
            sold_out=sold_out,
            short=short,
            never_counted=never_counted,
            counted_before=counted_before,
            limit=limit,
            after=after,
        )
    chosen = sold_out or short or never_counted or counted_before is not None
    return Answer(
        page.as_dict(), lambda out: _show_page(out, page, "no such stock" if chosen else "no stock")
    )


def _show_page(out: Console, page: StockPage, empty: str) -> None:
    cells = [(row.sku, *_cells(row)) for row in page.stock]
    table(out, ("sku", *_COLUMNS), cells, empty=empty)
    show_next(out, page.next)


def _cells(row: StockView) -> tuple[object, ...]:
    counted = None if row.counted_at is None else _moment(row.counted_at)
    place = None if row.file is None else f"{row.file}:{row.line}" if row.line else row.file
    told = f"{row.feed}, {place}" if row.feed else place
    quantity = f"{row.quantity:f}" if row.unit is None else f"{row.quantity:f} {row.unit}"
    return row.warehouse, row.active, quantity, row.never_out_of_stock, counted, told
