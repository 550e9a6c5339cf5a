-- Placing orders.

-- name: orders_by_reference
-- Stored orders with these references.
SELECT id, reference, fingerprint FROM sales_order WHERE reference IN @texts(references)

-- name: sharing
-- Which stores share reservations.
SELECT store_id, other_id FROM store_sharing

-- name: placement_availability
-- What can be sold of these (product, store), below zero where more is promised than there is.
SELECT a.product_id, a.store_id, a.stock - a.reserved - a.held AS free, a.never_out_of_stock
FROM availability a JOIN @records(pairs: product int, store int) r
  ON r.product = a.product_id AND r.store = a.store_id

-- name: insert_orders
-- Store orders. One whose reference somebody else has stored meanwhile is left out.
INSERT INTO sales_order (reference, store_id, version_id, currency, placed_at, fingerprint, data)
SELECT r.reference, r.store, r.version, r.currency, :now, r.fingerprint, r.data
FROM @records(orders: reference text, store int, version int, currency text, fingerprint text, data text) r
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
