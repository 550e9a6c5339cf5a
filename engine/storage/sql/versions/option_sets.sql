-- Sets of option values, as they are kept in memory.

-- name: option_sets
-- The sets with these ids.
SELECT id, content FROM option_set WHERE id IN @ids(ids)
