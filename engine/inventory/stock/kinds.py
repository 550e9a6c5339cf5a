"""What the rows of a chunk say of the stock: what is available gets back what was promised, a delta is added.

To a count the deltas are added that were stored before it and are later.

Both are decided while the availability of the products is locked: nobody promises anything of them meanwhile, and
nobody changes their stock. What is on hand is stored as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.clock import SECOND
from engine.codes import Code
from engine.feeds import CountKind
from engine.inventory.stock.releasing import Release
from engine.inventory.stock.repeats import StockKey
from engine.inventory.stock.runs import ImportRun, extend_lease
from engine.quantity import MAXIMUM, format_quantity, parse_quantity
from engine.results import RowRefusal
from engine.runtime import Runtime
from engine.storage.database import Reader, Record, Work

Unfit = tuple[StockKey, RowRefusal]
"""A stock whose row is not stored after all, and why. The line is 0 when the file does not name it."""

_LARGEST = parse_quantity(MAXIMUM)
_BELOW_ZERO, _TOO_LARGE = 6, 7


def refuse_ambiguous(
    runtime: Runtime, run: ImportRun, release: Release, products: Sequence[int]
) -> list[Unfit]:
    """Refuse rows of what is available of which another warehouse may serve what was promised.

    It is done before the chunk, in a transaction of its own: what is refused releases nothing, and the commands of
    items to release run before the chunk's.
    """
    if run.terms.kind is not CountKind.AVAILABLE:
        return []

    def refuse(work: Work) -> list[Unfit]:
        extend_lease(runtime, work, run)
        rows = work.all("terms_ambiguous", **promising(runtime, work, run, release, products))
        if not rows:
            return []
        work.run("terms_refuse", import_id=run.id, rows=[[row.product_id, row.warehouse_id] for row in rows])
        return refused_rows(work, run, products)

    return runtime.database.transact(refuse)


def to_stock(
    runtime: Runtime, work: Work, run: ImportRun, release: Release, products: Sequence[int]
) -> list[Unfit]:
    """Let the rows of the chunk say what its stock is to be; return those that cannot be stored.

    To be called once the availability of the products is locked.
    """
    if run.terms.kind is CountKind.DELTA:
        return _add(work, run, products)
    if run.terms.kind is CountKind.AVAILABLE:
        found = work.all("terms_promised", **promising(runtime, work, run, release, products))
        rows = [
            [row.product_id, row.warehouse_id, min(int(row.quantity) + int(row.promised), _LARGEST)]
            for row in found
        ]
        if rows:
            work.run("terms_put_back", import_id=run.id, rows=rows)
    return []


def overwrite(work: Work, run: ImportRun, products: Sequence[int]) -> int:
    """Store what the rows of the chunk say; return how many there are."""
    statement = "delta_store" if run.terms.kind is CountKind.DELTA else "chunk_overwrite"
    return work.changed(statement, import_id=run.id, products=list(products), force=int(run.force))


def refused_rows(reader: Reader, run: ImportRun, products: Sequence[int]) -> list[Unfit]:
    """Return the rows that were refused for what they would come to, of these products."""
    return _unfit(reader.all("terms_refused", import_id=run.id, products=list(products)))


def refused_of_part(reader: Reader, run: ImportRun, after: int, last: int) -> list[Unfit]:
    """Return such rows of the products above ``after`` up to ``last``."""
    return _unfit(reader.all("terms_refused_of", import_id=run.id, after=after, last=last))


def _unfit(rows: Sequence[Record]) -> list[Unfit]:
    return [((row.product_id, row.warehouse_id), _refusal(row)) for row in rows]


def promising(
    runtime: Runtime, reader: Reader, run: ImportRun, release: Release, products: Sequence[int]
) -> dict[str, Any]:
    """Return what statements need that look for what was promised of the products of a chunk, in order."""
    return {
        "import_id": run.id,
        "first": products[0],
        "last": products[-1],
        "force": int(run.force),
        "states": [row.id for row in reader.all("reconcile_states")],
        "shipped": list(release.shipped_states(reader)),
        "tolerance": round(runtime.rules.stock_update.clock_tolerance_s * SECOND),
        "holds": int(runtime.rules.checkout.hold),
    }


def _add(work: Work, run: ImportRun, products: Sequence[int]) -> list[Unfit]:
    chunk = {"import_id": run.id, "products": list(products)}
    work.all("delta_lock", **chunk)
    refused = work.changed("delta_refuse", force=int(run.force), largest=_LARGEST, **chunk)
    unfit = refused_rows(work, run, products) if refused else []
    work.run("delta_add", force=int(run.force), **chunk)
    return unfit


def add_later(work: Work, run: ImportRun, products: Sequence[int]) -> int:
    """Let what was counted be with what deltas that are stored say of later; return how many counts that changes.

    What is available is clipped afterwards. To be called once the availability of the products is locked.
    """
    if run.terms.kind is CountKind.DELTA:
        return 0
    found = work.all("terms_later", import_id=run.id, products=list(products), force=int(run.force))
    rows = []
    for row in found:
        counted, later = int(row.quantity), int(row.later)
        quantity = min(max(counted + later, min(counted, 0)), _LARGEST)
        if quantity != counted:
            rows.append([row.product_id, row.warehouse_id, quantity, quantity - counted])
    if rows:
        work.run("terms_add_later", import_id=run.id, rows=rows)
    if run.terms.kind is CountKind.AVAILABLE:
        work.run("stage_clip", import_id=run.id, products=list(products), all=0)
    return len(rows)


def _refusal(row: Record) -> RowRefusal:
    named = f"'{row.sku}' in '{row.warehouse}'"
    has = f"{named} has {format_quantity(row.stored)}"
    by = format_quantity(row.quantity)
    if row.done == _BELOW_ZERO:
        text = f"{has}, and cannot change by {by}"
        return RowRefusal(row.line, Code.STOCK_BELOW_ZERO, text, row.sku)
    if row.done == _TOO_LARGE:
        text = f"{has}: with {by} more it would be more than {MAXIMUM}"
        return RowRefusal(row.line, Code.BAD_QUANTITY, text, row.sku)
    text = (
        f"orders that name no warehouse were promised {named}, and other warehouses of their stores have it, too: "
        "nobody can tell what is to be put back here"
    )
    return RowRefusal(row.line, Code.PROMISED_ELSEWHERE, text, row.sku)
