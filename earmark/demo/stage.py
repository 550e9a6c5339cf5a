"""Playing one scene of the story: show it, keep what came out, publish what changed, note the new numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal

from earmark.demo.chart import Moment
from earmark.demo.clock import DemoClock
from earmark.demo.folder import Folder
from earmark.demo.screen import Scene, Screen, Told
from earmark.demo.shelves import Shelves
from earmark.demo.snapshot import Snapshot, take
from earmark.demo.tale import Played, Tale, TellingSink
from earmark.demo.world import STORES, World
from earmark.sinks.jsonl import JsonLinesSink
from earmark.words.text import count
from engine.api import Engine
from engine.api.jobs import JobConfig, JobKind
from engine.errors import EarmarkError
from engine.requests import Selection
from engine.results import MoveReport, OrderView


class Stage:
    """Where the story is played: the engine, the clock, the goods, the screen, and the tale so far."""

    def __init__(
        self, engine: Engine, world: World, folder: Folder, clock: DemoClock, *, screen: Screen
    ) -> None:
        self.engine = engine
        self.world = world
        self.folder = folder
        self.clock = clock
        self.tale = Tale(clock.today)
        self.shelves = Shelves(world)
        self._screen = screen
        self._sink = TellingSink(JsonLinesSink(folder.events), self.tale)
        self._skus = [product.sku for product in world.products]

    @contextmanager
    def scene(self, title: str, *, mark: str = "", quiet: bool = False) -> Iterator[Scene]:
        """Play a scene. ``mark`` labels it in the chart; a ``quiet`` one changes no stock or reservation."""
        now, day = self.clock.today, self.clock.day
        played = Played(f"day {day}, {now:%H:%M}", title)
        self._sink.scene = played.key
        with self._screen.scene(title, day, now) as scene:
            yield scene
            self.engine.publish(self._sink)
        played.result, played.seconds = scene.result, scene.seconds
        self.tale.scenes.append(played)
        if not quiet:
            self._note(mark)

    def snapshot(self, label: str) -> Snapshot:
        """Read all numbers from the engine."""
        return take(self.engine, label, self._skus, STORES, self.clock.today)

    def fire(self, event: str, places: Mapping[str, str], tell: Told) -> MoveReport:
        """Fire an event for all items of a state, per process."""
        total = MoveReport()
        for process, state in places.items():
            selection = Selection(process=process, state=state)
            total.add(self.engine.trigger(event, selection, progress=tell))
        return total

    def fire_orders(self, event: str, references: Sequence[str], tell: Told) -> MoveReport:
        """Fire an event for all items of orders."""
        if not references:
            return MoveReport()
        return self.engine.trigger(event, Selection(orders=tuple(references)), progress=tell)

    def fire_items(self, event: str, items: Sequence[int], tell: Told) -> MoveReport:
        """Fire an event for items."""
        return (
            self.engine.trigger(event, Selection(items=tuple(items)), progress=tell)
            if items
            else MoveReport()
        )

    def read_orders(self, references: Sequence[str], tell: Told) -> list[OrderView]:
        """Read orders from the engine, one by one."""
        found = []
        for number, reference in enumerate(references, start=1):
            found.append(self.engine.order(reference))
            if number % 100 == 0:
                tell(number, len(references))
        return found

    def orders_in(self, references: Collection[str], state: str) -> list[str]:
        """Return the references of the orders with an item in the state."""
        orders = self.read_orders(sorted(references), lambda _done, _total: None)
        return [order.reference for order in orders if any(item.state == state for item in order.items)]

    def run_job(self, job: JobConfig) -> str:
        """Run a job as the scheduler does, with its lease and its record; return what came out in words.

        Raises EarmarkError when the job failed: the story cannot go on then.
        """
        report = self.engine.run_job(job, sink=self._sink)
        if report.error is not None:
            raise EarmarkError(f"the job {job.key} failed: {report.error['message']}")
        if job.kind is JobKind.STOCK_UPDATE:
            (self.tale.update,) = report.result["files"]
            return f"{count(self.tale.update['released'], 'item', ',')} released, {self.tale.update['kept']:,} kept"
        return f"{count(report.result['moved'], 'item', ',')} moved"

    def _note(self, mark: str) -> None:
        rows = self.engine.matrix()
        reserved = sum((row.reserved for row in rows), Decimal(0))
        held = sum((row.held for row in rows), Decimal(0))
        stock = self.shelves.known_units()
        self.tale.moments.append(Moment(self.clock.today, mark, float(stock), float(reserved), float(held)))


def told(report: MoveReport, word: str, *, stayed: str = "stayed") -> str:
    """Return in words what a trigger did, with everything that it did not do."""
    parts = [f"{count(report.moved, 'item', ',')} {word}"]
    others = {stayed: report.stayed, "blocked": len(report.blocked), "failed": len(report.failed)}
    parts += [f"{number:,} {name}" for name, number in others.items() if number]
    return ", ".join(parts)
