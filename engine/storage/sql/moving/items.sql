-- Items as plugins see them, what they refer to, and finding them by name or state.

-- macro: item(i, fresh = 1, since = {i}.state_since)
-- An item as plugins see it. fresh is 1 when the call has not counted it yet.
{i}.id, {i}.reference, {i}.order_id, {i}.store_id, {i}.product_id, {i}.warehouse_id, {i}.quantity, {i}.step,
{since} AS state_since, {fresh} AS fresh

-- macro: of_store(x)
-- Whether something is of the store :store; all is when that is NULL.
(CAST(:store AS bigint) IS NULL OR {x}.store_id = :store)

-- name: moving_items
-- The items of the working set in one state, as plugins see them.
SELECT @item(i, m.fresh)
FROM moving m JOIN order_item i ON i.id = m.item_id WHERE m.state_id = :state ORDER BY m.item_id

-- name: items_of_state
-- The next items of a state, as plugins see them.
SELECT @item(i) FROM order_item i WHERE i.state_id = :state AND i.id > :after ORDER BY i.id LIMIT :size

-- name: items_of_state [postgresql]
-- The next items of a state, as plugins see them.
SELECT @item(i)
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

-- name: archived_among
-- Archived orders: those of these references, and those of items with these ids.
SELECT a.reference, CAST(NULL AS bigint) AS item FROM archived_order a WHERE a.reference IN @texts(references)
UNION ALL
SELECT a.reference, i.id FROM archived_item i JOIN archived_order a ON a.id = i.order_id WHERE i.id IN @ids(items)

-- name: items_of_orders
-- The items of orders.
SELECT i.id FROM order_item i JOIN sales_order o ON o.id = i.order_id WHERE o.reference IN @texts(references)

-- name: states_with_items
-- Which of these states have items at all.
SELECT r.value FROM @ids(states) r WHERE EXISTS (SELECT 1 FROM item_state i WHERE i.state_id = r.value)

-- name: items_in_states
-- How many items stand in each of these states.
SELECT i.state_id, count(*) AS items FROM item_state i WHERE i.state_id IN @ids(states) GROUP BY i.state_id
