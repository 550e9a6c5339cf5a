"""Making sinks of what the settings say of them, with the secrets of the environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from earmark.feeds.addresses import variable
from earmark.sinks.settings import SinkSettings
from engine.errors import ConfigurationInvalid, EarmarkError, NotFound
from engine.hooks import NamedSink, OutboxMessage, Sink, SinkMaker, SinkOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_WEBHOOK_BATCH = 200

Makers = Mapping[str, tuple[SinkMaker, str]]
"""What plugins make, by kind, each with the place it comes from."""


def chosen(sinks: Sequence[SinkSettings], names: Iterable[str]) -> list[SinkSettings]:
    """Return the sinks of these names, all of them without any. Raises NotFound."""
    from engine.definition import did_you_mean

    known = {sink.name: sink for sink in sinks}
    for name in names:
        if name not in known:
            raise NotFound(
                f"there is no sink {name!r} in the settings.{did_you_mean(name, list(known))}",
                remedy="'earmark sink list' shows the sinks; [[sinks]] of earmark.toml makes one.",
                sink=name,
            )
    return [known[name] for name in dict.fromkeys(names)] or list(sinks)


def usable_or_not(
    sinks: Sequence[SinkSettings], environment: Mapping[str, str], makers: Callable[[], Makers]
) -> list[NamedSink]:
    """Return the sinks as ``make_sinks`` does, but refuse none: one that cannot be made hinders no other.

    Handing messages to such a one fails with what is wrong, and tries to make it again each time: a file that
    can be written by then, or a library that is there, mends it.
    """
    return [_usable_or_not(one, partial(_made, one, environment, makers)) for one in sinks]


def _usable_or_not(one: SinkSettings, make: Callable[[], Sink]) -> NamedSink:
    try:
        return _named(one, make())
    except EarmarkError:
        later = _Later(make)
        return replace(_named(one, later), ready=later.ready)


class _Later:
    """A sink that could not be made, and is when that is possible."""

    def __init__(self, make: Callable[[], Sink]) -> None:
        self._make = make
        self._made: Sink | None = None

    def ready(self) -> None:
        """Make the sink unless it is made. Raises what hinders that."""
        if self._made is None:
            self._made = self._make()

    def publish(self, messages: Sequence[OutboxMessage]) -> int | None:
        """Hand the messages to the sink. Raises what hinders that it is made, and what it raises."""
        self.ready()
        assert self._made is not None  # otherwise that has raised
        return self._made.publish(messages)


def make_sinks(
    sinks: Sequence[SinkSettings], environment: Mapping[str, str], makers: Callable[[], Makers]
) -> list[NamedSink]:
    """Return the sinks; ``makers`` is asked for those of plugins where there is such a one.

    Raises ConfigurationInvalid for a variable that is not set and for what a plugin does not take, FileUnreadable
    for a file that could not be written, InputError for a missing extra.
    """
    return [_named(one, _made(one, environment, makers)) for one in sinks]


def _named(one: SinkSettings, sink: Sink) -> NamedSink:
    return NamedSink(
        name=one.name,
        sink=sink,
        kinds=one.kinds,
        batch=_WEBHOOK_BATCH if one.kind == "webhook" else 500,
        retry_s=one.retry_s,
        retry_most_s=one.retry_most_s,
        # One request may begin at the end of the time that a batch has.
        lease_s=60.0 + one.timeout_s,
        give_up_s=one.give_up_s,
    )


def _made(one: SinkSettings, environment: Mapping[str, str], makers: Callable[[], Makers]) -> Sink:
    what = f"the sink {one.name!r}"
    secret = None if one.secret_env is None else variable(one.secret_env, environment, what)
    if one.kind == "jsonl":
        from earmark.sinks.jsonl import JsonLinesSink

        sink = JsonLinesSink(Path(one.file or ""))
        sink.check()
        return sink
    if one.kind == "kombu":
        from earmark.sinks.queue import QueueSink

        hidden = [environment.get(name, "") for name in _VARIABLE.findall(one.url or "")]
        return QueueSink(_filled(one.url or "", environment, what), [*hidden, *map(quote, hidden)])
    if one.kind == "webhook":
        from earmark.sinks.webhook import WebhookSink, signing_keys

        url = _filled(one.url or "", environment, what)
        return WebhookSink(url, signing_keys(secret or "", one.secret_env or ""), timeout_s=one.timeout_s)
    return _of_plugin(one, secret, makers())


def _filled(url: str, environment: Mapping[str, str], what: str) -> str:
    """Return the address with the variables in their places, written so that their signs mean nothing there."""
    return _VARIABLE.sub(lambda found: quote(variable(found[1], environment, what), safe=""), url)


def _of_plugin(one: SinkSettings, secret: str | None, makers: Makers) -> Sink:
    from engine.definition import did_you_mean

    if one.kind not in makers:
        raise ConfigurationInvalid(
            f"the sink {one.name!r}: no plugin makes sinks of the kind {one.kind!r}."
            f"{did_you_mean(one.kind, list(makers))}",
            remedy="Mark a function with @sink, and name its file under 'plugins'.",
        )
    make, place = makers[one.kind]
    try:
        made = make(SinkOptions(one.name, dict(one.options), secret))
    except EarmarkError:
        raise
    except Exception as error:  # a library that is missing among it
        # What it says may be the secret itself.
        said = f"{type(error).__name__}: {error}"
        told = said.replace(secret, "***") if secret else said
        raise ConfigurationInvalid(
            f"the sink {one.name!r} could not be made by {place}: {told}",
            remedy="Mend its options or its secret in [[sinks]], or the plugin and what it needs.",
        ) from None
    if not callable(getattr(made, "publish", None)):
        raise ConfigurationInvalid(f"the sink {one.name!r}: what {place} made has no method publish")
    return made
