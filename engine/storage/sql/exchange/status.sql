-- How far the exchange is.

-- name: exchange_exports
-- Per store of this database that others hear of: the highest version that was sent, and how many reservations others
-- have not heard of in their present version.
SELECT s.name AS store, coalesce(max(r.exported_version), 0) AS last_version,
       coalesce(sum(CASE WHEN r.version > r.exported_version THEN 1 ELSE 0 END), 0) AS pending
FROM @told_stores s LEFT JOIN reservation r ON r.store_id = s.id
GROUP BY s.name ORDER BY s.name

-- name: exchange_imports
-- Per store of another database: what was told last, and how much of it waits.
SELECT s.name AS store, x.origin, coalesce(x.last_version, 0) AS last_version, x.told_at, x.imported_at,
       (SELECT count(*) FROM exchange_told t WHERE t.store = s.name AND t.waiting = 1) AS pending
FROM (SELECT name FROM store WHERE remote = 1 UNION SELECT store FROM exchange_store) s
LEFT JOIN exchange_store x ON x.store = s.name
WHERE NOT EXISTS (SELECT 1 FROM store l WHERE l.name = s.name AND l.remote = 0)
ORDER BY s.name

-- name: exchange_unknown
-- What was told and cannot be counted: of stores that are not known here as those of another database, and of products
-- that are not known.
SELECT t.store, CASE WHEN s.id IS NULL THEN 1 ELSE 0 END AS no_store, count(*) AS rows, min(t.sku) AS sku,
       min(t.told_at) AS told_at
FROM exchange_told t LEFT JOIN store s ON s.name = t.store AND s.remote = 1
LEFT JOIN product p ON p.sku = t.sku
WHERE t.waiting = 1 AND (s.id IS NULL OR p.id IS NULL)
GROUP BY t.store, CASE WHEN s.id IS NULL THEN 1 ELSE 0 END ORDER BY t.store

-- name: exchange_unacknowledged_pairs
-- What was sent and is not acknowledged yet.
SELECT pairs FROM exchange_sent

-- name: exchange_last_sent
-- When something was confirmed last on the way where that is the longest ago.
SELECT min(sent_at) FROM exchange_channel

-- name: exchange_kept_number
-- How many messages are kept aside.
SELECT count(*) FROM exchange_refused
