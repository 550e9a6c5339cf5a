-- name: clear_moving
-- Empty the working set.
DELETE FROM moving

-- name: moving_add_ids
-- Take the items with these ids, in id order.
INSERT INTO moving (@taken())
SELECT @taken(i) FROM order_item i
WHERE i.id IN @ids(items) ORDER BY i.id @lock(i)

-- name: moving_take_few
-- Take the items with these ids, in id order, and tell where they stand.
INSERT INTO moving (@taken()) SELECT @taken(i) FROM order_item i WHERE i.id IN @ids(items) ORDER BY i.id
RETURNING item_id, state_id, 0 AS now

-- name: moving_take_few [postgresql]
-- Take the items with these ids, in id order, and tell where they stand, and the time once they are locked.
INSERT INTO moving (@taken()) SELECT @taken(i) FROM order_item i WHERE i.id IN @ids(items) ORDER BY i.id @lock(i)
RETURNING item_id, state_id, CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS bigint) AS now

-- name: moving_claims
-- How many claims there are on the working set, live or not. To be asked once the items are locked: the statement
-- that waited for a lock would not see the claim of whom it waited for.
SELECT count(*) AS claims FROM item_claim c JOIN moving m ON m.item_id = c.item_id

-- name: moving_add_state
-- Take the next items of one state, in id order.
INSERT INTO moving (@taken())
SELECT @taken(i) FROM order_item i
WHERE i.state_id = :state AND i.id > :after ORDER BY i.id LIMIT :size @lock(i)

-- name: moving_add_state [postgresql]
-- Take the next items of one state, in id order. The state is asked again of the item itself: one that was
-- moved while the statement waited for its lock is left out.
INSERT INTO moving (@taken())
SELECT @taken(i) FROM item_state s JOIN order_item i ON i.id = s.item_id
WHERE s.state_id = :state AND i.state_id = :state AND s.item_id > :after ORDER BY s.item_id LIMIT :size @lock(i)

-- name: moving_add_due
-- Take the items whose automatic step a run made due, as far as it still is.
INSERT INTO moving (@taken(), fresh)
SELECT @taken(i), 0 FROM due_step d JOIN order_item i ON i.id = d.item_id
WHERE d.run_id = :run AND d.step = i.step AND d.event = :event AND d.stuck_at IS NULL
ORDER BY i.id @lock(i)

-- name: moving_add_overdue
-- Take these items as far as their automatic step is still due: a crash or a failure left it. The step is locked
-- after its item: what somebody made of it while the item was waited for is seen only so.
INSERT INTO moving (@taken())
SELECT @taken(i) FROM due_step d JOIN order_item i ON i.id = d.item_id
WHERE d.item_id IN @ids(items) AND d.step = i.step AND d.event = :event AND d.stuck_at IS NULL AND d.due_at <= :now
ORDER BY i.id @lock(i, d)

-- name: moving_add_timeouts
-- Take these items as far as their timeout is still due. The timeout is locked after its item: one that was
-- dropped, or began anew in another state, while the item was waited for is seen only so.
INSERT INTO moving (@taken())
SELECT @taken(i) FROM item_timeout t JOIN order_item i ON i.id = t.item_id
WHERE t.item_id IN @ids(items) AND t.event = :event AND t.due_at <= :now
ORDER BY i.id @lock(i, t)

-- name: moving_add_sweep
-- Take the next waiting items of a state that no run after the watermark has moved: one hop a tick.
INSERT INTO moving (@taken(), fresh)
SELECT @taken(i), CASE WHEN coalesce(i.last_run_id, 0) <= :first THEN 1 ELSE 0 END
FROM order_item i
WHERE i.state_id = :state AND i.id > :after AND i.id <= :until AND coalesce(i.last_run_id, 0) <= :watermark
  AND (CAST(:store AS bigint) IS NULL OR i.store_id = :store)
ORDER BY i.id LIMIT :size @lock(i)

-- name: moving_add_sweep [postgresql]
-- Take the next waiting items of a state that no run after the watermark has moved: one hop a tick.
INSERT INTO moving (@taken(), fresh)
SELECT @taken(i), CASE WHEN coalesce(i.last_run_id, 0) <= :first THEN 1 ELSE 0 END
FROM item_state s JOIN order_item i ON i.id = s.item_id
WHERE s.state_id = :state AND i.state_id = :state AND s.item_id > :after AND s.item_id <= :until
  AND coalesce(i.last_run_id, 0) <= :watermark AND (CAST(:store AS bigint) IS NULL OR i.store_id = :store)
