-- Calls of commands for several items: a retry is for the same items, under the same key.

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
DELETE FROM command_member WHERE item_id IN @group

-- name: drop_command_runs
-- Forget command calls that have no members any more.
DELETE FROM command_run WHERE key IN @texts(keys)
  AND NOT EXISTS (SELECT 1 FROM command_member m WHERE m.command_run_id = command_run.id)

-- name: moving_open_calls
-- Items of the working set for which a call of a command was begun and is to be repeated under its key: calls
-- per order or batch, claims that a crash left behind, and steps that failed and will be tried again, whatever
-- they failed on: the command itself may have gone well. What was tried for the last time is not repeated by itself.
SELECT m.item_id, r.event FROM moving m
JOIN command_member c ON c.item_id = m.item_id AND c.step = m.step JOIN command_run r ON r.id = c.command_run_id
WHERE NOT EXISTS (SELECT 1 FROM due_step d
                  WHERE d.item_id = m.item_id AND d.event = r.event AND d.stuck_at IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM item_timeout t
                  WHERE t.item_id = m.item_id AND t.event = r.event AND t.due_at IS NULL)
UNION
SELECT m.item_id, k.event FROM moving m JOIN item_claim k ON k.item_id = m.item_id AND k.step = m.step
UNION
SELECT m.item_id, d.event FROM moving m JOIN due_step d ON d.item_id = m.item_id AND d.step = m.step
WHERE d.error_code IS NOT NULL AND d.stuck_at IS NULL AND d.event IN @texts(events)
UNION
SELECT m.item_id, t.event FROM moving m JOIN item_timeout t ON t.item_id = m.item_id
WHERE t.error_code IS NOT NULL AND t.due_at IS NOT NULL AND t.event IN @texts(events)
