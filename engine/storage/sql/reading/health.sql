-- How the engine and its database are doing.

-- macro: goes_on(x)
-- Whether what is due is of an item that is not suspended. Where nothing is, no item is looked at.
NOT (EXISTS (SELECT 1 FROM suspension z WHERE z.ended_at IS NULL)
     AND EXISTS (SELECT 1 FROM order_item i WHERE i.id = {x}.item_id AND @is_suspended(i)))

-- name: health_items
-- Items per process and state, over all versions.
SELECT p.name AS process, s.name AS state, sum(c.items) AS items
FROM @state_items c
JOIN process_state s ON s.id = c.state_id JOIN process_version v ON v.id = s.version_id
JOIN process p ON p.id = v.process_id
GROUP BY p.name, s.name ORDER BY p.name, min(s.position), s.name

-- name: health_stuck
-- Items per process and state whose automatic step, timeout or conditions are not tried any more.
SELECT p.name AS process, s.name AS state, count(*) AS items
FROM (SELECT item_id FROM due_step WHERE stuck_at IS NOT NULL
      UNION SELECT item_id FROM item_timeout WHERE due_at IS NULL
      UNION SELECT w.item_id FROM sweep_failure w CROSS JOIN order_item i
            WHERE w.stuck_at IS NOT NULL AND i.id = w.item_id AND i.step = w.step) f
CROSS JOIN order_item i CROSS JOIN process_state s
JOIN process_version v ON v.id = s.version_id JOIN process p ON p.id = v.process_id
WHERE i.id = f.item_id AND s.id = i.state_id
GROUP BY p.name, s.name ORDER BY p.name, min(s.position), s.name

-- name: health_timeouts
-- Timeouts that are due, but for those of suspended items.
SELECT count(*) AS number, min(t.due_at) AS oldest FROM item_timeout t WHERE t.due_at <= :now AND @goes_on(t)

-- name: health_steps
-- Automatic steps that are due, but for those of suspended items.
SELECT count(*) AS number, min(d.due_at) AS oldest FROM due_step d
WHERE d.due_at <= :now AND d.stuck_at IS NULL AND @goes_on(d)

-- name: health_conditions
-- Waiting items whose conditions failed and are to be asked again.
SELECT count(*) AS number, min(f.due_at) AS oldest
FROM sweep_failure f CROSS JOIN order_item i
WHERE f.due_at <= :now AND f.stuck_at IS NULL AND i.id = f.item_id AND i.step = f.step AND @goes_on(f)

-- name: health_holds
-- Holds whose time is over: of items, and of lines of carts.
SELECT count(*) AS number, min(o.hold_until) AS oldest
FROM (SELECT hold_until FROM order_item WHERE hold_until <= :now
      UNION ALL
      SELECT hold_until FROM cart_hold_line WHERE hold_until <= :now) o

-- name: health_cart_holds
-- How many carts hold pieces now.
SELECT count(DISTINCT hold_id) FROM cart_hold_line WHERE hold_until > :now

-- name: health_messages
-- Messages that are not published by a program; :now is not later than the moment of asking. Where there are only sinks
-- with positions of their own, these tell what waits.
SELECT count(*) AS number, min(created_at) AS oldest FROM outbox WHERE published_at IS NULL AND created_at <= :now
  AND (EXISTS (SELECT 1 FROM sink_position p WHERE p.name = '') OR NOT EXISTS (SELECT 1 FROM sink_position))

-- name: health_expired_claims
-- Claims that outlived their lease: what a crash in the middle of a command leaves behind.
SELECT count(*) FROM item_claim WHERE expires_at <= :now

-- name: health_imports
-- Stock imports that have not ended and that nobody works on.
SELECT file FROM stock_import WHERE finished_at IS NULL AND dry = 0 AND lease_until <= :now ORDER BY id

