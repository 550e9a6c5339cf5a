-- Migrations: begun, gone on with, finished, undone.

-- name: lock_process
-- A process, locked: who begins a migration of it waits for the one before.
SELECT p.id FROM process p WHERE p.id = :process @lock(p)

-- name: open_migration
-- The migration to the same version with the same map that was cut off.
SELECT id FROM migration
WHERE process_id = :process AND target_id = :target AND state_map = :state_map
  AND finished_at IS NULL AND undone_at IS NULL
ORDER BY id LIMIT 1

-- name: insert_migration
-- A migration begins.
INSERT INTO migration (process_id, target_id, state_map, actor, reason, started_at)
VALUES (:process, :target, :state_map, :actor, :reason, :now) RETURNING id

-- name: count_migrated
-- Count the items of a chunk that were moved to the target version, unless the migration has been taken back.
UPDATE migration SET moved = moved + :items WHERE id = :migration AND undone_at IS NULL

-- name: finish_migration
-- A migration came to its end.
UPDATE migration SET finished_at = :now WHERE id = :migration AND finished_at IS NULL

-- name: lock_migration
-- A migration, locked: nobody moves items under it meanwhile.
SELECT g.id FROM migration g WHERE g.id = :migration @lock(g)

-- name: finish_undo
-- A migration was taken back as far as its items had not moved on, if there were any. Not while one stands where the
-- migration has put it: it may have been moved over, by the migration going on, after it was passed by.
UPDATE migration SET undone_at = :now WHERE id = :migration AND undone_at IS NULL
  AND EXISTS (SELECT 1 FROM migration_item m WHERE m.migration_id = migration.id AND m.step < 0)
  AND NOT EXISTS (SELECT 1 FROM migration_item m JOIN order_item i ON i.id = m.item_id AND i.step = m.step
                  WHERE m.migration_id = migration.id AND m.step > 0)

-- name: migration_by_id
-- A migration with the name of its process.
SELECT g.id, g.process_id, p.name AS process, g.target_id, g.state_map, g.moved, g.started_at, g.undone_at
FROM migration g JOIN process p ON p.id = g.process_id WHERE g.id = :migration

-- name: migrations_of_process
-- The migrations of a process, oldest first, with the number of their items that were taken back.
SELECT g.id, g.target_id, g.state_map, g.actor, g.reason, g.started_at, g.finished_at, g.undone_at, g.moved,
       (SELECT count(*) FROM migration_item m WHERE m.migration_id = g.id AND m.step < 0) AS undone,
       (SELECT count(*) FROM migration_item m WHERE m.migration_id = g.id) AS known
FROM migration g WHERE g.process_id = :process ORDER BY g.id

-- name: migration_known
-- Whether it is still known which items a migration moved: a purge deletes that.
SELECT 1 FROM migration_item WHERE migration_id = :migration LIMIT 1
