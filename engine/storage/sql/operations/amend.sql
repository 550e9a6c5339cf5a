-- Amending orders.

-- name: lock_order
-- Lock the order with a reference: who amends it is alone.
SELECT o.id, o.reference, o.store_id, s.name AS store, o.version_id, o.currency, o.data, o.amended
FROM sales_order o JOIN store s ON s.id = o.store_id WHERE o.reference = :reference @lock(o)

-- name: moving_add_order
-- Take the items of an order that are not taken yet.
INSERT INTO moving (@taken_as)
SELECT @taken(i) FROM order_item i
WHERE i.order_id = :order AND NOT EXISTS (SELECT 1 FROM moving m WHERE m.item_id = i.id) ORDER BY i.id @lock(i)

-- name: amendment_items
-- The items of an order, with what amending them has to know.
SELECT i.id, i.line, i.reference, i.product_id, p.sku, i.store_id, i.warehouse_id, w.name AS warehouse, i.quantity,
       i.state_id, i.counted_reserved, i.counted_hold, i.hold_until, i.split_start, i.amended_out,
       u.name AS unit, u.step AS unit_step
FROM order_item i JOIN product p ON p.id = i.product_id LEFT JOIN unit u ON u.id = @unit_of(p)
LEFT JOIN warehouse w ON w.id = i.warehouse_id
WHERE i.order_id = :order ORDER BY i.line, i.id

-- name: amendment_begun
-- What differs after every change of a name that orders use.
SELECT coalesce(max(version), 0) AS version, 0 AS now FROM names_version

-- name: amendment_begun [postgresql]
-- What differs after every change of a name that orders use, and the time, which no other statement asks for.
SELECT coalesce(max(version), 0) AS version,
       CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) AS now FROM names_version

-- name: amendment_by_key
-- The amendment of an order that has a key.
SELECT a.fingerprint, a.key, a.at, a.actor, a.reason, a.changes
FROM sales_order o JOIN order_amendment a ON a.order_id = o.id WHERE o.reference = :reference AND a.key = :key

-- name: insert_amendment
-- Note an amendment of an order.
INSERT INTO order_amendment (order_id, key, fingerprint, at, actor, reason, correlation, changes)
VALUES (:order, :key, :fingerprint, :at, :actor, :reason, :correlation, :changes)

-- name: amend_order
-- The order is of this store and has this content from now on.
UPDATE sales_order SET store_id = :store, data = :data, amended = amended + 1 WHERE id = :order

-- name: amend_items
-- Items are of so much, in this store, and count so much from now on.
UPDATE order_item SET quantity = r.quantity, store_id = r.store, counted_reserved = r.reserved, counted_hold = r.held
FROM @records(items: id int, quantity int, store int, reserved int, held int) r WHERE order_item.id = r.id

-- name: amended_out
-- The items of these groups were taken out of their order.
UPDATE order_item SET amended_out = 1 WHERE id IN (SELECT m.item_id FROM moving m WHERE m.group_no IN @ids(groups))

-- name: place_behind
-- New items lie in their lines behind what is there.
UPDATE order_item SET split_start = r.start FROM @records(items: id int, start int) r WHERE order_item.id = r.id

-- name: amendment_runs
-- Runs tell of the amendment with which items were placed.
UPDATE transition_run SET data = :data, reason = :reason WHERE id IN @ids(runs)

-- name: amendment_moved
-- The items of these groups, with those that they were split from.
SELECT m.item_id, m.part_of, m.quantity, m.group_no FROM moving m WHERE m.group_no IN @ids(groups) ORDER BY m.item_id

-- name: moving_regroup
-- Put items of the working set into groups of the plan.
UPDATE moving SET group_no = r.group_no FROM @records(items: id int, group_no int) r WHERE moving.item_id = r.id
