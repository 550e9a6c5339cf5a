-- What sources say of inventory options, and who changed it.

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

-- name: option_names
-- Which of these skus products have, concrete or abstract ones, or had before.
SELECT n.name AS sku FROM @named_products(skus) n
UNION SELECT g.sku FROM abstract_product g WHERE g.sku IN @texts(skus)

-- name: option_skus
-- Some skus of products that begin alike, for a name that is not there.
SELECT p.sku FROM product p WHERE p.sku >= :first AND p.sku < :last ORDER BY p.sku LIMIT :size
