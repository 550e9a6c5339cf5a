"""How the files of a night arrive: in time, late, twice, broken, replaced as they are read, or by a bad server."""

from __future__ import annotations

import gzip
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.night.clock import SECOND
from tests.chaos.night.files import WRITERS
from tests.chaos.night.shelves import Count, Model
from tests.helpers.file_server import Answer, FileServer, content, moved, nothing, with_tag

BROKEN = (b"", b"\x00\x01\x02", b"<html>sign in</html>", b"some;thing\nelse;1\n", b"\x1f\x8b cut off")


@dataclass(slots=True)
class Folder:
    """A warehouse that writes its files into a folder."""

    name: str
    folder: Path
    lots: random.Random
    held: list[Count] = field(default_factory=list)
    mended: list[Count] = field(default_factory=list)
    files: int = 0

    def send(self, count: Count, model: Model) -> Callable[[], None] | None:
        """Let a count arrive, or not; return what happens to it while it is read, if anything does."""
        for late in [c for c in self.held if self.lots.random() < 0.4]:
            self.held.remove(late)
            self._put(late, model)
        while self.mended:
            self._put(self.mended.pop(), model)
        how = self.lots.choices(("good", "late", "twice", "broken", "replaced"), (10, 3, 2, 2, 2))[0]
        if how == "late":
            self.held.append(count)
        elif how == "broken":
            self._write(f"{self._next()}.csv", self.lots.choice(BROKEN), count.at)
            self.mended.append(count)
        elif how == "replaced":
            return self._to_be_replaced(count, model)
        else:
            content = self._put(count, model)
            if how == "twice":
                self._write(f"{self._next()}-again.csv", content, count.at)
        return None

    def bring_all(self, model: Model) -> None:
        """Let everything arrive that is still on its way."""
        for count in [*self.held, *self.mended]:
            self._put(count, model)
        self.held.clear()
        self.mended.clear()

    def _to_be_replaced(self, count: Count, model: Model) -> Callable[[], None]:
        """Write a first version, of which only a part of the shelves has been counted, and the whole one later."""
        name = f"{self._next()}.csv"
        some = dict(list(count.pieces.items())[:3])
        self._write(name, WRITERS[self.name][1](Count(count.house, count.at, some), odd=False), count.at)
        model.take(count)
        whole = WRITERS[self.name][1](count, odd=False)
        return lambda: self._write(name, whole, count.at)

    def _put(self, count: Count, model: Model) -> bytes:
        content = WRITERS[self.name][1](count, odd=self.lots.random() < 0.2)
        packed = self.lots.random() < 0.2
        name = f"{self._next()}.csv{'.gz' if packed else ''}"
        self._write(name, gzip.compress(content, mtime=0) if packed else content, count.at)
        model.take(count)
        return content

    def _next(self) -> str:
        self.files += 1
        # Names say nothing of the order.
        return f"{self.lots.randrange(10**6):06}-{self.files}"

    def _write(self, name: str, content: bytes, at: int) -> None:
        other = self.folder / f".{name}"
        other.write_bytes(content)
        os.utime(other, (at // SECOND, at // SECOND))
        other.replace(self.folder / name)


@dataclass(slots=True)
class Server:
    """A warehouse whose file is fetched."""

    server: FileServer
    lots: random.Random
    waiting: Count | None = None
    number: int = 0

    def send(self, count: Count, model: Model) -> None:
        """Have another file to give, or none, or give it badly: whoever asks twice gets it."""
        good = self._good(count)
        if self.lots.random() < 0.2:
            self.server.says(self._bad(count))  # the whole time
            self.waiting = count
            return
        self.server.says(self._bad(count), good) if self.lots.random() < 0.4 else self.server.says(good)
        self.waiting = None
        model.take(count)

    def bring_all(self, count: Count, model: Model) -> None:
        """Give the latest file, and give it well."""
        self.server.says(self._good(count))
        model.take(count)

    def _good(self, count: Count) -> Answer:
        self.number += 1
        body = WRITERS["hub"][1](count, odd=self.lots.random() < 0.2).decode()
        return with_tag(body, f'"{self.number}"', count.at / SECOND)

    def _bad(self, count: Count) -> Answer:
        body = WRITERS["hub"][1](count, odd=False)
        at = count.at / SECOND
        return self.lots.choice(
            [
                nothing,
                content(body, modified_s=at, length=len(body) + 7),
                content(b"", status="503 Service Unavailable"),
                content(b"", status="404 Not Found"),
                content("<html>", Content_Type="text/html"),
                moved(f"http://localhost:{self.server.port}/stock.csv"),
                content(gzip.compress(body)[:-5], modified_s=at, Content_Encoding="gzip"),
                content(b"sku;on hand\n", modified_s=at),
            ]
        )
