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

-- name: insert_process
-- Make a process known.
INSERT INTO process (name) VALUES (:name) ON CONFLICT (name) DO NOTHING

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

-- name: process_infos
-- Every deployed version.
SELECT p.name, v.version, p.active, CASE WHEN v.id = p.current_version_id THEN 1 ELSE 0 END AS is_current,
       v.deployed_at, v.id
FROM process_version v JOIN process p ON p.id = v.process_id ORDER BY p.name, v.id

-- name: items_per_state
-- How many items stand in each state that has any.
SELECT state_id, count(*) FROM item_state GROUP BY state_id

-- name: matrix
-- Items, what they count and how old they are per process and state, over all versions, in one pass over the
-- items. ``state_id`` is the state of the newest version that has items in it.
SELECT p.name AS process, s.name AS state, max(s.id) AS state_id, sum(c.items) AS items,
       sum(c.reserved) AS reserved, sum(c.held) AS held, sum(c.day) AS day, sum(c.week) AS week, min(c.oldest) AS oldest
FROM (SELECT state_id, count(*) AS items, sum(counted_reserved) AS reserved, sum(counted_hold) AS held,
             sum(CASE WHEN state_since > :day THEN 1 ELSE 0 END) AS day,
             sum(CASE WHEN state_since <= :day AND state_since > :week THEN 1 ELSE 0 END) AS week,
             min(state_since) AS oldest
      FROM order_item
      WHERE (CAST(:store AS bigint) IS NULL OR store_id = :store) AND (:every_state = 1 OR state_id IN @ids(states))
      GROUP BY state_id) c
JOIN process_state s ON s.id = c.state_id JOIN process_version v ON v.id = s.version_id
JOIN process p ON p.id = v.process_id
GROUP BY p.name, s.name ORDER BY p.name, min(s.position), s.name

-- name: process_state_counts
-- Items per state of one process, over all versions.
SELECT s.name, count(i.item_id) AS items FROM process_state s JOIN process_version v ON v.id = s.version_id
JOIN process p ON p.id = v.process_id LEFT JOIN item_state i ON i.state_id = s.id
WHERE p.name = :name GROUP BY s.name
