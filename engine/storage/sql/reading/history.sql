-- An item and what it went through.

-- name: item_by_id
-- An item with what it refers to.
SELECT i.id, i.order_id, o.reference AS order_reference, s.name AS store, i.store_id, i.reference, p.sku,
       i.product_id, i.quantity, i.state_id, i.step, i.state_since, i.left_at, i.counted_reserved, i.counted_hold,
       i.hold_until, i.warehouse_id, w.name AS warehouse
FROM order_item i JOIN sales_order o ON o.id = i.order_id JOIN store s ON s.id = i.store_id
JOIN product p ON p.id = i.product_id LEFT JOIN warehouse w ON w.id = i.warehouse_id
WHERE i.id = :item

-- name: item_runs
-- The runs an item took part in, oldest first.
SELECT r.at, r.trigger, r.event, r.source_id, r.target_id, r.outcome, r.command, r.command_key, r.conditions, r.data,
       r.error, r.duration_us, r.host, r.correlation, r.items, r.actor, r.reason
FROM item_history h JOIN transition_run r ON r.id = h.run_id WHERE h.item_id = :item ORDER BY r.id
