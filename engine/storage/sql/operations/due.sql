-- What is due: automatic steps that were left over, and timeouts.

-- name: overdue_steps
-- Automatic steps that are due and that no call is taking at the moment, but for those of suspended items.
SELECT d.due_at, d.item_id, d.event, d.chain FROM due_step d JOIN order_item i ON i.id = d.item_id
WHERE d.due_at <= :now AND d.stuck_at IS NULL AND @of_store(i) AND NOT @is_suspended(i)
  AND (d.due_at > :after_due OR (d.due_at = :after_due AND d.item_id > :after_item))
ORDER BY d.due_at, d.item_id LIMIT :size

-- name: moving_add_overdue
-- Take these items as far as their automatic step is still due: a crash or a failure left it. The step is locked
-- after its item: what somebody made of it while the item was waited for is seen only so.
INSERT INTO moving (@taken_as)
SELECT @taken(i) FROM due_step d JOIN order_item i ON i.id = d.item_id
WHERE d.item_id IN @ids(items) AND d.step = i.step AND d.event = :event AND d.stuck_at IS NULL AND d.due_at <= :now
ORDER BY i.id @lock(i, d)

-- name: drop_stale_due_steps
-- Drop automatic steps whose event the state of their items does not know.
DELETE FROM due_step WHERE event = :event AND item_id IN @ids(items)

-- name: due_timeouts
-- Timeouts that are due, but for those of suspended items: oldest first, and whether their items have others.
SELECT t.due_at, t.item_id, t.event, EXISTS
    (SELECT 1 FROM item_timeout o WHERE o.item_id = t.item_id AND o.event <> t.event) AS several
FROM item_timeout t JOIN order_item i ON i.id = t.item_id
WHERE t.due_at <= :now AND (t.due_at > :after_due OR (t.due_at = :after_due AND t.item_id >= :after_item))
  AND (t.due_at, t.item_id, t.event) > (:after_due, :after_item, :after_event)
  AND @of_store(i) AND NOT @is_suspended(i)
ORDER BY t.due_at, t.item_id, t.event LIMIT :size

-- name: moving_add_timeouts
-- Take these items as far as their timeout is still due. The timeout is locked after its item: one that was
-- dropped, or began anew in another state, while the item was waited for is seen only so.
INSERT INTO moving (@taken_as)
SELECT @taken(i) FROM item_timeout t JOIN order_item i ON i.id = t.item_id
WHERE t.item_id IN @ids(items) AND t.event = :event AND t.due_at <= :now
ORDER BY i.id @lock(i, t)

-- name: moving_moved
-- Those of the working set that a run after the first one moved were counted as moved by the call before.
UPDATE moving SET fresh = 0 WHERE item_id IN
    (SELECT m.item_id FROM moving m CROSS JOIN order_item i CROSS JOIN transition_run r
     WHERE i.id = m.item_id AND r.id = i.last_run_id AND r.id > :first AND r.outcome = 'moved')

-- name: drop_stale_timeouts
-- Drop timeouts whose event the state of their items does not know.
DELETE FROM item_timeout WHERE event = :event AND item_id IN @ids(items)
