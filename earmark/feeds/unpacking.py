"""Unpacking what is packed by the connection (``Content-Encoding``) or as a file (``.gz``, ``.zip``)."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from earmark.words.text import count
from engine.errors import FileUnreadable

_BLOCK = 1 << 16
_WITH_HEADER = 31
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_DOCUMENTS = frozenset({"[Content_Types].xml", "mimetype"})
"""What workbooks have in them: zip files that are no packed ones."""

PREFIX = "earmark-feed-"
"""How folders for unpacked and fetched files begin, in the folder for temporary ones."""


class TooMuch(Exception):
    """There is more than is allowed."""


class Broken(Exception):
    """It ends too soon, or is not what it says it is."""


def gunzipped(blocks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Yield what is packed in blocks of gzip. Raises TooMuch above ``most`` bytes, Broken."""
    unpack, total, begun = zlib.decompressobj(_WITH_HEADER), 0, False
    for block in blocks:
        waiting = block
        while waiting:
            if unpack.eof:  # several packed parts, one after another, are one file
                if not waiting.startswith(_GZIP[:1]):
                    break  # what somebody has filled it up with
                unpack = zlib.decompressobj(_WITH_HEADER)
            begun = True
            out = _some(unpack, waiting)
            total += len(out)
            if total > most:
                raise TooMuch
            yield out
            waiting = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
    while begun and not unpack.eof:  # what is left of the last block
        out = _some(unpack, b"")
        if not out and not unpack.eof:
            raise Broken("it ends too soon")
        total += len(out)
        if total > most:
            raise TooMuch
        yield out


def _some(unpack: zlib._Decompress, packed: bytes) -> bytes:
    try:
        return unpack.decompress(packed, _BLOCK)
    except zlib.error as error:
        raise Broken(str(error)) from None


def unpacked(file: IO[bytes], path: Path, most: int) -> IO[bytes]:
    """Return the file itself, or what is packed in it; then the packed one is closed.

    A zip file has exactly one file in it; a workbook (xlsx) is no packed file, and folders in it do not count.
    ``path`` is what messages call it. Raises FileUnreadable for one that is broken, has several, or more than
    ``most`` bytes in it.
    """
    blocks = _packed(file)
    if blocks is None:
        return file
    out = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        with file:
            for block in limited(blocks(file, most), most):
                out.write(block)
        out.seek(0)
    except BaseException as error:
        out.close()
        raise _told(path, most, error) from None
    return out


def _told(path: Path, most: int, error: BaseException) -> BaseException:
    if isinstance(error, TooMuch):
        return FileUnreadable(
            f"{path} has more than {count(most, 'byte')} packed in it",
            remedy="Allow more, if it is meant to be so large: [feeds.http] largest.",
        )
    if isinstance(error, Broken | zipfile.BadZipFile | zlib.error | EOFError | NotImplementedError):
        remedy = "It may not have arrived whole: have it sent again."
        return FileUnreadable(f"{path} cannot be unpacked: {error}", remedy=remedy)
    if isinstance(error, OSError):
        return FileUnreadable(f"{path} cannot be unpacked: {error.strerror or error}")
    return error


@contextmanager
def own_folder() -> Iterator[Path]:
    """Give an empty folder that is gone after the block."""
    folder = tempfile.mkdtemp(prefix=PREFIX)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _packed(file: IO[bytes]) -> Callable[[IO[bytes], int], Iterator[bytes]] | None:
    """Return what unpacks it, None where it is not packed."""
    head = file.read(4)
    file.seek(0)
    if head.startswith(_GZIP):
        return lambda packed, most: gunzipped(_blocks(packed), most)
    if head != _ZIP or not zipfile.is_zipfile(file):
        file.seek(0)
        return None
    with zipfile.ZipFile(file) as archive:
        document = not _DOCUMENTS.isdisjoint(archive.namelist())
    file.seek(0)
    return None if document else _unzipped


def _unzipped(file: IO[bytes], _most: int) -> Iterator[bytes]:
    with zipfile.ZipFile(file) as archive:
        members = [one for one in archive.infolist() if not one.is_dir()]
        if len(members) != 1:
            names = ", ".join(repr(one.filename) for one in members[:5])
            raise Broken(f"a zip file has one file in it, and this one has {len(members)}: {names}")
        (member,) = members
        if member.flag_bits & 1:
            raise Broken(f"{member.filename!r} in it is locked with a password")
        with archive.open(member) as found:
            yield from _blocks(found)


def limited(blocks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Yield the blocks. Raises TooMuch above ``most`` bytes."""
    total = 0
    for block in blocks:
        total += len(block)
        if total > most:
            raise TooMuch
        yield block


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block
