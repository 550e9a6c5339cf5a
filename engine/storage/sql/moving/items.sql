-- Items as plugins see them, what they refer to, and finding them by name or state.

-- name: moving_items
-- The items of the working set in one state, as plugins see them.
SELECT i.id, i.reference, i.order_id, i.store_id, i.product_id, i.warehouse_id, i.quantity, i.step, i.state_since,
       m.fresh
FROM moving m JOIN order_item i ON i.id = m.item_id WHERE m.state_id = :state ORDER BY m.item_id

-- name: items_of_state
-- The next items of a state, as plugins see them.
SELECT id, reference, order_id, store_id, product_id, warehouse_id, quantity, step, state_since, 1 AS fresh
FROM order_item WHERE state_id = :state AND id > :after ORDER BY id LIMIT :size

-- name: items_of_state [postgresql]
-- The next items of a state, as plugins see them.
SELECT i.id, i.reference, i.order_id, i.store_id, i.product_id, i.warehouse_id, i.quantity, i.step, i.state_since,
       1 AS fresh
FROM item_state s JOIN order_item i ON i.id = s.item_id
WHERE s.state_id = :state AND s.item_id > :after ORDER BY s.item_id LIMIT :size

-- name: store_names
-- Stores by id.
SELECT id, name FROM store WHERE id IN @ids(ids)

-- name: product_skus
-- Concrete products by id.
SELECT id, sku FROM product WHERE id IN @ids(ids)

-- name: warehouse_names
-- Warehouses by id.
SELECT id, name FROM warehouse WHERE id IN @ids(ids)

-- name: order_references
-- Order references by id.
SELECT id, reference FROM sales_order WHERE id IN @ids(ids)

-- name: order_documents
-- What orders were placed with, by id.
SELECT id, data FROM sales_order WHERE id IN @ids(ids)

-- name: unknown_items
-- Which of these ids are no items.
SELECT r.value FROM @ids(items) r LEFT JOIN order_item i ON i.id = r.value WHERE i.id IS NULL

-- name: unknown_orders
-- Which of these references are no orders.
SELECT r.value FROM @texts(references) r LEFT JOIN sales_order o ON o.reference = r.value WHERE o.id IS NULL

-- name: items_of_orders
-- The items of orders.
SELECT i.id FROM order_item i JOIN sales_order o ON o.id = i.order_id WHERE o.reference IN @texts(references)

-- name: states_with_items
-- Which of these states have items at all.
SELECT r.value FROM @ids(states) r WHERE EXISTS (SELECT 1 FROM item_state i WHERE i.state_id = r.value)

-- name: items_in_states
-- How many items stand in each of these states.
SELECT i.state_id, count(*) AS items FROM item_state i WHERE i.state_id IN @ids(states) GROUP BY i.state_id
