"""Saying something of inventory options: by rule files as a whole, or in the database one option at a time.

Everything that follows of it happens in the same transaction: what products come to have, availability, events.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from engine.errors import InputError
from engine.options.effective import Recomputed, recompute
from engine.options.layers import (
    DATABASE,
    FILE,
    Layer,
    Said,
    Source,
    read_layers,
    said_in,
    together,
    write_layer,
)
from engine.results import OptionsReport
from engine.runtime import Runtime
from engine.storage.database import Work
from rules.options.model import KINDS, InventoryOptions, Options

_NOTHING = Recomputed(0, 0)


def use_options(runtime: Runtime, options: Options | None, origin: str | None = None) -> OptionsReport | None:
    """Have rule files say these options, all of them; return what that changed, None when they do so already.

    ``origin`` is where they were read from. None for the options says nothing: what counts stays, unless the
    files of the same origin have said something before, which is over then. Raises RulesInvalid where they and
    what the database says contradict each other.
    """
    with runtime.database.read() as reader:
        stored = read_layers(reader)[FILE]
    if options is None and (origin is None or stored.origin != origin):
        return None
    said = {} if options is None else said_in(options)
    if stored.said == said:
        return None
    wanted = Layer(said, origin if said else None, actor=runtime.actor)
    return runtime.database.transact(partial(_write, runtime, FILE, wanted))


def say_option(runtime: Runtime, level: str, option: str, value: Any) -> OptionsReport:
    """Say an option at a level (``category Shoes``) in the database, or with None say nothing of it any more.

    Raises InputError for what is no level or no option, RulesInvalid for a value that cannot be.
    """
    _check(level, option)
    return runtime.database.transact(partial(_say, runtime, level, option, value))


def _check(level: str, option: str) -> None:
    kind, _, name = level.partition(" ")
    if level != "system" and (kind not in KINDS.values() or not name.strip()):
        raise InputError(
            f"{level!r} is no level",
            remedy='Write "system", or the kind with a name: "product tea-1", "category Tea", "website DE", '
            '"organisation Acme".',
        )
    known = InventoryOptions.model_fields
    if option not in known:
        from engine.definition.suggest import did_you_mean

        raise InputError(
            f"there is no option {option!r}.{did_you_mean(option, list(known))}",
            remedy=f"The options are {', '.join(known)}.",
        )


def _say(runtime: Runtime, level: str, option: str, value: Any, work: Work) -> OptionsReport:
    work.scalar("topology_alone")
    before = read_layers(work)[DATABASE]
    own = {**before.said.get(level, {}), option: value}
    if value is None:
        own.pop(option)
    said: Said = {**before.said, level: own}
    if not own:
        said.pop(level)
    return _write(runtime, DATABASE, Layer(said, actor=runtime.actor), work)


def _write(runtime: Runtime, source: Source, wanted: Layer, work: Work) -> OptionsReport:
    work.scalar("topology_alone")
    layers = read_layers(work)
    together({**layers, source: wanted})  # refused before anything is written
    told = write_layer(work, source, layers[source], replace(wanted, changed_at=work.now))
    done = recompute(runtime, work) if told else _NOTHING
    return OptionsReport(changes=told, products=done.products, changed=done.changed)
