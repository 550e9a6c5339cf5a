"""What the contracts of pyproject.toml say about who may import what, for comparison with a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.architecture.sources import TOP, project

Contract = dict[str, Any]


def contracts(kind: str) -> list[Contract]:
    return [one for one in project()["tool"]["importlinter"]["contracts"] if one["type"] == kind]


def layers(container: str | None = None) -> list[list[str]]:
    """The layers of the packages at the root, or of the rooms of a package: the highest first."""
    (found,) = [one for one in contracts("layers") if one.get("containers") == (container and [container])]
    return [layer.replace(" ", "").split("|") for layer in found["layers"]]


def forbidding(source: str) -> Iterator[Contract]:
    """The contracts that forbid something to the package or room as a whole."""
    return (one for one in contracts("forbidden") if source in one["source_modules"])


def forbidden(source: str) -> set[str]:
    return {name for one in forbidding(source) for name in one["forbidden_modules"]}


def excepted(source: str) -> set[str]:
    """What the package may import although the whole that it is part of is forbidden."""
    rules = [rule.split(" -> ") for one in forbidding(source) for rule in one.get("ignore_imports", ())]
    return {name.removesuffix(".**") for importer, name in rules if importer.split(".")[0] == source}


def rooms() -> dict[str, tuple[int, set[str]]]:
    """Every room of the engine: its floor, counted from 0, and what it may not import of what stands below."""
    floors = list(reversed(layers("engine")))
    known: dict[str, tuple[int, set[str]]] = {}
    for floor, names in enumerate(floors):
        below = {f"engine.{name}" for names in floors[:floor] for name in names}
        for name in names:
            barred = {other for other in forbidden(f"engine.{name}") if _counts(other, below)}
            known[name] = (floor, {other.removeprefix("engine.") for other in barred})
    return known


def _counts(name: str, below: set[str]) -> bool:
    return name in below or name == "rules" or name.split(".", maxsplit=1)[0] not in TOP


def packages() -> dict[str, set[str]]:
    """Every package at the root: what it may import of the others, by rooms where not all of the engine."""
    ranks = layers()
    known: dict[str, set[str]] = {}
    for package in TOP:
        rank = next((number for number, names in enumerate(ranks) if package in names), len(ranks))
        below = {name for names in ranks[rank + 1 :] for name in names}
        below |= {
            name
            for one in contracts("protected")
            if package in one["allowed_importers"]
            for name in one["protected_modules"]
        }
        barred = forbidden(package)
        if "engine" in below and any(name.split(".")[0] == "engine" for name in barred):
            below |= {f"engine.{name}" for name in rooms()} - {"engine"}
            below.discard("engine")
        whole = {name for name in below if name in barred or name.split(".")[0] in barred}
        known[package] = below - whole | excepted(package)
    return known
