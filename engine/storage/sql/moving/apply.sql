-- Writing a step: state, reservation, warehouse, history.

-- macro: set_left
-- Setting for items that come to another state: those that had :left the shelf before have left when they came to the
-- first state in which a stock update releases them. Of all others nothing is noted: they leave with their state.
left_at = CASE WHEN :left = 1 THEN coalesce(left_at, state_since) ELSE NULL END

-- macro: move_items(settings...)
-- Move the items of a group to the state :target, with further settings.
UPDATE order_item SET state_id = :target, step = step + 1, @set_left, {settings}
WHERE id IN @group

-- macro: move_items(settings...) [postgresql]
-- Move the items of a group to the state :target, with further settings, here and in the table of who is where.
WITH moved AS (
    UPDATE order_item SET state_id = :target, step = step + 1, @set_left, {settings}
    WHERE id IN @group)
UPDATE item_state s SET state_id = :target FROM moving m
WHERE m.group_no = :group AND s.state_id = m.state_id AND s.item_id = m.item_id

-- name: collect_delta
-- By how much the reservation changes when a group comes to count as the target state says.
INSERT INTO pair_delta (product_id, store_id, reserved, held)
SELECT product_id, store_id, @counts_reserved(:reserved, quantity) - counted_reserved,
       @change_held(:keep_hold, counted_hold)
FROM moving WHERE group_no = :group
ON CONFLICT (product_id, store_id) DO UPDATE SET
    reserved = pair_delta.reserved + excluded.reserved, held = pair_delta.held + excluded.held

-- name: collect_delta [postgresql]
-- By how much the reservation changes when a group comes to count as the target state says. Summed up
-- first: PostgreSQL refuses to update a row twice in one statement, where SQLite is three times as fast.
INSERT INTO pair_delta (product_id, store_id, reserved, held)
SELECT product_id, store_id, sum(@counts_reserved(:reserved, quantity) - counted_reserved),
       sum(@change_held(:keep_hold, counted_hold))
FROM moving WHERE group_no = :group
GROUP BY product_id, store_id
ON CONFLICT (product_id, store_id) DO UPDATE SET
    reserved = pair_delta.reserved + excluded.reserved, held = pair_delta.held + excluded.held

-- macro: add_named
-- Deltas of single warehouses, of which there may be some already.
ON CONFLICT (product_id, store_id, warehouse_id) DO UPDATE SET
    reserved = warehouse_delta.reserved + excluded.reserved, held = warehouse_delta.held + excluded.held

-- name: collect_named
-- By how much what is promised at single warehouses changes when a group comes to count as the target state says.
INSERT INTO warehouse_delta (product_id, store_id, warehouse_id, reserved, held)
SELECT product_id, store_id, warehouse_id, sum(@counts_reserved(:reserved, quantity) - counted_reserved),
       sum(@change_held(:keep_hold, counted_hold))
FROM moving WHERE group_no = :group AND warehouse_id IS NOT NULL
GROUP BY product_id, store_id, warehouse_id
@add_named

-- name: collect_rehoused
-- What items of a group count at their warehouses is added there (:sign is 1) or taken off (-1): they come, or leave.
INSERT INTO warehouse_delta (product_id, store_id, warehouse_id, reserved, held)
SELECT m.product_id, m.store_id, m.warehouse_id, :sign * sum(m.counted_reserved), :sign * sum(m.counted_hold)
FROM moving m WHERE m.group_no = :group AND m.warehouse_id IS NOT NULL AND m.item_id IN @ids(items)
GROUP BY m.product_id, m.store_id, m.warehouse_id
@add_named

-- name: moving_rehoused
-- Where a command has said that items of a group are to come from.
UPDATE moving SET warehouse_id = (SELECT w.id FROM @records(rows: id int, name text) r
    JOIN warehouse w ON w.name = r.name WHERE r.id = moving.item_id)
WHERE group_no = :group AND item_id IN (SELECT r.id FROM @records(rows: id int, name text) r)

-- name: move_group
-- Move the items of a group to a state that counts as the one before.
@move_items(state_since = :now, last_run_id = :run)

-- name: move_group_counting
-- Move the items of a group to a state that counts differently from the one before.
@move_items(state_since = :now, last_run_id = :run, @set_counts)

-- name: step_group
-- Count a step of items that stay in their state.
UPDATE order_item SET step = step + 1, last_run_id = :run
WHERE id IN @group

-- name: unknown_warehouses
-- Which of these names are no warehouses.
SELECT r.value FROM @texts(names) r LEFT JOIN warehouse w ON w.name = r.value WHERE w.id IS NULL

-- name: set_warehouses
-- Set the warehouse a command named for an item, as far as the item is part of the group.
UPDATE order_item SET warehouse_id = (SELECT w.id FROM @records(rows: id int, name text) r
    JOIN warehouse w ON w.name = r.name WHERE r.id = order_item.id)
WHERE id IN (SELECT r.id FROM @records(rows: id int, name text) r
             JOIN moving m ON m.item_id = r.id WHERE m.group_no = :group)

-- name: insert_run
-- Write down what a group of items shares of its step; and tell whether a sink wants to be told of items that move.
INSERT INTO transition_run (at, trigger, correlation, host, event, source_id, target_id, outcome, command,
    command_key, conditions, data, error, duration_us, items, history_rows, actor, reason)
VALUES (:at, :trigger, :correlation, :host, :event, :source, :target, :outcome, :command,
    :command_key, :conditions, :data, :error, :duration_us, :items, :items, :actor, :reason)
RETURNING id, (SELECT count(*) FROM sink_position WHERE order_events >= 2) AS listeners

-- macro: plain(millionths)
-- A quantity as a plain decimal text: 10, or 0.5.
CAST({millionths} / 1000000 AS text) || CASE WHEN {millionths} % 1000000 = 0 THEN ''
    ELSE '.' || rtrim(substr(CAST(1000000 + {millionths} % 1000000 AS text), 2), '0') END

-- macro: of_moved
-- The items of a group with what is told of them. With CROSS JOIN SQLite looks them up from the working set.
FROM moving m CROSS JOIN order_item i JOIN sales_order o ON o.id = i.order_id
JOIN store s ON s.id = o.store_id JOIN product p ON p.id = i.product_id
WHERE m.group_no = :group AND i.id = m.item_id ORDER BY m.item_id

-- name: tell_moved
-- Put a message into the outbox for each item of a group: what they share, and what is its own.
INSERT INTO outbox (kind, payload, created_at)
SELECT :kind, :shared || substr(json_object('reference', o.reference, 'store', s.name, 'item', i.id, 'line', i.line,
    'item_reference', i.reference, 'sku', p.sku, 'quantity', @plain(i.quantity), 'split_from', i.split_from), 2), :now
@of_moved

-- name: tell_moved [postgresql]
-- Put a message into the outbox for each item of a group: what they share, and what is its own.
INSERT INTO outbox (kind, payload, created_at)
SELECT CAST(:kind AS text), CAST(:shared AS text) || substr(CAST(json_build_object('reference', o.reference,
    'store', s.name, 'item', i.id, 'line', i.line, 'item_reference', i.reference, 'sku', p.sku,
    'quantity', @plain(i.quantity), 'split_from', i.split_from) AS text), 2), :now
@of_moved

-- name: insert_history
-- Write down that the items of a group took part in a run.
INSERT INTO item_history (item_id, run_id) SELECT item_id, :run FROM moving WHERE group_no = :group
