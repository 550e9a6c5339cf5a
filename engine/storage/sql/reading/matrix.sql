-- How many items stand where, and what is stuck.

-- name: matrix
-- Items, what they count and how old they are per process and state, over all versions, in one pass over the
-- items. ``state_id`` is the state of the newest version that has items in it.
SELECT p.name AS process, s.name AS state, max(s.id) AS state_id, sum(c.items) AS items,
       sum(c.reserved) AS reserved, sum(c.held) AS held, sum(c.day) AS day, sum(c.week) AS week, min(c.oldest) AS oldest
FROM (SELECT state_id, count(*) AS items, sum(counted_reserved) AS reserved,
             sum(@live_hold(i)) AS held,
             sum(CASE WHEN state_since > :day THEN 1 ELSE 0 END) AS day,
             sum(CASE WHEN state_since <= :day AND state_since > :week THEN 1 ELSE 0 END) AS week,
             min(state_since) AS oldest
      FROM order_item i
      WHERE @of_store(i) AND (:every_state = 1 OR state_id IN @ids(states))
      GROUP BY state_id) c
JOIN process_state s ON s.id = c.state_id JOIN process_version v ON v.id = s.version_id
JOIN process p ON p.id = v.process_id
GROUP BY p.name, s.name ORDER BY p.name, min(s.position), s.name

-- name: process_state_counts
-- Items per state of one process, over all versions.
SELECT s.name, count(i.item_id) AS items FROM process_state s JOIN process_version v ON v.id = s.version_id
JOIN process p ON p.id = v.process_id LEFT JOIN item_state i ON i.state_id = s.id
WHERE p.name = :name GROUP BY s.name

-- name: stuck_items
-- Automatic steps, timeouts and eventless transitions that are not tried any more, with what they failed on.
SELECT i.id, o.reference, i.state_id, d.event, d.error_code, d.error, d.attempts, d.stuck_at
FROM due_step d JOIN order_item i ON i.id = d.item_id JOIN sales_order o ON o.id = i.order_id
WHERE d.stuck_at IS NOT NULL
UNION ALL
SELECT i.id, o.reference, i.state_id, t.event, t.error_code, t.error, t.attempts, NULL
FROM item_timeout t JOIN order_item i ON i.id = t.item_id JOIN sales_order o ON o.id = i.order_id
WHERE t.due_at IS NULL
UNION ALL
SELECT i.id, o.reference, i.state_id, NULL, f.error_code, f.error, f.attempts, f.stuck_at
FROM sweep_failure f JOIN order_item i ON i.id = f.item_id AND i.step = f.step
JOIN sales_order o ON o.id = i.order_id
WHERE f.stuck_at IS NOT NULL
ORDER BY 1, 4 NULLS FIRST
