-- Stock imports: one at a time, with a lease, each known by the content of its file.

-- name: import_alone
-- Whoever begins an import waits for whoever is just beginning one: here a writer is alone as it is.
SELECT 1

-- name: import_alone [postgresql]
-- Whoever begins an import waits for whoever is just beginning one. There may be no row yet that could be locked.
-- The number is arbitrary and nothing else in the database uses it.
SELECT 1 FROM (SELECT pg_advisory_xact_lock(5370010937)) l

-- name: import_live
-- An import that somebody is working on. A lease beyond :latest is not believed: the clock was set back since.
SELECT file, started_at, lease_until FROM stock_import
WHERE finished_at IS NULL AND lease_until > :now AND lease_until <= :latest ORDER BY id LIMIT 1

-- name: import_latest
-- The latest import of a file with this content.
SELECT id, as_of, forced, finished_at, rows FROM stock_import WHERE file_hash = :file_hash ORDER BY id DESC LIMIT 1

-- name: import_insert
-- Begin an import.
INSERT INTO stock_import (file, file_hash, as_of, forced, started_at, lease_until, token)
VALUES (:file, :file_hash, :as_of, :forced, :now, :lease_until, :token) RETURNING id

-- name: import_take_over
-- Go on with an import that was left unfinished.
UPDATE stock_import SET token = :token, lease_until = :lease_until WHERE id = :import_id

-- name: import_extend
-- Prolong the lease of an import that is still ours.
UPDATE stock_import SET lease_until = :lease_until WHERE id = :import_id AND token = :token

-- name: import_staged
-- The whole file is staged: from now on nothing but chunks is left to do.
UPDATE stock_import SET rows = :rows, refused = :refused WHERE id = :import_id

-- name: import_finish
-- The import is complete.
UPDATE stock_import SET finished_at = :now, lease_until = 0, refused = :refused WHERE id = :import_id

-- name: import_leave
-- Give the import up for now; it can be resumed.
UPDATE stock_import SET lease_until = 0 WHERE id = :import_id AND token = :token
