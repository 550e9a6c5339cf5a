"""The heart of the story: a count of the shelves, parcels that leave after it, and the update that follows.

What had left the shelves before the count is no longer in it, so its reservation ends; what left afterwards
still lies in the counted stock and has to stay reserved. Both show in the numbers before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from earmark.demo.orders import CARD
from earmark.demo.stage import Stage, told
from earmark.demo.summary import grouped
from earmark.words.text import named
from engine.api.jobs import JobConfig, JobKind

SENT = frozenset(("shipped", "collected"))
"""States of items that have left the shelf and that no count has noticed yet."""


def stock_update(stage: Stage, references: Sequence[str], meanwhile: Callable[[], None]) -> None:
    """Count the shelves, let the day go on, and have the scheduled job import the count."""
    stage.clock.go(10, 8)
    with stage.scene("count the shelves", quiet=True) as scene:
        orders = stage.read_orders(references, scene.tell)
        stage.tale.left_before = stage.shelves.send_away(orders, SENT)
        stage.shelves.count(stage.folder.second_count, stage.clock.today)
        left = stage.tale.left_before
        scene.result = f"{grouped(left)} {named(left, 'unit')} left"
    meanwhile()
    stage.clock.go(10, 12)
    stage.tale.before = stage.snapshot("before")
    with stage.scene("run the scheduled stock update", mark="stock update") as scene:
        files = stage.folder.incoming
        job = JobConfig(name="stock-update", kind=JobKind.STOCK_UPDATE, path=files, cron="0 * * * *")
        scene.result = stage.run_job(job)
        stage.shelves.imported()
    stage.tale.after = stage.snapshot("after")


def start_returns(stage: Stage, references: Sequence[str]) -> None:
    """Let customers send back one item of an order each; the shop refunds what has arrived."""
    stage.clock.go(12, 10)
    with stage.scene("customers announce returns") as scene:
        orders = [order for order in stage.read_orders(references, scene.tell) if order.process == CARD]
        items = [next((i.id for i in order.items if i.state == "delivered"), None) for order in orders]
        announced = tuple(item for item in items if item is not None)
        scene.result = told(stage.fire_items("start return", announced, scene.tell), "announced")
    stage.clock.go(13, 10)
    arrived = announced[: len(announced) * 4 // 5]
    with stage.scene("parcels come back") as scene:
        scene.result = told(stage.fire_items("receive return", arrived, scene.tell), "returned")
    stage.clock.go(13, 15)
    with stage.scene("refund what came back") as scene:
        scene.result = told(stage.fire("refund", {CARD: "returned"}, scene.tell), "refunded")
