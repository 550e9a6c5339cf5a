"""``earmark stock correct`` and ``history``: stock by hand, and what has changed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.listing import AfterOption, LimitOption, OfWarehouseOption, show_next
from earmark.cli.output import Answer, line, table
from earmark.cli.shell import Shell
from earmark.words.ages import time_text
from earmark.words.text import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from engine.requests import StockCorrection
    from engine.results import CorrectionReport, StockChange, StockChangePage

MANY = "-"
"""What stands for stdin in place of a sku."""

WarehouseOption = Annotated[
    str | None,
    typer.Option("--warehouse", metavar="W", help="Where it lies; with - of lines that do not say."),
]


def correct(
    shell: Shell,
    sku: Annotated[
        str, typer.Argument(metavar="SKU|-", help="A concrete product; - reads corrections from stdin.")
    ],
    warehouse: WarehouseOption = None,
    by: Annotated[str | None, typer.Option("--by", metavar="N", help="By how much, such as 5 or -3.")] = None,
    reason: Annotated[
        str | None,
        typer.Option(
            "--reason", metavar="TEXT", help="Why; kept in the history. With - of lines that do not say."
        ),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option("--reference", metavar="REF", help="Made once, however often it is sent with it."),
    ] = None,
) -> Answer:
    """Correct stock by hand: what is broken, lost or found. It is no count, and releases nothing."""
    wanted = _wanted(sku, {"warehouse": warehouse, "by": by, "reason": reason, "reference": reference})
    with shell.changing() as engine:
        report = engine.correct_stock(wanted)
    return Answer(report.as_dict(), lambda out: _show_report(out, report))


def _wanted(sku: str, given: dict[str, str | None]) -> Sequence[StockCorrection]:
    from earmark.cli.correction_input import one_correction, read_corrections
    from earmark.cli.given import name_of, opened
    from engine.errors import InputError

    said = {name: value for name, value in given.items() if value is not None}
    if sku != MANY:
        return [one_correction({"sku": sku, **said})]
    for name in ("by", "reference"):
        if name in said:
            raise InputError(
                f"--{name} is of one correction, and - reads several",
                remedy=f"Write {name} into each line, or name the SKU.",
            )
    with opened(MANY) as stream:
        return read_corrections(stream, name_of(MANY), said)


def _show_report(out: Console, report: CorrectionReport) -> None:
    rows = [
        (
            one.sku,
            one.warehouse,
            f"{one.by:+f}",
            f"{one.before:f}",
            f"{one.quantity:f}",
            one.reason,
            "as before" if one.existing else None,
        )
        for one in report.corrections
    ]
    columns = ("sku", "warehouse", "#by", "#from", "#to", "reason", "stored")
    table(out, columns, rows, empty="no corrections")
    line(out, f"{count(report.corrected, 'correction')} made, {report.existing} made before")


def history(
    shell: Shell,
    sku: Annotated[str, typer.Argument(metavar="SKU", help="A concrete product.")],
    *,
    warehouse: OfWarehouseOption = None,
    limit: LimitOption = 100,
    after: AfterOption = None,
) -> Answer:
    """Show what has changed the stock of a product, the newest first: counts and corrections."""
    with shell.engine() as engine:
        page = engine.stock_history(sku, warehouse=warehouse, limit=limit, after=after)
    return Answer(page.as_dict(), lambda out: _show_page(out, page, sku.strip()))


def _show_page(out: Console, page: StockChangePage, sku: str) -> None:
    columns = ("!at (UTC)", "warehouse", "#by", "#to", "what")
    rows = [
        (time_text(one.at), one.warehouse, f"{one.by:+f}", f"{one.quantity:f}", _what(one))
        for one in page.changes
    ]
    table(out, columns, rows, empty=f"no change of the stock of {sku} is known")
    show_next(out, page.next)


def _what(change: StockChange) -> str:
    if change.kind == "correction":
        by = "" if change.actor is None else f" by {change.actor}"
        known = "" if change.reference is None else f" ({change.reference})"
        return f"corrected{by}: {change.reason}{known}"
    counted = "" if change.counted_at is None else f" {time_text(change.counted_at)}Z"
    place = "" if change.file is None else f", {change.file}:{change.line}"
    released = f"; {change.released:f} released" if change.released else ""
    later = f"; {change.later:+f} since, by deltas" if change.later else ""
    if change.kind == "delta":
        return f"added{counted}{place}"
    return f"counted{counted}{place}{later}{released}"
