-- What sources say of inventory options, and who changed it.

-- name: option_layers
-- What each source says, where it was read from, when it was changed and by whom.
SELECT source, content, origin, changed_at, actor FROM option_layer ORDER BY source

-- name: put_option_layer
-- What a source says from now on.
INSERT INTO option_layer (source, content, origin, changed_at, actor)
VALUES (:source, :content, :origin, :now, :actor)
ON CONFLICT (source) DO UPDATE SET content = excluded.content, origin = excluded.origin,
    changed_at = excluded.changed_at, actor = excluded.actor

-- name: add_option_changes
-- Note the changes of options.
INSERT INTO option_change (at, source, origin, actor, level, option, before, after)
SELECT :now, :source, :origin, :actor, r.level, r.option, r.before, r.after
FROM @records(changes: level text, option text, before text, after text) r