ORDER BY s.item_id LIMIT :size @lock(i)

-- name: moving_add_checked
-- Take the items of a plan that still stand at the step the plan was made for.
INSERT INTO moving (@taken(), group_no, fresh)
SELECT @taken(i), r.group_no, r.fresh
FROM @records(plan: id int, step int, group_no int, fresh int) r JOIN order_item i ON i.id = r.id
WHERE i.step = r.step ORDER BY i.id @lock(i)

-- name: moving_add_alike
-- The same for items that a plan found at the same step and put into the same group.
INSERT INTO moving (@taken(), group_no, fresh)
SELECT @taken(i), :group, :fresh FROM @ids(items) r JOIN order_item i ON i.id = r.value
WHERE i.step = :step ORDER BY i.id @lock(i)

-- name: moving_size
-- How many items the working set has.
SELECT count(*) FROM moving

-- name: moving_extent
-- The working set at a glance: how many items, whether they are of one state and of one group, and whether
-- somebody else may hold a claim on any of them.
SELECT count(*) AS items, sum(fresh) AS fresh, max(item_id) AS last, min(state_id) AS first_state,
       max(state_id) AS last_state, min(group_no) AS first_group, max(group_no) AS last_group,
       (SELECT count(*) FROM item_claim c JOIN moving m ON m.item_id = c.item_id) AS claims
FROM moving

-- name: moving_by_state
-- The states the working set stands in, how many items each has, and the highest id.
SELECT state_id, count(*), sum(fresh), max(item_id) FROM moving GROUP BY state_id ORDER BY state_id

-- name: moving_claimed
-- Items of the working set that somebody else holds a live claim on. A claim from further ahead than it is long
-- is not believed: the clock was set back since, and it would last until the old time is reached again.
SELECT m.item_id, c.holder, c.event, c.expires_at FROM item_claim c JOIN moving m ON m.item_id = c.item_id
WHERE c.expires_at > :now AND c.claimed_at - :now <= c.expires_at - c.claimed_at AND c.token <> :token

-- name: moving_drop_claimed
-- Leave out the items that somebody else holds a live claim on.
DELETE FROM moving WHERE item_id IN
    (SELECT item_id FROM item_claim
     WHERE expires_at > :now AND claimed_at - :now <= expires_at - claimed_at AND token <> :token)

-- name: moving_unclaimed
-- Items of the working set on which the claim with this token is gone.
SELECT m.item_id FROM moving m LEFT JOIN item_claim c ON c.item_id = m.item_id AND c.token = :token
WHERE c.item_id IS NULL

-- name: moving_drop_ids
-- Leave out these items.
DELETE FROM moving WHERE item_id IN @ids(items)

-- name: moving_drop_state
-- Leave out the items of one state.
DELETE FROM moving WHERE state_id = :state

-- name: moving_of_state
-- The items of the working set in one state, with the step they stand at.
SELECT item_id, step, fresh FROM moving WHERE state_id = :state ORDER BY item_id

-- name: moving_group_state
-- Put all items of one state into a group of the plan.
UPDATE moving SET group_no = :group WHERE state_id = :state

-- name: moving_by_group
-- How many items each group of the plan has, and the highest id.
SELECT group_no, count(*), sum(fresh), max(item_id) FROM moving GROUP BY group_no ORDER BY group_no

-- name: moving_ids
-- The ids of the working set.
SELECT item_id FROM moving ORDER BY item_id

-- name: unknown_items
-- Which of these ids are no items.
SELECT r.value FROM @ids(items) r LEFT JOIN order_item i ON i.id = r.value WHERE i.id IS NULL

-- name: insert_run
-- Write down what a group of items shares of its step.
INSERT INTO transition_run (at, trigger, correlation, host, event, source_id, target_id, outcome, command,
    command_key, conditions, data, error, duration_us, items, history_rows, actor, reason)
VALUES (:at, :trigger, :correlation, :host, :event, :source, :target, :outcome, :command,
    :command_key, :conditions, :data, :error, :duration_us, :items, :items, :actor, :reason)
RETURNING id

-- name: insert_history
-- Write down that the items of a group took part in a run.
INSERT INTO item_history (item_id, run_id) SELECT item_id, :run FROM moving WHERE group_no = :group

