-- Trying again what failed.

-- name: page_to_retry
-- The ids of the next items with something that failed: an automatic step, a timeout, or a waiting for a
-- condition, stuck or to be tried again later. Suspended ones are passed over.
SELECT DISTINCT w.item_id FROM (
    SELECT item_id FROM (
        SELECT d.item_id FROM due_step d JOIN order_item i ON i.id = d.item_id AND i.step = d.step
        WHERE d.item_id > :after AND (d.attempts > 0 OR d.stuck_at IS NOT NULL)
          AND (CAST(:event AS text) IS NULL OR d.event = :event)
          AND (:everywhere = 1 OR i.state_id IN @ids(states)) AND NOT @is_suspended(i)
        ORDER BY d.item_id LIMIT :size) s
    UNION ALL
    SELECT item_id FROM (
        SELECT DISTINCT t.item_id FROM item_timeout t JOIN order_item i ON i.id = t.item_id
        WHERE t.item_id > :after AND (t.attempts > 0 OR t.due_at IS NULL)
          AND (CAST(:event AS text) IS NULL OR t.event = :event)
          AND (:everywhere = 1 OR i.state_id IN @ids(states)) AND NOT @is_suspended(i)
        ORDER BY t.item_id LIMIT :size) t
    UNION ALL
    SELECT item_id FROM (
        SELECT f.item_id FROM sweep_failure f JOIN order_item i ON i.id = f.item_id AND i.step = f.step
        WHERE f.item_id > :after AND CAST(:event AS text) IS NULL
          AND (:everywhere = 1 OR i.state_id IN @ids(states)) AND NOT @is_suspended(i)
        ORDER BY f.item_id LIMIT :size) f) w
ORDER BY w.item_id LIMIT :size

-- name: failed_steps
-- What failed of these items: the automatic step first, then timeouts by the name of their event, then the
-- waiting for a condition (it has no event).
SELECT d.item_id, 'due_step' AS kind, d.event, 0 AS turn FROM due_step d
JOIN order_item i ON i.id = d.item_id AND i.step = d.step
WHERE d.item_id IN @ids(items) AND (d.attempts > 0 OR d.stuck_at IS NOT NULL)
  AND (CAST(:event AS text) IS NULL OR d.event = :event)
UNION ALL
SELECT t.item_id, 'timeout', t.event, 1 FROM item_timeout t
WHERE t.item_id IN @ids(items) AND (t.attempts > 0 OR t.due_at IS NULL)
  AND (CAST(:event AS text) IS NULL OR t.event = :event)
UNION ALL
SELECT f.item_id, 'condition', NULL, 2 FROM sweep_failure f
JOIN order_item i ON i.id = f.item_id AND i.step = f.step
WHERE f.item_id IN @ids(items) AND CAST(:event AS text) IS NULL
ORDER BY 4, 3, 1

-- name: moving_add_retried
-- Take these items, and those that stand with them in an open call of the event: a retry is for all of a call.
INSERT INTO moving (@taken_as) SELECT @taken(i) FROM order_item i
WHERE i.id IN (SELECT value FROM @ids(items) r
               UNION
               SELECT o.item_id FROM command_member m
               JOIN command_run c ON c.id = m.command_run_id AND c.event = :event
               JOIN command_member o ON o.command_run_id = m.command_run_id
               WHERE m.item_id IN @ids(items))
ORDER BY i.id @lock(i)

-- name: reset_due_steps
-- The failed automatic step of the working set is due now and counts its attempts from the start. The code of its
-- last failure stays: it tells a migration that the command has been called before.
UPDATE due_step SET attempts = 0, chain = 0, due_at = :now, stuck_at = NULL,
    error_code = CASE WHEN attempts > 0 THEN error_code END, error = NULL
WHERE event = :event AND (attempts > 0 OR stuck_at IS NOT NULL) AND item_id IN
    (SELECT m.item_id FROM moving m JOIN due_step d ON d.item_id = m.item_id AND d.step = m.step)
RETURNING item_id

-- name: reset_timeouts
-- The failed timeout of the working set is due now and counts its attempts from the start. The code of its last
-- failure stays: it tells a migration that the command has been called before.
UPDATE item_timeout SET attempts = 0, due_at = :now, error = NULL
WHERE event = :event AND (attempts > 0 OR due_at IS NULL) AND item_id IN (SELECT item_id FROM moving)
RETURNING item_id

-- name: reset_sweep_failures
-- The failures of the working set's eventless transitions do not count any more.
DELETE FROM sweep_failure WHERE item_id IN
    (SELECT m.item_id FROM moving m JOIN sweep_failure f ON f.item_id = m.item_id AND f.step = m.step)
RETURNING item_id

-- name: moving_counted
-- Those of these items that took a step in a run after the first one were counted by the call before.
UPDATE moving SET fresh = 0 WHERE item_id IN
    (SELECT i.id FROM order_item i WHERE i.id IN @ids(items) AND i.last_run_id > :first)

-- name: moving_keep_ids
-- Leave out all items but these.
DELETE FROM moving WHERE item_id NOT IN @ids(items)
