-- Stock imports: one at a time, with a lease, each known by the content of its file.

-- name: import_alone
-- Whoever begins an import waits for whoever is just beginning one: here a writer is alone as it is.
SELECT 1

-- name: import_alone [postgresql]
-- Whoever begins an import waits for whoever is just beginning one. There may be no row yet that could be locked.
-- The number is arbitrary and nothing else in the database uses it.
SELECT 1 FROM (SELECT pg_advisory_xact_lock(5370010937)) l

-- name: import_live
-- An import that somebody is working on. A lease beyond :latest is not believed: the clock was set back since. One that
-- only looks is in nobody's way.
SELECT file, started_at, lease_until FROM stock_import
WHERE finished_at IS NULL AND dry = 0 AND lease_until > :now AND lease_until <= :latest ORDER BY id LIMIT 1

-- name: import_latest
-- The latest import of a file with this content, of the same feed and on the same terms.
SELECT id, as_of, forced, finished_at, rows FROM stock_import
WHERE file_hash = :file_hash AND coalesce(feed, '') = :feed AND kind = :kind AND whole = :whole AND dry = 0
ORDER BY id DESC LIMIT 1

-- name: import_since
-- Whether anything was imported, or begun to be, since an import began.
SELECT id FROM stock_import WHERE id > :import_id AND dry = 0 LIMIT 1

-- name: import_other_times
-- Whether anything that is staged was counted at another time.
SELECT line FROM stock_staging WHERE import_id = :import_id AND counted_at <> :as_of LIMIT 1

-- macro: deltas_of
-- The imports of deltas of this feed that have this content, or this id of a delivery.
stock_import
WHERE (file_hash = :file_hash OR delivery = :delivery) AND coalesce(feed, '') = :feed AND kind = 'delta' AND dry = 0

-- name: deliveries_applied
-- The imports that have applied deltas of this content or id, the newest first.
SELECT id, file, file_hash, as_of, finished_at, rows, delivery, delivery_stamp FROM @deltas_of
  AND stopped IS NULL AND finished_at IS NOT NULL
ORDER BY id DESC

-- name: deliveries_unfinished
-- The imports of deltas of this content that were left half way, the newest first.
SELECT id, file_hash, as_of, forced, finished_at, rows, delivery, delivery_stamp FROM @deltas_of
  AND file_hash = :file_hash AND finished_at IS NULL
ORDER BY id DESC

-- name: import_insert
-- Begin an import.
INSERT INTO stock_import (file, file_hash, as_of, forced, started_at, lease_until, token, feed, kind, whole, dry,
    delivery, delivery_name, delivery_stamp)
VALUES (:file, :file_hash, :as_of, :forced, :now, :lease_until, :token, :feed, :kind, :whole, :dry,
    :delivery, :delivery_name, :delivery_stamp) RETURNING id

-- name: import_take_over
-- Go on with an import that was left unfinished.
UPDATE stock_import SET token = :token, lease_until = :lease_until, delivery_name = :delivery_name,
    delivery_stamp = :delivery_stamp WHERE id = :import_id

-- name: import_extend
-- Prolong the lease of an import that is still ours.
UPDATE stock_import SET lease_until = :lease_until WHERE id = :import_id AND token = :token

-- name: import_staged
-- The whole file is staged: from now on nothing but chunks is left to do.
UPDATE stock_import SET rows = :rows, refused = :refused WHERE id = :import_id

-- name: import_judged
-- What is staged is found fit to be stored, if need be because somebody has accepted it.
UPDATE stock_import SET accepted = :accepted, oldest_at = :oldest_at WHERE id = :import_id

-- name: import_stop
-- A guard has stopped the import: nothing of it is stored.
UPDATE stock_import SET finished_at = :now, lease_until = 0, rows = :rows, refused = :refused, stopped = :guard,
    stopped_because = :message, oldest_at = :oldest_at WHERE id = :import_id

-- name: import_note
-- Add what a chunk has come to, in its own transaction: whoever dies behind it has not lost it.
UPDATE stock_import SET changed = changed + :changed, released = released + :released, kept = kept + :kept
WHERE id = :import_id

-- name: import_came_to
-- What was imported in all, and what items came to besides what the chunks have noted.
UPDATE stock_import SET imported = :imported, released = released + :released, kept = kept + :kept
WHERE id = :import_id

-- name: import_forget
-- Forget an import that only looked.
DELETE FROM stock_import WHERE id = :import_id AND dry = 1

-- name: dry_left
-- Imports that only looked, and whose end nobody came to.
SELECT id FROM stock_import WHERE dry = 1 AND (lease_until <= :now OR lease_until > :latest)

-- name: import_finish
-- The import is complete.
UPDATE stock_import SET finished_at = :now, lease_until = 0, refused = :refused WHERE id = :import_id

-- name: import_leave
-- Give the import up for now; it can be resumed.
UPDATE stock_import SET lease_until = 0 WHERE id = :import_id AND token = :token
