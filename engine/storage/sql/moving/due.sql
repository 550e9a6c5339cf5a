-- What becomes due with a state: timeouts and automatic steps.

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
WHERE event = :event AND item_id IN @group

-- name: rearm_timeouts_each
-- Arm a timeout again at a time of its own for each item.
UPDATE item_timeout SET attempts = 0, error = NULL, error_code = NULL,
    due_at = (SELECT r.due FROM @records(rows: id int, due int) r WHERE r.id = item_timeout.item_id)
WHERE event = :event AND item_id IN @group
  AND item_id IN (SELECT r.id FROM @records(rows: id int, due int) r)

-- name: drop_timeouts
-- Drop the timeouts of items that leave their state.
DELETE FROM item_timeout WHERE item_id IN @group

-- name: set_due_step
-- Note the automatic step that the items of a group are due to take in the state they entered.
INSERT INTO due_step (item_id, step, event, due_at, run_id, chain)
SELECT m.item_id, i.step, :event, :due, :run, :chain FROM moving m JOIN order_item i ON i.id = m.item_id
WHERE m.group_no = :group

-- name: carry_due_steps
-- Items that took another step and stay in their state still have its automatic step before them.
UPDATE due_step SET step = step + 1 WHERE item_id IN @group

-- name: drop_due_steps
-- The automatic step of the items of a group is taken, or they leave the state it belongs to.
DELETE FROM due_step WHERE item_id IN @group

-- name: moving_add_due
-- Take the items whose automatic step a run made due, as far as it still is. The step is locked after its item: what
-- a background run made of it while the item was waited for is seen only so.
INSERT INTO moving (@taken_as, fresh)
SELECT @taken(i), 0 FROM due_step d JOIN order_item i ON i.id = d.item_id
WHERE d.run_id = :run AND d.step = i.step AND d.event = :event AND d.stuck_at IS NULL
ORDER BY i.id @lock(i, d)

-- name: stop_chain
-- Items that took too many automatic steps in a row: their next one is stuck.
UPDATE due_step SET stuck_at = :now, due_at = NULL, error_code = 'automatic_loop', error = :error
WHERE run_id = :run AND stuck_at IS NULL RETURNING item_id
