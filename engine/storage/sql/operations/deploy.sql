-- Deploying a version of a process.

-- name: insert_process
-- Make a process known.
INSERT INTO process (name) VALUES (:name) ON CONFLICT (name) DO NOTHING

-- name: lock_process_named
-- A process, locked: who deploys a version of it waits for the one before.
SELECT p.id FROM process p WHERE p.name = :name @lock(p)

-- name: find_version
-- A version of a process by its hash.
SELECT v.id FROM process_version v JOIN process p ON p.id = v.process_id WHERE p.name = :name AND v.version = :version

-- name: insert_version
-- Store a version of a process.
INSERT INTO process_version (process_id, version, definition, deployed_at)
SELECT id, :version, :definition, :now FROM process WHERE name = :name RETURNING id

-- name: insert_states
-- Store the states of a version.
INSERT INTO process_state (version_id, position, name, reserved, can_reserve)
SELECT :version, r.position, r.name, r.reserved, r.can_reserve
FROM @records(states: position int, name text, reserved int, can_reserve int) r ORDER BY r.position

-- name: set_current_version
-- New orders of the process get this version, as soon as it is active.
UPDATE process SET current_version_id = :version WHERE name = :name

-- name: set_process_active
-- Let a process take new orders, or not.
UPDATE process SET active = :active WHERE name = :name
