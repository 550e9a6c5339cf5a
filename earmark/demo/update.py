"""The heart of the story: a count of the shelves, parcels that leave after it, and the update that follows.

What had left the shelves before the count is no longer in it, so its reservation ends; what left afterwards
still lies in the counted stock and has to stay reserved. Both show in the numbers before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from earmark.demo.orders import CARD
from earmark.demo.stage import Stage, told
from earmark.demo.summary import grouped
from engine.api.jobs import JobConfig, JobKind

SENT = frozenset(("shipped", "collected"))
"""States of items that have left the shelf and that no count has noticed yet."""


def stock_update(stage: Stage, references: Sequence[str], meanwhile: Callable[[], None]) -> None:
    """Count the shelves, let the day go on, and have the scheduled job import the count."""
    stage.clock.go(10, 8)
    with stage.step("count the shelves", quiet=True) as step:
        orders = stage.read_orders(references, step.tell)
        stage.tale.left_before = stage.shelves.send_away(orders, SENT)
        stage.shelves.count(stage.folder.second_count, stage.clock.today)
        step.result = f"{grouped(stage.tale.left_before)} units have left"
    meanwhile()
    stage.clock.go(10, 12)
    stage.tale.before = stage.snapshot("before")
    with stage.step("run the scheduled stock update", mark="stock update") as step:
        files = stage.folder.incoming
        job = JobConfig(name="stock-update", kind=JobKind.STOCK_UPDATE, path=files, cron="0 * * * *")
        step.result = stage.run_job(job)
        stage.shelves.imported()
    stage.tale.after = stage.snapshot("after")


def start_returns(stage: Stage, references: Sequence[str]) -> None:
    """Let customers send back one item of an order each; the shop refunds what has arrived."""
    stage.clock.go(12, 10)
    with stage.step("customers announce returns") as step:
        orders = [order for order in stage.read_orders(references, step.tell) if order.process == CARD]
        items = [next((i.id for i in order.items if i.state == "delivered"), None) for order in orders]
        announced = tuple(item for item in items if item is not None)
        step.result = told(stage.fire_items("start return", announced, step.tell), "announced")
    stage.clock.go(13, 10)
    arrived = announced[: len(announced) * 4 // 5]
    with stage.step("parcels come back") as step:
        step.result = told(stage.fire_items("receive return", arrived, step.tell), "returned")
    stage.clock.go(13, 15)
    with stage.step("refund what came back") as step:
        step.result = told(stage.fire("refund", {CARD: "returned"}, step.tell), "refunded")
