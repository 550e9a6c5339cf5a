"""Rule files that change while a program runs: they are taken up, unless they are wrong.

Whoever runs for long looks at the files every few seconds. What is wrong with them is logged and changes nothing:
the last good ones count until they are mended.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EarmarkError, RulesInvalid

if TYPE_CHECKING:
    from engine.api import Engine

_log = logging.getLogger("earmark.rules")

LOOK_S = 2.0
"""How often the files are looked at, in seconds."""

Seen = tuple[tuple[str, int, int], ...]
"""What tells that files have changed: the name, the time in nanoseconds and the size of each."""


class RuleFiles:
    """The rule files of an engine that runs; made when it was opened with them."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine, self._folder = engine, folder
        self._seen = _seen(folder)

    def look(self) -> bool:
        """Take up the files if they have changed and are right; return whether they were taken up. Never raises."""
        seen = _seen(self._folder)
        if seen == self._seen:
            return False
        try:
            self._take_up()
        except RulesInvalid as error:
            self._seen = seen
            _log.error("%s: the rules that were read last count on: %s", self._folder, error.message)
            return False
        except EarmarkError as error:  # of the database: the same files are tried again
            _log.warning("%s: the rules cannot be taken up yet: %s", self._folder, error.message)
            return False
        except Exception:
            self._seen = seen
            _log.exception("%s: the rules cannot be taken up", self._folder)
            return False
        self._seen = seen
        return True

    def _take_up(self) -> None:
        from earmark.bootstrap import read_rules, say_options

        rules = read_rules(self._folder)
        say_options(self._engine, rules, self._folder)
        self._engine.use_rules(rules)
        _log.info("%s: changed rules count from now on", self._folder)


def _seen(folder: Path) -> Seen:
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.y*ml"))
    found = []
    for file in files:
        try:
            status = file.stat()
        except OSError:  # it has just gone
            continue
        found.append((str(file), status.st_mtime_ns, status.st_size))
    return tuple(found)


@contextmanager
def rules_followed(engine: Engine, folder: Path | None, look_s: float = LOOK_S) -> Iterator[None]:
    """Look at the rule files from time to time while the block runs, if there is a folder of them."""
    if folder is None:
        yield
        return
    files, ended = RuleFiles(engine, folder), threading.Event()

    def look() -> None:
        while not ended.wait(look_s):
            files.look()

    watcher = threading.Thread(target=look, name="rules", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