-- name: collect_delta
-- By how much the reservation changes when a group comes to count as the target state says.
INSERT INTO pair_delta (product_id, store_id, reserved, held)
SELECT product_id, store_id, CASE WHEN :reserved = 1 THEN quantity ELSE 0 END - counted_reserved,
       CASE WHEN :keep_hold = 1 THEN 0 ELSE -counted_hold END
FROM moving WHERE group_no = :group
ON CONFLICT (product_id, store_id) DO UPDATE SET
    reserved = pair_delta.reserved + excluded.reserved, held = pair_delta.held + excluded.held

-- name: collect_delta [postgresql]
-- By how much the reservation changes when a group comes to count as the target state says. Summed up
-- first: PostgreSQL refuses to update a row twice in one statement, where SQLite is three times as fast.
INSERT INTO pair_delta (product_id, store_id, reserved, held)
SELECT product_id, store_id, sum(CASE WHEN :reserved = 1 THEN quantity ELSE 0 END - counted_reserved),
       sum(CASE WHEN :keep_hold = 1 THEN 0 ELSE -counted_hold END)
FROM moving WHERE group_no = :group
GROUP BY product_id, store_id
ON CONFLICT (product_id, store_id) DO UPDATE SET
    reserved = pair_delta.reserved + excluded.reserved, held = pair_delta.held + excluded.held

-- name: move_group
-- Move the items of a group to a state that counts as the one before.
UPDATE order_item SET state_id = :target, step = step + 1, state_since = :now, last_run_id = :run
WHERE id IN (SELECT item_id FROM moving WHERE group_no = :group)

-- name: move_group_counting
-- Move the items of a group to a state that counts differently from the one before.
UPDATE order_item SET state_id = :target, step = step + 1, state_since = :now, last_run_id = :run,
    counted_reserved = CASE WHEN :reserved = 1 THEN quantity ELSE 0 END,
    counted_hold = CASE WHEN :keep_hold = 1 THEN counted_hold ELSE 0 END,
    hold_until = CASE WHEN :keep_hold = 1 THEN hold_until ELSE NULL END
WHERE id IN (SELECT item_id FROM moving WHERE group_no = :group)

-- name: move_group [postgresql]
-- Move the items of a group to a state that counts as the one before, here and in the table of who is where.
WITH moved AS (
    UPDATE order_item SET state_id = :target, step = step + 1, state_since = :now, last_run_id = :run
    WHERE id IN (SELECT item_id FROM moving WHERE group_no = :group))
UPDATE item_state s SET state_id = :target FROM moving m
WHERE m.group_no = :group AND s.state_id = m.state_id AND s.item_id = m.item_id

-- name: move_group_counting [postgresql]
-- Move the items of a group to a state that counts differently, here and in the table of who is where.
WITH moved AS (
    UPDATE order_item SET state_id = :target, step = step + 1, state_since = :now, last_run_id = :run,
        counted_reserved = CASE WHEN :reserved = 1 THEN quantity ELSE 0 END,
        counted_hold = CASE WHEN :keep_hold = 1 THEN counted_hold ELSE 0 END,
        hold_until = CASE WHEN :keep_hold = 1 THEN hold_until ELSE NULL END
    WHERE id IN (SELECT item_id FROM moving WHERE group_no = :group))
UPDATE item_state s SET state_id = :target FROM moving m
WHERE m.group_no = :group AND s.state_id = m.state_id AND s.item_id = m.item_id

-- name: step_group
-- Count a step of items that stay in their state.
UPDATE order_item SET step = step + 1, last_run_id = :run
WHERE id IN (SELECT item_id FROM moving WHERE group_no = :group)

-- name: unknown_warehouses
-- Which of these names are no warehouses.
SELECT r.value FROM @texts(names) r LEFT JOIN warehouse w ON w.name = r.value WHERE w.id IS NULL

-- name: set_warehouses
-- Set the warehouse a command named for an item, as far as the item is part of the group.
UPDATE order_item SET warehouse_id = (SELECT w.id FROM @records(rows: id int, name text) r
    JOIN warehouse w ON w.name = r.name WHERE r.id = order_item.id)
WHERE id IN (SELECT r.id FROM @records(rows: id int, name text) r
             JOIN moving m ON m.item_id = r.id WHERE m.group_no = :group)

-- name: drop_timeouts
-- Drop the timeouts of items that leave their state.
DELETE FROM item_timeout WHERE item_id IN (SELECT item_id FROM moving WHERE group_no = :group)

