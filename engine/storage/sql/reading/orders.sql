-- An order and its items.

-- name: order_by_reference
-- An order.
SELECT o.id, o.reference, s.name AS store, o.version_id, o.currency, o.placed_at, o.amended,
       CAST(NULL AS bigint) AS archived_at, o.forgotten_at
FROM sales_order o JOIN store s ON s.id = o.store_id WHERE o.reference = :reference

-- name: archived_order_by_reference
-- An archived order.
SELECT o.id, o.reference, s.name AS store, o.version_id, o.currency, o.placed_at, o.amended, o.archived_at,
       o.forgotten_at
FROM archived_order o JOIN store s ON s.id = o.store_id WHERE o.reference = :reference

-- name: order_items
-- The items of an order.
SELECT i.id, i.reference, p.sku, i.quantity, i.state_id, i.state_since, i.counted_reserved, i.counted_hold,
       i.hold_until, w.name AS warehouse, i.line, i.split_from, i.amended_out
FROM order_item i JOIN product p ON p.id = i.product_id LEFT JOIN warehouse w ON w.id = i.warehouse_id
WHERE i.order_id = :order ORDER BY i.id

-- name: order_amendments
-- The amendments of an order, oldest first.
SELECT a.key, a.at, a.actor, a.reason, a.changes FROM order_amendment a WHERE a.order_id = :order ORDER BY a.id

-- macro: counting_nothing
-- What an archived item counts.
0 AS counted_reserved, 0 AS counted_hold, CAST(NULL AS bigint) AS hold_until

-- name: archived_order_items
-- The items of an archived order.
SELECT i.id, i.reference, p.sku, i.quantity, i.state_id, i.state_since, @counting_nothing,
       w.name AS warehouse, i.line, i.split_from, i.amended_out
FROM archived_item i JOIN product p ON p.id = i.product_id LEFT JOIN warehouse w ON w.id = i.warehouse_id
WHERE i.order_id = :order ORDER BY i.id