-- name: health_refused_rows
-- How many rows the last import of each file refused, of the newest imports, that ended since :since.
SELECT n.file, n.refused
FROM (SELECT w.file, w.refused, w.finished_at, row_number() OVER (PARTITION BY w.file ORDER BY w.id DESC) AS place
      FROM (SELECT id, file, refused, finished_at FROM stock_import WHERE dry = 0 ORDER BY id DESC LIMIT 200) w
      WHERE w.finished_at IS NOT NULL) n
WHERE n.place = 1 AND n.refused > 0 AND n.finished_at > :since ORDER BY n.file

-- name: health_counts
-- When each active warehouse with stock was counted last.
SELECT w.name AS warehouse, max(@counted_at(k, w)) AS counted_at
FROM stock k JOIN warehouse w ON w.id = k.warehouse_id
WHERE w.active = 1 AND k.counted_at IS NOT NULL GROUP BY w.name ORDER BY w.name

-- name: health_feeds
-- What the last file of each feed came to, and of when the latest good one is; feeds of which nothing came since :since
-- are left out.
SELECT n.feed, n.counted_at, n.imported_at, m.rows, m.refused, m.stopped_because
FROM (SELECT i.feed, max(i.id) AS latest, max(CASE WHEN i.stopped IS NULL THEN i.as_of END) AS counted_at,
             max(CASE WHEN i.stopped IS NULL THEN i.finished_at END) AS imported_at
      FROM stock_import i WHERE i.feed IS NOT NULL AND i.dry = 0 AND i.finished_at IS NOT NULL GROUP BY i.feed) n
JOIN stock_import m ON m.id = n.latest
WHERE m.finished_at > :since OR EXISTS (SELECT 1 FROM feed_source s WHERE s.feed = n.feed AND s.asked_at > :since)
ORDER BY n.feed

-- name: health_feed_sources
-- What jobs know of the feeds that they have asked since :since.
SELECT feed, since, expected_us, failing_since, error FROM feed_source WHERE asked_at > :since ORDER BY feed

-- name: health_migrations
-- Migrations that have neither come to their end nor been undone.
SELECT g.id, p.name AS process, v.version, g.state_map, g.started_at, g.moved
FROM migration g JOIN process p ON p.id = g.process_id JOIN process_version v ON v.id = g.target_id
WHERE g.finished_at IS NULL AND g.undone_at IS NULL ORDER BY g.id

-- name: health_shortfalls
-- Products per store of which more is promised than there is stock.
SELECT count(*) FROM @shortfalls n

-- name: health_negatives
-- Products per store whose reserved or held sum is below zero: damage.
SELECT count(*) FROM reservation WHERE reserved < 0 OR held < 0

-- name: health_locks [postgresql]
-- Sessions of this database that wait for another one's lock, and how long the longest has waited.
SELECT count(*) AS waiting,
       CAST(coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0) * 1000000 AS bigint) AS longest_us
FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()

-- name: newest_run
-- The time of the newest of the last steps in the transition log; NULL when there are none.
SELECT max(r.at) AS at FROM (SELECT at FROM transition_run ORDER BY id DESC LIMIT 1000) r

-- name: database_settings [sqlite]
-- What an SQLite database says of itself; synchronous is that of this connection.
SELECT sqlite_version() AS version,
       (SELECT journal_mode FROM pragma_journal_mode) AS journal_mode,
       (SELECT synchronous FROM pragma_synchronous) AS synchronous

-- name: database_settings [postgresql]
-- What a PostgreSQL server says of itself, and how many connections it has.
SELECT current_setting('server_version') AS version,
       CAST(current_setting('server_version_num') AS integer) AS number,
       current_setting('fsync') AS fsync,
       current_setting('full_page_writes') AS full_page_writes,
       current_setting('synchronous_commit') AS synchronous_commit,
       CAST(current_setting('max_connections') AS integer) AS max_connections,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections

-- name: job_list
-- Every job with its last run, for people.
SELECT job, token, holder, lease_until, started_at, finished_at, due_at, outcome, result
FROM job_run ORDER BY job
