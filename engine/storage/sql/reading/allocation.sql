-- What was chosen for orders.

-- name: allocations_of_order
-- What was chosen for the items of an order, the oldest first.
SELECT a.item_id, w.name AS warehouse, a.quantity, a.at, a.cause, a.reason, a.rejected_at, a.rejected_because, a.actor
FROM sales_order o JOIN order_item i ON i.order_id = o.id JOIN allocation a ON a.item_id = i.id
LEFT JOIN warehouse w ON w.id = a.warehouse_id
WHERE o.reference = :reference ORDER BY a.id
