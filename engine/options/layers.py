"""What the sources say of inventory options: rule files and the database, kept apart, and together.

Of one option at one level the file counts, where both say something.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import ValidationError

from engine.errors import RulesInvalid
from engine.storage.database import Reader, Work
from rules.options.model import KINDS, InventoryOptions, Options, said

Source = Literal["file", "database"]
FILE: Source = "file"
DATABASE: Source = "database"

_PRODUCT = "product "

Said = dict[str, dict[str, Any]]
"""What is said at each level (``product X``), by the name of the option."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What a source says, where that was read from, when it was changed (UTC microseconds) and by whom."""

    said: Said = field(default_factory=dict)
    origin: str | None = None
    changed_at: int | None = None
    actor: str | None = None


def read_layers(reader: Reader) -> dict[str, Layer]:
    """Return what each source says; one that has never said anything says nothing."""
    found: dict[str, Layer] = {FILE: Layer(), DATABASE: Layer()}
    for row in reader.all("option_layers"):
        found[row.source] = Layer(json.loads(row.content), row.origin, int(row.changed_at), row.actor)
    return found


def by_names_of_now(reader: Reader, layers: Mapping[str, Layer]) -> dict[str, Layer]:
    """Return what the sources say, of renamed products by their names of now, whose own options come first."""
    named = [(source, level) for source, layer in layers.items() for level in layer.said]
    names = sorted({level.removeprefix(_PRODUCT) for _, level in named if level.startswith(_PRODUCT)})
    rows = reader.all("renamed_products", names=names) if names else []
    if not rows:
        return dict(layers)
    now = {f"{_PRODUCT}{row.name}": f"{_PRODUCT}{row.sku}" for row in rows}
    return {source: replace(layer, said=_renamed(layer.said, now)) for source, layer in layers.items()}


def _renamed(levels: Said, now: Mapping[str, str]) -> Said:
    said = {level: told for level, told in levels.items() if level not in now}
    for level, name in now.items():
        if level in levels:
            said[name] = {**levels[level], **said.get(name, {})}
    return said


def said_in(options: Options) -> Said:
    """Return what options say, level by level."""
    levels = {"system": options.system}
    for section, kind in KINDS.items():
        levels |= {f"{kind} {name}": own for name, own in getattr(options, section).items()}
    return {level: told for level, own in levels.items() if (told := said(own))}


def together(layers: Mapping[str, Layer]) -> Options:
    """Return what the sources say together. Raises RulesInvalid where they contradict each other."""
    merged: Said = {}
    for source in (DATABASE, FILE):
        for level, told in layers[source].said.items():
            merged[level] = {**merged.get(level, {}), **told}
    return options_of(merged)


def options_of(levels: Said) -> Options:
    """Return the options that say this. Raises RulesInvalid where it contradicts itself."""
    built: dict[str, Any] = {"system": {}, **{section: {} for section in KINDS}}
    sections = {kind: section for section, kind in KINDS.items()}
    problems = []
    for level, told in levels.items():
        kind, _, name = level.partition(" ")
        try:
            own = InventoryOptions.model_validate(told)
        except ValidationError as error:
            problems += [f"  {level}: {_text(one)}" for one in error.errors(include_url=False)]
            continue
        if kind == "system":
            built["system"] = own
        else:
            built[sections[kind]][name] = own
    if problems:
        raise RulesInvalid("the inventory options are not valid:", listed=problems)
    return Options.model_construct(**{"system": InventoryOptions(), **{k: v for k, v in built.items() if v}})


def _text(error: Any) -> str:
    where = ".".join(map(str, error["loc"]))
    return f"{where}: {error['msg']}" if where else str(error["msg"])


def changes(before: Said, after: Said) -> Iterator[list[str | None]]:
    """Yield every difference: level, option, and the JSON of its value before and after, None for nothing."""
    for level in sorted(before.keys() | after.keys()):
        old, new = before.get(level, {}), after.get(level, {})
        for option in sorted(old.keys() | new.keys()):
            if old.get(option) != new.get(option):
                yield [level, option, _json(old.get(option)), _json(new.get(option))]


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value)


def write_layer(work: Work, source: Source, before: Layer, after: Layer) -> int:
    """Store what a source says from now on, and what that changes; return the number of changes."""
    told = list(changes(before.said, after.said))
    content = json.dumps(after.said, sort_keys=True)
    known = {"source": source, "origin": after.origin, "actor": after.actor, "now": work.now}
    work.run("put_option_layer", content=content, **known)
    if told:
        work.run("add_option_changes", changes=told, **known)
    return len(told)
