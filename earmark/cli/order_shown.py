"""An order as people read it, and what it was amended by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from earmark.cli.output import line, table
from earmark.words.ages import short_age, time_text

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import AmendmentView, LineChange, OrderView


def show_order(out: Console, view: OrderView) -> None:
    """Print an order and where its items stand."""
    known = ", placed before" if view.existing else ""
    line(out, f"order {view.reference} of store {view.store}, process {view.process}{known}", "bold")
    line(out, f"placed {time_text(view.placed_at)}Z{_flags(view.flags)}")
    rows = [
        (
            item.id,
            item.sku,
            f"{item.quantity:f}",
            item.state,
            short_age(item.age_s),
            _counted(item.reserved, item.held),
            item.warehouse,
            "amended out" if item.amended_out else ", ".join(item.flags) or None,
        )
        for item in view.items
    ]
    columns = ("#item", "sku", "#quantity", "state", "#since", "stock", "warehouse", "flags")
    table(out, columns, rows, empty="no items")
    show_amendments(out, view.amendments)
    for item in view.items:
        if item.suspended is not None:
            line(out, f"item {item.id} stands still: {item.suspended.told}", "yellow")
    for version in sorted({item.version for item in view.items if item.version is not None}):
        items = ", ".join(str(item.id) for item in view.items if item.version == version)
        line(out, f"migrated to version {version[:12]}: item {items}")


def _flags(flags: Sequence[str]) -> str:
    return f"; all items are flagged {', '.join(flags)}" if flags else ""


def _counted(reserved: bool, held: bool) -> str | None:
    return "reserved" if reserved else "held" if held else None


def show_amendments(out: Console, amendments: Sequence[AmendmentView]) -> None:
    """Print what an order was amended by."""
    for amendment in amendments:
        by = f" by {amendment.actor}" if amendment.actor else ""
        key = f" ({amendment.key})" if amendment.key else ""
        reason = f": {amendment.reason}" if amendment.reason else ""
        line(out, f"amended {time_text(amendment.at)}Z{by}{key}{reason}")
        show_changes(out, amendment)


def show_changes(out: Console, amendment: AmendmentView) -> None:
    """Print what an amendment has changed, before and after."""
    told = list(_changes(amendment))
    for one in told or ["nothing changed"]:
        line(out, f"  {one}")


def _changes(amendment: AmendmentView) -> Iterator[str]:
    if amendment.store is not None:
        yield f"store: {amendment.store.before} -> {amendment.store.after}"
    for name, change in amendment.fields.items():
        yield f"{name}: {_json(change.before)} -> {_json(change.after)}"
    yield from map(_line, amendment.lines)


def _line(change: LineChange) -> str:
    items = [
        f"{one.quantity:f} left to '{one.state}' as item {one.item}"
        if one.of
        else f"item {one.item} left to '{one.state}'"
        for one in change.left
    ]
    items += [f"{one.quantity:f} came as item {one.item} in '{one.state}'" for one in change.came]
    told = f" ({', '.join(items)})" if items else ""
    return f"line {change.line}, {change.sku}: {change.before:f} -> {change.after:f}{told}"


def _json(value: Any) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False)