-- name: set_timeout
-- Arm a timeout for every item of a group at the same time.
INSERT INTO item_timeout (item_id, event, due_at) SELECT item_id, :event, :due FROM moving WHERE group_no = :group
ON CONFLICT (item_id, event) DO UPDATE SET due_at = excluded.due_at, attempts = 0, error = NULL, error_code = NULL

-- name: set_timeouts_each
-- Arm a timeout at a time of its own for each item that is part of the group.
INSERT INTO item_timeout (item_id, event, due_at)
SELECT r.id, :event, r.due FROM @records(rows: id int, due int) r
JOIN moving m ON m.item_id = r.id WHERE m.group_no = :group
ON CONFLICT (item_id, event) DO UPDATE SET due_at = excluded.due_at, attempts = 0, error = NULL, error_code = NULL

-- name: rearm_timeout
-- Arm a timeout again for the items of a group that stayed in their state.
UPDATE item_timeout SET due_at = :due, attempts = 0, error = NULL, error_code = NULL
WHERE event = :event AND item_id IN (SELECT item_id FROM moving WHERE group_no = :group)

-- name: rearm_timeouts_each
-- Arm a timeout again at a time of its own for each item.
UPDATE item_timeout SET attempts = 0, error = NULL, error_code = NULL,
    due_at = (SELECT r.due FROM @records(rows: id int, due int) r WHERE r.id = item_timeout.item_id)
WHERE event = :event AND item_id IN (SELECT item_id FROM moving WHERE group_no = :group)
  AND item_id IN (SELECT r.id FROM @records(rows: id int, due int) r)

-- name: drop_due_steps
-- The automatic step of the items of a group is taken, or they leave the state it belongs to.
DELETE FROM due_step WHERE item_id IN (SELECT item_id FROM moving WHERE group_no = :group)

-- name: carry_due_steps
-- Items that took another step and stay in their state still have its automatic step before them.
UPDATE due_step SET step = step + 1 WHERE item_id IN (SELECT item_id FROM moving WHERE group_no = :group)

-- name: set_due_step
-- Note the automatic step that the items of a group are due to take in the state they entered.
INSERT INTO due_step (item_id, step, event, due_at, run_id, chain)
SELECT m.item_id, i.step, :event, :due, :run, :chain FROM moving m JOIN order_item i ON i.id = m.item_id
WHERE m.group_no = :group

-- name: stop_chain
-- Items that took too many automatic steps in a row: their next one is stuck.
UPDATE due_step SET stuck_at = :now, due_at = NULL, error_code = 'automatic_loop', error = :error
WHERE run_id = :run AND stuck_at IS NULL RETURNING item_id

-- name: fail_due_steps
-- An automatic step failed: count the attempt and set the time of the next one.
UPDATE due_step SET attempts = attempts + 1, error_code = :code, error = :error,
    due_at = CASE WHEN attempts + 1 >= :most THEN NULL ELSE :now + CASE
        WHEN attempts > 60 OR CAST(:longest AS bigint) >> attempts < :base THEN :longest
        ELSE CAST(:base AS bigint) << attempts END END,
    stuck_at = CASE WHEN attempts + 1 >= :most THEN :now ELSE NULL END
WHERE event = :event AND item_id IN @ids(items) RETURNING item_id, stuck_at

-- name: fail_timeouts
-- A timeout's step failed: count the attempt and set the time of the next one.
UPDATE item_timeout SET attempts = attempts + 1, error_code = :code, error = :error,
    due_at = CASE WHEN attempts + 1 >= :most THEN NULL ELSE :now + CASE
        WHEN attempts > 60 OR CAST(:longest AS bigint) >> attempts < :base THEN :longest
        ELSE CAST(:base AS bigint) << attempts END END
WHERE event = :event AND item_id IN @ids(items) RETURNING item_id, due_at

-- name: drop_stale_timeouts
-- Drop timeouts whose event the state of their items does not know.
DELETE FROM item_timeout WHERE event = :event AND item_id IN @ids(items)

-- name: drop_stale_due_steps
-- Drop automatic steps whose event the state of their items does not know.
DELETE FROM due_step WHERE event = :event AND item_id IN @ids(items)

-- name: overdue_steps
-- Automatic steps that are due and that no call is taking at the moment.
SELECT d.due_at, d.item_id, d.event, d.chain FROM due_step d JOIN order_item i ON i.id = d.item_id
WHERE d.due_at <= :now AND d.stuck_at IS NULL AND (CAST(:store AS bigint) IS NULL OR i.store_id = :store)
  AND (d.due_at > :after_due OR (d.due_at = :after_due AND d.item_id > :after_item))
