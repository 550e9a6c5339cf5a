"""Saying something of inventory options: by rule files as a whole, or in the database one option at a time.

Everything that follows of it happens in the same transaction: what products come to have, availability, events.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from engine.errors import InputError, NotFound, RulesInvalid, UnknownSku, UnknownStore
from engine.options.effective import Recomputed, recompute, surroundings
from engine.options.layers import (
    DATABASE,
    FILE,
    Layer,
    Said,
    Source,
    options_of,
    read_layers,
    said_in,
    together,
    write_layer,
)
from engine.options.names import unknown_names
from engine.results import OptionsReport
from engine.runtime import Runtime
from engine.storage.database import Work
from rules import Sharing
from rules.options.model import KINDS, InventoryOptions, Options
from rules.sharing_checks import backorders_said

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

    Raises InputError for what is no level or no option, UnknownSku, UnknownStore or NotFound for a name that is not
    there, RulesInvalid for a value that cannot be, and for backorders where a store of a channel group would take
    them. Taking back is refused for no name.
    """
    check_level(level)
    _check_option(option)
    return runtime.database.transact(partial(_say, runtime, level, option, value))


def check_level(level: str) -> None:
    """Raise InputError for what is no level, such as the name of a store alone."""
    kind, _, name = level.partition(" ")
    if level != "system" and (kind not in KINDS.values() or not name.strip()):
        raise InputError(
            f"{level!r} is no level",
            remedy='Write "system", or the kind with a name: "product tea-1", "category Tea", "website DE", '
            '"organisation Acme".',
        )


def _check_option(option: str) -> None:
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
    else:
        _check_name(work, level)
        _check_sharing(runtime, work, {level: {option: value}})
    said: Said = {**before.said, level: own}
    if not own:
        said.pop(level)
    return _write(runtime, DATABASE, Layer(said, actor=runtime.actor), work)


def _check_name(work: Work, level: str) -> None:
    """Raise an error for a level of what is not there."""
    found = next(unknown_names(work, options_of({level: {}}), surroundings(work)), None)
    if found is None:
        return
    kind, _, name = level.partition(" ")
    guess = found.remedy if found.remedy.startswith("Did you mean") else ""
    message, remedy = (
        f"{found.message}. {guess}".rstrip(" ."),
        "Mend the name, or add it to the topology first.",
    )
    if kind == "product":
        raise UnknownSku(message, remedy=remedy, skus=[name])
    raise (UnknownStore if kind == "website" else NotFound)(message, remedy=remedy)


def _check_sharing(runtime: Runtime, work: Work, said: Said) -> None:
    """Raise RulesInvalid for backorders of stores in channel groups, as files are refused that say so."""
    row = work.first("sharing_rules")
    stored = None if row is None else Sharing.model_validate_json(row.rules, strict=False)
    sharing = stored if runtime.rules.sharing is None else runtime.rules.sharing
    problem = None if sharing is None else next(backorders_said(sharing, said), None)
    if problem is not None:
        raise RulesInvalid(problem.message, remedy=problem.remedy)


def _write(runtime: Runtime, source: Source, wanted: Layer, work: Work) -> OptionsReport:
    work.scalar("topology_alone")
    layers = read_layers(work)
    together({**layers, source: wanted})  # refused before anything is written
    told = write_layer(work, source, layers[source], replace(wanted, changed_at=work.now))
    done = recompute(runtime, work) if told else _NOTHING
    return OptionsReport(changes=told, products=done.products, changed=done.changed)
