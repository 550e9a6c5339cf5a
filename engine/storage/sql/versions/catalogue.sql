-- Deployed versions and their states, as the catalogue reads them.

-- name: process_by_name
-- A process and its current version.
SELECT id, name, active, current_version_id FROM process WHERE name = :name

-- name: current_processes
-- The processes that have a current version; only active ones take new orders.
SELECT p.name, p.active, p.current_version_id FROM process p WHERE p.current_version_id IS NOT NULL ORDER BY p.name

-- name: version_by_id
-- A process version with its definition.
SELECT v.id, v.process_id, p.name, v.version, v.definition FROM process_version v JOIN process p ON p.id = v.process_id
WHERE v.id = :version

-- name: version_states
-- The states of a version in the order of their position.
SELECT id FROM process_state WHERE version_id = :version ORDER BY position

-- name: version_of_state
-- The version a state belongs to.
SELECT version_id FROM process_state WHERE id = :state

-- name: all_versions
-- Every version, oldest first.
SELECT id FROM process_version ORDER BY id

-- name: versions_of_process
-- The versions of a process, oldest first.
SELECT v.id FROM process_version v JOIN process p ON p.id = v.process_id WHERE p.name = :name ORDER BY v.id
