-- Lists of items and orders, a page at a time.

-- name: item_ids
-- The next items of all states, by id.
SELECT i.id FROM order_item i
WHERE i.id > :after AND @of_store(i)
  AND i.state_since > :since AND i.state_since <= :until
ORDER BY i.id LIMIT :size

-- name: item_ids_of_state
-- The next items of one state, by id, up to an id.
SELECT i.id FROM item_state n JOIN order_item i ON i.id = n.item_id
WHERE n.state_id = :state AND n.item_id > :after AND n.item_id <= :last
  AND @of_store(i)
  AND i.state_since > :since AND i.state_since <= :until
ORDER BY n.item_id LIMIT :size

-- name: item_ids_of_product
-- The next items of one product, by id; of some states unless all will do.
SELECT i.id FROM order_item i
WHERE i.product_id = :product AND i.id > :after AND @of_store(i)
  AND i.state_since > :since AND i.state_since <= :until
  AND (:every_state = 1 OR i.state_id IN @ids(states))
ORDER BY i.id LIMIT :size

-- name: items_shown
-- Items with what they refer to, by id.
SELECT i.id, o.reference AS order_reference, s.name AS store, i.reference, p.sku, i.quantity, i.state_id,
       i.state_since, i.counted_hold, i.hold_until, w.name AS warehouse, i.line, i.split_from, i.amended_out
FROM order_item i JOIN sales_order o ON o.id = i.order_id JOIN store s ON s.id = i.store_id
JOIN product p ON p.id = i.product_id LEFT JOIN warehouse w ON w.id = i.warehouse_id
WHERE i.id IN @ids(items) ORDER BY i.id

-- name: orders_of_states
-- The orders of some items in these states.
SELECT i.order_id FROM (@ids_in_states(states) LIMIT :most) m CROSS JOIN order_item i WHERE i.id = m.item_id

-- name: orders_of_product
-- The orders of some items of a product.
SELECT i.order_id FROM order_item i WHERE i.product_id = :product LIMIT :most

-- macro: asked_for(o)
-- Whether an order is of the page: it has for each number in ``needed`` an item in one of its states (for number 0 an
-- item of the product, if one is given) and no item outside of the flagged states but what was amended out. CROSS JOIN and the plus sign keep
-- SQLite from reading every item of a state for each order.
{o}.id < :after AND @of_store({o})
AND {o}.placed_at > :since AND {o}.placed_at <= :until
AND (:numbers = 0 OR :numbers =
     (SELECT count(DISTINCT n.number) FROM order_item i CROSS JOIN needed n
      WHERE i.order_id = {o}.id AND n.state = +i.state_id
        AND (n.number > 0 OR CAST(:product AS bigint) IS NULL OR i.product_id = :product)))
AND (:flagged = 0 OR NOT EXISTS
     (SELECT 1 FROM order_item i WHERE i.order_id = {o}.id AND i.amended_out = 0 AND i.state_id NOT IN @ids(flagged_states)))

-- name: order_ids
-- The next orders that are asked for, newest first.
WITH needed AS MATERIALIZED (SELECT r.number, r.state FROM @records(some: number int, state int) r)
SELECT o.id FROM sales_order o
WHERE @asked_for(o)
ORDER BY o.id DESC LIMIT :size

-- name: order_ids_among
-- The same among given orders.
WITH needed AS MATERIALIZED (SELECT r.number, r.state FROM @records(some: number int, state int) r)
SELECT o.id FROM @ids(among) a JOIN sales_order o ON o.id = a.value
WHERE @asked_for(o)
ORDER BY o.id DESC LIMIT :size

-- name: orders_by_id
-- Orders by id, newest first.
SELECT o.id, o.reference, s.name AS store, o.version_id, o.placed_at
FROM sales_order o JOIN store s ON s.id = o.store_id WHERE o.id IN @ids(orders) ORDER BY o.id DESC

-- name: states_of_orders
-- How many items of orders stand in which state, and how many of them were amended out.
SELECT i.order_id, i.state_id, count(*) AS items, sum(i.amended_out) AS gone FROM order_item i WHERE i.order_id IN @ids(orders)
GROUP BY i.order_id, i.state_id ORDER BY i.order_id, min(i.id)

-- name: archived_order_ids
-- The next archived orders, newest first.
SELECT o.id FROM archived_order o
WHERE o.id < :after AND @of_store(o) AND o.placed_at > :since AND o.placed_at <= :until
ORDER BY o.id DESC LIMIT :size

-- name: archived_orders_by_id
-- Archived orders by id, newest first.
SELECT o.id, o.reference, s.name AS store, o.version_id, o.placed_at
FROM archived_order o JOIN store s ON s.id = o.store_id WHERE o.id IN @ids(orders) ORDER BY o.id DESC

-- name: states_of_archived_orders
-- How many items of archived orders stand in which state, and how many of them were amended out.
SELECT i.order_id, i.state_id, count(*) AS items, sum(i.amended_out) AS gone FROM archived_item i WHERE i.order_id IN @ids(orders)
GROUP BY i.order_id, i.state_id ORDER BY i.order_id, min(i.id)
