-- Placing orders.

-- name: orders_by_reference
-- Stored orders with these references.
SELECT id, reference, fingerprint FROM sales_order WHERE reference IN @texts(references)

-- name: sharing
-- Which stores share reservations.
SELECT store_id, other_id FROM store_sharing

-- name: placement_availability
-- What can be sold of these (product, store), below zero where more is promised than there is.
SELECT a.product_id, a.store_id, a.stock - @promised(a.reserved, a.held) AS free, a.never_out_of_stock
FROM availability a JOIN @records(pairs: product int, store int) r
  ON r.product = a.product_id AND r.store = a.store_id

-- name: warehouses_of_lines
-- Warehouses that order lines name, with each store that they serve.
SELECT w.id, w.name, l.store_id
FROM warehouse w LEFT JOIN store_warehouse l ON l.warehouse_id = w.id WHERE w.name IN @texts(names)

-- name: placement_warehouses
-- What these warehouses have of products, less what items count there that are to come from them, of whatever store.
SELECT r.product AS product_id, r.store AS store_id, w.id AS warehouse_id, w.active,
       CASE WHEN l.store_id IS NULL THEN 0 ELSE 1 END AS serves,
       coalesce(k.never_out_of_stock, 0) AS never_out_of_stock,
       coalesce(k.quantity, 0) - coalesce((SELECT sum(i.counted_reserved + i.counted_hold) FROM order_item i
                                           WHERE i.product_id = r.product AND i.warehouse_id = w.id), 0) AS free
FROM @records(named: product int, store int, warehouse int) r
JOIN warehouse w ON w.id = r.warehouse
LEFT JOIN store_warehouse l ON l.store_id = r.store AND l.warehouse_id = w.id
LEFT JOIN stock k ON k.product_id = r.product AND k.warehouse_id = w.id

-- name: insert_orders
-- Store orders. One whose reference somebody else has stored meanwhile is left out, and so is one whose version is
-- not the current one any more, or its process takes no new orders.
INSERT INTO sales_order (reference, store_id, version_id, currency, placed_at, fingerprint, data)
SELECT r.reference, r.store, r.version, r.currency, :now, r.fingerprint, r.data
FROM @records(orders: reference text, store int, version int, currency text, fingerprint text, data text) r
JOIN process_version v ON v.id = r.version
JOIN process p ON p.id = v.process_id AND p.current_version_id = v.id AND p.active = 1
WHERE true
ON CONFLICT (reference) DO NOTHING
RETURNING id, reference

-- name: insert_items
-- Store the items of orders in their initial state.
INSERT INTO order_item (order_id, store_id, product_id, warehouse_id, reference, line, quantity, state_id,
    state_since, counted_reserved, counted_hold, hold_until)
SELECT r.order_id, r.store, r.product, r.warehouse, r.reference, r.line, r.quantity, r.state,
    :now, r.reserved, r.held, r.hold_until
FROM @records(items: order_id int, store int, product int, warehouse int, reference text, line int, quantity int, state int, reserved int, held int, hold_until int) r
ORDER BY r.order_id, r.line

-- name: insert_items [postgresql]
-- Store the items of orders in their initial state, here and in the table of who is where.
WITH placed AS (
    INSERT INTO order_item (order_id, store_id, product_id, warehouse_id, reference, line, quantity, state_id,
        state_since, counted_reserved, counted_hold, hold_until)
    SELECT r.order_id, r.store, r.product, r.warehouse, r.reference, r.line, r.quantity, r.state,
        :now, r.reserved, r.held, r.hold_until
    FROM @records(items: order_id int, store int, product int, warehouse int, reference text, line int, quantity int, state int, reserved int, held int, hold_until int) r
    ORDER BY r.order_id, r.line RETURNING id, state_id)
INSERT INTO item_state (state_id, item_id) SELECT state_id, id FROM placed

-- name: moving_add_placed
-- Take the items of new orders, grouped by the initial state they start in.
INSERT INTO moving (@taken_as, group_no)
SELECT @taken(i), r.group_no
FROM order_item i JOIN @records(states: state int, group_no int) r ON r.state = i.state_id
WHERE i.order_id IN @ids(orders) ORDER BY i.id

-- name: set_last_run
-- The run that placed the items of a group.
UPDATE order_item SET last_run_id = :run WHERE id IN @group

-- name: add_placement_delta
-- By how much a placement changes the reservation.
INSERT INTO pair_delta (product_id, store_id, reserved, held)
SELECT r.product, r.store, r.reserved, r.held FROM @records(rows: product int, store int, reserved int, held int) r
