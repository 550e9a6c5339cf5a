"""Unpacking what is packed by the connection (``Content-Encoding``) or as a file (``.gz``, ``.zip``)."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from earmark.words.text import count
from engine.errors import FileUnreadable

_BLOCK = 1 << 16
_WITH_HEADER = 31
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_OFFICE = "[Content_Types].xml"
"""What every workbook has in it: a zip file that is no packed one."""

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


@contextmanager
def unpacked(path: Path, most: int) -> Iterator[Path]:
    """Give the file itself, or what is packed in it: a file of the same time, under its name without ``.gz``.

    A zip file has exactly one file in it, a workbook (xlsx) is none; folders in it do not count. Raises
    FileUnreadable for one that is broken, has several, or more than ``most`` bytes in it.
    """
    kind = _kind(path)
    if kind is None:
        yield path
        return
    with own_folder() as folder:
        try:
            target = _gunzip(path, folder, most) if kind == _GZIP else _unzip(path, folder, most)
        except TooMuch:
            raise FileUnreadable(
                f"{path} has more than {count(most, 'byte')} packed in it",
                remedy="Allow more, if it is meant to be so large: [feeds.http] largest.",
            ) from None
        except (Broken, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise FileUnreadable(
                f"{path} cannot be unpacked: {error}",
                remedy="It may not have arrived whole: have it sent again.",
            ) from None
        except OSError as error:
            raise FileUnreadable(f"{path} cannot be unpacked: {error.strerror or error}") from None
        found = path.stat()
        os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))
        yield target


@contextmanager
def own_folder() -> Iterator[Path]:
    """Give an empty folder that is gone after the block."""
    folder = tempfile.mkdtemp(prefix=PREFIX)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _kind(path: Path) -> bytes | None:
    """Return how it is packed, None where it is not or where nobody can tell: reading it will say why."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(4)
    except OSError:
        return None
    if head.startswith(_GZIP):
        return _GZIP
    if head != _ZIP or not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        return None if _OFFICE in archive.namelist() else _ZIP


def _gunzip(path: Path, folder: Path, most: int) -> Path:
    name = path.name.removesuffix(".gz").removesuffix(".GZ") or "stock"
    target = folder / name
    with path.open("rb") as file, target.open("wb") as out:
        for block in gunzipped(_blocks(file), most):
            out.write(block)
    return target


def _unzip(path: Path, folder: Path, most: int) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = [one for one in archive.infolist() if not one.is_dir()]
        if len(members) != 1:
            names = ", ".join(repr(one.filename) for one in members[:5])
            raise Broken(f"a zip file has one file in it, and this one has {len(members)}: {names}")
        (member,) = members
        if member.flag_bits & 1:
            raise Broken(f"{member.filename!r} in it is locked with a password")
        # Only its last part, and never a path: what is in a zip file could name any place.
        name = PurePosixPath(member.filename.replace("\\", "/")).name
        target = folder / (name if name not in ("", ".", "..") else "stock")
        total = 0
        with archive.open(member) as file, target.open("wb") as out:
            for block in _blocks(file):
                total += len(block)
                if total > most:
                    raise TooMuch
                out.write(block)
    return target


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block
