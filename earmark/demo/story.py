"""The story: twenty-six days of two stores, from the first stock count to the last closed item.

What has to be due is due because the clock of the demonstration has moved there, never because a timeout was
shortened. Runs of conditions, timeouts and the stock update go through the jobs of the scheduler.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from earmark.demo.orders import CARD, PICKUP, PREPAYMENT, Habit, Sale, mistakes, sales
from earmark.demo.screen import Told
from earmark.demo.stage import Stage, told
from earmark.demo.update import start_returns, stock_update
from earmark.words.text import count as counted
from engine.api.jobs import JobConfig, JobKind
from engine.definition import Process
from engine.results import Code, PlaceReport

DAYS = 26
"""Length of the story in days."""

_CONDITIONS = JobConfig(name="conditions", kind=JobKind.CONDITIONS, interval=60)
_TIMEOUTS = JobConfig(name="timeouts", kind=JobKind.TIMEOUTS, interval=60)


def play(stage: Stage, processes: Sequence[Process]) -> None:
    """Play the whole story."""
    story = _Story(stage)
    whole = stage.world.orders
    parts = whole * 55 // 100, whole // 4, whole // 10, whole // 20, whole // 40
    story.open_shop(processes)
    story.sell(0, parts[0])
    story.afternoon(0)
    story.take_mistakes()
    story.night(1)
    story.ship(1, mark="first parcels")
    story.collect(2)
    story.sell(3, parts[1])
    story.afternoon(3)
    story.night(4)
    story.ship(4)
    story.collect(5)
    story.open_hamburg(5)
    story.sell(6, parts[2])
    story.afternoon(6)
    story.night(7)
    story.ship(7)
    story.collect(8)
    story.night(9)
    story.late_transfers(9)
    story.night(10)
    stock_update(stage, story.references(), lambda: story.go_on(10, parts[3]))
    story.afternoon(10)
    start_returns(stage, story.references(Habit.RETURNS))
    story.night(14)
    story.late_transfers(15)
    story.night(16)
    story.ship(17)
    story.sell(24, parts[4])
    story.afternoon(24)
    story.night(25)
    story.sell(25, whole - sum(parts))
    story.reconcile(DAYS)


class _Story:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._sales = sales(stage.world)
        self._wave: list[Sale] = []
        self._placed: list[Sale] = []
        self._asked = 0
        self._visited: set[str] = set()
        self._reminded: set[str] = set()

    def references(self, *habits: Habit, process: str | None = None) -> list[str]:
        """Return the references of the placed orders with these habits (all without any) and process."""
        return [
            sale.reference
            for sale in self._placed
            if (not habits or sale.habit in habits) and process in (None, sale.request.process)
        ]

    def open_shop(self, processes: Sequence[Process]) -> None:
        stage = self._stage
        stage.clock.go(0, 8)
        with stage.scene("deploy the processes", quiet=True) as scene:
            deployed = [stage.engine.deploy(process) for process in processes]
            scene.result = (
                f"{counted(len(deployed), 'process')}, {counted(sum(p.states for p in deployed), 'state')}"
            )
        with stage.scene("set up stores and warehouses", quiet=True) as scene:
            made = stage.engine.apply_topology(stage.world.topology())
            made_of = {"store": made.stores, "warehouse": made.warehouses, "product": made.products}
            scene.result = ", ".join(counted(number, noun, ",") for noun, number in made_of.items())
        with stage.scene("import the first count") as scene:
            stage.shelves.count(stage.folder.first_count, stage.clock.today)
            imported = stage.engine.import_stock(stage.folder.first_count, progress=scene.tell)
            stage.shelves.imported()
            scene.result = counted(imported.imported, "row", ",")

    def sell(self, day: int, count: int, *, hour: int = 9) -> None:
        stage = self._stage
        self._wave = list(islice(self._sales, count))
        stage.clock.go(day, hour)
        with stage.scene(f"take {counted(len(self._wave), 'order', ',')}") as scene:
            report = self._place(self._wave, lambda done, _total: scene.tell(done, len(self._wave)))
            sold_out = sum(refusal.code == Code.NOT_AVAILABLE for refusal in report.refused)
            scene.result = f"{report.placed:,} placed, {sold_out:,} sold out"

    def afternoon(self, day: int) -> None:
        """Set goods aside, take cancellations and money for the orders of the morning."""
        stage = self._stage
        stage.clock.go(day, 13)
        with stage.scene("set aside for collection") as scene:
            scene.result = stage.run_job(_CONDITIONS)
        with stage.scene("customers cancel") as scene:
            gone = self._chosen((CARD, PREPAYMENT), Habit.CANCELS)
            scene.result = told(stage.fire_orders("cancel", gone, scene.tell), "cancelled")
        stage.clock.go(day, 14)
        with stage.scene("capture card payments") as scene:
            paid = stage.fire("pay", {CARD: "payment pending"}, scene.tell)
            scene.result = told(paid, "paid", stayed="not yet")
        stage.clock.go(day, 16)
        with stage.scene("bank transfers arrive") as scene:
            prompt = self._chosen((PREPAYMENT,), Habit.PROMPT, Habit.RETURNS)
            scene.result = told(stage.fire_orders("payment received", prompt, scene.tell), "paid")

    def go_on(self, day: int, count: int) -> None:
        """What happens between the count of the shelves and its import."""
        self.ship(day, hour=9)
        self.sell(day, count, hour=11)

    def take_mistakes(self) -> None:
        stage = self._stage
        stage.clock.go(0, 17)
        with stage.scene("take orders with mistakes", quiet=True) as scene:
            wrong = [Sale(request, Habit.NEVER) for request in mistakes(self._placed[0].request)]
            known = len(self._placed)
            report = self._place(wrong, scene.tell)
            del self._placed[known:]
            scene.result = f"{len(report.refused)} refused, {report.existing} known already"

    def night(self, day: int) -> None:
        self._stage.clock.go(day, 6)
        with self._stage.scene("fire the timeouts that are due") as scene:
            scene.result = self._stage.run_job(_TIMEOUTS)

    def ship(self, day: int, *, hour: int = 10, mark: str = "") -> None:
        self._stage.clock.go(day, hour)
        with self._stage.scene("ship what is ready", mark=mark) as scene:
            report = self._stage.fire("ship", {CARD: "exported", PREPAYMENT: "exported"}, scene.tell)
            scene.result = told(report, "shipped")

    def collect(self, day: int) -> None:
        self._stage.clock.go(day, 11)
        with self._stage.scene("customers collect") as scene:
            coming = set(self.references(Habit.PROMPT, Habit.LATE, process=PICKUP)) - self._visited
            self._visited |= coming
            scene.result = told(self._stage.fire_orders("collect", sorted(coming), scene.tell), "collected")

    def open_hamburg(self, day: int) -> None:
        stage = self._stage
        stage.clock.go(day, 12)
        with stage.scene("open Hamburg's warehouse", mark="Hamburg opens") as scene:
            before = stage.snapshot("closed").sellable("DE")
            stage.engine.apply_topology(stage.world.topology(hamburg_open=True))
            stage.shelves.open.add("Hamburg")
            more = stage.snapshot("open").sellable("DE") - before
            scene.result = f"{counted(more, 'more product', ',')} sellable in DE"

    def late_transfers(self, day: int) -> None:
        """Customers who got a reminder pay: all who were placed at least seven days before."""
        stage = self._stage
        stage.clock.go(day, 12)
        with stage.scene("late transfers arrive") as scene:
            late = set(self.references(Habit.LATE, process=PREPAYMENT)) - self._reminded
            reminded = stage.orders_in(late, "reminder sent")
            self._reminded |= set(reminded)
            scene.result = told(stage.fire_orders("payment received", reminded, scene.tell), "paid")

    def reconcile(self, day: int) -> None:
        stage = self._stage
        stage.clock.go(day, 8)
        with stage.scene("recount every reservation") as scene:
            stage.tale.reconciled = stage.engine.reconcile(dry_run=True)
            drift = len(stage.tale.reconciled.drift) + stage.tale.reconciled.items
            scene.result = f"{stage.tale.reconciled.checked:,} checked, drift {drift}"
        stage.tale.end = stage.snapshot("end")
        stage.tale.example = stage.engine.order(self._placed[-1].reference)

    def _place(self, wave: Sequence[Sale], tell: Told) -> PlaceReport:
        numbered = dict(enumerate(wave, start=self._asked + 1))
        self._asked += len(wave)
        requests = [(line, sale.request) for line, sale in numbered.items()]
        report = self._stage.engine.place_many(requests, progress=tell)
        refused = {refusal.line for refusal in report.refused}
        self._placed += [sale for line, sale in numbered.items() if line not in refused]
        self._stage.tale.placed += report.placed
        self._stage.tale.refused += report.refused
        return report

    def _chosen(self, processes: Sequence[str], *habits: Habit) -> list[str]:
        known = set(self.references(*habits))
        return [s.reference for s in self._wave if s.request.process in processes and s.reference in known]
