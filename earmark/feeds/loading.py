"""The feeds of ``earmark.toml``: each with its profile merged below it, checked, every problem with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from earmark.feeds.errors import UnknownFeed
from earmark.feeds.fitting import misfits
from earmark.feeds.model import Feed
from earmark.feeds.shipped import Raw, merged, profile, profile_names
from earmark.pruning import valid_part
from engine.definition import did_you_mean, nearest
from engine.errors import ConfigurationInvalid

Problem = tuple[tuple[int | str, ...], str]
"""The way to what is wrong, from the list of feeds on, and a sentence."""


def read_feeds(
    said: Any, source: Callable[[tuple[int | str, ...]], str]
) -> tuple[tuple[Feed, ...], list[Problem]]:
    """Return the feeds that are right, and all that is wrong with the others.

    ``said`` is the value of ``feeds`` as the TOML has it; ``source`` tells where the value of a key is said.
    """
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        return (), [((), "write each feed as a table of its own, which begins with [[feeds]]")]
    feeds: list[Feed] = []
    problems: list[Problem] = []
    named: dict[str, Raw] = {}
    for place, raw in enumerate(said):
        feed, wrong = _read(raw, named, lambda key, place=place: source((place, *key)))  # type: ignore[misc]
        name = raw.get("name")
        if isinstance(name, str):
            if name in named:
                wrong.append((("name",), f"there is a feed {name!r} already; give it another name"))
            named.setdefault(name, raw)
        problems += [((place, *key), text) for key, text in wrong]
        if feed is not None:
            feeds.append(feed)
    return tuple(feeds), problems


def feed_named(feeds: Sequence[Feed], name: str) -> Feed:
    """Return the feed of that name, else the shipped profile of it.

    Raises UnknownFeed for a name that is neither, ConfigurationInvalid for a profile that needs more to be said.
    """
    found = next((feed for feed in feeds if feed.name == name), None)
    if found is not None:
        return found
    if name not in profile_names():
        known = [*(feed.name for feed in feeds), *profile_names()]
        listed = ", ".join(known) if known else "there is none"
        raise UnknownFeed(
            f"there is no feed {name!r}.{did_you_mean(name, known)}",
            remedy=f"Write a [[feeds]] into earmark.toml (docs/feeds.md), or name one of these: {listed}.",
        )
    feed, wrong = _read({"name": name, "profile": name}, {}, lambda _: "given")
    if feed is None:
        raise ConfigurationInvalid(
            f"the profile {name!r} cannot be used as it is: {wrong[0][1]}",
            listed=[text for _, text in wrong[1:]],
            remedy=f'Write a [[feeds]] with profile = "{name}" into earmark.toml that says it; see docs/feeds.md.',
        )
    return feed


def _read(
    raw: Raw, named: Mapping[str, Raw], source: Callable[[tuple[str, ...]], str]
) -> tuple[Feed | None, list[Problem]]:
    layers, no_profile = _layers(raw, named, source)
    problems: list[Problem] = [(("profile",), no_profile)] if no_profile else []
    whole: dict[str, Any] = {}
    origins: dict[tuple[str, ...], str] = {}
    for layer, told in reversed(layers):
        whole = merged(whole, layer)
        origins.update({key: told(key) for key in _keys(layer)})
    feed: Feed | None
    try:
        feed = Feed.model_validate(whole)
    except ValidationError as error:
        problems += _problems(error)
        feed = valid_part(Feed, whole, error)
    problems += [] if feed is None else _misfits(feed, problems, raw if no_profile else None)
    if feed is None or problems:
        return None, problems
    feed.origins.update({key: text for key, text in origins.items() if _has(whole, key)})
    return feed, []


def _misfits(feed: Feed, known: Sequence[Problem], alone: Raw | None) -> list[Problem]:
    """Return what does not fit together, but for what follows from what is ``known``.

    ``alone`` is what the feed says itself, where its profile is not there: what that may say is not missing.
    """
    wrong = [key for key, _ in known if key != ("profile",)]
    wrong += [(*key[:-1], meant) for key in wrong if (meant := nearest(str(key[-1]), _siblings(key)))]
    found = [
        (key, text)
        for key, text in misfits(feed)
        if not any(key[: len(other)] == other or other[: len(key)] == key for other in wrong)
    ]
    return found if alone is None else [(key, text) for key, text in found if _is_said(alone, key)]


def _is_said(raw: Any, key: Sequence[int | str]) -> bool:
    """Return whether a value is told to its end: of a table a profile may say more."""
    for part in key:
        if isinstance(raw, list):
            return True
        if not isinstance(raw, Mapping) or part not in raw:
            return False
        raw = raw[part]
    return not isinstance(raw, Mapping)


def _layers(
    raw: Raw, named: Mapping[str, Raw], source: Callable[[tuple[str, ...]], str]
) -> tuple[list[tuple[Raw, Callable[[tuple[str, ...]], str]]], str]:
    """Return what the feed says, then its profile, then the profile of that; or what is wrong with one of them."""
    layers = [(raw, source)]
    name = raw.get("profile")
    waiting = dict(named)
    while isinstance(name, str):
        if name in waiting:
            below, told = waiting.pop(name), f"feed {name}"
        elif name in profile_names():
            below, told = profile(name), f"profile {name}"
        else:
            known = [*waiting, *profile_names()]
            return (
                layers,
                f"there is no profile {name!r}, and no feed of that name above.{did_you_mean(name, known)}",
            )
        layers.append((_inherited(below), lambda _, told=told: told))  # type: ignore[misc]
        name = below.get("profile")
    return layers, ""


def _inherited(below: Raw) -> Raw:
    """Return what a profile lends: not its name, its own profile and where it lies."""
    return {key: value for key, value in below.items() if key not in ("name", "profile", "source")}


def _keys(raw: Raw, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in raw.items():
        if isinstance(value, Mapping):
            yield from _keys(value, (*above, key))
        else:
            yield (*above, key)


def _has(whole: Any, key: tuple[str, ...]) -> bool:
    for part in key:
        if not isinstance(whole, Mapping) or part not in whole:
            return False
        whole = whole[part]
    return True


def _problems(error: ValidationError) -> Iterator[Problem]:
    told = set()
    for one in error.errors():
        key = _without_types(one["loc"])
        if one["type"] == "extra_forbidden":
            text = f"there is no such key.{did_you_mean(str(key[-1]), _siblings(key))}"
        else:
            message = one["msg"].removeprefix("Value error, ")
            text = f"{message[:1].lower()}{message[1:]}"
        if key not in told:  # an alternative of types is told once
            told.add(key)
            yield key, text


def _without_types(loc: Sequence[int | str]) -> tuple[int | str, ...]:
    """Return the way without the names that pydantic gives to alternatives of types."""
    return tuple(
        part for part in loc if isinstance(part, int) or not part.startswith(("tuple[", "constrained-"))
    )


def _siblings(key: Sequence[int | str]) -> list[str]:
    """Return the keys that there are where this one stands."""
    model: type[BaseModel] = Feed
    for part in key[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = _model(model.model_fields[part].annotation) or model
    return list(model.model_fields)


def _model(hint: Any) -> type[BaseModel] | None:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint
    return next((found for part in get_args(hint) if (found := _model(part)) is not None), None)
