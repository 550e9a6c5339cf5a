"""Settings: ``earmark.toml``, the environment and the command line's flags, read once and passed down.

A flag wins over the environment, the environment over the file, the file over the default; plugins add up.
Paths in the file are taken from the file's folder, all others from the working folder.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from earmark.sinks.settings import SinkSettings
from earmark.telemetry.settings import (
    LogSettings,
    MetricsSettings,
    TracingSettings,
    log_settings,
    metrics_settings,
    tracing_settings,
)
from earmark.toml_lines import KeyPath, key_lines, line_of
from engine.api.jobs import JobConfig
from engine.errors import ConfigurationInvalid, FileUnreadable
from engine.files import read_all

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from earmark.feeds.model import Feed

CONFIG_NAME = "earmark.toml"
"""The settings file that is looked for in the working folder."""

DEFAULT_DATABASE = "earmark.db"
"""The database file in the working folder that is used when nothing else is named."""

SECRET = "EARMARK_EXCHANGE_SECRET"
"""The variable of the environment with the secrets that messages to other databases are signed with."""

SHORTEST_SECRET = 16
"""How many characters such a secret has at least."""

LARGEST_CONFIG = 1 << 20
"""The most bytes the settings file may have: 1 MiB."""

_SQLITE = "sqlite:///"


class PublishSettings(BaseModel):
    """Where published messages go: a file to which one JSON object is appended per line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Annotated[str, Field(min_length=1)]


class ConfigFile(BaseModel):
    """What ``earmark.toml`` may contain."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database: Annotated[str, Field(min_length=1)] | None = None
    plugins: tuple[str, ...] = ()
    processes: Annotated[str, Field(min_length=1)] = "processes"
    rules: Annotated[str, Field(min_length=1)] = "rules"
    publish: PublishSettings | None = None
    log: LogSettings | None = None
    metrics: MetricsSettings | None = None
    tracing: TracingSettings | None = None
    jobs: tuple[JobConfig, ...] = ()
    sinks: tuple[SinkSettings, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is configured. ``rules`` is None when the project has no such folder, ``log`` when nothing
    says how to log.
    """

    database_url: str
    plugins: tuple[str, ...] = ()
    processes: Path = Path("processes")
    rules: Path | None = None
    publish_file: Path | None = None
    jobs: tuple[JobConfig, ...] = ()
    feeds: tuple[Feed, ...] = ()
    sinks: tuple[SinkSettings, ...] = ()
    config: Path | None = None
    log: LogSettings | None = None
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    tracing: TracingSettings = field(default_factory=TracingSettings)
    exchange_secrets: tuple[str, ...] = field(default=(), repr=False)


def load_settings(
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    config: Path | None = None,
    database: str | None = None,
    plugins: Sequence[str] = (),
    log: Mapping[str, str | None] | None = None,
) -> Settings:
    """Return the settings of the project in ``folder``, the working folder unless given.

    Raises FileUnreadable when a named settings file cannot be read, ConfigurationInvalid with every problem
    of its content otherwise.
    """
    base = folder or Path()
    path = config or base / CONFIG_NAME
    nothing: tuple[ConfigFile, tuple[Feed, ...]] = (ConfigFile(), ())
    file, feeds = _read(path) if config is not None or path.exists() else nothing
    home = path.parent
    from_environment = [name.strip() for name in environment.get("EARMARK_PLUGINS", "").split(",")]
    named = [*(_placed_plugin(name, home) for name in file.plugins), *from_environment, *plugins]
    url = (
        database
        or environment.get("EARMARK_DATABASE_URL")
        or (file.database and _placed_url(file.database, home))
    )
    rules = home / file.rules
    return Settings(
        database_url=url or f"{_SQLITE}{base / DEFAULT_DATABASE}",
        plugins=tuple(dict.fromkeys(filter(None, named))),
        processes=home / file.processes,
        rules=rules if "rules" in file.model_fields_set or rules.exists() else None,
        publish_file=None if file.publish is None else home / file.publish.file,
        jobs=tuple(job.inside(home) for job in file.jobs),
        feeds=tuple(feed.inside(home) for feed in feeds),
        sinks=tuple(sink.inside(home) for sink in file.sinks),
        config=path if config is not None or path.exists() else None,
        log=log_settings(file.log, home, environment, log or {}),
        metrics=metrics_settings(file.metrics, environment),
        tracing=tracing_settings(file.tracing, environment),
        exchange_secrets=_secrets(environment.get(SECRET, "")),
    )


def _secrets(text: str) -> tuple[str, ...]:
    """Return the secrets that messages to other databases are signed with; the first signs, all are taken."""
    secrets = tuple(filter(None, (one.strip() for one in text.split(","))))
    if any(len(one) < SHORTEST_SECRET for one in secrets):
        raise ConfigurationInvalid(
            f"{SECRET} has fewer than {SHORTEST_SECRET} characters",
            remedy="Write a long random text, the same on both sides; two with a comma between while it changes.",
        )
    return secrets


def _placed_plugin(name: str, home: Path) -> str:
    is_path = name.endswith(".py") or "/" in name or (home / name).is_dir()
    return str(home / name) if is_path else name


def _placed_url(url: str, home: Path) -> str:
    rest = url.removeprefix(_SQLITE)
    if rest == url or not rest or rest.startswith(("/", "?", ":", "file:")):
        return url
    return f"{_SQLITE}{home / rest}"


