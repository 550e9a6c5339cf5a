"""``earmark stock export``: all stock as a file of a profile or feed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.listing import OfWarehouseOption
from earmark.cli.output import Answer, lines
from earmark.cli.shell import Shell
from earmark.cli.streams import answers
from earmark.words.text import count

if TYPE_CHECKING:
    from earmark.feeds.export.rows import Written
    from earmark.feeds.model import Feed

PROFILE = "spryker"
"""As which stock is written when nothing else is asked for: it can say all that is stored of a row."""


def export(
    shell: Shell,
    *,
    feed: Annotated[
        str | None, typer.Option("--feed", metavar="NAME", help="As this feed of earmark.toml reads it.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--format", metavar="PROFILE", help=f"As this profile; else {PROFILE}.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="The file; else stdout.")
    ] = None,
    warehouse: OfWarehouseOption = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Names as they are, also those that a spreadsheet would change.")
    ] = False,
) -> Answer:
    """Write all stock to a file that, imported again, changes no number."""
    from earmark.feeds.export.writing import write_stock

    if feed is not None and profile is not None:
        raise typer.BadParameter("--feed and --format both say how the file is written: give one of them")
    if shell.as_json and output is None:
        raise typer.BadParameter("--json tells what was written, and stdout has the stock: say -o FILE")
    chosen = _chosen(shell, feed, profile)
    with shell.engine() as engine, shell.progress("stock rows") as progress:
        pages = engine.export_stock(warehouse=warehouse, progress=progress)
        with _opened(output) as file:
            written = write_stock(file, chosen, pages, plain=plain)
    told = list(_told(written, chosen, output))
    if output is None:
        for text in told:
            shell.note(text)
    return Answer(
        _as_dict(written, chosen, output),
        lambda out: lines(out, told if output is not None else ()),
        refused=bool(written.left_out),
    )


def _chosen(shell: Shell, feed: str | None, profile: str | None) -> Feed:
    from earmark.feeds.loading import feed_named

    if feed is not None:
        return feed_named(shell.settings.feeds, feed)
    return feed_named((), profile or PROFILE)


@contextmanager
def _opened(output: Path | None) -> Iterator[IO[bytes]]:
    if output is None:
        out = answers()
        out.flush()
        yield out.buffer
        out.buffer.flush()
        return
    from earmark.feeds.export.writing import replacing

    with replacing(output) as file:
        yield file


def _told(written: Written, feed: Feed, output: Path | None) -> Iterator[str]:
    """Yield what was written, and what was not; stdout may be the file, and this is not part of it."""
    where = "" if output is None else f" to {output}"
    yield f"{count(written.rows, 'row')} of stock written{where} as {feed.name}"
    if written.protected:
        yield (
            f"{count(written.protected, 'name')} with an apostrophe in front, which a spreadsheet would change "
            "otherwise; importing takes it away, --plain leaves it out"
        )
    if written.earlier:
        yield f"{count(written.earlier, 'time')} will be read as somewhat earlier: the format leaves some of it out"
    for why, number in written.left_out.most_common():
        yield f"{count(number, 'row')} left out: {why}"
    for sku, house, why in written.told:
        yield f"  {sku} in {house}: {why}"


def _as_dict(written: Written, feed: Feed, output: Path | None) -> dict[str, Any]:
    return {
        "file": None if output is None else str(output),
        "feed": feed.name,
        "rows": written.rows,
        "protected": written.protected,
        "left_out": [{"rows": number, "reason": why} for why, number in written.left_out.most_common()],
    }