ORDER BY d.due_at, d.item_id LIMIT :size

-- name: due_timeouts
-- Timeouts that are due, oldest first.
SELECT t.due_at, t.item_id, t.event FROM item_timeout t JOIN order_item i ON i.id = t.item_id
WHERE t.due_at <= :now AND (t.due_at > :after_due OR (t.due_at = :after_due AND t.item_id >= :after_item))
  AND (t.due_at, t.item_id, t.event) > (:after_due, :after_item, :after_event)
  AND (CAST(:store AS bigint) IS NULL OR i.store_id = :store)
ORDER BY t.due_at, t.item_id, t.event LIMIT :size

-- name: insert_claims
-- Claim the items of the working set in one state; an expired claim is taken over.
INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at)
SELECT item_id, :token, :holder, :event, step, :now, :expires FROM moving WHERE state_id = :state
ON CONFLICT (item_id) DO UPDATE SET token = excluded.token, holder = excluded.holder, event = excluded.event,
    step = excluded.step, claimed_at = excluded.claimed_at, expires_at = excluded.expires_at

-- name: extend_claims
-- Prolong the claims with this token whose items nobody has moved or taken over; the items are returned.
UPDATE item_claim SET expires_at = :expires WHERE token = :token AND item_id IN
    (SELECT c.item_id FROM item_claim c JOIN order_item i ON i.id = c.item_id AND i.step = c.step
     WHERE c.token = :token ORDER BY c.item_id @lock(c))
RETURNING item_id

-- name: release_claims
-- Give up a claim.
DELETE FROM item_claim WHERE token = :token

-- name: insert_command_runs
-- Write down command calls for groups of items: a retry runs exactly these under the same key.
INSERT INTO command_run (key, command, event, state_id, started_at)
SELECT r.value, :command, :event, :state, :now FROM @texts(keys) r WHERE true
ON CONFLICT (key) DO UPDATE SET started_at = excluded.started_at RETURNING id, key

-- name: insert_command_members
-- Write down which items the command calls are for.
INSERT INTO command_member (item_id, command_run_id, step)
SELECT r.id, r.run, r.step FROM @records(rows: id int, run int, step int) r WHERE true
ON CONFLICT (item_id) DO UPDATE SET command_run_id = excluded.command_run_id, step = excluded.step

-- name: open_command_runs
-- Earlier calls of this event's command that these items are still members of, with all their members.
SELECT c.id, c.key, m.item_id, m.step FROM command_run c JOIN command_member m ON m.command_run_id = c.id
WHERE c.event = :event AND c.state_id = :state AND c.command = :command AND c.id IN
    (SELECT command_run_id FROM command_member WHERE item_id IN @ids(items))
ORDER BY c.id, m.item_id

-- name: forget_command_runs
-- Forget calls that some of these items were part of: without them they cannot be repeated whole. Two callers may
-- have items of the same calls: all lock these in one order.
DELETE FROM command_run WHERE id IN
    (SELECT r.id FROM command_run r
     WHERE r.id IN (SELECT command_run_id FROM command_member WHERE item_id IN @ids(items)) ORDER BY r.id @lock(r))
RETURNING id

-- name: forget_left_runs
-- Forget calls for another event that items of the group were part of: they take another step.
DELETE FROM command_run WHERE id IN
    (SELECT r.id FROM command_run r WHERE r.event <> :event AND r.id IN
        (SELECT c.command_run_id FROM moving m JOIN command_member c ON c.item_id = m.item_id
         WHERE m.group_no = :group)
     ORDER BY r.id @lock(r))
RETURNING id

-- name: forget_command_members
-- Whom forgotten calls were for. Items of the calls may be in somebody else's hands: all lock them in one order.
DELETE FROM command_member WHERE item_id IN
    (SELECT m.item_id FROM command_member m WHERE m.command_run_id IN @ids(runs) ORDER BY m.item_id @lock(m))

-- name: drop_command_members
-- The call is applied: its items are no longer members.
DELETE FROM command_member WHERE item_id IN (SELECT item_id FROM moving WHERE group_no = :group)

-- name: drop_command_runs
-- Forget command calls that have no members any more.
DELETE FROM command_run WHERE key IN @texts(keys)
  AND NOT EXISTS (SELECT 1 FROM command_member m WHERE m.command_run_id = command_run.id)

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

