"""Settings of logs, metrics and traces: ``earmark.toml``, then the environment, then flags."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import ConfigurationInvalid

Level = Literal["debug", "info", "warning", "error"]
"""From which level on records are written."""

LogFormat = Literal["text", "json"]
"""One line of text, or one JSON object, per record."""

Port = Annotated[int, Field(ge=0, le=65535)]
"""A TCP port; 0 takes any that is free."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LogSettings(_Section):
    """Where log records go: to ``file``, else to stderr."""

    level: Level = "warning"
    format: LogFormat = "text"
    file: Annotated[str, Field(min_length=1)] | None = None


class MetricsSettings(_Section):
    """Where the scheduler serves metrics; without ``port`` it does not.

    What comes from the database is asked at most once in ``refresh_s`` seconds, however often it is scraped.
    """

    port: Port | None = None
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    refresh_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 15.0


class TracingSettings(_Section):
    """Whether spans are sent, and where to, by OTLP over HTTP. The OTEL_ variables count where this is silent."""

    enabled: bool = False
    endpoint: Annotated[str, Field(min_length=1)] | None = None
    service: Annotated[str, Field(min_length=1)] | None = None


_ENVIRONMENT: Mapping[str, Mapping[str, str]] = {
    "log": {"level": "EARMARK_LOG_LEVEL", "format": "EARMARK_LOG_FORMAT", "file": "EARMARK_LOG_FILE"},
    "metrics": {"port": "EARMARK_METRICS_PORT", "host": "EARMARK_METRICS_HOST"},
    "tracing": {"enabled": "EARMARK_TRACING"},
}
"""The variable that wins over a key of a section."""

VARIABLES = tuple(name for section in _ENVIRONMENT.values() for name in section.values())
"""Every variable that is read here."""

S = TypeVar("S", bound=_Section)


def log_settings(
    file: LogSettings | None, home: Path, environment: Mapping[str, str], flags: Mapping[str, str | None]
) -> LogSettings | None:
    """Return where to log; None when nothing says so. A path in the settings file is taken from ``home``."""
    known = {} if file is None else file.model_dump(exclude_unset=True)
    if file is not None and file.file is not None:
        known["file"] = str(home / file.file)
    given = {key: value for key, value in flags.items() if value is not None}
    found = _overlaid(LogSettings, "log", {**known}, environment, given)
    return (
        None if file is None and found == LogSettings() and not _named("log", environment, given) else found
    )


def metrics_settings(file: MetricsSettings | None, environment: Mapping[str, str]) -> MetricsSettings:
    """Return where metrics are served."""
    known = {} if file is None else file.model_dump(exclude_unset=True)
    return _overlaid(MetricsSettings, "metrics", known, environment, {})


def tracing_settings(file: TracingSettings | None, environment: Mapping[str, str]) -> TracingSettings:
    """Return whether and where to spans are sent."""
    known = {} if file is None else file.model_dump(exclude_unset=True)
    return _overlaid(TracingSettings, "tracing", known, environment, {})


def _named(section: str, environment: Mapping[str, str], given: Mapping[str, Any]) -> bool:
    return bool(given) or any(environment.get(name) for name in _ENVIRONMENT[section].values())


def _overlaid(
    model: type[S],
    section: str,
    known: dict[str, Any],
    environment: Mapping[str, str],
    flags: Mapping[str, Any],
) -> S:
    """Return the section with what the environment and the flags say. Raises ConfigurationInvalid."""
    variables = _ENVIRONMENT[section]
    said = {key: value for key, name in variables.items() if (value := environment.get(name))}
    try:
        return model.model_validate({**known, **said, **flags})
    except ValidationError as error:
        told = [
            f"{variables[str(e['loc'][0])]}: {e['msg'][:1].lower()}{e['msg'][1:]}" for e in error.errors()
        ]
        raise ConfigurationInvalid(
            told[0],
            listed=told[1:],
            remedy="Change or unset the variable; docs/operability.md describes it.",
        ) from None
