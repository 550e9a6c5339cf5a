"""The body of an answer, written into a file: whole, unpacked, and no larger than allowed."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from earmark.feeds.addresses import Place
from earmark.feeds.errors import Passing, SourceUnreachable
from earmark.feeds.unpacking import Broken, TooMuch, gunzipped, limited
from earmark.words.text import count
from engine.errors import FileUnreadable

if TYPE_CHECKING:
    from urllib3 import HTTPResponse

_BLOCK = 1 << 16
_PACKED = frozenset({"gzip", "x-gzip"})


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that has come whole, and what its headers say of it."""

    path: Path
    etag: str | None
    last_modified: str | None
    date: str | None


def download(
    place: Place, answer: HTTPResponse, folder: Path, largest: int, pause: Callable[[float], bool]
) -> Downloaded:
    """Write the body into a file of the folder. Raises Passing for one that is cut off, else FileUnreadable."""
    if (answer.headers.get("Content-Type") or "").partition(";")[0].strip().lower() == "text/html":
        raise FileUnreadable(
            f"{place.shown} answers with a web page (text/html), not with a file",
            remedy="It may be where one signs in: check the address, and what [feeds.http] says.",
        )
    encoding = (answer.headers.get("Content-Encoding") or "identity").strip().lower()
    if encoding not in _PACKED | {"identity", ""}:
        raise FileUnreadable(
            f"{place.shown} answers packed with {encoding!r}, though only gzip was asked for",
            remedy="Ask whoever runs the server to send it as it is, or with gzip.",
        )
    _refuse_announced(place, answer, largest)
    blocks = limited(_blocks(answer, place, pause), largest)
    path = folder / _name(place, answer)
    try:
        _write(path, gunzipped(blocks, largest) if encoding in _PACKED else blocks)
    except TooMuch:
        raise _too_large(place, largest) from None
    except Broken as error:
        raise Passing(f"the answer of {place.shown} cannot be unpacked: {error}") from None
    headers = answer.headers
    return Downloaded(path, headers.get("ETag"), headers.get("Last-Modified"), headers.get("Date"))


def _refuse_announced(place: Place, answer: HTTPResponse, largest: int) -> None:
    announced = answer.headers.get("Content-Length") or ""
    if announced.isdecimal() and int(announced[:20]) > largest:
        raise _too_large(place, largest)


def _too_large(place: Place, largest: int) -> FileUnreadable:
    return FileUnreadable(
        f"{place.shown} has more than {count(largest, 'byte')}, or no end",
        remedy="Allow more, if it is meant to be so large: [feeds.http] largest.",
    )


def _blocks(answer: HTTPResponse, place: Place, pause: Callable[[float], bool]) -> Iterator[bytes]:
    while block := answer.read(_BLOCK, decode_content=False):
        if pause(0):
            raise SourceUnreachable(f"stopped while {place.shown} was being fetched")
        yield block


def _write(path: Path, blocks: Iterator[bytes]) -> None:
    try:
        file = path.open("wb")
    except OSError as error:
        raise _no_room(path, error) from None
    with file:
        for block in blocks:
            try:
                file.write(block)
            except OSError as error:
                raise _no_room(path, error) from None


def _no_room(path: Path, error: OSError) -> FileUnreadable:
    remedy = "It needs room for the whole file in the folder for temporary files (TMPDIR)."
    text = error.strerror if error.errno != errno.ENOSPC else "no space is left"
    return FileUnreadable(f"{path.parent} cannot be written to: {text}", remedy=remedy)


def _name(place: Place, answer: HTTPResponse) -> str:
    """Return what the file is called: as the answer says, else as the address ends. Never a path."""
    header = Message()
    header["Content-Disposition"] = (answer.headers.get("Content-Disposition") or "attachment").replace(
        "\n", " "
    )
    said = header.get_filename() or unquote(PurePosixPath(place.target.partition("?")[0]).name)
    name = PurePosixPath(said.replace("\\", "/")).name.replace("\0", "")
    # A file system takes 255 bytes.
    name = name.encode()[-200:].decode("utf-8", "ignore")
    return name if name not in ("", ".", "..") else "stock"
