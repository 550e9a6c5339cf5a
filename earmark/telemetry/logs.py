"""Logs: the engine's facts and every other record as lines of text or as JSON objects, without passwords.

The formatter is our own: what it needs beyond the standard library is a few lines.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from typing import Any, TextIO

from earmark.telemetry.settings import LogSettings
from earmark.words.text import flat
from engine.api.observing import (
    Busy,
    Fact,
    Imported,
    JobRan,
    Listener,
    Placed,
    Published,
    Reconciled,
    Refused,
    Stepped,
    Waited,
)
from engine.api.values import redact
from engine.errors import FileUnreadable

ENGINE = "earmark.engine"
"""The logger of what the engine did."""

SCHEDULE = "earmark.schedule"
"""The logger of jobs."""

_SHORTEST_WAIT_S = 0.001
_Told = tuple[str, int, str, Mapping[str, Any]]


class LogObserver(Listener):
    """Writes each fact as one record: ``event`` says what happened, the record's ``fields`` the details."""

    def __init__(self) -> None:
        self._loggers = {name: logging.getLogger(name) for name in (ENGINE, SCHEDULE)}

    def tell(self, fact: Fact) -> None:
        """Write the fact."""
        told = _TOLD[type(fact)](fact)
        if told is None:
            return
        name, level, event, fields = told
        logger = self._loggers[name]
        if logger.isEnabledFor(level):
            shown = {key: value for key, value in fields.items() if value not in (None, {})}
            logger.log(level, event, extra={"fields": shown})


def _stepped(fact: Stepped) -> _Told:
    fields = {
        "process": fact.process,
        "process_event": fact.event,
        "trigger": fact.trigger,
        "source": fact.source,
        "target": fact.target,
        "items": fact.items,
        "run": fact.run,
        "correlation": fact.correlation,
        "actor": fact.actor,
        "command": fact.command,
        "command_s": fact.command_s,
        "error": fact.error,
    }
    return ENGINE, logging.INFO, _STEPS.get(fact.outcome, "items_stepped"), fields


def _refused(fact: Refused) -> _Told:
    fields = {"code": fact.code, "items": fact.items, "first": fact.message, "correlation": fact.correlation}
    return ENGINE, _REFUSALS[fact.kind], f"items_{fact.kind}", fields


def _placed(fact: Placed) -> _Told:
    return ENGINE, logging.INFO, "orders_placed", {**_fields(fact), "refused": dict(fact.refused)}


def _imported(fact: Imported) -> _Told:
    level = logging.INFO if fact.complete and not fact.refused else logging.WARNING
    name = "stock_refused" if fact.code else "stock_not_believed" if fact.guard else "stock_imported"
    return ENGINE, level, name, _fields(fact)


def _waited(fact: Waited) -> _Told | None:
    if fact.seconds < _SHORTEST_WAIT_S:
        return None
    return ENGINE, logging.DEBUG, "waited", {"kind": fact.kind, "seconds": round(fact.seconds, 6)}


def _reconciled(fact: Reconciled) -> _Told:
    level = logging.ERROR if fact.drift or fact.items else logging.INFO
    return ENGINE, level, "reservations_reconciled", _fields(fact)


def _job(fact: JobRan) -> _Told:
    seconds = max(0, fact.finished_at - fact.started_at) / 1_000_000
    fields = {"job": fact.job, "outcome": fact.outcome, "seconds": seconds}
    more = {"code": fact.code, "error": fact.message}
    return SCHEDULE, _JOBS.get(fact.outcome, logging.INFO), "job_ran", {**fields, **more}


def _fields(fact: Imported | Placed | Reconciled) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in fact.__slots__}


_TOLD: Mapping[type[Fact], Callable[[Any], _Told | None]] = {
    Stepped: _stepped,
    Refused: _refused,
    Placed: _placed,
    Imported: _imported,
    Waited: _waited,
    Busy: lambda fact: (ENGINE, logging.WARNING, "database_busy", {"message": fact.message}),
    Reconciled: _reconciled,
    Published: lambda fact: (ENGINE, logging.INFO, "messages_published", {"messages": fact.messages}),
    JobRan: _job,
}
"""Logger, level, event and fields of each kind of fact; None for one that is not worth a line."""

