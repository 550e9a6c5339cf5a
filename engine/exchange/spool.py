"""A spool: a folder with a file per message, for databases that reach the same files.

A message is written under another name, flushed to disk and renamed, so that nobody ever reads half of one. Its
name begins with the time, so that messages are mostly read in the order in which they were sent; nothing relies
on that.
"""

from __future__ import annotations

import os
import time
import uuid
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.exchange.failure import TransportFailed

_MESSAGE = ".json"
_UNFINISHED = ".part"
_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class SpooledMessage:
    """A message that was read from a spool; its file is there until it is done."""

    body: bytes
    path: Path

    def done(self) -> None:
        """Delete the file; that somebody else has done so already is well."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise _failed(self.path, "deleted", error) from None


class Spool:
    """Messages as files of a folder, made when the first one is sent. Any number may write and read it at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listed: deque[Path] = deque()
        self._seen: set[str] = set()

    @property
    def name(self) -> str:
        """The way as people see it."""
        return f"spool:{self._folder}"

    def send(self, body: bytes) -> None:
        """Write the message to disk. Raises TransportFailed when that is not possible."""
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex}"
        unfinished = self._folder / f".{name}{_UNFINISHED}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("xb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(self._folder / f"{name}{_MESSAGE}")
            _flush_folder(self._folder)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise _failed(self._folder, "written to", error) from None

    def receive(self, wait_s: float = 0.0) -> SpooledMessage | None:
        """Return the oldest message that this reader has not been given yet, None when there is none."""
        until = time.monotonic() + wait_s
        while True:
            found = self._next()
            left = until - time.monotonic()
            if found is not None or left <= 0:
                return found
            time.sleep(min(_POLL_S, left))

    def _next(self) -> SpooledMessage | None:
        if not self._listed:
            self._list()
        while self._listed:
            path = self._listed.popleft()
            try:
                return SpooledMessage(path.read_bytes(), path)
            except FileNotFoundError:
                continue  # another reader was done with it
            except OSError as error:
                raise _failed(path, "read", error) from None
        return None

    def _list(self) -> None:
        try:
            names = [entry.name for entry in os.scandir(self._folder) if entry.name.endswith(_MESSAGE)]
        except FileNotFoundError:
            return  # nothing was sent yet
        except OSError as error:
            raise _failed(self._folder, "read", error) from None
        self._seen.intersection_update(names)
        fresh = sorted(name for name in names if name not in self._seen and not name.startswith("."))
        self._seen.update(fresh)
        self._listed.extend(self._folder / name for name in fresh)

    def close(self) -> None:
        """Forget what was listed; files that are not done are read again."""
        self._listed.clear()
        self._seen.clear()


def _flush_folder(folder: Path) -> None:
    """Flush the names of a folder to disk, so that a renamed file is found after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _failed(path: Path, what: str, error: OSError) -> TransportFailed:
    return TransportFailed(
        f"{path} cannot be {what}: {error.strerror or error}",
        remedy="A spool is a folder that both sides may read and write: mend its place or its permissions.",
    )
