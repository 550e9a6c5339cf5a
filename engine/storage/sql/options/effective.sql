-- The options that products have in stores.

-- name: option_stores
-- Every store of this database, its organisation, and whether it is open.
SELECT id, name, organisation, active FROM store WHERE remote = 0 ORDER BY id

-- name: option_products
-- The next products with their abstract ones and categories.
SELECT p.id, p.sku, p.withdrawn, g.sku AS abstract_sku, c.name AS category
FROM product p JOIN abstract_product g ON g.id = p.abstract_id LEFT JOIN category c ON c.id = g.category_id
WHERE p.id > :after ORDER BY p.id LIMIT :size

-- name: option_rows
-- The options of products with ids from one to another, in every store, and what follows from them as it is stored.
SELECT a.product_id, a.store_id, a.option_set_id, a.selling, a.kept FROM availability a
WHERE a.product_id BETWEEN :first AND :last

-- name: add_option_sets
-- Add sets of values that are not there yet.
INSERT INTO option_set (content) SELECT r.value FROM @texts(contents) r WHERE true ON CONFLICT (content) DO NOTHING

-- name: option_sets_of
-- The sets with these contents.
SELECT id, content FROM option_set WHERE content IN @texts(contents)

-- name: write_options
-- The options of products in stores, and what follows from them. Availability is computed afresh after this.
UPDATE availability SET option_set_id = r.option_set, selling = r.selling, kept = r.kept
FROM @records(rows: product int, store int, option_set int, selling int, kept int) r
WHERE availability.product_id = r.product AND availability.store_id = r.store

-- name: renamed_products
-- Those of these names that products had before, each with the sku of now.
SELECT a.sku AS name, p.sku FROM product_alias a JOIN product p ON p.id = a.product_id WHERE a.sku IN @texts(names)
