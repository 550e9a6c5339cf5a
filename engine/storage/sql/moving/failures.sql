-- Steps that failed: attempts are counted, the next one is put off, the last one leaves them stuck.

-- macro: backoff
-- When a step that failed is due again: after a pause of :base that doubles with each attempt up to :longest. NULL
-- when it was the last of :most attempts.
CASE WHEN attempts + 1 >= :most THEN NULL ELSE :now + CASE
    WHEN attempts > 60 OR CAST(:longest AS bigint) >> attempts < :base THEN :longest
    ELSE CAST(:base AS bigint) << attempts END END

-- macro: given_up
-- Since when a step that failed is not tried any more: :now when it was the last of :most attempts, else NULL.
CASE WHEN attempts + 1 >= :most THEN :now ELSE NULL END

-- name: fail_due_steps
-- An automatic step failed: count the attempt and set the time of the next one.
UPDATE due_step SET attempts = attempts + 1, error_code = :code, error = :error,
    due_at = @backoff,
    stuck_at = @given_up
WHERE event = :event AND item_id IN @ids(items) RETURNING item_id, stuck_at

-- name: fail_timeouts
-- A timeout's step failed: count the attempt and set the time of the next one.
UPDATE item_timeout SET attempts = attempts + 1, error_code = :code, error = :error,
    due_at = @backoff
WHERE event = :event AND item_id IN @ids(items) RETURNING item_id, due_at

-- name: note_sweep_failures
-- Begin to count failures for the items of a group; what was counted at an earlier step is over.
INSERT INTO sweep_failure (item_id, step) SELECT m.item_id, m.step FROM moving m WHERE m.group_no = :group
ORDER BY m.item_id
ON CONFLICT (item_id) DO UPDATE SET step = excluded.step, attempts = 0, stuck_at = NULL
    WHERE sweep_failure.step <> excluded.step

-- name: fail_sweep
-- Eventless transitions could not be tried: count the attempt and set the time of the next one.
UPDATE sweep_failure SET attempts = attempts + 1, error_code = :code, error = :error,
    due_at = @backoff,
    stuck_at = @given_up
WHERE item_id IN @ids(items) RETURNING item_id, stuck_at

-- name: drop_sweep_failures
-- The items of a group took a step, or could be asked again: what had failed before counts no more.
DELETE FROM sweep_failure WHERE item_id IN @group
