"""Balancing when it is asked for: all products or some, a set of them in each transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from engine.errors import UnknownSku
from engine.inventory.allotments import Allotments, Change
from engine.inventory.ledger import Ledger
from engine.quantity import to_decimal
from engine.results import AllotmentChange, BalanceReport
from engine.runtime import Progress, Runtime
from engine.storage.database import Work

CHUNK = 2000
"""How many products are balanced in one transaction."""

MOST_LISTED = 1000
"""How many changes are listed one by one."""


def balance_products(
    runtime: Runtime, skus: Sequence[str], *, dry_run: bool, progress: Progress
) -> BalanceReport:
    """Balance the products, all of them without skus, and tell what changed; a dry run only tells.

    Raises UnknownSku, PluginError.
    """
    report = BalanceReport(0, 0, dry_run, [])
    for products in _products(runtime, skus):
        if runtime.stop():
            report.complete = False
            break
        if dry_run:
            with runtime.database.read() as reader:
                changes = Allotments(reader, runtime.plugins).changes(products)
            changed = len(changes)
        else:
            listed = len(report.changes) < MOST_LISTED
            changed, changes = runtime.database.transact(partial(_balance, runtime, products, listed))
        report.changed += changed
        report.products += len(products)
        _note(runtime, report, changes)
        progress(report.products, None)
    return report


def _products(runtime: Runtime, skus: Sequence[str]) -> Iterator[list[int]]:
    """Yield the ids of the products, a set at a time."""
    if skus:
        with runtime.database.read() as reader:
            found = {row.name: int(row.id) for row in reader.all("products_named", names=sorted(set(skus)))}
        if unknown := sorted(set(skus) - found.keys()):
            raise UnknownSku(f"there is no concrete product {', '.join(map(repr, unknown))}", skus=unknown)
        yield from (sorted(found.values())[start : start + CHUNK] for start in range(0, len(found), CHUNK))
        return
    after = 0
    while True:
        with runtime.database.read() as reader:
            products = [row.id for row in reader.all("balance_next", after=after, size=CHUNK)]
        if not products:
            return
        yield products
        after = products[-1]


def _balance(runtime: Runtime, products: Sequence[int], listed: bool, work: Work) -> tuple[int, list[Change]]:
    """Return how many allotments have changed, and which ones if they are to be ``listed``."""
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    ledger.lock_products(products)
    changes = ledger.allotments.changes(products) if listed else []
    changed = ledger.balance(products)
    ledger.settle(balanced=True)
    return changed, changes


def _note(runtime: Runtime, report: BalanceReport, changes: Sequence[Change]) -> None:
    listed = changes[: max(0, MOST_LISTED - len(report.changes))]
    if not listed:
        return
    products = sorted({change.product for change in listed})
    with runtime.database.read() as reader:
        skus = {row.id: row.sku for row in reader.all("balance_skus", products=products)}
    report.changes += [
        AllotmentChange(
            skus[change.product],
            change.group.warehouse_group,
            change.group.name,
            to_decimal(max(change.before, 0)),
            to_decimal(max(change.after, 0)),
        )
        for change in listed
    ]
