-- Trying the eventless transitions of waiting items.

-- macro: fresh(i)
-- 1 for an item that no run after :first has moved, else 0: the call has counted it already.
CASE WHEN coalesce({i}.last_run_id, 0) <= :first THEN 1 ELSE 0 END

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

-- name: sweep_count
-- How many of the next waiting items of a state there are.
SELECT count(*) AS items, sum(w.fresh) AS fresh, max(w.id) AS last FROM
    (SELECT i.id, @fresh(i) AS fresh FROM order_item i
     WHERE i.state_id = :state AND i.id > :after AND i.id <= :until AND coalesce(i.last_run_id, 0) <= :watermark
       AND @of_store(i)
     ORDER BY i.id LIMIT :size) w

-- name: sweep_count [postgresql]
-- How many of the next waiting items of a state there are.
SELECT count(*) AS items, sum(w.fresh) AS fresh, max(w.id) AS last FROM
    (SELECT i.id, @fresh(i) AS fresh
     FROM item_state s JOIN order_item i ON i.id = s.item_id
     WHERE s.state_id = :state AND s.item_id > :after AND s.item_id <= :until
       AND coalesce(i.last_run_id, 0) <= :watermark AND @of_store(i)
     ORDER BY s.item_id LIMIT :size) w

-- name: sweep_items
-- The next waiting items of a state, as plugins see them, that no run after the watermark has moved. Items that
-- failed at their present step are passed over until they are due again.
SELECT @item(i, @fresh(i))
FROM order_item i
WHERE i.state_id = :state AND i.id > :after AND i.id <= :until AND coalesce(i.last_run_id, 0) <= :watermark
  AND @of_store(i)
  AND NOT EXISTS (SELECT 1 FROM sweep_failure f WHERE f.item_id = i.id AND f.step = i.step
                  AND (f.due_at IS NULL OR f.due_at > :now))
ORDER BY i.id LIMIT :size

-- name: sweep_items [postgresql]
-- The next waiting items of a state, as plugins see them, that no run after the watermark has moved. Items that
-- failed at their present step are passed over until they are due again.
SELECT @item(i, @fresh(i))
FROM item_state s JOIN order_item i ON i.id = s.item_id
WHERE s.state_id = :state AND s.item_id > :after AND s.item_id <= :until
  AND coalesce(i.last_run_id, 0) <= :watermark AND @of_store(i)
  AND NOT EXISTS (SELECT 1 FROM sweep_failure f WHERE f.item_id = i.id AND f.step = i.step
                  AND (f.due_at IS NULL OR f.due_at > :now))
ORDER BY s.item_id LIMIT :size

-- name: sweep_failing
-- Which items with ids in (after, until] failed when they were asked last.
SELECT item_id FROM sweep_failure WHERE item_id > :after AND item_id <= :until

-- name: claimed_items
-- Every item with a live claim.
SELECT c.item_id FROM item_claim c WHERE @live_claim(c)

-- name: moving_add_sweep
-- Take the next waiting items of a state that no run after the watermark has moved: one hop a tick.
INSERT INTO moving (@taken_as, fresh)
SELECT @taken(i), @fresh(i)
FROM order_item i
WHERE i.state_id = :state AND i.id > :after AND i.id <= :until AND coalesce(i.last_run_id, 0) <= :watermark
  AND @of_store(i)
ORDER BY i.id LIMIT :size @lock(i)

-- name: moving_add_sweep [postgresql]
-- Take the next waiting items of a state that no run after the watermark has moved: one hop a tick.
INSERT INTO moving (@taken_as, fresh)
SELECT @taken(i), @fresh(i)
FROM item_state s JOIN order_item i ON i.id = s.item_id
WHERE s.state_id = :state AND i.state_id = :state AND s.item_id > :after AND s.item_id <= :until
  AND coalesce(i.last_run_id, 0) <= :watermark AND @of_store(i)
ORDER BY s.item_id LIMIT :size @lock(i)
