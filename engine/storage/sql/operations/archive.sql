-- Orders that are closed: finding them, what still needs them, and moving them out of the way.

-- name: closed_window
-- The next orders by id, and of each whether an item is open: in a state in which items are not closed, or there since
-- after the time up to which they would be.
WITH closing AS MATERIALIZED (SELECT r.state, r.until FROM @records(closing: state int, until int) r)
SELECT w.id, w.reference, w.placed_at, w.forgotten_at,
       CASE WHEN EXISTS (SELECT 1 FROM order_item i LEFT JOIN closing c ON c.state = i.state_id
                         WHERE i.order_id = w.id AND (c.state IS NULL OR i.state_since > c.until))
            THEN 1 ELSE 0 END AS open
FROM (SELECT o.id, o.reference, o.placed_at, o.forgotten_at FROM sales_order o WHERE o.id > :after ORDER BY o.id LIMIT :size) w
ORDER BY w.id

-- name: closed_named
-- The orders with these references.
SELECT o.id, o.reference, o.placed_at, o.forgotten_at FROM sales_order o WHERE o.reference IN @texts(references) ORDER BY o.id

-- name: closed_lock
-- Lock the items of these orders, in id order: none of them can be moved on meanwhile.
SELECT i.id FROM order_item i WHERE i.order_id IN @ids(orders) ORDER BY i.id @lock(i)

-- name: closed_items_of
-- The items of these orders: where they stand, since when, and whether they count anything.
SELECT i.id, i.order_id, i.state_id, i.state_since,
       CASE WHEN i.counted_reserved = 0 AND i.counted_hold = 0 THEN 0 ELSE 1 END AS counts
FROM order_item i WHERE i.order_id IN @ids(orders) ORDER BY i.id

-- name: closed_needed
-- What still needs these orders: work on an item that was begun or is due, a migration that may be undone, a suspension, for
-- somebody looks into it, and the ids of the newest order and item, which must not come again.
SELECT i.order_id, 'work' AS what FROM order_item i WHERE i.order_id IN @ids(orders)
  AND (EXISTS (SELECT 1 FROM due_step d WHERE d.item_id = i.id)
       OR EXISTS (SELECT 1 FROM item_timeout t WHERE t.item_id = i.id)
       OR EXISTS (SELECT 1 FROM sweep_failure f WHERE f.item_id = i.id AND f.step = i.step)
       OR EXISTS (SELECT 1 FROM item_claim k WHERE k.item_id = i.id AND k.step = i.step)
       OR EXISTS (SELECT 1 FROM command_member c WHERE c.item_id = i.id AND c.step = i.step))
UNION
SELECT i.order_id, 'migration' FROM order_item i WHERE i.order_id IN @ids(orders) AND EXISTS
    (SELECT 1 FROM migration g CROSS JOIN migration_item t
     WHERE t.migration_id = g.id AND t.item_id = i.id AND t.step > 0 AND g.undone_at IS NULL)
UNION
SELECT i.order_id, 'suspension' FROM order_item i WHERE i.order_id IN @ids(orders) AND @is_suspended(i)
UNION
SELECT o.id, 'newest' FROM sales_order o WHERE o.id IN @ids(orders) AND o.id = (SELECT max(n.id) FROM sales_order n)
UNION
SELECT i.order_id, 'newest' FROM order_item i WHERE i.order_id IN @ids(orders) AND i.id = (SELECT max(n.id) FROM order_item n)

-- name: archive_uncount
-- The items of these orders that stand in closed states are about to leave them.
INSERT INTO closed_items (state_id, store_id, since, items)
SELECT i.state_id, i.store_id, min(i.state_since), count(*) * CAST(-1 AS bigint)
FROM order_item i WHERE i.order_id IN @ids(orders) AND i.state_id IN @ids(closed)
GROUP BY i.state_id, i.store_id, @hour(i.state_since)

-- name: archive_orders
-- Put these orders into the archive, closed since these times.
INSERT INTO archived_order (id, reference, store_id, version_id, currency, placed_at, fingerprint, data, closed_at,
    archived_at, forgotten_at, amended)
SELECT o.id, o.reference, o.store_id, o.version_id, o.currency, o.placed_at, o.fingerprint, o.data, r.closed_at,
    :now, o.forgotten_at, o.amended