def _read(path: Path) -> tuple[ConfigFile, tuple[Feed, ...]]:
    try:
        text = read_all(path, LARGEST_CONFIG).decode("utf-8-sig")
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationInvalid(f"{path} is not UTF-8 text (byte {error.start})") from None
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationInvalid(
            f"{path} is not valid TOML: {error}", remedy="See docs/cli.md for an example."
        ) from None
    except ValueError:  # what Python itself does not turn into a number
        raise ConfigurationInvalid(f"{path} has a number of too many digits") from None
    except RecursionError:
        raise ConfigurationInvalid(f"{path} is nested too deeply") from None
    lines = key_lines(text)
    problems = _with_nul(content, lines)
    said = content.pop("feeds", None)
    feeds, wrong = _feeds(path, said, lines)
    problems += wrong
    jobs, sinks = (_tables(content.get(kind)) for kind in ("jobs", "sinks"))
    problems += [*_names_of("jobs", jobs, lines), *_names_of("sinks", sinks, lines)]
    problems += _feeds_of_jobs(jobs, _sources(said), lines)
    try:
        file = ConfigFile.model_validate(content)
    except ValidationError as error:
        problems += [(line_of(lines, e["loc"]), _sentence(e)) for e in error.errors()]
        raise _invalid(path, problems) from None
    if problems:
        raise _invalid(path, problems)
    return file, feeds


def _tables(said: Any) -> list[dict[str, Any]]:
    """Return the tables of a list; what is none is told elsewhere, and is an empty one here."""
    return [one if isinstance(one, dict) else {} for one in said] if isinstance(said, list) else []


def _sources(said: Any) -> dict[str, str | None]:
    """Return the sources of the feeds by their names, also of those with which something else is wrong."""
    tables = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    return {str(one.get("name")): one.get("source") for one in tables}


def _feeds(
    path: Path, said: Any, lines: dict[KeyPath, int]
) -> tuple[tuple[Feed, ...], list[tuple[int, str]]]:
    """Return the feeds, and what is wrong with them; what reads them is loaded only where there are some."""
    if said is None:
        return (), []
    from earmark.feeds.loading import read_feeds

    feeds, wrong = read_feeds(said, lambda key: f"{path}:{line_of(lines, ('feeds', *key))}")
    return feeds, [
        (line_of(lines, ("feeds", *key)), f"{_dotted(('feeds', *key))}: {text}") for key, text in wrong
    ]


def _with_nul(content: Mapping[str, Any], lines: dict[KeyPath, int]) -> list[tuple[int, str]]:
    """Return the values with the character NUL: nothing that has a name can have it in its name."""
    waiting: list[tuple[KeyPath, Any]] = [((key,), value) for key, value in content.items()]
    problems = []
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*place, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*place, number), inner) for number, inner in enumerate(value)]
        elif isinstance(value, str) and "\0" in value:
            problems.append((line_of(lines, place), f"{_dotted(place)}: this has the character NUL in it"))
    return problems


def _names_of(
    kind: str, tables: Sequence[Mapping[str, Any]], lines: dict[KeyPath, int]
) -> list[tuple[int, str]]:
    names = [one.get("name", one.get("kind") if kind == "jobs" else None) for one in tables]
    said = f"there is a {kind.removesuffix('s')} {{!r}} already; give it another 'name'"
    return [
        (line_of(lines, (kind, n)), f"{kind}[{n}]: {said.format(name)}")
        for n, name in enumerate(names)
        if name is not None and name in names[:n]
    ]


def _feeds_of_jobs(
    jobs: Sequence[Mapping[str, Any]], sources: Mapping[str, str | None], lines: dict[KeyPath, int]
) -> list[tuple[int, str]]:
    """Return what is wrong with the feeds that jobs name."""
    from engine.definition import did_you_mean

    problems = []
    for n, job in enumerate(jobs):
        feed = job.get("feed")
        if not isinstance(feed, str):
            continue
        if feed not in sources:
            said = f"there is no feed {feed!r}.{did_you_mean(feed, list(sources))}"
        elif sources[feed] in (None, "-"):
            said = f"the feed {feed!r} has no source for a job: a path, a pattern or an address"
        else:
            continue
        problems.append((line_of(lines, ("jobs", n, "feed")), f"jobs[{n}].feed: {said}"))
    return problems


def _invalid(path: Path, problems: Sequence[tuple[int, str]]) -> ConfigurationInvalid:
    lines = [f"{path}:{line}: {text}" for line, text in sorted(problems)]
    return ConfigurationInvalid(
        lines[0],
        listed=lines[1:],
        remedy="Mend what is listed; docs/cli.md describes every key, docs/scheduler.md those of jobs, "
        "docs/feeds.md those of feeds, docs/sinks.md those of sinks.",
    )


def _sentence(error: ErrorDetails) -> str:
    where = _dotted(error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no such key.{_suggestion(error['loc'])}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{where}: {message[:1].lower()}{message[1:]}"


def _dotted(path: Sequence[int | str]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _suggestion(path: Sequence[int | str]) -> str:
    from engine.definition.suggest import did_you_mean

    models: dict[Any, type[BaseModel]] = {
        "publish": PublishSettings,
        "log": LogSettings,
        "metrics": MetricsSettings,
        "tracing": TracingSettings,
        "jobs": JobConfig,
        "sinks": SinkSettings,
    }
    model = models.get(path[0], ConfigFile) if len(path) > 1 else ConfigFile
    return did_you_mean(str(path[-1]), [*model.model_fields, *(["feeds"] if model is ConfigFile else [])])
