"""What must hold at every moment, as sentences: each is a statement that finds the rows which break it.

They are written for both databases, and use nothing of the engine but its tables. ``{purged}`` is a time before
which history of closed items may be gone, UTC microseconds.
"""

from __future__ import annotations

_STEPPED = "'moved', 'condition_false', 'left_out', 'forced', 'migrated', 'amended'"

_STEPS = """
WITH steps AS (
    SELECT h.item_id, h.run_id, r.at, r.outcome, r.source_id, coalesce(r.target_id, r.source_id) AS here,
           lag(coalesce(r.target_id, r.source_id)) OVER w AS was, lag(r.at) OVER w AS before,
           row_number() OVER w AS number
    FROM item_history h JOIN transition_run r ON r.id = h.run_id
    WINDOW w AS (PARTITION BY h.item_id ORDER BY h.run_id))"""
"""The history of every item: where each step began, where the item was by the step before, where it is after it."""

_ENTERED = """
    ranked AS (
        SELECT s.*, row_number() OVER (PARTITION BY s.item_id ORDER BY s.run_id DESC) AS ago FROM steps s
        WHERE s.outcome IN ('placed', 'moved', 'forced', 'migrated') AND (s.number = 1 OR s.here <> s.source_id)),
    entered AS (SELECT * FROM ranked WHERE ago = 1)"""
"""The last step of every item by which it came to another state, as far as its history is still there."""

_PEERS = """
    (SELECT id AS store_id, id AS other_id FROM store UNION ALL SELECT store_id, other_id FROM store_sharing)"""

_COUNTING = """
    (SELECT product_id, store_id, warehouse_id, counted_reserved, counted_hold FROM order_item
     UNION ALL SELECT product_id, store_id, warehouse_id, 0, counted_hold FROM cart_hold_line)"""
"""What counts: items, and lines of carts."""

_SHOULD_BE = f"""
WITH stocks AS (
    SELECT k.product_id, l.store_id, sum(k.quantity) AS stock, max(k.never_out_of_stock) AS never
    FROM stock k JOIN warehouse w ON w.id = k.warehouse_id JOIN store_warehouse l ON l.warehouse_id = w.id
    WHERE w.active = 1 GROUP BY k.product_id, l.store_id),
counts AS (
    SELECT i.product_id, p.store_id, sum(i.counted_reserved) AS reserved, sum(i.counted_hold) AS held
    FROM {_COUNTING} i JOIN {_PEERS} p ON p.other_id = i.store_id GROUP BY i.product_id, p.store_id),
houses AS (
    SELECT i.product_id, p.store_id, i.warehouse_id, sum(i.counted_reserved + i.counted_hold) AS promised,
           coalesce((SELECT k.quantity FROM stock k JOIN warehouse w ON w.id = k.warehouse_id AND w.active = 1
                     JOIN store_warehouse l ON l.warehouse_id = w.id AND l.store_id = p.store_id
                     WHERE k.product_id = i.product_id AND k.warehouse_id = i.warehouse_id), 0) AS stock
    FROM {_COUNTING} i JOIN {_PEERS} p ON p.other_id = i.store_id
    WHERE i.warehouse_id IS NOT NULL GROUP BY i.product_id, p.store_id, i.warehouse_id),
short AS (
    SELECT product_id, store_id, sum(promised - stock) AS spared FROM houses WHERE promised > stock
    GROUP BY product_id, store_id),
should AS (
    SELECT a.product_id, a.store_id, coalesce(k.stock, 0) AS stock, coalesce(k.never, 0) AS never,
           coalesce(c.reserved, 0) AS reserved, coalesce(c.held, 0) AS held, coalesce(h.spared, 0) AS spared
    FROM availability a
    LEFT JOIN short h ON h.product_id = a.product_id AND h.store_id = a.store_id
    LEFT JOIN stocks k ON k.product_id = a.product_id AND k.store_id = a.store_id
    LEFT JOIN counts c ON c.product_id = a.product_id AND c.store_id = a.store_id)"""
"""What availability should say: from stock, items and carts, with nothing summed up on the way.

What is promised from a warehouse beyond its stock takes nothing off that of the others: it is spared.
"""

