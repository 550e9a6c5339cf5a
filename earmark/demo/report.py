"""The report: one HTML page that needs nothing else, made from what the story left behind."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from earmark import __version__
from earmark.demo.chart import draw
from earmark.demo.folder import Folder
from earmark.demo.pictures import Picture
from earmark.demo.snapshot import Change, Snapshot, most_interesting
from earmark.demo.story import DAYS
from earmark.demo.summary import changes, drift_of, finished, grouped
from earmark.demo.tale import Played, Tale, shortest_event
from earmark.demo.world import World
from earmark.words.text import count, named
from visualize.themes import dark_rules


def write_report(
    folder: Folder, world: World, tale: Tale, pictures: Sequence[Picture], seconds: float
) -> None:
    """Write the report into the folder."""
    environment = Environment(
        loader=PackageLoader("earmark", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    before, after, end = finished(tale)
    style = files("earmark").joinpath("templates", "demo_report.css").read_text(encoding="utf-8")
    page = environment.get_template("demo_report.html").render(
        style=Markup(style + _dark_diagrams()),
        summary=_summary(folder, world, tale, end, seconds),
        tiles=list(_tiles(tale, after, end)),
        story=list(_days(tale)),
        chart=draw(tale.moments),
        update=_update(tale, before, after),
        processes=list(_processes(end)),
        refused=[_refused(code, found) for code, found in tale.refusals_by_reason().items()],
        events=_events(tale, folder),
        diagrams=pictures,
        commands=_commands(folder, tale, before, after),
    )
    folder.report.write_text(page, encoding="utf-8")


def _dark_diagrams() -> str:
    """Return the rules that draw diagrams in the dark palette where the page is dark: on screens, not on paper."""
    rules = "".join(dark_rules(".diagram svg"))
    return f"@media screen and (prefers-color-scheme: dark) {{ {rules} }}\n"


def _days(tale: Tale) -> Iterator[tuple[str, list[Played]]]:
    for day, scenes in groupby(tale.scenes, key=lambda played: played.when.partition(",")[0]):
        yield day, list(scenes)


def _summary(folder: Folder, world: World, tale: Tale, end: Snapshot, seconds: float) -> dict[str, Any]:
    return {
        "count": end.items,
        "days": DAYS,
        "seconds": seconds,
        "start": f"{tale.start:%d %B %Y}",
        "end": f"{end.at:%d %B %Y}",
        "seed": world.seed,
        "version": __version__,
    }


def _tiles(tale: Tale, after: Snapshot, end: Snapshot) -> Iterator[dict[str, str]]:
    drift = drift_of(tale)
    refused, released = len(tale.refused), tale.update["released"]
    yield _tile(tale.placed, "order", "placed")
    yield _tile(
        refused, "order", "refused, with its reason" if refused == 1 else "refused, each with its reason"
    )
    yield _tile(end.items, "item", f"in {count(len(end.matrix), 'state')}")
    yield _tile(released, "item", "released by the stock update")
    yield _tile(tale.published["availability"], "availability event", "published")
    yield {
        "value": f"drift {drift}",
        "label": f"{count(tale.reconciled.checked, 'reservation', ',')} recounted",
        "mood": "bad" if drift else "good",
    }


def _tile(number: int, noun: str, rest: str) -> dict[str, str]:
    return {"value": f"{number:,}", "label": f"{named(number, noun)} {rest}", "mood": ""}


def _update(tale: Tale, before: Snapshot, after: Snapshot) -> dict[str, Any]:
    totals = [
        {"label": what, "before": grouped(old), "after": grouped(new), "change": _signed(new - old)}
        for what, old, new in changes(before, after)
        if old != new
    ]
    left = f"{grouped(tale.left_before)} {named(tale.left_before, 'unit')}"
    # The exact proof that counting and reserving agree: what left the shelves is what is no longer reserved.
    explanation = (
        "On day 10 the warehouses counted at 08:00, more parcels left at 09:00, and the scheduler imported "
        f"the count at 12:00. Before the count {left} had left the shelves, and the update "
        f"released {count(tale.update['released'], 'item', ',')} for them. What left after the count, "
        f"{count(tale.update['kept'], 'item', ',')}, still lies in the counted stock and stays reserved. What a "
        "store may sell grows, because a shared reservation counts in both stores: each has to assume that the "
        "goods leave from Berlin."
    )
    rows = [_row(change) for change in most_interesting(before, after)]
    return {"explanation": explanation, "totals": totals, "rows": rows}


def _row(change: Change) -> dict[str, Any]:
    old, new = change.before, change.after
    pairs = ((getattr(old, name), getattr(new, name)) for name in ("stock", "reserved", "held", "available"))
    note = ""
    if (old.available > 0) != (new.available > 0):
        note = "sellable again" if new.available > 0 else "sold out"
    elif new.never_out_of_stock:
        note = "never out of stock"
    return {
        "sku": old.sku,
        "store": old.store,
        "cells": [{"before": grouped(a), "after": grouped(b), "changed": a != b} for a, b in pairs],
        "note": note,
    }


def _signed(units: Decimal) -> str:
    return f"{'+' if units > 0 else '−' if units < 0 else '±'}{grouped(abs(units))}"


def _processes(end: Snapshot) -> Iterator[dict[str, Any]]:
    for name in dict.fromkeys(row.process for row in end.matrix):
        rows = [row for row in end.matrix if row.process == name]
        most = max(row.items for row in rows)
        yield {
            "name": f"{name}: {count(sum(row.items for row in rows), 'item', ',')}",
            "bars": [
                {
                    "state": row.state,
                    "count": row.items,
                    "width": round(100 * row.items / most, 1),
                    "kind": "reserved" if row.reserved else "held" if row.held else "",
                }
                for row in rows
            ],
        }


def _refused(code: str, found: Sequence[Any]) -> dict[str, Any]:
    first = found[0]
    return {"code": code, "count": len(found), "example": f"{first.reference}: {first.message}"}


def _events(tale: Tale, folder: Folder) -> dict[str, Any]:
    explanation = (
        "A storefront wants to know when a product turns sellable or sold out, not every change of an amount: one "
        "event per product, store and change of status, written to events.jsonl after the commit."
    )
    if short := tale.published["shortfall"]:
        notices = count(short, "notice", ",")
        explanation += (
            f" Besides, {notices} of a shortfall: more is promised there than lies in the warehouses."
        )
    times = [played for played in tale.scenes if tale.gone[played.key] or tale.back[played.key]]
    rows = [{"when": line.key, "gone": tale.gone[line.key], "back": tale.back[line.key]} for line in times]
    event = shortest_event(folder.events)
    example = json.dumps(json.loads(event), indent=2) if event else ""
    return {"explanation": explanation, "rows": rows, "example": example}


def _commands(folder: Folder, tale: Tale, before: Snapshot, after: Snapshot) -> list[str]:
    """Return what to try in a shell; the installed command is put on the path where it is not."""
    change = most_interesting(before, after)[0].after
    order = tale.example
    lines = [(f"cd {shlex.quote(str(folder.path))}", "")]
    program = Path(sys.executable).with_name("earmark")
    if shutil.which("earmark") is None and program.exists():
        lines.append((f'PATH={shlex.quote(str(program.parent))}:"$PATH"', ""))
    lines += [
        (f"earmark availability {change.sku} --store {change.store} --explain", "every term of the sum"),
        (f"earmark stock show {change.sku}", "what lies where, and when it was counted"),
        ("earmark matrix", "items and reserved units per state"),
    ]
    if order is not None:
        lines += [
            (f"earmark order show {order.reference}", "the last order"),
            (f"earmark order events {order.reference}", "what can be done with it now"),
            (f"earmark history {order.items[0].id}", "every step of an item"),
        ]
    lines += [
        ("earmark trigger ship --process DummyPayment --state exported", "ship what waits"),
        ("earmark run timeouts", "fire what is due by now"),
        ("earmark reservation reconcile --dry-run", "recount everything"),
        ("earmark process draw ClickAndCollect -o picture.svg --counts", "draw it with the items of now"),
        ("earmark scheduler", "run the jobs of earmark.toml until Ctrl-C"),
    ]
    return [f"{command:<62} # {why}" if why else command for command, why in lines]
