"""Messages as lines of JSON in a file."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.api.values import to_json
from engine.errors import FileUnreadable
from engine.hooks import OutboxMessage


def line_of(message: OutboxMessage) -> str:
    """Return a message as one line of JSON: its payload with its kind, its id, and the key if it has no id."""
    own = {"_kind": message.kind, "_id": message.id}
    return to_json({**message.payload, **own, **({} if message.id else {"_key": message.key})})


class JsonLinesSink:
    """Appends every message to a file as one line of JSON, on disk before it counts as published.

    A line is the payload with ``_kind`` and ``_id`` added; a message seen again after a crash has the same
    ``_id``. Raises FileUnreadable when the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self) -> None:
        """Raise FileUnreadable when the file could not be appended to; nothing is written and none is made."""
        folder = self.path.absolute().parent
        try:
            if self.path.exists():
                if not self.path.is_file():
                    raise OSError(errno.EINVAL, "it is not a file")
                possible = os.access(self.path, os.R_OK | os.W_OK)
            else:
                if not folder.is_dir():
                    raise OSError(errno.ENOENT, f"there is no folder {folder}")
                possible = os.access(folder, os.W_OK | os.X_OK)
        except OSError as error:
            raise self._refusal(error.strerror) from None
        if not possible:
            raise self._refusal("permission denied")

    def _refusal(self, reason: str | None) -> FileUnreadable:
        return FileUnreadable(
            f"{self.path} cannot be written: {reason}",
            remedy="Messages are published there: mend 'file' of [publish] or [[sinks]], or its place.",
        )

    def publish(self, messages: Sequence[OutboxMessage]) -> None:
        """Append the messages and wait until they are on disk."""
        text = "".join(f"{line_of(message)}\n" for message in messages)
        try:
            with self.path.open("ab+") as file:
                # A crash may have left half a line: the next one must not continue it.
                file.write((b"\n" if _torn(file) else b"") + text.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._refusal(error.strerror) from None


def _torn(file: Any) -> bool:
    end = file.seek(0, os.SEEK_END)
    if not end:
        return False
    file.seek(end - 1)
    return bool(file.read(1) != b"\n")
