-- Suspending and resuming.

-- name: suspensions_patience [postgresql]
-- For how long the next statement waits for those who move items. Meanwhile nobody else begins to, so it is short, and
-- shorter than the database takes to find that two wait for each other: it gives way itself, and tries again.
SET LOCAL lock_timeout = '200ms'

-- name: suspensions_alone [postgresql]
-- Whoever has asked whether anything is suspended, and moves items now, is waited for; nobody asks until the end of this
-- transaction. Readers and backups are not held up.
LOCK TABLE suspension IN EXCLUSIVE MODE

-- name: orders_named
-- The orders with these references.
SELECT id, reference FROM sales_order WHERE reference IN @texts(references) ORDER BY id

-- name: suspended_scopes
-- What is suspended, by the ids of it.
SELECT u.id, u.item_id, u.order_id, u.store_id, u.process_id, u.version_id, u.state FROM suspension u
WHERE u.ended_at IS NULL ORDER BY u.id

-- name: insert_suspensions
-- Suspend what is named.
INSERT INTO suspension (item_id, order_id, store_id, process_id, version_id, state, since, actor, reason, last_run)
SELECT r.item, r.order_id, r.store, r.process, r.version, r.state, :now, :actor, :reason,
       (SELECT coalesce(max(id), 0) FROM transition_run)
FROM @records(scopes: item int, order_id int, store int, process int, version int, state text) r WHERE true
RETURNING id

-- name: suspended_in_flight
-- How many of the items of suspensions somebody works on: the command was called before.
SELECT count(DISTINCT i.id) FROM item_claim c CROSS JOIN order_item i CROSS JOIN suspension u
WHERE @live_claim(c) AND i.id = c.item_id AND u.id IN @ids(ids) AND @covers(u, i)

-- name: end_suspensions
-- End suspensions.
UPDATE suspension SET ended_at = :now, ended_by = :actor, end_reason = :reason, timeouts = :timeouts
WHERE id IN @ids(ids) AND ended_at IS NULL

-- macro: move_timeouts(begun)
-- Move the timeouts of items by their pause: from when it began (begun: id, since), which is not before an item came to
-- its state, up to now. Where an item stands still by another suspension yet, up to the beginning of that: its own end
-- moves the rest.
UPDATE item_timeout SET due_at = item_timeout.due_at + w.pause
FROM (SELECT i.id, CASE WHEN @is_suspended(i) THEN (SELECT min(u.since) FROM suspension u
                                                    WHERE u.ended_at IS NULL AND @covers(u, i))
                        ELSE CAST(:now AS bigint) END
                   - CASE WHEN i.state_since > b.since THEN i.state_since ELSE b.since END AS pause
      FROM (SELECT g.id, min(g.since) AS since FROM {begun} g GROUP BY g.id) b CROSS JOIN order_item i
      WHERE i.id = b.id) w
WHERE item_timeout.item_id = w.id AND w.pause > 0 AND item_timeout.due_at IS NOT NULL

-- name: move_named_timeouts
-- Move the timeouts of items that suspensions name, by themselves or by their order, which have just ended.
@move_timeouts((@named_items(u.id IN @ids(ids))))

-- name: move_all_timeouts
-- Move the timeouts of all items of suspensions that have just ended.
@move_timeouts((SELECT i.id, u.since FROM (SELECT DISTINCT item_id FROM item_timeout) t CROSS JOIN order_item i
                CROSS JOIN suspension u WHERE i.id = t.item_id AND u.id IN @ids(ids) AND @covers(u, i)))
