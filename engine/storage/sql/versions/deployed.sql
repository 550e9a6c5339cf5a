-- What is deployed, and how many items it has.

-- name: process_infos
-- Every deployed version.
SELECT p.name, v.version, p.active, CASE WHEN v.id = p.current_version_id THEN 1 ELSE 0 END AS is_current,
       v.deployed_at, v.id
FROM process_version v JOIN process p ON p.id = v.process_id ORDER BY p.name, v.id

-- name: last_migrations
-- When items were last migrated to each version.
SELECT target_id, max(started_at) AS at FROM migration WHERE moved > 0 GROUP BY target_id
