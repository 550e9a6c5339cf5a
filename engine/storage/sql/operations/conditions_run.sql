-- Trying the eventless transitions of waiting items.

-- macro: fresh(i)
-- 1 for an item that no run after :first has moved, else 0: the call has counted it already.
CASE WHEN coalesce({i}.last_run_id, 0) <= :first THEN 1 ELSE 0 END

-- macro: may_be_asked(i)
-- Whether an item may be asked: one that failed at its present step is passed over until it is due again, and a suspended
-- one as long as it is.
NOT @is_suspended(i) AND NOT EXISTS (SELECT 1 FROM sweep_failure f WHERE f.item_id = {i}.id AND f.step = {i}.step
                  AND (f.due_at IS NULL OR f.due_at > :now))

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
-- How many of the next waiting items of a state there are that may be asked.
SELECT count(*) AS items, sum(w.fresh) AS fresh, max(w.id) AS last FROM
    (SELECT i.id, @fresh(i) AS fresh FROM order_item i
     WHERE i.state_id = :state AND i.id > :after AND i.id <= :until AND coalesce(i.last_run_id, 0) <= :watermark
       AND @of_store(i) AND @may_be_asked(i)
     ORDER BY i.id LIMIT :size) w

-- name: sweep_count [postgresql]
-- How many of the next waiting items of a state there are that may be asked.
SELECT count(*) AS items, sum(w.fresh) AS fresh, max(w.id) AS last FROM
    (SELECT i.id, @fresh(i) AS fresh
     FROM item_state s JOIN order_item i ON i.id = s.item_id
     WHERE s.state_id = :state AND s.item_id > :after AND s.item_id <= :until
       AND coalesce(i.last_run_id, 0) <= :watermark AND @of_store(i) AND @may_be_asked(i)
     ORDER BY s.item_id LIMIT :size) w

-- name: states_to_sweep
-- Which of these states have items at all, and are not suspended as a whole: where all is, no item is looked at.
SELECT r.value FROM @ids(states) r WHERE EXISTS (SELECT 1 FROM item_state i WHERE i.state_id = r.value)
  AND r.value NOT IN @suspended_states

-- name: any_passed_over
-- Whether any waiting item may have to be passed over: one has failed, or something is suspended.
SELECT CASE WHEN EXISTS (SELECT 1 FROM sweep_failure) OR EXISTS (SELECT 1 FROM suspension z WHERE z.ended_at IS NULL)
            THEN 1 ELSE 0 END

-- name: sweep_all
-- How many items a state has, without a look at any of them.
SELECT count(*) AS items, count(*) AS fresh, max(i.id) AS last
FROM order_item i WHERE i.state_id = :state AND i.id > :after AND i.id <= :until

-- name: sweep_all [postgresql]
-- How many items a state has, without a look at any of them.
SELECT count(*) AS items, count(*) AS fresh, max(st.item_id) AS last
FROM item_state st WHERE st.state_id = :state AND st.item_id > :after AND st.item_id <= :until

-- name: sweep_waiting
-- How many waiting items of a state there are that may be asked: those that wait and are not suspended, less those that
-- failed and are not due again, of which there are few.
SELECT w.items - f.items AS items, w.fresh - f.fresh AS fresh, w.last FROM
    (SELECT count(*) AS items, coalesce(sum(@fresh(i)), 0) AS fresh, max(i.id) AS last FROM order_item i
     WHERE i.state_id = :state AND i.id > :after AND i.id <= :until AND coalesce(i.last_run_id, 0) <= :watermark
       AND @of_store(i) AND NOT @is_suspended(i)) w,
    (SELECT count(*) AS items, coalesce(sum(@fresh(i)), 0) AS fresh
     FROM sweep_failure f CROSS JOIN order_item i
     WHERE i.id = f.item_id AND i.step = f.step AND (f.due_at IS NULL OR f.due_at > :now) AND i.state_id = :state
       AND i.id > :after AND i.id <= :until AND coalesce(i.last_run_id, 0) <= :watermark AND @of_store(i)
       AND NOT @is_suspended(i)) f

-- name: sweep_waiting [postgresql]
-- How many waiting items of a state there are that may be asked: those that wait and are not suspended, less those that
-- failed and are not due again, of which there are few.
SELECT w.items - f.items AS items, w.fresh - f.fresh AS fresh, w.last FROM
    (SELECT count(*) AS items, coalesce(sum(@fresh(i)), 0) AS fresh, max(i.id) AS last
     FROM item_state st JOIN order_item i ON i.id = st.item_id
     WHERE st.state_id = :state AND st.item_id > :after AND st.item_id <= :until
       AND coalesce(i.last_run_id, 0) <= :watermark AND @of_store(i) AND NOT @is_suspended(i)) w,
    (SELECT count(*) AS items, coalesce(sum(@fresh(i)), 0) AS fresh
     FROM sweep_failure f JOIN order_item i ON i.id = f.item_id AND i.step = f.step
     WHERE (f.due_at IS NULL OR f.due_at > :now) AND i.state_id = :state
       AND i.id > :after AND i.id <= :until AND coalesce(i.last_run_id, 0) <= :watermark AND @of_store(i)
       AND NOT @is_suspended(i)) f

