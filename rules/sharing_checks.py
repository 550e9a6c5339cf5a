"""What can be wrong with the section ``sharing`` by itself, whatever warehouses and stores there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from rules.options.model import KINDS, InventoryOptions, Options
from rules.sharing import FIXED, PLUGIN, STRATEGIES, KeyPath, Sharing, SharingProblem
from rules.suggest import did_you_mean

Problems = Iterator[SharingProblem]


def problems_within(sharing: Sharing) -> Problems:
    """Yield everything in which the section contradicts itself."""
    yield from problems_of_groups(sharing)
    yield from _strategy(sharing)
    yield from _parts(sharing)


GROUPED = ("warehouse_groups", "channel_groups", "links")
"""The parts of the section that say which groups there are, and what is linked."""


def problems_of_groups(sharing: Sharing) -> Problems:
    """Yield in what groups and links contradict each other."""
    yield from _members(sharing.warehouse_groups, "warehouse_groups", "warehouse")
    yield from _members(sharing.channel_groups, "channel_groups", "store")
    yield from _links(sharing)


def backorders_beside(sharing: Sharing, options: Options | None) -> Problems:
    """Yield where options take backorders in a channel group: dividing anew would let them pass their limit."""
    taking = (section for section, level in _levels(options) if level.backorders)
    yield from _backorders(sharing, taking, "websites")


def backorders_said(sharing: Sharing, said: Mapping[str, Mapping[str, Any]]) -> Problems:
    """Yield what ``backorders_beside`` does, of levels as the database has them: ``website DE``."""
    taking = (tuple(level.split(" ", 1)) for level, told in said.items() if told.get("backorders"))
    yield from _backorders(sharing, taking, "website")


def _backorders(sharing: Sharing, taking: Iterable[tuple[str, ...]], websites: str) -> Problems:
    shared = {store for stores in sharing.channel_groups.values() for store in stores}
    for level in taking:
        if shared and not (level[0] == websites and level[1] not in shared):
            yield SharingProblem(
                (),
                f"{' '.join(level)} takes backorders, and stores of channel groups cannot yet",
                "Say backorders of the websites alone that are in no channel group.",
            )


def _levels(options: Options | None) -> Iterator[tuple[tuple[str, ...], InventoryOptions]]:
    if options is not None:
        yield ("system",), options.system
        for section in KINDS:
            for name, level in getattr(options, section).items():
                yield (section, name), level


def unknown(path: KeyPath, what: str, name: str, known: Collection[str]) -> SharingProblem:
    """Return the problem of a name that nothing has."""
    listed = f"There are {', '.join(sorted(known))}." if known else "There is none yet."
    return SharingProblem(path, f'there is no {what} "{name}"', did_you_mean(name, known) or listed)


def _members(groups: Mapping[str, tuple[str, ...]], key: str, kind: str) -> Problems:
    owners: dict[str, str] = {}
    for group, names in groups.items():
        if not names:
            text = f'the group "{group}" has no {kind}'
            yield SharingProblem((key, group), text, f"Name a {kind}, or remove the group.")
        for number, name in enumerate(names):
            path, first = (key, group, number), owners.setdefault(name, group)
            if first != group:
                text = f'the {kind} "{name}" is in the groups "{first}" and "{group}"'
                yield SharingProblem(path, text, f"A {kind} is in one group: remove it from the other.")
            elif name in names[:number]:
                yield SharingProblem(path, f'the {kind} "{name}" stands here twice', "Keep one of them.")


def _links(sharing: Sharing) -> Problems:
    owners: dict[str, str] = {}
    for pool, groups in sharing.links.items():
        if pool not in sharing.warehouse_groups:
            yield unknown(("links", pool), "warehouse group", pool, sharing.warehouse_groups)
        if not groups:
            text = f'the link of "{pool}" names no channel group'
            yield SharingProblem(("links", pool), text, "Name one, or remove the link.")
        for number, name in enumerate(groups):
            path, first = ("links", pool, number), owners.setdefault(name, pool)
            if name not in sharing.channel_groups:
                yield unknown(path, "channel group", name, sharing.channel_groups)
            if first != pool:
                text = f'the channel group "{name}" is linked to "{first}" and to "{pool}"'
                yield SharingProblem(
                    path, text, "A channel group sells from one warehouse group: keep one link."
                )
            elif name in groups[:number]:
                yield SharingProblem(
                    path, f'the channel group "{name}" stands here twice', "Keep one of them."
                )
    for name in sharing.channel_groups:
        if name not in owners:
            text = f'the channel group "{name}" is linked to no warehouse group, so it could sell nothing'
            yield SharingProblem(
                ("channel_groups", name), text, "Name it below a group in links, or remove it."
            )


def _strategy(sharing: Sharing) -> Problems:
    if sharing.strategy.startswith(PLUGIN) and sharing.strategy != PLUGIN:
        return
    if sharing.kind not in STRATEGIES:
        listed = ", ".join(f'"{name}"' for name in STRATEGIES)
        remedy = did_you_mean(sharing.kind, STRATEGIES) or f'Write one of {listed}, or "{PLUGIN}NAME".'
        yield SharingProblem(("strategy",), f'there is no strategy "{sharing.strategy}"', remedy)


def _parts(sharing: Sharing) -> Problems:
    for key in ("weights", "shares", "thresholds"):
        for name in getattr(sharing, key):
            if name not in sharing.channel_groups:
                yield unknown((key, name), "channel group", name, sharing.channel_groups)
    for key, kind in (("weights", "weight"), ("shares", FIXED)):
        if getattr(sharing, key) and sharing.kind != kind:
            text = f'"{key}" is given, and the strategy is "{sharing.strategy}"'
            yield SharingProblem((key,), text, f'Write strategy: {kind}, or remove "{key}".')
    if sharing.kind == FIXED:
        yield from _shares(sharing)
    if sharing.kind == "weight":
        yield from _weights(sharing)


def _shares(sharing: Sharing) -> Problems:
    for pool, groups in sharing.links.items():
        missing = [name for name in groups if name not in sharing.shares]
        if missing and len(groups) > 1:
            text = f'"{pool}" is divided by fixed shares, and {", ".join(missing)} has none'
            yield SharingProblem(("links", pool), text, "Give each of its channel groups a share; 0 is one.")
            continue
        total = sum(Fraction(str(sharing.shares.get(name, 100))) for name in groups)
        if groups and total != 100:
            text = f'the shares of "{pool}" add up to {float(total):g}'
            yield SharingProblem(("links", pool), text, "Make them add up to 100.")


def _weights(sharing: Sharing) -> Problems:
    for pool, groups in sharing.links.items():
        if groups and not any(sharing.weights.get(name, 1) for name in groups):
            text = f'all channel groups of "{pool}" have the weight 0'
            yield SharingProblem(("links", pool), text, "Give one of them a weight above 0.")
