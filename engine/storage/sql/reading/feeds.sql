-- What the feeds of stock came to.

-- name: view_feed_runs
-- The latest import of each feed, and when one last came to its end.
SELECT m.feed, m.kind, m.file, m.started_at, m.finished_at, m.as_of, m.oldest_at, m.rows, m.imported, m.refused,
       m.changed, m.released, m.kept, m.stopped, m.stopped_because, m.accepted, n.succeeded_at
FROM (SELECT i.feed, max(i.id) AS id, max(CASE WHEN i.stopped IS NULL THEN i.finished_at END) AS succeeded_at
      FROM stock_import i WHERE i.feed IS NOT NULL AND i.dry = 0 GROUP BY i.feed) n
JOIN stock_import m ON m.id = n.id ORDER BY m.feed
