-- Option values: sets of them, as they are kept in memory, and what they come from.

-- name: option_sets
-- The sets with these ids.
SELECT id, content FROM option_set WHERE id IN @ids(ids)

-- name: option_layers
-- What each source says, where it was read from, when it was changed and by whom.
SELECT source, content, origin, changed_at, actor FROM option_layer ORDER BY source
