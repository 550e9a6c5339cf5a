"""Names that inventory options are said of: whether the stored topology has them, and which one may be meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.definition.suggest import did_you_mean
from engine.results import OptionProblem
from engine.storage.database import Reader
from rules.options.model import Options
from rules.options.resolve import Surroundings

_NEAR = 200
"""How many skus that begin alike a name is compared with that is not there."""


def unknown_names(reader: Reader, options: Options, around: Surroundings) -> Iterator[OptionProblem]:
    """Yield the products, categories, stores and organisations that options name and nothing stored has."""
    organisations = {name for name in around.organisations.values() if name is not None}
    known: dict[str, tuple[str, Collection[str]]] = {
        "organisations": ("organisation", organisations),
        "websites": ("store", around.organisations.keys()),
        "categories": ("category", around.parents.keys()),
    }
    for section, (what, names) in known.items():
        for name in getattr(options, section):
            if name not in names:
                yield _missing(section, name, what, did_you_mean(name, sorted(names)))
    skus = list(options.products)
    stored = {row.sku for row in reader.all("option_names", skus=skus)} if skus else set()
    for name in skus:
        if name not in stored:
            yield _missing("products", name, "product", did_you_mean(name, _like(reader, name)))


def _like(reader: Reader, name: str) -> list[str]:
    """Return stored skus that begin as the name does: comparing it with all of them would take too long."""
    for length in (3, 2, 1):
        start = name[:length]
        last = start[:-1] + chr(min(ord(start[-1]) + 1, 0xD7FF))
        if rows := reader.all("option_skus", first=start, last=last, size=_NEAR):
            return [row.sku for row in rows]
    return []


def _missing(section: str, name: str, what: str, guess: str) -> OptionProblem:
    remedy = guess.strip() or "Add it to the topology, or leave its options out."
    return OptionProblem(("options", section, name), f"there is no {what} {name!r}", remedy)
