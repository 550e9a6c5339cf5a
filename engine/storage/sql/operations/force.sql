-- Forcing items to a state, and telling what that would do.

-- name: states_of_items
-- The states these items stand in, and how many stand in each.
SELECT state_id, count(*) AS items FROM order_item WHERE id IN @ids(items) GROUP BY state_id ORDER BY state_id

-- name: page_of_state
-- The ids of the next items of a state.
SELECT item_id AS id FROM item_state WHERE state_id = :state AND item_id > :after ORDER BY item_id LIMIT :size

-- name: items_by_id
-- Those of these items that stand in a state, as plugins see them.
SELECT @item(i) FROM order_item i WHERE i.id IN @ids(items) AND i.state_id = :state ORDER BY i.id

-- name: ids_in_state
-- Which of these items stand in a state.
SELECT id FROM order_item WHERE id IN @ids(items) AND state_id = :state ORDER BY id

-- name: live_claims
-- Live claims on those of the items that stand in one of the states.
SELECT c.item_id, c.holder, c.event, c.expires_at FROM item_claim c JOIN order_item i ON i.id = c.item_id
WHERE i.id IN @ids(items) AND i.state_id IN @ids(states)
  AND @live_claim(c) ORDER BY c.item_id

-- name: amounts_at_targets
-- By how much the reservation of each (sku, store) changes when items of these states count as told per state.
SELECT p.sku, s.name AS store, sum(@counts_reserved(t.reserved, i.quantity) - i.counted_reserved) AS reserved,
       sum(@change_held(t.keep_hold, i.counted_hold)) AS held
FROM order_item i JOIN @records(targets: state int, reserved int, keep_hold int) t ON t.state = i.state_id
JOIN product p ON p.id = i.product_id JOIN store s ON s.id = i.store_id
WHERE i.id IN @ids(items) GROUP BY p.sku, s.name ORDER BY p.sku, s.name

-- name: break_claims
-- Break every claim on the working set, live or not: its holder changes nothing any more.
DELETE FROM item_claim WHERE item_id IN
    (SELECT c.item_id FROM item_claim c JOIN moving m ON m.item_id = c.item_id ORDER BY c.item_id @lock(c))

-- name: forget_calls_of_moving
-- Forget the command calls that items of the working set are part of, whatever their event.
DELETE FROM command_run WHERE id IN
    (SELECT r.id FROM command_run r WHERE r.id IN
        (SELECT c.command_run_id FROM moving m JOIN command_member c ON c.item_id = m.item_id)
     ORDER BY r.id @lock(r))
RETURNING id

-- name: clear_due_steps
-- Forget the automatic steps of the working set.
DELETE FROM due_step WHERE item_id IN (SELECT item_id FROM moving)

-- name: clear_timeouts
-- Forget the timeouts of the working set.
DELETE FROM item_timeout WHERE item_id IN (SELECT item_id FROM moving)

-- name: clear_sweep_failures
-- Forget the failures of the working set's eventless transitions.
DELETE FROM sweep_failure WHERE item_id IN (SELECT item_id FROM moving)