FROM @records(orders: id int, closed_at int) r JOIN sales_order o ON o.id = r.id

-- name: archive_items
-- Put the items of these orders into the archive.
INSERT INTO archived_item (id, order_id, store_id, product_id, warehouse_id, reference, line, quantity, state_id, step,
    state_since, last_run_id, left_at, split_from, split_run_id, split_quantity, split_start, amended_out)
SELECT i.id, i.order_id, i.store_id, i.product_id, i.warehouse_id, i.reference, i.line, i.quantity, i.state_id, i.step,
    i.state_since, i.last_run_id, i.left_at, i.split_from, i.split_run_id, i.split_quantity, i.split_start,
    i.amended_out
FROM order_item i WHERE i.order_id IN @ids(orders)

-- name: archive_history
-- Put into the archive what these items took part in.
INSERT INTO archived_history (item_id, run_id)
SELECT h.item_id, h.run_id FROM item_history h WHERE h.item_id IN @ids(items)

-- name: archive_drop_history
-- What these items took part in is in the archive.
DELETE FROM item_history WHERE item_id IN @ids(items)

-- name: archive_drop_claims
-- What is left of claims on these items, of steps that they have taken since.
DELETE FROM item_claim WHERE item_id IN @ids(items)

-- name: archive_drop_members
-- What is left of calls for these items, of steps that they have taken since.
DELETE FROM command_member WHERE item_id IN @ids(items)

-- name: archive_drop_failures
-- What is left of failed conditions of these items, of steps that they have taken since.
DELETE FROM sweep_failure WHERE item_id IN @ids(items)

-- name: archive_drop_states [postgresql]
-- These items are nowhere any more.
DELETE FROM item_state WHERE item_id IN @ids(items)

-- name: archive_drop_items
-- These items are in the archive.
DELETE FROM order_item WHERE id IN @ids(items)

-- name: archive_drop_orders
-- These orders are in the archive.
DELETE FROM sales_order WHERE id IN @ids(orders)

-- name: archived_named
-- The archived orders with these references.
SELECT a.id, a.reference, a.forgotten_at FROM archived_order a WHERE a.reference IN @texts(references) ORDER BY a.id

-- name: purge_archived_window
-- The next archived orders that were closed before a time.
SELECT a.id FROM archived_order a WHERE a.closed_at < :before ORDER BY a.closed_at LIMIT :size

-- name: purge_archived_lock
-- Lock the runs whose history rows are to be counted anew, in id order.
SELECT count(*) FROM (SELECT r.id FROM transition_run r WHERE r.id IN
    (SELECT h.run_id FROM archived_item i CROSS JOIN archived_history h
     WHERE i.order_id IN @ids(orders) AND h.item_id = i.id) ORDER BY r.id @lock(r)) l

-- name: purge_archived_uncount
-- Runs have fewer history rows, by those of archived orders.
UPDATE transition_run SET history_rows = history_rows - c.removed
FROM (SELECT h.run_id, count(*) AS removed FROM archived_item i CROSS JOIN archived_history h
      WHERE i.order_id IN @ids(orders) AND h.item_id = i.id GROUP BY h.run_id) c
WHERE transition_run.id = c.run_id

-- name: purge_archived_history
-- Delete what the items of archived orders took part in.
DELETE FROM archived_history WHERE item_id IN (SELECT i.id FROM archived_item i WHERE i.order_id IN @ids(orders))

-- name: purge_archived_allocations
-- Delete which warehouses were chosen for the items of archived orders.
DELETE FROM allocation WHERE item_id IN (SELECT i.id FROM archived_item i WHERE i.order_id IN @ids(orders))

-- name: purge_archived_items
-- Delete the items of archived orders.
DELETE FROM archived_item WHERE order_id IN @ids(orders)

-- name: purge_archived_amendments
-- Delete what archived orders were amended by.
DELETE FROM order_amendment WHERE order_id IN @ids(orders)

-- name: purge_archived_orders
-- Delete archived orders.
DELETE FROM archived_order WHERE id IN @ids(orders)

-- name: count_archived
-- How many archived orders were closed before a time, with the history of their items.
SELECT count(DISTINCT a.id) AS orders, count(h.run_id) AS history
FROM archived_order a LEFT JOIN archived_item i ON i.order_id = a.id LEFT JOIN archived_history h ON h.item_id = i.id
WHERE a.closed_at < :before
