"""Which rules and feeds name a product, a warehouse or a store."""

from __future__ import annotations

from collections.abc import Iterator

from engine.runtime import Runtime
from engine.storage.database import Reader

_LEVELS = {"product": "product", "store": "website"}
"""The level of inventory options at which something is named, by what it is."""


def mentions(runtime: Runtime, reader: Reader, kind: str, name: str, product: int) -> Iterator[str]:
    """Yield in words which rules name it, and which feeds last brought the numbers of the product with this id."""
    level = f"{_LEVELS.get(kind, '')} {name}"
    options = runtime.rules.options
    told = {
        "product": options.products if options else {},
        "store": options.websites if options else {},
    }.get(kind, {})
    said = [row.source for row in reader.all("options_said") if f'"{level}":' in row.content]
    if name in told and "file" not in said:
        said.append("file")
    for source in sorted(said):
        yield f"the options of {kind} '{name}' ({'rule files' if source == 'file' else 'database'})"
    yield from _shared(runtime, kind, name)
    if kind == "product":
        for row in reader.all("leaving_feeds", product=product):
            yield f"the feed '{row.feed}', which brings its stock"


def _shared(runtime: Runtime, kind: str, name: str) -> Iterator[str]:
    sharing = runtime.rules.sharing
    groups = (
        {} if sharing is None else sharing.warehouse_groups if kind == "warehouse" else sharing.channel_groups
    )
    if kind != "product":
        for group, names in groups.items():
            if name in names:
                yield f"the {'warehouse' if kind == 'warehouse' else 'channel'} group '{group}' of the rules"