_STEPS = {
    "placed": "items_placed",
    "moved": "items_moved",
    "condition_false": "items_stayed",
    "failed": "step_failed",
    "hold_ended": "holds_ended",
    "forced": "items_forced",
    "migrated": "items_migrated",
    "amended": "items_amended",
    "allocated": "items_divided",
    "rejected": "warehouse_rejected",
}
_REFUSALS = {"blocked": logging.INFO, "failed": logging.WARNING, "stuck": logging.ERROR}
_JOBS = {"partly": logging.WARNING, "failed": logging.ERROR}


class JsonFormatter(logging.Formatter):
    """One JSON object a line, ASCII only: ``ts``, ``level``, ``logger``, ``event``, then the fields.

    A record that is no fact of the engine has the event ``log`` and its text as ``message``.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = getattr(record, "fields", None)
        told: dict[str, Any] = {"ts": _time(record), "level": record.levelname.lower(), "logger": record.name}
        if isinstance(fields, Mapping):
            told |= {"event": record.getMessage(), **fields}
        else:
            told |= {"event": "log", "message": record.getMessage()}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(_redacted(told), default=str)


class TextFormatter(logging.Formatter):
    """One line of text: time, level, logger, what happened, ``key=value``. Tracebacks only when asked for."""

    def __init__(self, *, tracebacks: bool) -> None:
        super().__init__()
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or several with a traceback."""
        fields = getattr(record, "fields", None)
        words = [_time(record), record.levelname, record.name, flat(record.getMessage())]
        words += [f"{key}={_word(value)}" for key, value in (fields or {}).items()]
        text = " ".join(words)
        if record.exc_info and self._tracebacks:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        return redact(text)


def _time(record: logging.LogRecord) -> str:
    return (
        datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def _word(value: Any) -> str:
    if isinstance(value, str) and value and value.isprintable() and not set(value) & set(" \"'="):
        return value
    return flat(json.dumps(value, default=str, ensure_ascii=False))


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: _redacted(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(inner) for inner in value]
    return value


@contextmanager
def logging_to(settings: LogSettings | None, *, facts: bool, tracebacks: bool) -> Iterator[None]:
    """Write log records as the settings say while the block runs; without settings, warnings to stderr.

    Without settings and ``facts`` the engine's facts are left out: a command's own answer says them. Records of
    other libraries are written from ``warning`` on. Raises FileUnreadable when the file cannot be opened.
    """
    chosen = settings or LogSettings()
    level = logging.getLevelNamesMapping()[chosen.level.upper()]
    root, own = logging.getLogger(), logging.getLogger("earmark")
    engine = logging.getLogger(ENGINE)
    handler = _handler(chosen)
    handler.setLevel(level)
    handler.setFormatter(JsonFormatter() if chosen.format == "json" else TextFormatter(tracebacks=tracebacks))
    before = own.level, engine.disabled
    own.setLevel(level)
    engine.disabled = settings is None and not facts
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        own.setLevel(before[0])
        engine.disabled = before[1]
        handler.close()


class _Careful(logging.Handler):
    """Tells once, in one line, that records cannot be written: the work goes on without them."""

    _told = False

    def handleError(self, record: logging.LogRecord) -> None:
        """Tell it on stderr."""
        del record
        if not self._told:
            self._told = True
            with suppress(OSError, ValueError):
                sys.stderr.write(f"warning: the log cannot be written: {sys.exc_info()[1]}\n")


class _Stream(_Careful, logging.StreamHandler[TextIO]):
    """Writes to an open stream."""


class _File(_Careful, WatchedFileHandler):
    """Writes to a file; notices when it was rotated away, and goes on in a new one."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding="utf-8", opener=_without_waiting)

    def close(self) -> None:
        """Close the file; what is left over and cannot be written has been told of."""
        with suppress(OSError):
            super().close()


def _without_waiting(path: str, flags: int) -> int:
    """Open the file; a pipe that nobody reads is refused, where opening it would wait for a reader."""
    try:
        number = os.open(path, flags | os.O_NONBLOCK, 0o666)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(error.errno, "it is a pipe or a device that nobody reads") from None
        raise
    os.set_blocking(number, True)
    return number


def _handler(settings: LogSettings) -> logging.Handler:
    if settings.file is None:
        return _Stream(sys.stderr)
    try:
        return _File(settings.file, encoding="utf-8")
    except OSError as error:
        raise FileUnreadable(
            f"the log {settings.file} cannot be opened: {error.strerror}",
            remedy="Make its folder and let Earmark write there, or change [log] file or EARMARK_LOG_FILE.",
        ) from None