-- name: claims_in_state
-- Live claims on items of a state with ids in (after, last].
SELECT c.item_id, c.holder, c.event, c.expires_at FROM item_claim c JOIN order_item i ON i.id = c.item_id
WHERE c.expires_at > :now AND c.claimed_at - :now <= c.expires_at - c.claimed_at AND c.item_id > :after AND c.item_id <= :last AND i.state_id = :state

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

-- name: last_run
-- The highest run id so far.
SELECT coalesce(max(id), 0) FROM transition_run

-- name: sweep_position
-- Where the conditions run stopped in a state.
SELECT item_id FROM sweep_cursor WHERE state_id = :state AND store_id = :store

-- name: set_sweep_position
-- Remember where the conditions run stopped in a state.
INSERT INTO sweep_cursor (state_id, store_id, item_id) VALUES (:state, :store, :item)
ON CONFLICT (state_id, store_id) DO UPDATE SET item_id = excluded.item_id

-- name: expired_holds
-- Holds whose time is over.
INSERT INTO moving (@taken())
SELECT @taken(i) FROM order_item i WHERE i.hold_until <= :now
ORDER BY i.hold_until, i.id LIMIT :size @lock(i)

-- name: collect_hold_delta
-- By how much the hold changes when the working set's holds end.
INSERT INTO pair_delta (product_id, store_id, reserved, held)
SELECT product_id, store_id, 0, -sum(counted_hold) FROM moving
WHERE counted_hold <> 0 GROUP BY product_id, store_id
ON CONFLICT (product_id, store_id) DO UPDATE SET held = pair_delta.held + excluded.held

-- name: end_holds
-- End the holds of the working set.
UPDATE order_item SET counted_hold = 0, hold_until = NULL, last_run_id = :run
WHERE id IN (SELECT item_id FROM moving WHERE group_no = :group)

-- name: any_expiring_hold
-- Whether any hold ends by time at all.
SELECT id FROM order_item WHERE hold_until IS NOT NULL LIMIT 1

-- name: stores
-- All stores.
SELECT id, name, remote FROM store ORDER BY name

-- name: products_named
-- Concrete products by sku.
SELECT id, sku AS name FROM product WHERE sku IN @texts(names)

-- name: warehouses_named
-- Warehouses by name.
SELECT id, name FROM warehouse WHERE name IN @texts(names)

-- name: unknown_orders
-- Which of these references are no orders.
SELECT r.value FROM @texts(references) r LEFT JOIN sales_order o ON o.reference = r.value WHERE o.id IS NULL

-- name: items_of_orders
-- The items of orders.
SELECT i.id FROM order_item i JOIN sales_order o ON o.id = i.order_id WHERE o.reference IN @texts(references)

-- name: states_with_items
-- Which of these states have items at all.
SELECT r.value FROM @ids(states) r WHERE EXISTS (SELECT 1 FROM item_state i WHERE i.state_id = r.value)

-- name: sweep_count
-- How many of the next waiting items of a state there are.
SELECT count(*) AS items, sum(w.fresh) AS fresh, max(w.id) AS last FROM
    (SELECT i.id, CASE WHEN coalesce(i.last_run_id, 0) <= :first THEN 1 ELSE 0 END AS fresh FROM order_item i
     WHERE i.state_id = :state AND i.id > :after AND i.id <= :until AND coalesce(i.last_run_id, 0) <= :watermark
       AND (CAST(:store AS bigint) IS NULL OR i.store_id = :store)
     ORDER BY i.id LIMIT :size) w

-- name: sweep_count [postgresql]
-- How many of the next waiting items of a state there are.
SELECT count(*) AS items, sum(w.fresh) AS fresh, max(w.id) AS last FROM
    (SELECT i.id, CASE WHEN coalesce(i.last_run_id, 0) <= :first THEN 1 ELSE 0 END AS fresh
     FROM item_state s JOIN order_item i ON i.id = s.item_id
     WHERE s.state_id = :state AND s.item_id > :after AND s.item_id <= :until
       AND coalesce(i.last_run_id, 0) <= :watermark AND (CAST(:store AS bigint) IS NULL OR i.store_id = :store)
     ORDER BY s.item_id LIMIT :size) w

-- name: claimed_items
-- Every item with a live claim.
SELECT item_id FROM item_claim WHERE expires_at > :now AND claimed_at - :now <= expires_at - claimed_at
