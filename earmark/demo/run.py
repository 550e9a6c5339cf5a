"""Running the demonstration: folder, engine, story, diagrams, report, summary."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earmark.bootstrap import open_wired, wire
from earmark.demo.clock import DemoClock, start_of_story
from earmark.demo.folder import Folder
from earmark.demo.orders import sales
from earmark.demo.pictures import draw_all
from earmark.demo.report import write_report
from earmark.demo.screen import Screen
from earmark.demo.stage import Stage
from earmark.demo.story import DAYS, play
from earmark.demo.summary import show, summarise
from earmark.demo.world import World
from earmark.settings import Settings
from engine.definition import Process, RegisteredNames, load_process
from engine.errors import Conflict, DefinitionError

if TYPE_CHECKING:
    from rich.console import Console

    from engine.api import Engine

SHIPPED = ("DummyPayment.xml", "Prepayment.xml")


@dataclass(frozen=True, slots=True)
class Demo:
    """A finished demonstration: its summary as JSON values, and how to show it to people."""

    summary: Mapping[str, Any]
    show: Callable[[Console], None]


def run_demo(
    directory: Path,
    screen: Screen,
    *,
    world: World,
    database_url: str | None = None,
    now: datetime | None = None,
) -> Demo:
    """Play the story in a folder and write its report. ``now`` is when the story ends, the present if None.

    Raises InputError when the folder holds something else, Conflict when the database already has processes,
    and what the engine raises.
    """
    begun = time.perf_counter()
    folder = Folder(directory.resolve())
    given = None if database_url is None else _whole(database_url)
    url = given or f"sqlite:///{folder.database}"
    folder.prepare(given)
    clock = DemoClock(start_of_story(DAYS, now))
    wiring = wire(Settings(database_url=url, plugins=(str(folder.plugin),)))
    engine = open_wired(wiring, url, clock=clock)
    try:
        _refuse_used(engine, url)
        stage = Stage(engine, world, folder, clock=clock, screen=screen)
        folder.write_inputs(world.topology(), (sale.request for sale in sales(world)))
        play(stage, _processes(folder, wiring.registered))
        with stage.scene("draw the diagrams", quiet=True) as scene:
            pictures = draw_all(engine, wiring.registered, folder.diagrams)
            scene.result = f"{len(pictures)} SVG files"
    finally:
        engine.close()
    seconds = time.perf_counter() - begun
    tale = stage.tale
    write_report(folder, world, tale, pictures, seconds)
    summary = summarise(world, tale, folder, _shown(url))
    return Demo(summary, lambda console: show(console, tale, summary, seconds))


def _whole(url: str) -> str:
    """Return the URL with the whole path of an SQLite file: a relative one means another file elsewhere."""
    name = url.removeprefix("sqlite:///")
    return url if name == url else f"sqlite:///{Path(name).resolve()}"


def _shown(url: str) -> str:
    """Return the URL without a password."""
    from engine.api.opening import shown_url

    return shown_url(url)


def _refuse_used(engine: Engine, url: str) -> None:
    if engine.processes():
        raise Conflict(
            f"the database {_shown(url)} is in use: it has processes already",
            remedy="Let the demonstration make its own database, or name an empty one with --db.",
        )


def _processes(folder: Folder, registered: RegisteredNames) -> list[Process]:
    shipped = Path(str(files("processes")))
    return [_load(path, registered) for path in (*(shipped / name for name in SHIPPED), folder.process)]


def _load(path: Path, registered: RegisteredNames) -> Process:
    result = load_process(path, registered=registered)
    if result.process is None or result.errors:
        raise DefinitionError("; ".join(f"{found.location}: {found.message}" for found in result.errors))
    return result.process
