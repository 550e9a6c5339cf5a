-- Making the personal data of closed orders anonymous.

-- name: forget_archived_window
-- The next archived orders that were closed before a time and are not forgotten yet, with their times.
SELECT a.id, a.closed_at FROM archived_order a
WHERE a.forgotten_at IS NULL AND a.closed_at < :before AND (a.closed_at, a.id) > (:closed, :after)
ORDER BY a.closed_at, a.id LIMIT :size

-- name: forget_documents
-- What these orders were placed with: those that are stored and not forgotten yet.
SELECT o.id, o.data FROM sales_order o WHERE o.id IN @ids(orders) AND o.forgotten_at IS NULL ORDER BY o.id

-- name: forget_archived_documents
-- What these archived orders were placed with, of those that are not forgotten yet.
SELECT a.id, a.data FROM archived_order a WHERE a.id IN @ids(orders) AND a.forgotten_at IS NULL ORDER BY a.id @lock(a)

-- name: forget_archived_items
-- The items of these archived orders.
SELECT i.id, i.order_id FROM archived_item i WHERE i.order_id IN @ids(orders) ORDER BY i.id

-- name: forget_runs
-- The runs with data that these items took part in, locked in id order.
SELECT r.id, r.data FROM transition_run r
WHERE r.id IN (SELECT h.run_id FROM item_history h WHERE h.item_id IN @ids(items)) AND r.data IS NOT NULL
ORDER BY r.id @lock(r)

-- name: forget_archived_runs
-- The runs with data that these archived items took part in, locked in id order.
SELECT r.id, r.data FROM transition_run r
WHERE r.id IN (SELECT h.run_id FROM archived_history h WHERE h.item_id IN @ids(items)) AND r.data IS NOT NULL
ORDER BY r.id @lock(r)

-- name: forget_orders
-- What these orders were placed with, as it is kept from now on.
UPDATE sales_order SET data = r.data, forgotten_at = :now FROM @records(orders: id int, data text) r
WHERE sales_order.id = r.id

-- name: forget_archived
-- What these archived orders were placed with, as it is kept from now on.
UPDATE archived_order SET data = r.data, forgotten_at = :now FROM @records(orders: id int, data text) r
WHERE archived_order.id = r.id

-- name: forget_amendments
-- What these orders were amended by, before and after.
SELECT a.id, a.changes FROM order_amendment a WHERE a.order_id IN @ids(orders) ORDER BY a.id

-- name: forget_changes
-- What orders were amended by, as it is kept from now on.
UPDATE order_amendment SET changes = r.changes FROM @records(amendments: id int, changes text) r
WHERE order_amendment.id = r.id

-- name: forget_run_data
-- What runs were given and returned, as it is kept from now on.
UPDATE transition_run SET data = r.data FROM @records(runs: id int, data text) r WHERE transition_run.id = r.id
