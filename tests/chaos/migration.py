"""A migration, and its undoing, that a process goes through until it is killed, and that can be asked for again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from engine.requests import MigrationRequest
from engine.results import MigrationReport
from tests.chaos.scenario import die_at
from tests.helpers.shop import Shop

OLD = """
    states new asked waiting* packed* done
    new -> asked : ask
    asked -> waiting : go
    new -> waiting : go
    waiting -> packed : pack
    waiting -> done : late
    packed -> done : end
    event late timeout=1day
"""
NEW = """
    states new asked parked packed* done
    asked -> done : close
    new -> parked : go
    parked -> packed : pack
    parked -> done : late
    packed -> new : back
    packed -> done : check
    event close onEnter
    event late timeout=2days
    event check timeout=1hour processor=soon
"""
REQUEST = MigrationRequest(process="Sale", version="current", state_map={"waiting": "parked"}, enter=True)
SECOND_CHUNK = {"execution": {"chunk": 2}}


def opened(folder: Path, url: str | None) -> Shop:
    world = Shop(folder, url=url, **SECOND_CHUNK)
    world.plugins.processors["soon"] = lambda item, timeout, now: now + timedelta(hours=1)
    return world


def prepare(folder: Path, url: str | None) -> None:
    world = opened(folder, url).stocked(tea_1=50)
    world.deploy(OLD)
    items = world.place_many(7, items=[{"sku": "tea-1", "quantity": 2}])
    world.trigger("go", *items[:5])
    world.trigger("ask", items[6])
    world.trigger("pack", *items[3:5])
    world.deploy(NEW, force=True)
    world.close()


def act(world: Shop, what: str) -> MigrationReport:
    return world.engine.migrate(REQUEST) if what == "migrate" else world.engine.undo_migration(1)


def act_until(folder: Path, url: str | None, what: str, last: int) -> None:
    """Migrate, or undo it, and be killed at the n-th statement."""
    world = opened(folder, url)
    die_at(world, last)
    act(world, what)
