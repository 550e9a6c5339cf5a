"""Writing stock to a file: beside it first and renamed when it is whole, so that nobody reads half of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from earmark.feeds.export.rows import Layout, Written
from earmark.feeds.export.sheets import write_sheet
from earmark.feeds.export.texts import write_text
from earmark.feeds.model import Feed
from engine.errors import FileUnreadable
from engine.feeds import StockRow


def write_stock(
    file: IO[bytes], feed: Feed, pages: Iterable[Sequence[StockRow]], *, plain: bool = False
) -> Written:
    """Write the pages of stock as a file of the feed, and return what was written and what was left out.

    Names that a spreadsheet would change are protected, unless ``plain``. Raises InputError for a feed whose file
    is not written, with the reason.
    """
    layout = Layout(feed, plain=plain)
    if feed.format == "xlsx":
        write_sheet(file, layout, pages)
    else:
        write_text(file, layout, pages)
    return layout.written


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of ``path`` when the block ends well; a pipe or device is written to.

    Raises FileUnreadable where nothing can be written.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        number, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(number, "wb") as file:
                yield file
            Path(beside).chmod(0o666 & ~_umask())
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FileUnreadable(
            f"{path} cannot be written: {error.strerror}",
            remedy="Name a file in a folder that can be written to.",
        ) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
