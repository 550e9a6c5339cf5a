-- Placing orders.

-- macro: orders_known(references)
-- The orders with these references that are stored or archived, and their fingerprints.
(SELECT k.reference, k.fingerprint FROM sales_order k WHERE k.reference IN @texts({references})
 UNION ALL
 SELECT a.reference, a.fingerprint FROM archived_order a WHERE a.reference IN @texts({references}))

-- name: placement_begun
-- What differs after every change of a name that orders use, and those of the orders with these references that are
-- stored: one row at least.
SELECT n.version, o.reference, o.fingerprint
FROM (SELECT coalesce(max(version), 0) AS version FROM names_version) n
LEFT JOIN @orders_known(references) o ON true

-- name: placement_begun [postgresql]
-- What differs after every change of a name that orders use, and those of the orders with these references that are
-- stored: one row at least. With the time, which no other statement asks for.
SELECT n.version, o.reference, o.fingerprint,
       CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) AS now
FROM (SELECT coalesce(max(version), 0) AS version FROM names_version) n
LEFT JOIN @orders_known(references) o ON true

-- name: placement_ids
-- Ids for new orders (kind 1), their items (2) and the runs that place them (3), in their order.
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < max(:items, :runs))
SELECT 1 AS kind, (SELECT coalesce(max(id), 0) FROM sales_order) + i AS id FROM n WHERE i <= :orders
UNION ALL SELECT 2, (SELECT coalesce(max(id), 0) FROM order_item) + i FROM n WHERE i <= :items
UNION ALL SELECT 3, (SELECT coalesce(max(id), 0) FROM transition_run) + i FROM n WHERE i <= :runs

-- name: placement_ids [postgresql]
-- Ids for new orders (kind 1), their items (2) and the runs that place them (3), in their order.
SELECT 1 AS kind, nextval(pg_get_serial_sequence('sales_order', 'id')) AS id FROM generate_series(1, :orders)
UNION ALL SELECT 2, nextval(pg_get_serial_sequence('order_item', 'id')) FROM generate_series(1, :items)
UNION ALL SELECT 3, nextval(pg_get_serial_sequence('transition_run', 'id')) FROM generate_series(1, :runs)
ORDER BY 1, 2

-- name: insert_orders
-- Store orders. Where somebody else has stored one of the references meanwhile, the unit of work is run again.
INSERT INTO sales_order (id, reference, store_id, version_id, currency, placed_at, fingerprint, data)
SELECT r.id, r.reference, r.store, r.version, r.currency, :now, r.fingerprint, r.data
FROM @records(orders: id int, reference text, store int, version int, currency text, fingerprint text, data text) r

-- name: insert_placing_runs
-- Write down what items share of being placed, and of the automatic steps that they take at once.
INSERT INTO transition_run (id, at, trigger, correlation, host, event, source_id, target_id, outcome, items,
    history_rows, actor)
SELECT r.id, :now, r.cause, r.correlation, :host, r.event, r.source, r.target, r.outcome, r.items, r.items, r.actor
FROM @records(runs: id int, cause text, correlation text, event text, source int, target int, outcome text, items int, actor text) r

-- name: insert_items
-- Store the items of orders in the state that they come to.
INSERT INTO order_item (id, order_id, store_id, product_id, warehouse_id, reference, line, quantity, state_id,
    step, last_run_id, counted_reserved, counted_hold, hold_until, state_since)
SELECT r.id, r.order_id, r.store, r.product, r.warehouse, r.reference, r.line, r.quantity, r.state,
    r.step, r.run, r.reserved, r.held, r.hold_until, :now
FROM @records(items: id int, order_id int, store int, product int, warehouse int, reference text, line int, quantity int, state int, step int, run int, reserved int, held int, hold_until int) r

-- name: insert_items [postgresql]
-- Store the items of orders in the state that they come to, here and in the table of who is where, with the last run
-- that brought them there.
WITH placed AS (
    INSERT INTO order_item (id, order_id, store_id, product_id, warehouse_id, reference, line, quantity, state_id,
        step, last_run_id, counted_reserved, counted_hold, hold_until, state_since)
    SELECT r.id, r.order_id, r.store, r.product, r.warehouse, r.reference, r.line, r.quantity, r.state,
        r.step, r.run, r.reserved, r.held, r.hold_until, :now
    FROM @records(items: id int, order_id int, store int, product int, warehouse int, reference text, line int, quantity int, state int, step int, run int, reserved int, held int, hold_until int) r
    RETURNING id, state_id, last_run_id),
whereabouts AS (INSERT INTO item_state (state_id, item_id) SELECT state_id, id FROM placed)
INSERT INTO item_history (item_id, run_id) SELECT id, last_run_id FROM placed

-- name: note_placed_parts
-- Items that came about with others of the same line, each from another warehouse, are parts of the first of them.
UPDATE order_item SET split_from = r.whole, split_run_id = r.run, split_quantity = r.quantity, split_start = r.before
FROM @records(parts: item int, whole int, run int, quantity int, before int) r WHERE order_item.id = r.item

-- name: insert_placed_history
-- Write down which runs items took part in while they were placed.
INSERT INTO item_history (item_id, run_id) SELECT r.item, r.run FROM @records(items: item int, run int) r

-- name: insert_placed_timeouts
-- Arm the timeouts of new items.
INSERT INTO item_timeout (item_id, event, due_at)
SELECT r.item, r.event, r.due FROM @records(timeouts: item int, event text, due int) r

-- name: insert_placed_steps
-- Note the automatic steps that new items are due to take.
INSERT INTO due_step (item_id, step, event, due_at, run_id, chain)
SELECT r.item, r.step, r.event, :now, r.run, r.chain
FROM @records(steps: item int, step int, event text, run int, chain int) r

-- name: tell_placed
-- Put messages of new orders and their items into the outbox, in their order.
INSERT INTO outbox (kind, payload, created_at)
SELECT r.kind, r.payload, :now FROM @records(messages: kind text, payload text) r
