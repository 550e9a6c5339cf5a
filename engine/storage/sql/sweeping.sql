-- name: sweep_items
-- The next waiting items of a state, as plugins see them, that no run after the watermark has moved. Items that
-- failed at their present step are passed over until they are due again.
SELECT i.id, i.reference, i.order_id, i.store_id, i.product_id, i.warehouse_id, i.quantity, i.step, i.state_since,
       CASE WHEN coalesce(i.last_run_id, 0) <= :first THEN 1 ELSE 0 END AS fresh
FROM order_item i
WHERE i.state_id = :state AND i.id > :after AND i.id <= :until AND coalesce(i.last_run_id, 0) <= :watermark
  AND (CAST(:store AS bigint) IS NULL OR i.store_id = :store)
  AND NOT EXISTS (SELECT 1 FROM sweep_failure f WHERE f.item_id = i.id AND f.step = i.step
                  AND (f.due_at IS NULL OR f.due_at > :now))
ORDER BY i.id LIMIT :size

-- name: sweep_items [postgresql]
-- The next waiting items of a state, as plugins see them, that no run after the watermark has moved. Items that
-- failed at their present step are passed over until they are due again.
SELECT i.id, i.reference, i.order_id, i.store_id, i.product_id, i.warehouse_id, i.quantity, i.step, i.state_since,
       CASE WHEN coalesce(i.last_run_id, 0) <= :first THEN 1 ELSE 0 END AS fresh
FROM item_state s JOIN order_item i ON i.id = s.item_id
WHERE s.state_id = :state AND s.item_id > :after AND s.item_id <= :until
  AND coalesce(i.last_run_id, 0) <= :watermark AND (CAST(:store AS bigint) IS NULL OR i.store_id = :store)
  AND NOT EXISTS (SELECT 1 FROM sweep_failure f WHERE f.item_id = i.id AND f.step = i.step
                  AND (f.due_at IS NULL OR f.due_at > :now))
ORDER BY s.item_id LIMIT :size

-- name: sweep_failing
-- Which items with ids in (after, until] failed when they were asked last.
SELECT item_id FROM sweep_failure WHERE item_id > :after AND item_id <= :until

-- name: note_sweep_failures
-- Begin to count failures for the items of a group; what was counted at an earlier step is over.
INSERT INTO sweep_failure (item_id, step) SELECT m.item_id, m.step FROM moving m WHERE m.group_no = :group
ORDER BY m.item_id
ON CONFLICT (item_id) DO UPDATE SET step = excluded.step, attempts = 0, stuck_at = NULL
    WHERE sweep_failure.step <> excluded.step

-- name: fail_sweep
-- Eventless transitions could not be tried: count the attempt and set the time of the next one.
UPDATE sweep_failure SET attempts = attempts + 1, error_code = :code, error = :error,
    due_at = CASE WHEN attempts + 1 >= :most THEN NULL ELSE :now + CASE
        WHEN attempts > 60 OR CAST(:longest AS bigint) >> attempts < :base THEN :longest
        ELSE CAST(:base AS bigint) << attempts END END,
    stuck_at = CASE WHEN attempts + 1 >= :most THEN :now ELSE NULL END
WHERE item_id IN @ids(items) RETURNING item_id, stuck_at

-- name: drop_sweep_failures
-- The items of a group took a step, or could be asked again: what had failed before counts no more.
DELETE FROM sweep_failure WHERE item_id IN (SELECT item_id FROM moving WHERE group_no = :group)