SENTENCES: dict[str, str] = {
    "a reservation is the sum of what its items and carts count": f"""
        SELECT r.product_id, r.store_id, r.reserved, r.held, n.reserved, n.held
        FROM reservation r LEFT JOIN
            (SELECT product_id, store_id, sum(counted_reserved) AS reserved, sum(counted_hold) AS held
             FROM {_COUNTING} c GROUP BY product_id, store_id) n
            ON n.product_id = r.product_id AND n.store_id = r.store_id
        WHERE r.reserved <> coalesce(n.reserved, 0) OR r.held <> coalesce(n.held, 0)""",
    "every product has a reservation and an availability in every store": """
        SELECT p.sku, s.name FROM product p CROSS JOIN store s
        WHERE NOT EXISTS (SELECT 1 FROM reservation r WHERE r.product_id = p.id AND r.store_id = s.id)
           OR NOT EXISTS (SELECT 1 FROM availability a WHERE a.product_id = p.id AND a.store_id = s.id)
           OR NOT EXISTS (SELECT 1 FROM abstract_availability b
                          WHERE b.abstract_id = p.abstract_id AND b.store_id = s.id)""",
    "an item counts what its state says": """
        SELECT i.id, s.name, s.reserved, i.quantity, i.counted_reserved, i.counted_hold
        FROM order_item i JOIN process_state s ON s.id = i.state_id
        WHERE i.counted_reserved <> s.reserved * i.quantity
           OR i.counted_hold NOT IN (0, i.quantity)
           OR i.counted_hold <> 0 AND (s.reserved = 1 OR s.can_reserve = 0)
           OR i.counted_hold = 0 AND i.hold_until IS NOT NULL""",
    "a cart counts as long as its hold has not ended, and an order that it has become is stored": """
        SELECT c.reference, l.line, l.counted_hold, l.hold_until, c.outcome
        FROM cart_hold c JOIN cart_hold_line l ON l.hold_id = c.id
        WHERE l.counted_hold <> CASE WHEN c.ended_at IS NULL THEN l.quantity ELSE 0 END
           OR coalesce(l.hold_until, 0) <> CASE WHEN c.ended_at IS NULL THEN c.hold_until ELSE 0 END
           OR (c.ended_at IS NULL) <> (c.outcome IS NULL)
        UNION ALL
        SELECT c.reference, 0, 0, 0, c.outcome FROM cart_hold c LEFT JOIN sales_order o ON o.id = c.order_id
        WHERE (coalesce(c.outcome, '') = 'placed') <> (o.id IS NOT NULL)""",
    "availability is stock less reservations and holds, with those of the stores that share": f"""
        {_SHOULD_BE}
        SELECT a.*, n.* FROM availability a
        JOIN should n ON n.product_id = a.product_id AND n.store_id = a.store_id
        WHERE a.stock <> n.stock OR a.never_out_of_stock <> n.never OR a.reserved <> n.reserved OR a.held <> n.held
           OR a.spared <> n.spared
           OR a.available <> CASE WHEN n.stock + n.spared > n.reserved + n.held
                                  THEN n.stock + n.spared - n.reserved - n.held ELSE 0 END""",
    "an abstract product can be sold while one of its concrete products can": """
        SELECT b.abstract_id, b.store_id, b.available, b.never_out_of_stock, n.available, n.never
        FROM abstract_availability b JOIN
            (SELECT p.abstract_id, a.store_id, sum(a.available) AS available, max(a.never_out_of_stock) AS never
             FROM product p JOIN availability a ON a.product_id = p.id GROUP BY p.abstract_id, a.store_id) n
            ON n.abstract_id = b.abstract_id AND n.store_id = b.store_id
        WHERE b.never_out_of_stock <> n.never
           OR n.never = 0 AND CASE WHEN b.available > 0 THEN 1 ELSE 0 END
                           <> CASE WHEN n.available > 0 THEN 1 ELSE 0 END""",
    "an item is in the state that the table of states has it in": """
        SELECT i.id, i.state_id, t.state_id FROM order_item i LEFT JOIN item_state t ON t.item_id = i.id
        WHERE t.state_id IS NULL OR t.state_id <> i.state_id""",
    "of a closed state as many items are kept as stand in it": """
        SELECT c.state_id, c.store_id, sum(c.items),
               (SELECT count(*) FROM order_item i WHERE i.state_id = c.state_id AND i.store_id = c.store_id)
        FROM closed_items c GROUP BY c.state_id, c.store_id
        HAVING sum(c.items) <>
               (SELECT count(*) FROM order_item i WHERE i.state_id = c.state_id AND i.store_id = c.store_id)""",
    "an order has its lines, each once, and they are of its process": """
        SELECT o.reference, count(i.id), min(i.line), max(i.line), count(DISTINCT i.line)
        FROM sales_order o LEFT JOIN order_item i ON i.order_id = o.id GROUP BY o.id, o.reference
        HAVING count(i.id) = 0 OR min(i.line) <> 1 OR max(i.line) <> count(i.id)
            OR count(DISTINCT i.line) <> count(i.id)
        UNION ALL
        SELECT o.reference, i.id, 0, 0, 0 FROM sales_order o JOIN process_version v ON v.id = o.version_id
        JOIN order_item i ON i.order_id = o.id JOIN process_state s ON s.id = i.state_id
        JOIN process_version n ON n.id = s.version_id
        WHERE n.process_id <> v.process_id OR i.store_id <> o.store_id""",
    "an item was placed once, and that is the first that happened to it": f"""
        {_STEPS}
        SELECT i.id, s.number, s.outcome FROM order_item i JOIN sales_order o ON o.id = i.order_id
        LEFT JOIN steps s ON s.item_id = i.id AND (s.number = 1 OR s.outcome = 'placed')
        WHERE s.number > 1 OR (s.number IS NULL OR s.outcome <> 'placed') AND o.placed_at >= {{purged}}""",
    "a step begins where the one before has led, and no earlier than that": f"""
        {_STEPS}
        SELECT item_id, run_id, outcome, source_id, was, at, before FROM steps
        WHERE number > 1 AND (source_id IS NULL OR source_id <> was OR at < before)""",
    "an item stands where its history has led": f"""
        {_STEPS}, latest AS (SELECT item_id, max(run_id) AS run_id FROM item_history GROUP BY item_id)
        SELECT i.id, i.state_id, s.here FROM order_item i JOIN latest l ON l.item_id = i.id
        JOIN steps s ON s.item_id = i.id AND s.run_id = l.run_id WHERE s.here <> i.state_id""",
    "an item has taken as many steps as its history tells": f"""
        {_STEPS}
        SELECT i.id, i.step, count(s.run_id) FROM order_item i
        JOIN steps f ON f.item_id = i.id AND f.number = 1 AND f.outcome = 'placed'
        LEFT JOIN steps s ON s.item_id = i.id AND s.outcome IN ({_STEPPED})
        GROUP BY i.id, i.step HAVING i.step <> count(s.run_id)""",
    "an item is in its state since it came there": f"""
        {_STEPS}, {_ENTERED}
        SELECT i.id, i.state_since, e.at, e.outcome FROM order_item i JOIN entered e ON e.item_id = i.id
        WHERE e.outcome <> 'migrated' AND e.at <> i.state_since OR i.state_since > e.at""",
    "a run counts the history rows that are left of it": """
        WITH left_of AS (SELECT run_id, count(*) AS number FROM item_history GROUP BY run_id)
        SELECT r.id, r.items, r.history_rows, n.number
        FROM transition_run r LEFT JOIN left_of n ON n.run_id = r.id
        WHERE r.history_rows <> coalesce(n.number, 0) OR r.items < r.history_rows
            OR r.items <> r.history_rows AND r.at >= {purged}""",
    "a history row is of an item and of a run": """
        SELECT h.item_id, h.run_id FROM item_history h LEFT JOIN order_item i ON i.id = h.item_id
        LEFT JOIN transition_run r ON r.id = h.run_id WHERE i.id IS NULL OR r.id IS NULL""",
    "an automatic step is due at the step at which its item stands": """
        SELECT d.item_id, d.step, i.step FROM due_step d LEFT JOIN order_item i ON i.id = d.item_id
        WHERE i.id IS NULL OR i.step <> d.step OR d.due_at IS NULL AND d.stuck_at IS NULL""",
    "a claim is of an item that has not come to its step later than it": """
        SELECT k.item_id, k.step, i.step FROM item_claim k LEFT JOIN order_item i ON i.id = k.item_id
        WHERE i.id IS NULL OR k.step > i.step""",
    "a member of a command call stands at the step that it was called for, and the call is known": """
        SELECT m.item_id, m.step, i.step, c.id FROM command_member m LEFT JOIN order_item i ON i.id = m.item_id
        LEFT JOIN command_run c ON c.id = m.command_run_id
        WHERE i.id IS NULL OR c.id IS NULL OR m.step <> i.step""",
    "a migration has moved the items that its runs tell of": """
        SELECT g.id, g.moved, coalesce(sum(r.items), 0) FROM migration g
        LEFT JOIN transition_run r ON r.trigger = 'migrate' AND r.correlation = 'migration-' || g.id
        GROUP BY g.id, g.moved, g.started_at
        HAVING coalesce(sum(r.items), 0) > g.moved
            OR coalesce(sum(r.items), 0) < g.moved AND g.started_at >= {purged}""",
    "an item that a migration has moved and that did not move since stands in the version of its aim": """
        SELECT m.migration_id, m.item_id FROM migration_item m JOIN migration g ON g.id = m.migration_id
        JOIN order_item i ON i.id = m.item_id AND i.step = m.step JOIN process_state s ON s.id = i.state_id
        WHERE m.step > 0 AND s.version_id <> g.target_id""",
    "of two migrations with the same aim one has ended": """
        SELECT process_id, target_id, state_map, count(*) FROM migration
        WHERE finished_at IS NULL AND undone_at IS NULL GROUP BY process_id, target_id, state_map
        HAVING count(*) > 1""",
    "of two imports one has ended or been left": """
        SELECT file_hash, as_of, forced, count(*) FROM stock_import WHERE finished_at IS NULL
        GROUP BY file_hash, as_of, forced HAVING count(*) > 1
        UNION ALL
        SELECT m.file_hash, g.import_id, g.done, 0 FROM stock_staging g JOIN stock_import m ON m.id = g.import_id
        WHERE m.finished_at IS NOT NULL""",
    "no amount is below zero": """
        SELECT product_id, store_id, reserved, held FROM reservation WHERE reserved < 0 OR held < 0
        UNION ALL SELECT product_id, warehouse_id, quantity, 0 FROM stock WHERE quantity < 0""",
}
