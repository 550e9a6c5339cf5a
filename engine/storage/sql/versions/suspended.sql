-- What is suspended as a whole.

-- macro: state_of(u, v, s)
-- Whether the state s of the version v is one that a suspension is of.
{v}.process_id = {u}.process_id AND {s}.version_id = {v}.id AND ({u}.version_id IS NULL OR {u}.version_id = {v}.id)
AND ({u}.state IS NULL OR {u}.state = {s}.name)

-- macro: suspended_states
-- The ids of the states that are suspended by themselves, or with their version or process.
(SELECT s.id FROM suspension u CROSS JOIN process_version v CROSS JOIN process_state s
 WHERE u.ended_at IS NULL AND @state_of(u, v, s))

-- macro: suspended_stores
-- The ids of the stores that are suspended.
(SELECT u.store_id FROM suspension u WHERE u.ended_at IS NULL AND u.store_id IS NOT NULL)

-- name: suspended_places
-- The ids of the states (kind 1) and of the stores (2) that are suspended as a whole.
SELECT DISTINCT 1 AS kind, t.id FROM @suspended_states t
UNION ALL
SELECT DISTINCT 2, t.store_id FROM @suspended_stores t
