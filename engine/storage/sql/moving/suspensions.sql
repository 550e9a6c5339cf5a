-- What is suspended, and which items that concerns. A suspension is one row, whatever the number of its items.

-- macro: any_suspension
-- 1 when anything is suspended, else 0. To be asked once the items are locked: who suspends something then comes after.
(SELECT count(*) FROM (SELECT 1 FROM suspension z WHERE z.ended_at IS NULL LIMIT 1) y)

-- macro: any_suspension [postgresql]
-- 1 when anything is suspended, else 0. To be asked once the items are locked: who suspends something takes a lock on the
-- table that waits for whoever has asked to end, and lets nobody else ask until it is written.
(SELECT count(*) FROM (SELECT 1 FROM suspension z WHERE z.ended_at IS NULL LIMIT 1 FOR KEY SHARE) y)

-- macro: named_items(condition)
-- The items (id) that suspensions u of this kind name, by themselves or by their order, with their beginning (since). Parts
-- that have gone since are among them.
SELECT u.id AS suspension, u.item_id AS id, u.since FROM suspension u WHERE {condition} AND u.item_id IS NOT NULL
UNION ALL
SELECT u.id, k.id, u.since FROM suspension u CROSS JOIN order_item k WHERE {condition} AND k.order_id = u.order_id
UNION ALL
SELECT u.id, k.id, u.since FROM suspension u CROSS JOIN order_item a CROSS JOIN order_item k
WHERE {condition} AND a.id = u.item_id AND k.order_id = a.order_id AND k.split_from = a.id AND k.split_run_id > u.last_run

-- macro: is_suspended(i)
-- Whether an item is suspended. Where nothing is, nothing is asked of the item.
(EXISTS (SELECT 1 FROM suspension z WHERE z.ended_at IS NULL)
 AND ({i}.state_id IN @suspended_states OR {i}.store_id IN @suspended_stores
      OR {i}.id IN (SELECT n.id FROM (@named_items(u.ended_at IS NULL)) n)))

-- macro: covers(u, i)
-- Whether a suspension is one of an item.
({u}.item_id = {i}.id OR {u}.order_id = {i}.order_id OR {u}.store_id = {i}.store_id
 OR {u}.item_id = {i}.split_from AND {u}.last_run < {i}.split_run_id
 OR {u}.process_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM process_state s CROSS JOIN process_version v
     WHERE s.id = {i}.state_id AND v.id = s.version_id AND @state_of({u}, v, s)))

-- macro: suspension_told(u)
-- What is told of a suspension.
{u}.id, {u}.item_id, o.reference AS order_reference, t.name AS store, p.name AS process, v.version, {u}.state, {u}.since,
{u}.actor, {u}.reason, {u}.ended_at, {u}.ended_by, {u}.end_reason, {u}.timeouts

-- macro: suspension_of(u)
-- A suspension with the names of what it is of.
{u} LEFT JOIN sales_order o ON o.id = {u}.order_id LEFT JOIN store t ON t.id = {u}.store_id
LEFT JOIN process p ON p.id = {u}.process_id LEFT JOIN process_version v ON v.id = {u}.version_id

-- macro: suspended_of(items)
-- The suspended ones of these items (item_id, state_id, store_id), each with every suspension that says so.
(SELECT x.item_id, x.state_id, d.suspension
 FROM (@named_items(u.ended_at IS NULL)) d CROSS JOIN {items} x WHERE x.item_id = d.id
 UNION ALL
 SELECT x.item_id, x.state_id, b.suspension FROM {items} x CROSS JOIN
     (SELECT u.store_id, u.id AS suspension FROM suspension u WHERE u.ended_at IS NULL AND u.store_id IS NOT NULL) b
 WHERE b.store_id = x.store_id
 UNION ALL
 SELECT x.item_id, x.state_id, b.suspension FROM {items} x CROSS JOIN
     (SELECT s.id, min(u.id) AS suspension FROM suspension u CROSS JOIN process_version v CROSS JOIN process_state s
      WHERE u.ended_at IS NULL AND @state_of(u, v, s) GROUP BY s.id) b
 WHERE b.id = x.state_id)

-- name: moving_suspended
-- The suspended items of the working set, each with its oldest suspension.
SELECT w.item_id, w.state_id, min(w.suspension) AS suspension FROM @suspended_of(moving) w
WHERE @any_suspension > 0 GROUP BY w.item_id, w.state_id ORDER BY w.item_id

-- name: items_suspended
-- Those of these items that are suspended, each with its oldest suspension.
SELECT w.item_id, min(w.suspension) AS suspension
FROM @suspended_of((SELECT i.id AS item_id, i.state_id, i.store_id FROM order_item i WHERE i.id IN @ids(items))) w
GROUP BY w.item_id ORDER BY w.item_id

-- name: suspensions_by_id
-- Suspensions, the oldest first.
SELECT @suspension_told(u) FROM suspension @suspension_of(u) WHERE u.id IN @ids(ids) ORDER BY u.id
