-- What is suspended, and what was.

-- name: suspensions_active
-- What is suspended, the oldest first.
SELECT @suspension_told(u) FROM suspension @suspension_of(u) WHERE u.ended_at IS NULL ORDER BY u.id

-- name: suspensions_ended
-- What was suspended and is not any more, what ended last first.
SELECT @suspension_told(u) FROM suspension @suspension_of(u) WHERE u.ended_at IS NOT NULL
ORDER BY u.ended_at DESC, u.id DESC LIMIT :size

-- name: suspensions_ever
-- What was suspended ever that may have been of an item, the oldest first. One of a part's item is the part's as well, if
-- it began before the part went.
WITH RECURSIVE lineage(item_id, until) AS @lineage
SELECT @suspension_told(u)
FROM suspension @suspension_of(u)
WHERE u.order_id = :order OR u.store_id = :store OR u.process_id IS NOT NULL
   OR u.item_id IN (SELECT l.item_id FROM lineage l)
ORDER BY u.id

-- name: suspensions_of_item
-- What an item is suspended by, the oldest first.
SELECT @suspension_told(u) FROM order_item i CROSS JOIN suspension @suspension_of(u)
WHERE i.id = :item AND u.ended_at IS NULL AND @covers(u, i) ORDER BY u.id

-- name: any_suspended
-- How many suspensions there are, and since when the oldest is.
SELECT count(*) AS number, min(u.since) AS oldest FROM suspension u WHERE u.ended_at IS NULL

-- name: suspension_sizes
-- How many items stand still by each suspension, and how much these have reserved: in the states :live by looking at the
-- items, in the states :closed, where nothing is reserved, by what is kept of them. What names its items looks at these.
SELECT w.suspension, sum(w.items) AS items, sum(w.reserved) AS reserved
FROM (SELECT d.suspension, count(*) AS items, sum(i.counted_reserved) AS reserved
      FROM (@named_items(u.ended_at IS NULL)) d CROSS JOIN order_item i WHERE i.id = d.id GROUP BY d.suspension
      UNION ALL
      SELECT u.id, count(*), sum(i.counted_reserved) FROM suspension u CROSS JOIN process_version v
      CROSS JOIN process_state s CROSS JOIN @in_states(live)
      AND u.ended_at IS NULL AND @state_of(u, v, s) AND i.state_id = s.id
      GROUP BY u.id
      UNION ALL
      SELECT u.id, sum(c.items), 0 FROM suspension u CROSS JOIN process_version v CROSS JOIN process_state s
      CROSS JOIN closed_items c
      WHERE u.ended_at IS NULL AND @state_of(u, v, s) AND c.state_id = s.id AND c.state_id IN @ids(closed) GROUP BY u.id
      UNION ALL
      SELECT u.id, count(*), sum(i.counted_reserved) FROM suspension u CROSS JOIN @in_states(live)
      AND u.ended_at IS NULL AND u.store_id IS NOT NULL AND i.store_id = u.store_id GROUP BY u.id
      UNION ALL
      SELECT u.id, sum(c.items), 0 FROM suspension u CROSS JOIN closed_items c
      WHERE u.ended_at IS NULL AND u.store_id IS NOT NULL AND c.store_id = u.store_id AND c.state_id IN @ids(closed) GROUP BY u.id) w
GROUP BY w.suspension

-- name: suspended_per_state
-- How many items are suspended per process and state, over all versions, and how much these have reserved.
SELECT p.name AS process, s.name AS state, sum(w.items) AS items, sum(w.reserved) AS reserved
FROM (SELECT i.state_id, count(*) AS items, sum(i.counted_reserved) AS reserved
      FROM @in_states(live) AND @of_store(i) AND @is_suspended(i) GROUP BY i.state_id
      UNION ALL
      SELECT c.state_id, sum(c.items), 0 FROM closed_items c
      WHERE c.state_id IN @ids(closed) AND @of_store(c)
        AND (c.state_id IN @suspended_states OR c.store_id IN @suspended_stores) GROUP BY c.state_id
      UNION ALL
      SELECT i.state_id, count(*), 0
      FROM (SELECT DISTINCT m.id FROM (@named_items(u.ended_at IS NULL)) m) d CROSS JOIN order_item i
      WHERE i.id = d.id AND i.state_id IN @ids(closed) AND @of_store(i)
        AND NOT (i.state_id IN @suspended_states OR i.store_id IN @suspended_stores) GROUP BY i.state_id) w
JOIN process_state s ON s.id = w.state_id JOIN process_version v ON v.id = s.version_id
JOIN process p ON p.id = v.process_id
GROUP BY p.name, s.name HAVING sum(w.items) > 0 ORDER BY p.name, min(s.position), s.name