-- name: sweep_items
-- The next waiting items of a state, as plugins see them, that no run after the watermark has moved. Items that
-- failed at their present step are passed over until they are due again.
SELECT @item(i, @fresh(i))
FROM order_item i
WHERE i.state_id = :state AND i.id > :after AND i.id <= :until AND coalesce(i.last_run_id, 0) <= :watermark
  AND @of_store(i)
  AND @may_be_asked(i)
ORDER BY i.id LIMIT :size

-- name: sweep_items [postgresql]
-- The next waiting items of a state, as plugins see them, that no run after the watermark has moved. Items that
-- failed at their present step are passed over until they are due again.
SELECT @item(i, @fresh(i))
FROM item_state s JOIN order_item i ON i.id = s.item_id
WHERE s.state_id = :state AND s.item_id > :after AND s.item_id <= :until
  AND coalesce(i.last_run_id, 0) <= :watermark AND @of_store(i)
  AND @may_be_asked(i)
ORDER BY s.item_id LIMIT :size

-- name: moving_add_decided
-- Take the next waiting items of a state that no run after the watermark has moved, and that guards let pass: as the
-- group that tells of each guard whether it is true (see engine/storage/guards/decision.py). -1: the database cannot
-- tell, or the item failed when it was asked last.
INSERT INTO moving (@taken_as, fresh, group_no)
SELECT @taken(i), @fresh(i), CASE WHEN fld.item_id IS NULL THEN /*[answer]*/ -1 /*[]*/ ELSE -1 END
FROM order_item i
@guard_sources(i)
LEFT JOIN sweep_failure fld ON fld.item_id = i.id AND fld.step = i.step
WHERE i.state_id = :state AND i.id > :after AND i.id <= :until AND coalesce(i.last_run_id, 0) <= :watermark
  AND @of_store(i) AND NOT @is_suspended(i)
  AND CASE WHEN fld.item_id IS NULL THEN /*[answer]*/ -1 /*[]*/ WHEN fld.due_at <= :now THEN -1 END
      IN (-1 /*[wanted]*/ /*[]*/)
ORDER BY i.id LIMIT :size

-- name: moving_add_decided [postgresql]
-- Take the next waiting items of a state that no run after the watermark has moved, and that guards let pass: as the
-- group that tells of each guard whether it is true (see engine/storage/guards/decision.py). -1: the database cannot
-- tell, or the item failed when it was asked last.
INSERT INTO moving (@taken_as, fresh, group_no)
SELECT @taken(i), @fresh(i), CASE WHEN fld.item_id IS NULL THEN /*[answer]*/ -1 /*[]*/ ELSE -1 END
FROM item_state st JOIN order_item i ON i.id = st.item_id
@guard_sources(i)
LEFT JOIN sweep_failure fld ON fld.item_id = i.id AND fld.step = i.step
WHERE st.state_id = :state AND i.state_id = :state AND st.item_id > :after AND st.item_id <= :until
  AND coalesce(i.last_run_id, 0) <= :watermark AND @of_store(i) AND NOT @is_suspended(i)
  AND CASE WHEN fld.item_id IS NULL THEN /*[answer]*/ -1 /*[]*/ WHEN fld.due_at <= :now THEN -1 END
      IN (-1 /*[wanted]*/ /*[]*/)
ORDER BY st.item_id LIMIT :size @lock(i)

-- name: moving_undecided
-- The items of the working set of which the database could not tell what guards say, as plugins see them.
SELECT @item(i, m.fresh) FROM moving m JOIN order_item i ON i.id = m.item_id WHERE m.group_no = -1 ORDER BY m.item_id

-- name: moving_drop_undecided
-- Leave these items out.
DELETE FROM moving WHERE group_no = -1

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
  AND @of_store(i) AND NOT @is_suspended(i)
ORDER BY i.id LIMIT :size @lock(i)

-- name: moving_add_sweep [postgresql]
-- Take the next waiting items of a state that no run after the watermark has moved: one hop a tick.
INSERT INTO moving (@taken_as, fresh)
SELECT @taken(i), @fresh(i)
FROM item_state s JOIN order_item i ON i.id = s.item_id
WHERE s.state_id = :state AND i.state_id = :state AND s.item_id > :after AND s.item_id <= :until
  AND coalesce(i.last_run_id, 0) <= :watermark AND @of_store(i) AND NOT @is_suspended(i)
ORDER BY s.item_id LIMIT :size @lock(i)
