"""The numbers that the demonstration ends with, as JSON values and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from earmark.demo.folder import Folder
from earmark.demo.snapshot import Snapshot
from earmark.demo.tale import Tale
from earmark.demo.world import STORES, World
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def summarise(world: World, tale: Tale, folder: Folder, url: str) -> dict[str, Any]:
    """Return the summary. Quantities are decimal strings, as everywhere in the product's JSON."""
    before, after, end = finished(tale)
    return {
        "seed": world.seed,
        "products": len(world.products),
        "orders": {
            "asked": tale.placed + len(tale.refused),
            "placed": tale.placed,
            "refused": {code: len(found) for code, found in tale.refusals_by_reason().items()},
        },
        "items": end.items,
        "matrix": [row.as_dict() for row in end.matrix],
        "stock_update": {
            "released": tale.update["released"],
            "kept": tale.update["kept"],
            "left_before_count": plain(tale.left_before),
            "before": numbers(before),
            "after": numbers(after),
        },
        "published": dict(sorted(tale.published.items())),
        "drift": drift_of(tale),
        "report": str(folder.report),
        "database": url,
    }


def finished(tale: Tale) -> tuple[Snapshot, Snapshot, Snapshot]:
    """Return the snapshots before and after the stock update and at the end."""
    if tale.before is None or tale.after is None or tale.end is None:
        raise ValueError("the story has not been played to its end")
    return tale.before, tale.after, tale.end


def drift_of(tale: Tale) -> int:
    """Return how many stored numbers differ from their recomputation."""
    return len(tale.reconciled.drift) + tale.reconciled.items


def numbers(snapshot: Snapshot) -> dict[str, Any]:
    """Return reserved and held units, and per store what is available."""
    available = {store: plain(snapshot.available(store)) for store in STORES}
    return {"reserved": plain(snapshot.reserved), "held": plain(snapshot.held), "available": available}


def plain(units: Decimal) -> str:
    """Return a quantity as a plain decimal string without trailing zeros."""
    text = format(units, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def grouped(units: Decimal) -> str:
    """Return a quantity for people, with thousands set apart."""
    text = f"{units:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def changes(before: Snapshot, after: Snapshot) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Yield (what, before, after) for the numbers that the stock update is about."""
    yield "reserved units", before.reserved, after.reserved
    yield "held units", before.held, after.held
    for store in STORES:
        yield f"stock of {store}", before.stock(store), after.stock(store)
        yield f"available in {store}", before.available(store), after.available(store)


def show(console: Console, tale: Tale, summary: Mapping[str, Any], seconds: float) -> None:
    """Print the summary, at most 80 columns wide."""
    before, after, end = finished(tale)
    states = _table("process", "state", "#items", "#reserved units")
    for row in end.matrix:
        units = grouped(row.reserved) if row.reserved else ""
        states.add_row(row.process, row.state, f"{row.items:,}", units)
    update = _table("stock update", "#before", "#after", "#change")
    for what, old, new in changes(before, after):
        update.add_row(what, grouped(old), grouped(new), f"{'+' if new > old else ''}{grouped(new - old)}")
    for table in (states, update):
        console.print()
        console.print(table)
    drift = summary["drift"]
    events = count(tale.published["availability"], "availability event", ",")
    text = f"drift {drift}   {events}   {seconds:.1f} s"
    console.print()
    console.print(text, style="red" if drift else "green", highlight=False)
    console.print(f"report: {summary['report']}", soft_wrap=True, highlight=False)


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in columns:
        number = name.startswith("#")
        table.add_column(name.removeprefix("#"), justify="right" if number else "left")
    return table
