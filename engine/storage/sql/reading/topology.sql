-- The topology as it is stored.

-- name: topology_stores_shown
-- Every store, and whether it belongs to another database.
SELECT id, name, remote FROM store

-- name: topology_products_shown
-- Every concrete product with its abstract one.
SELECT g.sku AS abstract_sku, p.sku FROM product p JOIN abstract_product g ON g.id = p.abstract_id
