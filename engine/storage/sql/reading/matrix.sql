-- How many items stand where, and what is stuck.

-- name: matrix
-- Items, what they count and how old they are per process and state, over all versions: of the states :live by looking
-- at the items, of the states :closed, in which nothing counts, by what is kept of them. ``state_id`` is the state of
-- the newest version that has items in it. Ages in closed states go by whole hours, :day_hour and :week_hour.
SELECT p.name AS process, s.name AS state, max(s.id) AS state_id, sum(c.items) AS items,
       sum(c.reserved) AS reserved, sum(c.held) AS held, sum(c.day) AS day, sum(c.week) AS week, min(c.oldest) AS oldest
FROM (SELECT i.state_id, count(*) AS items, sum(i.counted_reserved) AS reserved,
             sum(@live_hold(i)) AS held,
             sum(CASE WHEN i.state_since > :day THEN 1 ELSE 0 END) AS day,
             sum(CASE WHEN i.state_since <= :day AND i.state_since > :week THEN 1 ELSE 0 END) AS week,
             min(i.state_since) AS oldest
      FROM @in_states(live) AND @of_store(i)
      GROUP BY i.state_id
      UNION ALL
      SELECT k.state_id, sum(k.items), 0, 0, sum(CASE WHEN k.since >= :day_hour THEN k.items ELSE 0 END),
             sum(CASE WHEN k.since < :day_hour AND k.since >= :week_hour THEN k.items ELSE 0 END),
             min(CASE WHEN k.items > 0 THEN k.since END)
      FROM (SELECT c.state_id, sum(c.items) AS items, min(CASE WHEN c.items > 0 THEN c.since END) AS since
            FROM closed_items c WHERE c.state_id IN @ids(closed) AND @of_store(c)
            GROUP BY c.state_id, @hour(c.since) HAVING sum(c.items) <> 0) k
      GROUP BY k.state_id HAVING sum(k.items) <> 0) c
JOIN process_state s ON s.id = c.state_id JOIN process_version v ON v.id = s.version_id
JOIN process p ON p.id = v.process_id
GROUP BY p.name, s.name ORDER BY p.name, min(s.position), s.name

-- name: state_times
-- How long items have stayed in each of these states, by its name: how many stays are over, and the median of them in
-- microseconds. A stay begins with the step that enters the state and ends with the next one that enters another.
WITH entered AS (
    SELECT r.target_id, r.at, lead(r.at) OVER (PARTITION BY h.item_id ORDER BY r.id) AS left_at
    FROM item_history h JOIN transition_run r ON r.id = h.run_id
    WHERE r.target_id IN @ids(states) AND (r.source_id IS NULL OR r.source_id <> r.target_id)),
stay AS (
    SELECT s.name, e.left_at - e.at AS span, count(*) OVER (PARTITION BY s.name) AS stays,
           row_number() OVER (PARTITION BY s.name ORDER BY e.left_at - e.at) AS place
    FROM entered e JOIN process_state s ON s.id = e.target_id WHERE e.left_at IS NOT NULL)
SELECT name, stays, CAST(avg(span) AS BIGINT) AS median FROM stay
WHERE place IN ((stays + 1) / 2, (stays + 2) / 2) GROUP BY name, stays ORDER BY name

-- name: stuck_items
-- Automatic steps, timeouts and eventless transitions that are not tried any more, with what they failed on. CROSS JOIN
-- keeps SQLite from reading all items in the order in which they are told.
SELECT i.id, o.reference, i.state_id, d.event, d.error_code, d.error, d.attempts, d.stuck_at
FROM due_step d CROSS JOIN order_item i CROSS JOIN sales_order o
WHERE d.stuck_at IS NOT NULL AND i.id = d.item_id AND o.id = i.order_id
UNION ALL
SELECT i.id, o.reference, i.state_id, t.event, t.error_code, t.error, t.attempts, NULL
FROM item_timeout t CROSS JOIN order_item i CROSS JOIN sales_order o
WHERE t.due_at IS NULL AND i.id = t.item_id AND o.id = i.order_id
UNION ALL
SELECT i.id, o.reference, i.state_id, NULL, f.error_code, f.error, f.attempts, f.stuck_at
FROM sweep_failure f CROSS JOIN order_item i CROSS JOIN sales_order o
WHERE f.stuck_at IS NOT NULL AND i.id = f.item_id AND i.step = f.step AND o.id = i.order_id
ORDER BY 1, 4 NULLS FIRST
